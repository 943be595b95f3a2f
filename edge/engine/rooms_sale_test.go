package engine_test

import (
	"encoding/hex"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/stagedoor/stagedoor/edge/chain"
	"github.com/stagedoor/stagedoor/edge/site"
	"github.com/stagedoor/stagedoor/waitingroom/shuffle"
	"github.com/stagedoor/stagedoor/waitingroom/token"
)

// From before the doors open over the pre-queue and the draw to the seats:
// nobody gains by coming early, everyone in the pre-queue is drawn, and who
// was drawn first comes in first.
func TestLotteryFromEndToEnd(t *testing.T) {
	th := newTheatre(t, 2, "", nil)
	seed := shuffle.Seed{9, 9, 9}
	const nowSecond = now / 1000
	opens, sale := int64(nowSecond+60), int64(nowSecond+180)
	th.configure(fmt.Sprintf(`,"mode":"lottery","active":1,"seed":%q,"opens_at":%q,"sale_at":%q`, hex.EncodeToString(seed[:]), rfc3339(opens), rfc3339(sale)))
	early := th.visitor()
	if reason := early.see(0); reason != "waitingroom.not-open-yet" || len(early.cookies) != 0 {
		t.Fatalf("before the doors open: %s %v", reason, early.cookies)
	}
	th.pass(70)
	crowd := []*client{early}
	for range 11 {
		crowd = append(crowd, th.visitor())
	}
	for i, v := range crowd {
		if reason := v.see(i % 2); reason != "waitingroom.pre-queue" || v.cookies[place] == "" {
			t.Fatalf("visitor %d in the pre-queue: %s", i, reason)
		}
		th.pass(3)
	}
	text := string(th.isolates[0].AskRoom(nil, "hamlet", th.now+5000))
	if strings.Contains(text, hex.EncodeToString(seed[:])) || strings.Contains(string(th.room.Mirror(th.now)), hex.EncodeToString(seed[:])) {
		t.Error("the seed is out before the sale")
	}
	th.restartRoom() // in the middle of it
	th.pass(int(sale*1000-th.now) / 1000)
	late := th.visitor()
	late.see(0)

	keys, err := token.ParseRing(ring)
	if err != nil {
		t.Fatal(err)
	}
	drawn := func(v *client) uint64 {
		p, err := keys.ReadPlace(v.cookies[place], "hamlet")
		if err != nil || int64(p.Arrived) != opens {
			t.Fatalf("%+v, %v", p, err)
		}
		return shuffle.Draw(seed, "hamlet", "e1", p.ID)
	}
	rank := map[*client]uint64{}
	for _, v := range crowd {
		rank[v] = drawn(v)
	}
	rank[late] = math.MaxUint64
	type entry struct {
		who  *client
		step int
	}
	var got []entry
	waiting := append(slices.Clone(crowd), late)
	for step := range 3000 {
		th.pass(2)
		kept := waiting[:0]
		for i, v := range waiting {
			if v.see(i%2) == "waitingroom.admitted" {
				got = append(got, entry{v, step})
				// Bought and gone.
				e := th.isolates[i%2]
				if !strings.Contains(string(e.ReleaseRoom(nil, "hamlet", pass+"="+v.cookies[pass], th.now)), "Max-Age=0") {
					t.Fatal("the pass was not taken back")
				}
			} else {
				kept = append(kept, v)
			}
		}
		if waiting = kept; len(waiting) == 0 {
			break
		}
	}
	if len(waiting) > 0 {
		t.Fatalf("%d of %d came in", len(got), len(rank))
	}
	// Isolates hear of a call a second apart; who is called at once may ask in
	// any order.
	for i, first := range got {
		for _, then := range got[i+1:] {
			if then.step > first.step+1 && rank[then.who] < rank[first.who] {
				t.Errorf("who was drawn earlier came in %d steps later", then.step-first.step)
			}
		}
	}
	if got[len(got)-1].who != late {
		t.Error("who came after the sale began is not last")
	}
}

func rfc3339(second int64) string {
	// 2026-11-21 10:00:00 UTC is now.
	after := second - now/1000
	return fmt.Sprintf("2026-11-21T%02d:%02d:%02dZ", 10+after/3600, after/60%60, after%60)
}

// A browser with a thousand tabs has one place.
func TestManyTabsHaveOnePlace(t *testing.T) {
	th := newTheatre(t, 2, "", nil)
	th.configure(`,"paused":true`)
	v := th.visitor()
	v.see(0)
	first := v.cookies[place]
	for i := range 1000 {
		if v.see(i % 2); v.cookies[place] != first {
			t.Fatalf("tab %d has another place", i)
		}
	}
	th.pass(5)
	v.see(0)
	v.see(1)
	if s := string(th.room.Status(th.now)); !strings.Contains(s, `"arrived":1,`) {
		t.Errorf("status %s", s)
	}
}

// Of a hundred thousand who come from one network within a minute a few
// hundred are given places, the others are told; who has a place is not.
func TestArrivalsFromOneNetwork(t *testing.T) {
	th := newTheatre(t, 1, "", nil)
	th.configure(`,"paused":true`)
	places := 0
	for i := range 100_000 {
		v := th.visitor()
		v.ip = fmt.Sprintf("198.51.100.%d", i%256)
		switch reason := v.see(0); reason {
		case "waitingroom.queued":
			places++
		case "waitingroom.network-crowded":
			if len(v.cookies) > 0 {
				t.Fatal("a place was given all the same")
			}
		default:
			t.Fatal(reason)
		}
		if i%2000 == 1999 {
			th.pass(1)
		}
	}
	if places < 600 || places > 1200 {
		t.Errorf("%d places, 600 a minute may be given", places)
	}
	other := th.visitor()
	other.ip = "198.51.101.1"
	if reason := other.see(0); reason != "waitingroom.queued" {
		t.Errorf("the next network: %s", reason)
	}
}

// When no gate answers, what was last heard is good for a while; then the room
// does what it says, and comes back when gates do.
func TestGatesOutOfReach(t *testing.T) {
	for _, test := range []struct {
		name   string
		closed bool
		then   string
	}{{"open", false, "waitingroom.state-unknown-open"}, {"closed", true, "waitingroom.state-unknown-closed"}} {
		t.Run(test.name, func(t *testing.T) {
			th := newTheatre(t, 1, "", nil)
			change := func(r *site.Room) { r.FailClosed = test.closed }
			th.load(change)
			th.configure(`,"paused":true`)
			v := th.visitor()
			v.see(0)
			th.cut = true
			step := func(seconds int) {
				th.now += int64(seconds) * 1000
				th.load(change)
			}
			step(60)
			if reason := v.see(0); reason != "waitingroom.queued" {
				t.Errorf("a minute later: %s", reason)
			}
			step(60)
			if reason := v.see(0); reason != test.then {
				t.Errorf("two minutes later: %s", reason)
			}
			first := v.cookies[place]
			th.cut = false
			step(10)
			if !test.closed { // the origin asks whoever is in for a pass
				if reason := v.see(0); reason != "waitingroom.pass" {
					t.Errorf("who went in: %s", reason)
				}
				delete(v.cookies, pass) // it is a short one
			}
			if reason := v.see(0); reason != "waitingroom.queued" || v.cookies[place] != first {
				t.Errorf("gates are back: %s", reason)
			}
		})
	}
}

// A place moves to another device once; the first device then has none.
func TestMoveToAnotherDevice(t *testing.T) {
	th := newTheatre(t, 2, "", nil)
	th.configure(`,"paused":true`)
	phone, laptop, thief := th.visitor(), th.visitor(), th.visitor()
	phone.see(0)
	p := phone.ask(0, "GET", "/.stagedoor/room/hamlet/move")
	_, link, found := strings.Cut(p.Body, `href="http://lyceum.example`)
	link, _, _ = strings.Cut(link, `"`)
	if !found || !strings.HasPrefix(link, "/.stagedoor/room/hamlet/move?t=") {
		t.Fatalf("no link: %s", p.Body)
	}
	laptop.headers = []chain.Field{{Name: "sec-fetch-site", Value: "same-origin"}}
	if p := laptop.ask(1, "GET", link); p.Status != 200 || len(laptop.cookies) > 0 {
		t.Fatalf("opened: %d %v", p.Status, laptop.cookies)
	}
	if p := laptop.ask(1, "POST", link); p.Status != 303 || laptop.cookies[place] == "" {
		t.Fatalf("taken: %d %v", p.Status, laptop.cookies)
	}
	keys, _ := token.ParseRing(ring)
	was, _ := keys.ReadPlace(phone.cookies[place], "hamlet")
	is, err := keys.ReadPlace(laptop.cookies[place], "hamlet")
	if err != nil || is.ID != was.ID || is.Arrived != was.Arrived || is.Tie != was.Tie || is.Holder != was.Holder+1 {
		t.Errorf("%+v became %+v", was, is)
	}
	for range 4 {
		th.pass(1)
		laptop.see(0)
		laptop.see(1)
	}
	if p := thief.ask(0, "POST", link); p.Status != 410 || len(thief.cookies) > 0 {
		t.Errorf("a second time: %d %v", p.Status, thief.cookies)
	}
	before := phone.cookies[place]
	if phone.see(0); phone.cookies[place] == before {
		t.Error("the first device still has the place")
	}
	kept := laptop.cookies[place]
	if laptop.see(1); laptop.cookies[place] != kept {
		t.Error("the second device lost the place")
	}
}

// Clocks of isolates that differ by half a minute: whoever the slow one gives
// a place comes in, and nobody is counted twice.
func TestClocksThatDiffer(t *testing.T) {
	th := newTheatre(t, 2, "", nil)
	th.configure("")
	right := th.now
	var crowd []*client
	for i := range 6 {
		v := th.visitor()
		th.now = right + int64(i%2)*30_000 // the second isolate is fast
		th.load(nil)
		v.see(i % 2)
		crowd = append(crowd, v)
		right += 1000
	}
	in := 0
	for range 80 {
		right += 1000
		for i, v := range crowd {
			th.now = right + int64(i%2)*30_000
			th.load(nil)
			if v.see(i%2) == "waitingroom.pass" {
				in++
				crowd[i] = th.visitor()
				crowd[i].cookies[pass] = v.cookies[pass]
			}
		}
		if in >= 5*40 {
			break
		}
	}
	s := string(th.room.Status(th.now))
	if !strings.Contains(s, `"arrived":6,`) || !strings.Contains(s, `"admitted":5,`) || !strings.Contains(s, `"overshoot_max":0,`) {
		t.Errorf("status %.600s", s)
	}
}

// An isolate whose clock is ten minutes slow lets nobody past those who wait, and
// knows the places that others gave.
func TestClockThatIsSlow(t *testing.T) {
	th := newTheatre(t, 2, "", nil)
	th.configure(`,"active":1`)
	right := th.now
	at := func(isolate int) int {
		th.now = right - int64(isolate)*600_000
		th.load(nil)
		return isolate
	}
	inside := th.visitor()
	for range 30 {
		right += 1000
		inside.see(at(0))
	}
	if inside.cookies[pass] == "" {
		t.Fatal("the first did not come in")
	}
	first, late := th.visitor(), th.visitor()
	first.see(at(0))
	before := first.cookies[place]
	for range 30 {
		right += 1000
		first.see(at(0))
		if reason := late.see(at(1)); reason != "waitingroom.queued" {
			t.Fatalf("who came last: %s", reason)
		}
	}
	if reason := first.see(at(1)); reason != "waitingroom.queued" || first.cookies[place] != before {
		t.Errorf("who waited longer, at the slow isolate: %s", reason)
	}
	keys, _ := token.ParseRing(ring)
	one, _ := keys.ReadPlace(first.cookies[place], "hamlet")
	other, err := keys.ReadPlace(late.cookies[place], "hamlet")
	if err != nil || other.Arrived < one.Arrived {
		t.Errorf("who came last has the place of %d, who came first of %d", other.Arrived, one.Arrived)
	}
}

// A purchase may be answered by an isolate that never saw the guarded pages:
// the slot is given up all the same.
func TestPurchaseInAnotherIsolate(t *testing.T) {
	th := newTheatre(t, 2, `,"active":1`, nil)
	buyer, next := th.visitor(), th.visitor()
	if reason := buyer.see(0); reason != "waitingroom.admitted" && reason != "waitingroom.leased" {
		th.pass(5)
		if reason = buyer.see(0); buyer.cookies[pass] == "" {
			t.Fatalf("the first: %s", reason)
		}
	}
	th.pass(3)
	if next.see(0); next.cookies[pass] != "" {
		t.Fatal("two are in")
	}
	buyer.ask(1, "GET", "/orders/1")
	if cleared := string(th.isolates[1].ReleaseRoom(nil, "hamlet", pass+"="+buyer.cookies[pass], th.now)); !strings.Contains(cleared, "Max-Age=0") {
		t.Fatalf("the pass was not taken back: %q", cleared)
	}
	for range 30 { // a pass lasts 300 seconds
		th.pass(2)
		th.asks(th.isolates[1])
		if next.see(0); next.cookies[pass] != "" {
			return
		}
	}
	t.Error("the next one did not come in")
}
