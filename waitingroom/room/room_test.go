package room_test

import (
	"encoding/hex"
	"encoding/json"
	"fmt"
	"maps"
	"strings"
	"testing"
	"time"

	"github.com/stagedoor/stagedoor/waitingroom/room"
	"github.com/stagedoor/stagedoor/waitingroom/shuffle"
	"github.com/stagedoor/stagedoor/waitingroom/state"
	"github.com/stagedoor/stagedoor/waitingroom/wire"
)

// published is what the room tells a gate that asks now.
func (h *house) published() *state.State {
	h.t.Helper()
	m := wire.Message{Room: "hamlet", Name: "hamlet/9", Reporter: 9, Number: 1}
	text := m.Append(nil)
	if !h.room.Report(text, h.now) {
		h.t.Fatal("malformed")
	}
	h.room.Save(h.store.put)
	a, err := wire.DecodeAnswer(h.room.Reply(text, h.now))
	if err != nil {
		h.t.Fatal(err)
	}
	s, err := state.Decode(a.State)
	if err != nil {
		h.t.Fatal(err)
	}
	return s
}

func at(seconds int) string {
	return time.UnixMilli(begin).UTC().Add(time.Duration(seconds) * time.Second).Format(time.RFC3339)
}

// What is wanted of a room, by the clock: the plan, whatever the venue's.
func TestPhases(t *testing.T) {
	h := newHouse(t, 1, configured(1, fmt.Sprintf(`,"opens_at":%q,"sale_at":%q,"ends_at":%q`, at(60), at(120), at(600))))
	for _, test := range []struct {
		after    int
		phase    string
		queueing bool
		wake     int // seconds after begin
	}{
		{0, state.Before, true, 1}, {59, state.Before, true, 60}, {60, state.PreQueue, true, 61}, {119, state.PreQueue, true, 120},
		{120, state.Open, false, 121}, {599, state.Open, false, 600}, {600, state.Ended, true, 601},
	} {
		h.now = begin + int64(test.after)*1000
		s := h.published()
		if s.Phase != test.phase || s.Queueing != test.queueing {
			t.Errorf("after %d s: %s, queueing %v", test.after, s.Phase, s.Queueing)
		}
		if wake := h.room.Wake(h.now); wake != begin+int64(test.wake)*1000 {
			t.Errorf("after %d s: wakes after %d", test.after, (wake-begin)/1000)
		}
	}
	h.now += 3600_000 // nobody asks
	if wake := h.room.Wake(h.now); wake != 0 {
		t.Errorf("a room that is over wakes at %d", wake)
	}
	quiet := newHouse(t, 0, configured(1, fmt.Sprintf(`,"opens_at":%q`, at(7200))))
	if wake := quiet.room.Wake(quiet.now); wake != begin+7200_000 {
		t.Errorf("wakes at %d", wake)
	}
}

// The commitment is out from the beginning and the seed from the sale on, and
// it is the one that was committed to; a restart changes nothing.
func TestLotteryIsCommittedTo(t *testing.T) {
	seed := shuffle.Seed{4, 2}
	h := newHouse(t, 1, configured(1, fmt.Sprintf(`,"mode":"lottery","seed":%q,"opens_at":%q,"sale_at":%q`, hex.EncodeToString(seed[:]), at(10), at(20))))
	first := h.published().Draw
	for second := range 30 {
		h.now = begin + int64(second)*1000
		if second%7 == 0 {
			h.restartRoom()
		}
		s := h.published()
		if string(s.Draw.Commit) != string(first.Commit) || s.Draw.Event != "e1" || s.Opens != uint32(begin/1000+10) {
			t.Fatalf("after %d s: %+v", second, s.Draw)
		}
		if revealed := s.Draw.Seed != nil; revealed != (second >= 20) {
			t.Fatalf("after %d s the seed is out: %v", second, revealed)
		} else if revealed {
			if err := shuffle.Check(shuffle.Commitment(s.Draw.Commit), *s.Draw.Seed, "hamlet", s.Draw.Event); err != nil {
				t.Fatal(err)
			}
		}
	}
	if text := string(h.room.Status(h.now)); strings.Contains(text, "seed") {
		t.Error("the console is shown the seed")
	}
}

// A lottery whose configuration comes after its pre-queue was to open counts
// those who have come; one that comes when later buckets have been called does
// not let anybody in at once.
func TestLotteryThatIsLate(t *testing.T) {
	lottery := fmt.Sprintf(`,"mode":"lottery","seed":%q,"opens_at":%q,"sale_at":%q`, strings.Repeat("07", 32), at(-100), at(100))
	h := newHouse(t, 1, configured(1, lottery))
	opens := uint32(begin/1000 - 100)
	if s := h.published(); s.Opens != opens || s.Frontier.Admits(opens, 0) {
		t.Errorf("a new room: %+v", s)
	}
	h = newHouse(t, 1, configured(1, ""))
	for range 200 {
		h.now += 1000
		h.published()
	}
	h.configure(configured(2, fmt.Sprintf(`,"mode":"lottery","seed":%q,"opens_at":%q,"sale_at":%q`, strings.Repeat("07", 32), at(50), at(400))))
	if s := h.published(); s.Frontier.Admits(s.Opens, 0) || s.Opens > uint32(h.now/1000) {
		t.Errorf("a room that was open: %+v", s)
	}
}

func TestConfigurationsThatCannotBe(t *testing.T) {
	h := newHouse(t, 0, configured(5, ""))
	for _, test := range []struct{ name, config, detail string }{
		{"not JSON", "x", "JSON"},
		{"nothing", "{}", "id must be hamlet"},
		{"another room", strings.Replace(configured(6, ""), "hamlet", "macbeth", 1), "id must be hamlet"},
		{"a mode nobody knows", configured(6, `,"mode":"lifo"`), "mode must be"},
		{"a lottery without a seed", configured(6, fmt.Sprintf(`,"mode":"lottery","opens_at":%q,"sale_at":%q`, at(0), at(9))), "seed must be set"},
		{"a lottery without a pre-queue", configured(6, fmt.Sprintf(`,"mode":"lottery","seed":%q,"sale_at":%q`, strings.Repeat("07", 32), at(9))), "sale_at must be after opens_at"},
		{"a seed that is too short", configured(6, `,"seed":"0707"`), "JSON"},
		{"a pre-queue of a day", configured(6, fmt.Sprintf(`,"mode":"lottery","seed":%q,"opens_at":%q,"sale_at":%q`, strings.Repeat("07", 32), at(0), at(86400))), "12 hours"},
		{"a sale before the doors open", configured(6, fmt.Sprintf(`,"opens_at":%q,"sale_at":%q`, at(9), at(0))), "sale_at must not be before"},
		{"an end before the beginning", configured(6, fmt.Sprintf(`,"opens_at":%q,"ends_at":%q`, at(9), at(0))), "ends_at must be after"},
		{"less than nobody", configured(6, `,"active":-1`), "active must be"},
		{"a pass that is over at once", configured(6, `,"pass_life":1`), "pass_life must be"},
		{"polls without a pause", configured(6, `,"poll_every":0`), "poll_every must be"},
		{"no revision", configured(0, ""), "revision must be"},
	} {
		t.Run(test.name, func(t *testing.T) {
			status, answer := h.room.Configure([]byte(test.config), h.now)
			var problem struct{ Detail string }
			if err := json.Unmarshal(answer, &problem); err != nil || status != 422 || !strings.Contains(problem.Detail, test.detail) {
				t.Errorf("%d %s", status, answer)
			}
		})
	}
	if s := h.status(); s.Revision != 5 || s.Mode != "fifo" {
		t.Errorf("a refused configuration left %+v", s)
	}
}

// The higher revision counts, in whatever order they come.
func TestRevisions(t *testing.T) {
	h := newHouse(t, 0, configured(5, `,"active":50`))
	h.configure(configured(4, `,"active":40`))
	h.configure(configured(5, `,"active":51`))
	if s := h.status(); s.Revision != 5 || s.Limit != 50 {
		t.Errorf("%+v", s)
	}
	h.configure(configured(6, `,"active":60,"pass_life":900,"poll_every":9`))
	if s := h.status(); s.Revision != 6 || s.Limit != 60 {
		t.Errorf("%+v", s)
	}
	if s := h.published(); s.Poll != 9 || s.Revision != 6 {
		t.Errorf("%+v", s)
	}
	h.restartRoom()
	if s := h.status(); s.Revision != 6 || s.Limit != 60 {
		t.Errorf("after a restart: %+v", s)
	}
}

// Ops pause, resume, drain and change their minds while people wait.
func TestOpsWhilePeopleWait(t *testing.T) {
	h := newHouse(t, 1, configured(1, `,"active":0`))
	one := h.isolates[0]
	h.ask(0, faults{})
	arrived := uint32(h.now / 1000)
	for range 30 {
		one.Arrive(arrived, h.now)
	}
	wait := func(seconds int) *state.State {
		for range seconds {
			h.now += 1000
			h.ask(0, faults{})
		}
		s, _ := one.State()
		return s
	}
	if s := wait(15); s.Waiting != 30 || s.Frontier.Admits(arrived, 0) || !s.Queueing {
		t.Fatalf("nobody may come in: %+v", s)
	}
	h.configure(configured(2, `,"active":10,"paused":true`))
	if s := wait(15); s.Frontier.Admits(arrived, 0) || !s.Paused {
		t.Fatalf("paused: %+v", s)
	}
	h.configure(configured(3, `,"active":10,"mode":"queue-all"`))
	if s := wait(15); s.Frontier.Admits(arrived, 0) || s.Mode != state.QueueAll {
		t.Fatalf("everyone queues: %+v", s)
	}
	h.configure(configured(4, `,"active":10`))
	if s := wait(3); !s.Frontier.Admits(arrived, 0) || s.Frontier.Admits(arrived, 1<<63) {
		t.Fatalf("ten of thirty may: %+v", s.Frontier)
	}
	h.configure(configured(5, `,"active":10,"drained":true`))
	if s := wait(15); !s.Frontier.Admits(arrived, 1<<64-1) || s.Mode != state.Passthrough {
		t.Fatalf("drained: %+v", s)
	}
	h.configure(configured(6, `,"active":0`))
	one.Arrive(uint32(h.now/1000), h.now)
	if s := wait(15); s.Frontier.Admits(uint32(h.now/1000-15), 0) || s.Mode != state.FIFO {
		t.Fatalf("in order again: %+v", s)
	}
}

// Who was called and did not come for ten minutes has lost their turn; who was
// called of late has not.
func TestTurnsLapse(t *testing.T) {
	h := newHouse(t, 1, configured(1, `,"active":100`))
	h.ask(0, faults{})
	arrived := uint32(h.now / 1000)
	h.isolates[0].Arrive(arrived, h.now)
	for second := range 700 {
		h.now += 1000
		h.ask(0, faults{})
		if second == 350 {
			h.restartRoom()
		}
		s, _ := h.isolates[0].State()
		if second > 20 && !s.Frontier.Admits(arrived, 1<<63) {
			t.Fatalf("not called after %d s", second)
		}
		if lapsed := s.Lapsed.Admits(arrived, 1<<63); lapsed && second < 600 || !lapsed && second > 660 {
			t.Fatalf("after %d s the turn is over: %v", second, lapsed)
		}
	}
}

func TestRevokeByOps(t *testing.T) {
	h := newHouse(t, 1, "")
	if status, _ := h.room.Revoke([]byte(`{"session":"01"}`), h.now); status != 422 {
		t.Errorf("a short session: %d", status)
	}
	h.room.Configure([]byte(configured(1, "")), h.now)
	session := [16]byte{7, 7}
	if status, answer := h.room.Revoke([]byte(`{"session":"`+hex.EncodeToString(session[:])+`"}`), h.now); status != 204 {
		t.Fatalf("%d %s", status, answer)
	}
	h.room.Save(h.store.put)
	h.restartRoom()
	if s := h.published(); !s.Revokes(session, 0) || !s.Revokes(session, state.Everyone) {
		t.Errorf("%+v", s.Revoked)
	}
	unknown, _ := room.Open("macbeth", nil)
	if status, _ := unknown.Revoke([]byte(`{"session":"`+hex.EncodeToString(session[:])+`"}`), h.now); status != 409 {
		t.Errorf("a room that was never configured: %d", status)
	}
}

// However many orders are completed, what is published stays bounded, and what
// ops took back stays in it.
func TestRevocationsAreBounded(t *testing.T) {
	h := newHouse(t, 0, configured(1, ""))
	asked := [16]byte{0xff}
	h.room.Revoke([]byte(`{"session":"`+hex.EncodeToString(asked[:])+`"}`), h.now)
	for i := range 20 {
		m := wire.Message{Room: "hamlet", Name: "hamlet/1", Reporter: 4, Number: uint32(i + 1)}
		for j := range wire.MaxEndings {
			m.Endings = append(m.Endings, wire.Ending{Session: [16]byte{1, byte(i), byte(j), byte(j >> 8)}, Holder: state.Everyone, Issued: uint32(h.now / 1000)})
		}
		if !h.room.Report(m.Append(nil), h.now) {
			t.Fatal("malformed")
		}
	}
	s := h.published()
	if len(s.Revoked) != state.MaxRevoked || !s.Revokes(asked, 0) || !s.Revokes([16]byte{1, 19, 1}, 0) || s.Revokes([16]byte{1, 0, 1}, 0) {
		t.Errorf("%d are published", len(s.Revoked))
	}
	if got := h.status(); got.Completed != 20*wire.MaxEndings {
		t.Errorf("%d completed", got.Completed)
	}
	h.now += 40 * 3600_000
	for range 60 {
		h.now += 1000
		h.published()
	}
	if s := h.published(); len(s.Revoked) != 0 {
		t.Errorf("%d are left after all ran out", len(s.Revoked))
	}
	for key := range h.store {
		if strings.HasPrefix(key, "ending/") {
			t.Fatalf("row %s is left", key)
		}
	}
}

// KV is written to every ten seconds, and at once when the configuration
// changes; what failed is given again.
func TestMirror(t *testing.T) {
	h := newHouse(t, 0, configured(1, ""))
	if h.room.Mirror(h.now) == nil || h.room.Mirror(h.now) == nil {
		t.Error("nothing, although nothing was written yet")
	}
	h.room.Mirrored(h.now)
	if h.now += 9_000; h.room.Mirror(h.now) != nil {
		t.Error("again after nine seconds")
	}
	h.configure(configured(2, ""))
	if text := h.room.Mirror(h.now); !strings.Contains(string(text), `"revision":2,`) {
		t.Errorf("%s", text)
	}
	h.room.Mirrored(h.now)
	if h.now += 10_000; h.room.Mirror(h.now) == nil {
		t.Error("not after ten seconds")
	}
}

// The console sees what was promised and how it turned out.
func TestStatus(t *testing.T) {
	h := newHouse(t, 2, configured(1, `,"active":20,"typical_stay":20`))
	for i := range h.isolates {
		h.ask(i, faults{})
	}
	type guest struct{ issued, leaves uint32 }
	var inside []guest
	waiting := map[uint32]int{}
	for second := range 480 {
		now := uint32(h.now / 1000)
		one := h.isolates[second%2]
		if second < 200 {
			for range 3 {
				one.Arrive(now, h.now)
				waiting[now]++
			}
		}
		s, _ := one.State()
		for arrived, n := range waiting {
			for range n {
				if s.Frontier.Admits(arrived, 1<<63) {
					one.Claim(h.visitor(), arrived, h.now)
					waiting[arrived]--
					inside = append(inside, guest{now, now + 20})
				}
			}
			if waiting[arrived] > 0 && second%5 == 0 {
				for range waiting[arrived] {
					one.Poll(arrived)
				}
			}
		}
		for i := 0; i < len(inside); i++ {
			if inside[i].leaves <= now {
				one.End([16]byte{byte(second), byte(i), 9}, inside[i].issued)
				inside = append(inside[:i], inside[i+1:]...)
			}
		}
		h.now += 1000
		for i := range h.isolates {
			h.ask(i, faults{killRoom: second%100 == 99})
		}
	}
	s := h.status()
	if s.Arrived != 600 || s.Limit != 20 || len(s.Gates) == 0 || len(s.History) < 400 || s.Admitted < 200 || s.Completed < 160 {
		t.Errorf("%+v", s)
	}
	if s.Error <= 0 || s.Error > 60 {
		t.Errorf("predictions were off by %v %% in the median", s.Error)
	}
	for i := 1; i < len(s.History); i++ {
		if s.History[i].T <= s.History[i-1].T {
			t.Fatal("the history goes back")
		}
	}
}

func TestRowsOfAnotherMake(t *testing.T) {
	h := newHouse(t, 1, configured(1, ""))
	h.ask(0, faults{})
	for key := range h.store {
		for _, bad := range [][]byte{{}, {99}, []byte("{")} {
			rows := maps.Clone(h.store)
			rows[key] = bad
			if r, err := room.Open("hamlet", rows); err == nil {
				t.Errorf("row %s of %q: %v", key, bad, r)
			}
		}
	}
	for key := range h.stores[h.isolates[0].Gate()] {
		rows := maps.Clone(h.stores[h.isolates[0].Gate()])
		rows[key] = []byte{99}
		if _, err := room.OpenGate("hamlet/0", 1, rows); err == nil {
			t.Errorf("a gate takes row %s", key)
		}
	}
	if _, err := room.OpenGate("hamlet", 1, nil); err == nil {
		t.Error("a gate without a number")
	}
}

// No bytes crash either object, and none that are not whole messages count.
func FuzzReport(f *testing.F) {
	m := wire.Message{Room: "hamlet", Name: "hamlet/1", Reporter: 5, Number: 1, Want: 3, Leases: []wire.EndedLease{{ID: 3}}, Endings: []wire.Ending{{Issued: 1_700_000_000, Holder: 255}}}
	f.Add(m.Append(nil))
	m.Name = ""
	f.Add(m.Append(nil))
	f.Add([]byte(configured(2, `,"opens_at":"2026-11-21T10:00:00Z"`)))
	f.Add([]byte(`{"session":"00000000000000000000000000000000"}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		h := newHouse(t, 0, configured(1, ""))
		now := begin
		h.room.Report(text, now)
		h.room.Reply(text, now)
		h.room.Configure(text, now)
		h.room.Revoke(text, now)
		h.room.Save(h.store.put)
		g := h.gates[0]
		g.Report(text, now)
		g.Reply(text, now)
		_ = g.Heard(text, now)
		_ = g.Ask(now)
		g.Save(h.stores[0].put)
		h.restartRoom() // whatever was taken in can be read again
		h.restartGate(0)
		if !json.Valid(h.room.Status(now + 1000)) {
			t.Errorf("%s", h.room.Status(now+1000))
		}
	})
}
