package isolate_test

import (
	"testing"
	"time"

	"github.com/stagedoor/stagedoor/waitingroom/isolate"
	"github.com/stagedoor/stagedoor/waitingroom/queue"
	"github.com/stagedoor/stagedoor/waitingroom/state"
	"github.com/stagedoor/stagedoor/waitingroom/wire"
)

const begin = int64(1_700_000_000_000)

func published(change func(*state.State)) []byte {
	s := state.State{Version: 1, Phase: state.Open, Mode: state.FIFO, Frontier: queue.Frontier{Through: uint32(begin/1000 - 10)}, SeatsLeft: -1, UpdatedAt: time.UnixMilli(begin)}
	if change != nil {
		change(&s)
	}
	return s.Append(nil)
}

func ask(t *testing.T, r *isolate.Room, now int64) (m wire.Message) {
	t.Helper()
	text := r.Ask(nil, now)
	if err := wire.DecodeMessage(text, &m); err != nil {
		t.Fatalf("%q: %v", text, err)
	}
	return m
}

func hear(t *testing.T, r *isolate.Room, a wire.Answer, now int64) {
	t.Helper()
	if err := r.Heard(a.Append(nil), now); err != nil {
		t.Fatal(err)
	}
}

// What was counted is said until it is acknowledged, and once a second at most.
func TestCountsAreSaidUntilHeard(t *testing.T) {
	r := isolate.New("hamlet", 4, 6)
	if r.Gate() != 2 {
		t.Errorf("gate %d", r.Gate())
	}
	r.Arrive(uint32(begin/1000), begin)
	first := ask(t, r, begin)
	if len(first.Counts) != 1 || first.Counts[0].Arrived != 1 || first.Room != "hamlet" || first.Reporter != 6 || first.Name != "" {
		t.Fatalf("%+v", first)
	}
	if text := r.Ask(nil, begin+999); len(text) > 0 {
		t.Error("asks twice within a second")
	}
	if second := ask(t, r, begin+1000); len(second.Counts) != 1 || second.Number == first.Number {
		t.Errorf("%+v", second)
	}
	hear(t, r, wire.Answer{Number: first.Number, State: published(nil)}, begin+1500)
	if third := ask(t, r, begin+2000); len(third.Counts) != 0 {
		t.Errorf("still says %+v", third.Counts)
	}
	// A clock that was set back does not silence it for hours.
	if text := r.Ask(nil, begin-3600_000); len(text) == 0 {
		t.Error("silent after the clock was set back")
	}
}

func TestSlots(t *testing.T) {
	r := isolate.New("hamlet", 1, 6)
	if m := ask(t, r, begin); m.Want != 1 {
		t.Errorf("wants %d before anybody came", m.Want)
	}
	hear(t, r, wire.Answer{Number: 1, Lease: wire.Lease{ID: 70, Slots: 2, Good: 6}, State: published(nil)}, begin)
	if !r.TakeSlot(begin) || !r.TakeSlot(begin+5999) || r.TakeSlot(begin+5999) {
		t.Error("not two slots")
	}
	m := ask(t, r, begin+6000)
	if len(m.Leases) != 1 || m.Leases[0] != (wire.EndedLease{ID: 70}) {
		t.Errorf("gives back %+v", m.Leases)
	}
	if sum := m.Counts[0].Direct + m.Counts[1].Direct; len(m.Counts) != 2 || sum != 2 || m.Counts[0].Arrived != 0 {
		t.Errorf("%+v", m.Counts)
	}
	if m.Want != 4 { // two came in the last second
		t.Errorf("wants %d", m.Want)
	}
	hear(t, r, wire.Answer{Number: m.Number, Lease: wire.Lease{ID: 71, Slots: 4, Good: 6}, State: published(nil)}, begin+6000)
	if r.TakeSlot(begin + 12_000) {
		t.Error("a slot after its time")
	}
	m = ask(t, r, begin+12_000)
	if len(m.Leases) != 1 || m.Leases[0] != (wire.EndedLease{ID: 71, Unused: 4}) {
		t.Errorf("gives back %+v", m.Leases)
	}
	// What comes while others wait is given back at once.
	queueing := published(func(s *state.State) { s.Queueing = true })
	hear(t, r, wire.Answer{Number: m.Number, Lease: wire.Lease{ID: 72, Slots: 3, Good: 6}, State: queueing}, begin+12_000)
	m = ask(t, r, begin+13_000)
	if len(m.Leases) != 1 || m.Leases[0] != (wire.EndedLease{ID: 72, Unused: 3}) || m.Want != 0 {
		t.Errorf("gives back %+v and wants %d", m.Leases, m.Want)
	}
}

func TestRenewsOncePerSession(t *testing.T) {
	r := isolate.New("hamlet", 1, 6)
	session, other := [16]byte{1}, [16]byte{2}
	if !r.Renew(session, begin/1000-300, begin) || r.Renew(session, begin/1000-300, begin+100) || !r.Renew(other, begin/1000-300, begin) {
		t.Error("not once each")
	}
	if !r.Renew(session, begin/1000, begin+200_000) {
		t.Error("never again")
	}
	m := ask(t, r, begin+200_000)
	var in, out uint32
	for _, c := range m.Counts {
		in, out = in+c.In, out+c.Out
	}
	if in != 3 || out != 3 {
		t.Errorf("%d in, %d out", in, out)
	}
}

// An ending is said until the room publishes it, and refused here meanwhile.
func TestEndings(t *testing.T) {
	r := isolate.New("hamlet", 1, 6)
	session := [16]byte{1}
	r.End(session, uint32(begin/1000))
	r.End(session, uint32(begin/1000))
	r.Move([16]byte{2}, 3)
	m := ask(t, r, begin)
	if len(m.Endings) != 2 || m.Endings[0] != (wire.Ending{Session: session, Holder: state.Everyone, Issued: uint32(begin / 1000)}) {
		t.Fatalf("%+v", m.Endings)
	}
	hear(t, r, wire.Answer{Number: m.Number, State: published(nil)}, begin)
	if !r.Revoked(session, state.Everyone) || !r.Revoked([16]byte{2}, 3) || r.Revoked([16]byte{2}, 4) {
		t.Error("forgotten before it was published")
	}
	if m = ask(t, r, begin+1000); len(m.Endings) != 2 {
		t.Errorf("%+v", m.Endings)
	}
	hear(t, r, wire.Answer{Number: m.Number, State: published(func(s *state.State) {
		s.Revoked = []state.Revocation{state.Revoke(session, state.Everyone), state.Revoke([16]byte{2}, 3)}
	})}, begin+1000)
	if m = ask(t, r, begin+2000); len(m.Endings) != 0 || !r.Revoked(session, 0) {
		t.Errorf("%+v", m.Endings)
	}
}

// A slow replica's state is older than what is known, and passed over; nonsense
// changes nothing.
func TestStatesThatAreOld(t *testing.T) {
	r := isolate.New("hamlet", 1, 6)
	hear(t, r, wire.Answer{State: published(nil)}, begin)
	older, err := state.Decode(published(func(s *state.State) { s.UpdatedAt, s.Frontier.Through = time.UnixMilli(begin-60_000), 5 }))
	if err != nil {
		t.Fatal(err)
	}
	r.Put(older, begin+1000)
	if s, at := r.State(); s.Frontier.Through == 5 || at != begin+1000 {
		t.Errorf("%+v", s)
	}
	for _, text := range []string{"", "A", "A\x01\x00\x00\x00\x00{}", `{"v":1}`} {
		if r.Heard([]byte(text), begin+2000) == nil {
			t.Errorf("%q is taken for an answer", text)
		}
	}
	if s, _ := r.State(); s.Frontier.Through != uint32(begin/1000-10) {
		t.Errorf("%+v", s)
	}
}

// More than fits into one message is said in several.
func TestLongReports(t *testing.T) {
	r := isolate.New("hamlet", 1, 6)
	const seconds = 9000
	for i := range uint32(seconds) {
		r.Arrive(uint32(begin/1000)-i, begin)
	}
	heard := map[uint32]bool{}
	for i := range int64(3) {
		m := ask(t, r, begin+i*1000)
		for _, c := range m.Counts {
			heard[c.Second] = true
		}
		hear(t, r, wire.Answer{Number: m.Number, State: published(nil)}, begin+i*1000)
	}
	if len(heard) != seconds {
		t.Errorf("%d of %d seconds were said", len(heard), seconds)
	}
}

// Several tabs of one browser ask with one place: one visitor is counted, and
// every tab is given the same pass. Renewing it half a life later, however short
// that is, counts.
func TestTabsAreOneVisitor(t *testing.T) {
	r := isolate.New("hamlet", 1, 6)
	session, bucket := [16]byte{1, 2}, uint32(begin/1000-20)
	issued := r.Claim(session, bucket, begin)
	for tab := range int64(1000) {
		if again := r.Claim(session, bucket, begin+tab*20); again != issued {
			t.Fatalf("tab %d has a pass of %d, the first of %d", tab, again, issued)
		}
	}
	r.Claim([16]byte{9, 9}, bucket, begin)
	if !r.Renew(session, int64(issued), begin+15_000) || r.Renew(session, int64(issued), begin+15_500) {
		t.Error("not renewed once")
	}
	counts := map[uint32]queue.Count{}
	for _, c := range ask(t, r, begin+16_000).Counts {
		counts[c.Second] = c
	}
	if got := counts[bucket].Claimed; got != 2 {
		t.Errorf("%d claimed", got)
	}
	if got := counts[issued]; got.In != 2 || got.Out != 1 || counts[issued+15].In != 1 {
		t.Errorf("%+v", counts)
	}
}
