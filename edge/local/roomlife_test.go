package local_test

import (
	"encoding/hex"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stagedoor/stagedoor/edge/site"
	tokens "github.com/stagedoor/stagedoor/waitingroom/token"
)

func ring(t *testing.T) *tokens.Ring {
	t.Helper()
	keys, err := tokens.ParseRing(roomKeys)
	if err != nil {
		t.Fatal(err)
	}
	return keys
}

// A room that ops configured lets in as many as it may, has the others wait,
// and lets them in when there is more room. They come in different seconds:
// who comes in the same one is called by lot, which two or none may win.
func TestRoom(t *testing.T) {
	r := openRooms(t).openRoom(t, nil, map[string]any{"active": 2})
	var in, waiting []*visitor
	for range 3 {
		v := r.visitor()
		if v.in() {
			in = append(in, v)
		} else {
			waiting = append(waiting, v)
		}
		time.Sleep(1100 * time.Millisecond)
	}
	r.eventually("two being let in", func() bool {
		in, waiting = split(waiting, in)
		return len(in) >= 2
	})
	if len(in) != 2 || in[0].pass() == "" || waiting[0].place() == "" {
		t.Fatalf("%d are in: %v", len(in), in[0].cookies)
	}
	r.eventually("both being counted", func() bool { return r.status().Active == 2 })
	if waiting[0].in() {
		t.Error("a third came in")
	}
	r.configure(map[string]any{"active": 3})
	r.eventually("the third being let in", waiting[0].in)
	for _, v := range in {
		if !v.in() {
			t.Error("one of the first is out")
		}
	}
}

// split asks for everyone who waits, and moves those who are let in.
func split(waiting, in []*visitor) (newIn, still []*visitor) {
	for _, v := range waiting {
		if v.in() {
			in = append(in, v)
		} else {
			still = append(still, v)
		}
	}
	return in, still
}

// An order that is done makes room for somebody else at once.
func TestRoomReleases(t *testing.T) {
	r := openRooms(t).openRoom(t, nil, map[string]any{"active": 1})
	room := r.config["id"].(string)
	r.handle("POST /orders", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Stagedoor-Room-Release", room)
		w.WriteHeader(http.StatusCreated)
	})
	first, second := r.visitor(), r.visitor()
	r.eventually("the first being let in", first.in)
	r.eventually("being counted", func() bool { return r.status().Active == 1 })
	if second.in() {
		t.Fatal("two are in")
	}
	request := r.request("POST", "/orders", nil)
	request.AddCookie(&http.Cookie{Name: "stagedoor_pass_" + room, Value: first.pass()})
	response := r.do(request)
	if response.StatusCode != http.StatusCreated || response.Header.Get("Stagedoor-Room-Release") != "" {
		t.Fatalf("the order: %d %v", response.StatusCode, response.Header)
	}
	cleared := false
	for _, c := range response.Cookies() {
		cleared = cleared || c.Name == "stagedoor_pass_"+room && c.MaxAge < 0
	}
	if !cleared {
		t.Errorf("the pass stays: %v", response.Header.Values("Set-Cookie"))
	}
	r.eventually("the second being let in", second.in)
	if first.in() { // with a copy of the pass
		t.Error("the pass is good for another order")
	}
	if got := r.status(); got.Completed != 1 {
		t.Errorf("%+v", got)
	}
}

// A session that ops revoke is out, wherever its cookies are.
func TestRoomRevokes(t *testing.T) {
	r := openRooms(t).openRoom(t, nil, nil)
	v := r.visitor()
	r.eventually("being let in", v.in)
	pass, err := ring(t).ReadPass(v.pass(), r.config["id"].(string), time.Now().Unix())
	if err != nil {
		t.Fatal(err)
	}
	if status, body := r.ops("POST", "/revoke", map[string]string{"session": hex.EncodeToString(pass.Session[:])}); status != http.StatusNoContent {
		t.Fatalf("revoke: %d %s", status, body)
	}
	held := v.pass()
	r.eventually("being out", func() bool {
		v.cookies = map[string]string{"stagedoor_pass_" + r.config["id"].(string): held}
		return !v.in() || v.pass() != held
	})
	if status, _ := r.ops("POST", "/revoke", map[string]string{"session": "x"}); status != http.StatusUnprocessableEntity {
		t.Errorf("no session: %d", status)
	}
}

// What a coordinator is told it can refuse, and nothing changes.
func TestRoomRefusesConfig(t *testing.T) {
	r := openRooms(t).openRoom(t, nil, map[string]any{"active": 7})
	wrong := map[string]any{"id": r.config["id"], "revision": 99, "mode": "chaos", "active": -1}
	if status, body := r.ops("PUT", "", wrong); status != http.StatusUnprocessableEntity || !strings.Contains(body, "active") || !strings.Contains(body, "mode") {
		t.Errorf("%d %s", status, body)
	}
	older := map[string]any{}
	for name, value := range r.config {
		older[name] = value
	}
	older["revision"], older["active"] = 0, 1000
	if status, body := r.ops("PUT", "", older); status != http.StatusUnprocessableEntity {
		t.Errorf("revision 0: %d %s", status, body)
	}
	older["revision"] = 1
	if status, body := r.ops("PUT", "", older); status != http.StatusOK || !strings.Contains(body, `"active":7`) {
		t.Errorf("the same revision: %d %s", status, body)
	}
	if got := r.status(); got.Revision != 1 {
		t.Errorf("%+v", got)
	}
	r.config["id"] = "nobody-configured-this"
	if status, body := r.ops("GET", "", nil); status != http.StatusNotFound {
		t.Errorf("a room that is none: %d %s", status, body)
	}
}

// Cookies that are forged, of another room, of another kind or over are worth
// a place at the end, and no more.
func TestRoomCookies(t *testing.T) {
	s := openRooms(t)
	r, other := closed(s, t), s.openRoom(t, nil, nil)
	room := r.config["id"].(string)
	inside := other.visitor()
	r.eventually("being let in elsewhere", inside.in)
	keys, now := ring(t), time.Now().Unix()
	sign := func(p tokens.Pass) string {
		text, err := keys.SignPass(p)
		if err != nil {
			t.Fatal(err)
		}
		return text
	}
	stranger, err := tokens.ParseRing("9:a ring of keys that nobody but this test has")
	if err != nil {
		t.Fatal(err)
	}
	strange, err := stranger.SignPass(tokens.Pass{Room: room, Issued: now, Expires: now + 600})
	if err != nil {
		t.Fatal(err)
	}
	good := sign(tokens.Pass{Room: room, Session: tokens.ID{1}, Issued: now, Expires: now + 600})
	queued := r.visitor()
	queued.ask()
	for name, pass := range map[string]string{
		"of another room":    inside.pass(),
		"expired":            sign(tokens.Pass{Room: room, Session: tokens.ID{2}, Issued: now - 700, Expires: now - 100}),
		"of a stranger":      strange,
		"cut short":          good[:len(good)-1],
		"with a bit changed": good[:20] + string(good[20]^1) + good[21:],
		"a place":            queued.place(),
		"nonsense":           "%00'<script>",
		"far too long":       strings.Repeat("A", 3000),
	} {
		v := r.visitor()
		v.cookies["stagedoor_pass_"+room] = pass
		if v.in() || v.place() == "" {
			t.Errorf("a pass %s: %v", name, v.cookies)
		}
	}
	v := r.visitor()
	v.cookies["stagedoor_pass_"+room] = good
	if !v.in() {
		t.Error("a good pass is refused")
	}
	v = r.visitor()
	v.cookies["stagedoor_place_"+room] = good
	if v.in() || v.place() == good {
		t.Error("a pass passes for a place")
	}
}

// A thousand tabs of one browser are one visitor.
func TestRoomThousandTabs(t *testing.T) {
	r := closed(openRooms(t), t)
	v := r.queue(1)[0]
	place := v.place()
	var tabs sync.WaitGroup
	for range 20 {
		tabs.Go(func() {
			for range 50 {
				tab := r.visitor()
				tab.cookies["stagedoor_place_"+r.config["id"].(string)] = place
				if tab.in() || tab.place() != place {
					t.Errorf("a tab: %v", tab.cookies)
				}
			}
		})
	}
	tabs.Wait()
	r.crowd(1)
	r.counted(2)
}

// Visitors of one network get no more places a minute than the limit, however
// many there are; others come in as ever.
func TestRoomOnePrefix(t *testing.T) {
	const requests, perMinute = 5000, 100
	r := openRooms(t).openRoom(t, func(r *site.Room) { r.FailClosed, r.ArrivalsPerPrefix = true, perMinute }, map[string]any{"active": 0, "fail_closed": true})
	began := time.Now()
	var crowd sync.WaitGroup
	var mu sync.Mutex
	answers := map[int]int{}
	places := 0
	for i := range 8 {
		crowd.Go(func() {
			for j := range requests / 8 {
				v := r.visitor()
				v.address = fmt.Sprintf("198.51.100.%d", (i*requests/8+j)%250)
				status, _ := v.ask()
				mu.Lock()
				answers[status]++
				if v.place() != "" {
					places++
				}
				mu.Unlock()
			}
		})
	}
	crowd.Wait()
	took := time.Since(began)
	t.Logf("%d places in %s, answers %v", places, took, answers)
	if most := perMinute * (2 + int(took.Minutes())); answers[http.StatusTooManyRequests] != requests-places || places < perMinute || places > most {
		t.Errorf("%d places, %d at most; answers %v", places, most, answers)
	}
	v := r.visitor()
	v.address = "203.0.113.9"
	if v.ask(); v.place() == "" {
		t.Errorf("a visitor of another network: %v", v.cookies)
	}
	r.counted(places + 1)
}
