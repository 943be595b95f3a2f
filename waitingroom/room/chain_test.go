package room_test

import (
	"encoding/binary"
	"fmt"
	"maps"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/stagedoor/stagedoor/waitingroom/isolate"
	"github.com/stagedoor/stagedoor/waitingroom/queue"
	"github.com/stagedoor/stagedoor/waitingroom/room"
)

const begin = int64(1_700_000_000_000)

// storage keeps rows as a Durable Object does.
type storage map[string][]byte

func (s storage) put(key string, value []byte) {
	if value == nil {
		delete(s, key)
		return
	}
	s[key] = append([]byte(nil), value...)
}

// house is isolates, gates and a coordinator that ask each other; what is on
// its way may be lost, and come twice, and objects may be killed at any moment
// after they stored what they were told.
type house struct {
	t        testing.TB
	now      int64
	isolates []*isolate.Room
	gates    []*room.Gate
	stores   []storage // of the gates
	room     *room.Room
	store    storage
	visitors uint64
}

// visitor is the session of another one.
func (h *house) visitor() (session [16]byte) {
	h.visitors++
	binary.BigEndian.PutUint64(session[:], h.visitors*0x9e3779b97f4a7c15)
	return session
}

const gatesOfHouse = 2

func newHouse(t testing.TB, isolates int, config string) *house {
	h := &house{t: t, now: begin, store: storage{}}
	for i := range gatesOfHouse {
		h.stores = append(h.stores, storage{})
		h.gates = append(h.gates, nil)
		h.restartGate(i)
	}
	h.restartRoom()
	if config != "" {
		h.configure(config)
	}
	for i := range isolates {
		h.isolates = append(h.isolates, isolate.New("hamlet", gatesOfHouse, uint64(1000+i)))
	}
	return h
}

func (h *house) configure(config string) {
	h.t.Helper()
	if status, answer := h.room.Configure([]byte(config), h.now); status != 200 {
		h.t.Fatalf("%d %s", status, answer)
	}
	h.room.Save(h.store.put)
}

func (h *house) restartGate(i int) {
	g, err := room.OpenGate(fmt.Sprintf("hamlet/%d", i), uint64(500+i+len(h.stores[i])), maps.Clone(h.stores[i]))
	if err != nil {
		h.t.Fatal(err)
	}
	h.gates[i] = g
}

func (h *house) restartRoom() {
	r, err := room.Open("hamlet", maps.Clone(h.store))
	if err != nil {
		h.t.Fatal(err)
	}
	h.room = r
}

// faults says what goes wrong on one way up and down.
type faults struct {
	lostUp, lostDown, twice, killGate, killRoom bool
}

// ask has an isolate ask its gate, and that the coordinator if it is due.
func (h *house) ask(i int, f faults) {
	h.t.Helper()
	one := h.isolates[i]
	message := one.Ask(nil, h.now)
	if len(message) == 0 || f.lostUp {
		return
	}
	n := one.Gate()
	times := 1
	if f.twice {
		times = 2
	}
	var reply []byte
	for range times {
		flags := h.gates[n].Report(message, h.now)
		if flags == 0 {
			h.t.Fatal("the gate takes the message for malformed")
		}
		h.gates[n].Save(h.stores[n].put)
		if flags&room.Due != 0 {
			h.askRoom(n, f)
		}
		if f.killGate {
			h.restartGate(n)
		}
		reply = h.gates[n].Reply(message, h.now)
	}
	if reply == nil || f.lostDown {
		return
	}
	if err := one.Heard(reply, h.now); err != nil {
		h.t.Fatal(err)
	}
}

func (h *house) askRoom(n int, f faults) {
	h.t.Helper()
	message := h.gates[n].Ask(h.now)
	h.gates[n].Save(h.stores[n].put)
	if f.lostUp {
		return
	}
	if !h.room.Report(message, h.now) {
		h.t.Fatal("the coordinator takes the message for malformed")
	}
	h.room.Save(h.store.put)
	if f.killRoom {
		h.restartRoom()
	}
	reply := h.room.Reply(message, h.now)
	h.room.Save(h.store.put)
	if reply == nil || f.lostDown || f.killGate {
		return
	}
	if err := h.gates[n].Heard(reply, h.now); err != nil {
		h.t.Fatal(err)
	}
}

func configured(revision int, more string) string {
	return fmt.Sprintf(`{"id":"hamlet","revision":%d,"event":"e1","mode":"fifo","active":20,"per_minute":0,"pass_life":300,"poll_every":5,"typical_stay":60%s}`, revision, more)
}

// Whatever is lost, doubled or killed on the way: once everything has got
// through once, the coordinator has counted each visitor once, and the
// frontier has never gone back.
func TestEveryVisitorIsCountedOnce(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		h := newHouse(t, 3, configured(1, ""))
		var arrived, claimed, direct uint64
		var last queue.Frontier
		at := map[uint32]uint32{}
		for range rapid.IntRange(5, 60).Draw(rt, "steps") {
			h.now += int64(rapid.IntRange(0, 1500).Draw(rt, "passes"))
			i := rapid.IntRange(0, len(h.isolates)-1).Draw(rt, "isolate")
			one := h.isolates[i]
			switch rapid.IntRange(0, 3).Draw(rt, "event") {
			case 0:
				for range rapid.IntRange(1, 5).Draw(rt, "visitors") {
					if one.TakeSlot(h.now) {
						direct++
					} else {
						one.Arrive(uint32(h.now/1000), h.now)
						arrived++
						at[uint32(h.now/1000)]++
					}
				}
			case 1:
				for second, n := range at {
					if s, _ := one.State(); s != nil && n > 0 && s.Frontier.Admits(second, 1<<63) {
						one.Claim(h.visitor(), second, h.now)
						at[second]--
						claimed++
						break
					}
				}
			default:
				flip := func(label string) bool { return rapid.IntRange(0, 4).Draw(rt, label) == 0 }
				h.ask(i, faults{flip("lost up"), flip("lost down"), flip("twice"), flip("gate killed"), flip("room killed")})
			}
			if s, _ := one.State(); s != nil {
				last = later(last, s.Frontier)
			}
		}
		for range 3 {
			h.now += 1100
			for i := range h.isolates {
				h.ask(i, faults{})
			}
		}
		h.now += 1100
		for n := range h.gates {
			h.askRoom(n, faults{})
		}
		s := h.status()
		if s.Arrived != arrived+direct || s.Admitted != claimed+direct || s.Active != int(claimed+direct) {
			rt.Fatalf("%+v; want %d+%d arrived, %d+%d admitted", s, arrived, direct, claimed, direct)
		}
		for _, one := range h.isolates {
			if s, _ := one.State(); s.Frontier.Before(last) {
				rt.Fatalf("the frontier went back from %+v to %+v", last, s.Frontier)
			}
		}
	})
}

func later(a, b queue.Frontier) queue.Frontier {
	if a.Before(b) {
		return b
	}
	return a
}

// Who finds no queue comes in at once on a slot, and never more than may.
func TestSlotsBeforeAQueueForms(t *testing.T) {
	h := newHouse(t, 4, configured(1, ""))
	in := 0
	for i := range h.isolates {
		h.ask(i, faults{})
	}
	for range 30 {
		h.now += 1000
		for i, one := range h.isolates {
			for range 3 {
				if one.TakeSlot(h.now) {
					in++
				}
			}
			h.ask(i, faults{})
		}
	}
	if in < 18 || in > 20 {
		t.Errorf("%d came in at once, 20 may", in)
	}
	if s := h.status(); s.Active != in || s.Overshoot != 0 {
		t.Errorf("%+v, %d came in", s, in)
	}
}

// Slots are taken back when somebody waits, and the one who waits comes in.
func TestWhoWaitsComesInNext(t *testing.T) {
	h := newHouse(t, 2, configured(1, ""))
	for i := range h.isolates {
		h.ask(i, faults{})
	}
	arrived := uint32(h.now / 1000)
	h.isolates[0].Arrive(arrived, h.now)
	for range 10 {
		h.now += 1000
		for i := range h.isolates {
			h.ask(i, faults{})
		}
	}
	s, _ := h.isolates[1].State()
	if !s.Frontier.Admits(arrived, 1<<63) || s.Queueing {
		t.Errorf("%+v", s)
	}
}

// A session that ends is told everywhere, counts as gone once however often it
// is said, and frees a place.
func TestEndedOnce(t *testing.T) {
	h := newHouse(t, 3, configured(1, ""))
	for i := range h.isolates {
		h.ask(i, faults{})
	}
	one := h.isolates[0]
	if !one.TakeSlot(h.now) {
		t.Fatal("no slot")
	}
	session := [16]byte{1, 2, 3}
	issued := uint32(h.now / 1000)
	for range 4 {
		h.now += 1000
		for i := range h.isolates {
			h.ask(i, faults{})
		}
	}
	if s := h.status(); s.Active != 1 {
		t.Fatalf("%d active", s.Active)
	}
	for i := range h.isolates { // the same order is reported done at three isolates
		h.isolates[i].End(session, issued)
		if !h.isolates[i].Revoked(session, 0) {
			t.Error("not refused where it ended")
		}
	}
	for step := range 5 {
		h.now += 1000
		for i := range h.isolates {
			h.ask(i, faults{twice: true, killGate: step == 1, killRoom: step == 2})
		}
	}
	late := isolate.New("hamlet", gatesOfHouse, 99)
	h.isolates = append(h.isolates, late)
	h.now += 1000
	h.ask(3, faults{})
	if s := h.status(); s.Active != 0 || s.Completed != 1 || !late.Revoked(session, 0) {
		t.Errorf("%+v, revoked %v", s, late.Revoked(session, 0))
	}
}

// Nobody knows of the room but the coordinator; a gate that knows nothing says
// so, and after an hour of silence too.
func TestGateWithoutNews(t *testing.T) {
	h := newHouse(t, 1, configured(1, ""))
	message := h.isolates[0].Ask(nil, h.now)
	g := h.gates[h.isolates[0].Gate()]
	if flags := g.Report(message, h.now); flags != room.Taken|room.Due|room.Ignorant {
		t.Errorf("flags %b", flags)
	}
	if g.Reply(message, h.now) != nil {
		t.Error("it answers out of nothing")
	}
	h.now += 2000
	h.ask(0, faults{})
	if s, _ := h.isolates[0].State(); s == nil {
		t.Fatal("no state")
	}
	h.now += int64(time.Hour / time.Millisecond)
	if flags := g.Report(h.isolates[0].Ask(nil, h.now), h.now); flags&room.Ignorant == 0 {
		t.Errorf("flags %b after an hour", flags)
	}
}

// Clocks of isolates that differ move nobody out of turn by more than they
// differ, and who is a minute ahead is still counted.
func TestIsolatesWhoseClocksDiffer(t *testing.T) {
	h := newHouse(t, 2, configured(1, ""))
	fast := h.now + 50_000
	h.isolates[1].Arrive(uint32(fast/1000), fast)
	h.ask(1, faults{})
	h.isolates[0].Arrive(uint32(h.now/1000), h.now)
	h.ask(0, faults{})
	for range 12 {
		h.now += 1000
		for i := range h.isolates {
			h.ask(i, faults{})
		}
	}
	s, _ := h.isolates[0].State()
	if !s.Frontier.Admits(uint32(begin/1000), 1<<63) || s.Frontier.Admits(uint32(fast/1000), 1<<63) {
		t.Errorf("%+v", s.Frontier)
	}
	for range 60 {
		h.now += 1000
		h.ask(0, faults{})
	}
	if s, _ = h.isolates[0].State(); !s.Frontier.Admits(uint32(fast/1000), 1<<63) {
		t.Errorf("who is ahead never comes in: %+v at %d", s.Frontier, h.now/1000)
	}
}

// A room that is given more gates while people wait counts nobody twice.
func TestMoreGatesWhilePeopleWait(t *testing.T) {
	h := newHouse(t, 0, configured(1, `,"active":5`))
	for i := range 3 {
		one := isolate.New("hamlet", 1, 0)
		one.Name(func() uint64 { return uint64(1000 + i) }, 1)
		h.isolates = append(h.isolates, one)
	}
	arrived := uint32(h.now / 1000)
	waiting := 0
	for second := range 40 {
		for i, one := range h.isolates {
			gates := 1
			if second > 10 {
				gates = gatesOfHouse
			}
			one.Name(nil, gates) // as each request does
			if second < 20 {
				one.Arrive(arrived, h.now)
				waiting++
			}
			h.ask(i, faults{})
			if s, _ := one.State(); s != nil && s.Frontier.Admits(arrived, 0) && second%10 == 9 {
				one.Claim(h.visitor(), arrived, h.now)
			}
		}
		h.now += 1000
	}
	for range 4 {
		h.now += 1000
		for i := range h.isolates {
			h.ask(i, faults{})
		}
	}
	if s := h.status(); s.Arrived != uint64(waiting) || s.Admitted != h.visitors {
		t.Errorf("%d arrived and %d were let in, of %d and %d", s.Arrived, s.Admitted, waiting, h.visitors)
	}
}
