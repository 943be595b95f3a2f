// Package isolate is what one isolate of the edge keeps in memory of a waiting
// room it guards: what the room published, what the isolate counted, and the
// slots it was lent. Polls are answered from it without asking anyone; once a
// second or so its Message goes to a gate, and the Answer comes back.
//
// Times are Unix milliseconds unless a name says otherwise. It is not safe for
// concurrent use.
package isolate

import (
	"encoding/binary"
	"math"

	"github.com/stagedoor/stagedoor/waitingroom/queue"
	"github.com/stagedoor/stagedoor/waitingroom/shuffle"
	"github.com/stagedoor/stagedoor/waitingroom/state"
	"github.com/stagedoor/stagedoor/waitingroom/wire"
)

// Room is one.
type Room struct {
	ID    string
	Gates int // of the room when the isolate was named, 1 at least

	counts  *queue.Reporter
	message wire.Message
	leases  []lease
	ended   wire.Pending[wire.EndedLease]
	endings wire.Pending[wire.Ending]
	given   [renewals]renewal

	state *state.State
	draw  *shuffle.Drawer // of the state's lottery, once its seed is known
	seed  shuffle.Seed    // it is made of
	event string
	at    int64 // when it was last known to be current
	asked int64 // when a gate was last asked

	arrivals, before uint32 // direct and queued, in this second and the last one
	second           uint32
	forgotten        uint32
}

type lease struct {
	id    uint64
	slots uint32
	until int64
}

// renewal is a pass that was given to a session at a second.
type renewal struct {
	session uint64
	issued  uint32
}

const (
	// AskEvery is how often, in milliseconds, a gate is asked at most.
	AskEvery = 1000
	// renewals is how many sessions are remembered as having just been given a
	// pass, and just is so many seconds.
	renewals = 64
	just     = 30
	// keep is how long, in seconds, seconds are counted: longer than anyone
	// holds a place or a pass.
	keep      = 37 * 3600
	maxLeases = 8
	// heldBack bounds what is still to be said of endings.
	heldBack = 4 * wire.MaxEndings
	mostWant = 10_000
	// mostCounts keeps a message below 160 KB.
	mostCounts = 4000
	// saidOften is how many reports say an ending that the room never publishes.
	saidOften = 100
)

// Name gives the isolate's reporter its ID if it has none yet, and with it one
// of so many gates. It stays with that one when the room gains or loses gates:
// counts only grow, and another gate would take what was told for news.
func (r *Room) Name(id func() uint64, gates int) {
	if r.counts.ID() == 0 {
		r.counts = queue.NewReporter(id())
		r.Gates = max(gates, 1)
	}
}

// New makes one for a room; reporter must be random, or 0 and named before
// anything is counted.
func New(id string, gates int, reporter uint64) *Room {
	return &Room{ID: id, Gates: max(gates, 1), counts: queue.NewReporter(reporter)}
}

// State is what the room published last, nil when nothing is known, and when
// that was known to be current.
func (r *Room) State() (published *state.State, at int64) { return r.state, r.at }

// Put takes what the room published. An older state than the one known, which
// a slow replica may bring, is passed over: a frontier never goes back.
func (r *Room) Put(published *state.State, now int64) {
	r.at = now
	if r.state == nil || !published.UpdatedAt.Before(r.state.UpdatedAt) {
		r.state = published
		r.prepareDraw()
	}
}

func (r *Room) prepareDraw() {
	draw := &r.state.Draw
	switch {
	case draw.Seed == nil:
		r.draw = nil
	case r.draw == nil || r.seed != *draw.Seed || r.event != draw.Event:
		r.seed, r.event = *draw.Seed, draw.Event
		r.draw = shuffle.NewDrawer(r.seed, r.ID, r.event)
	}
}

// Tie is the order of a place within its bucket: its own, or for who came
// before the sale what was drawn. drawn is false as long as that is unknown.
func (r *Room) Tie(arrived uint32, own uint64, id [16]byte) (tie uint64, drawn bool) {
	if r.state == nil || r.state.Mode != state.Lottery || arrived != r.state.Opens {
		return own, true
	}
	if r.draw == nil {
		return math.MaxUint64, false
	}
	return r.draw.Draw(id), true
}

// Absent notes that the room publishes nothing, and Keep that nothing could be
// had.
func (r *Room) Absent(now int64) { r.state, r.at = nil, now }
func (r *Room) Keep(now int64)   { r.at = now }

// Arrive counts a place given to a visitor, in the bucket it has.
func (r *Room) Arrive(bucket uint32, now int64) {
	r.note(now)
	r.counts.At(bucket).Arrived++
}

// Poll counts a visitor who asks again and waits.
func (r *Room) Poll(bucket uint32) { r.counts.At(queue.Cohort(bucket)).Polls++ }

// Claim counts a place that becomes a pass, and returns the second in which it
// did: several tabs ask with one place, and what is one visitor counts as one.
func (r *Room) Claim(session [16]byte, bucket uint32, now int64) (issued uint32) {
	issued, isNew := r.give(session, 0, now)
	if isNew {
		r.counts.At(bucket).Claimed++
		r.counts.At(issued).In++
	}
	return issued
}

// give notes that a session is given a pass, which it may have been moments ago,
// later than at a second.
func (r *Room) give(session [16]byte, after uint32, now int64) (issued uint32, isNew bool) {
	key, at := binary.BigEndian.Uint64(session[:]), seconds(now)
	slot := &r.given[key%renewals]
	if slot.session == key && slot.issued > after && slot.issued <= at && at < slot.issued+just {
		return slot.issued, false
	}
	*slot = renewal{key, at}
	return at, true
}

// TakeSlot lets a visitor in at once if there is a slot left.
func (r *Room) TakeSlot(now int64) bool {
	r.note(now)
	for i := range r.leases {
		if l := &r.leases[i]; l.slots > 0 && now < l.until {
			l.slots--
			r.direct(now)
			return true
		}
	}
	return false
}

// Watch counts a visitor who goes in whatever the limits.
func (r *Room) Watch(now int64) {
	r.note(now)
	r.direct(now)
}

func (r *Room) direct(now int64) {
	c := r.counts.At(seconds(now))
	c.Direct++
	c.In++
}

// Renew counts a pass that is replaced by one issued now. It is false, and
// nothing is counted, when this isolate has done so for the session moments
// ago: a page asks for several things at once, with one and the same pass.
func (r *Room) Renew(session [16]byte, issued int64, now int64) bool {
	if _, isNew := r.give(session, uint32(issued), now); !isNew {
		return false
	}
	r.counts.At(uint32(issued)).Out++
	r.counts.At(seconds(now)).In++
	return true
}

// End notes that a session is over: its pass counts no more, here at once and
// everywhere once the coordinator knows.
func (r *Room) End(session [16]byte, issued uint32) {
	r.end(wire.Ending{Session: session, Holder: state.Everyone, Issued: issued})
}

// Move notes that a place went from this holder to the next.
func (r *Room) Move(session [16]byte, holder byte) {
	r.end(wire.Ending{Session: session, Holder: holder})
}

func (r *Room) end(e wire.Ending) {
	for i := range r.endings {
		if old := &r.endings[i].What; old.Session == e.Session && old.Holder == e.Holder {
			return
		}
	}
	if len(r.endings) < heldBack {
		r.endings.Add(e)
	}
}

// Revoked says whether a session, with a place of this holder, counts no more.
func (r *Room) Revoked(session [16]byte, holder byte) bool {
	for i := range r.endings {
		if e := &r.endings[i].What; e.Session == session && e.Holder >= holder {
			return true
		}
	}
	return r.state != nil && r.state.Revokes(session, holder)
}

func (r *Room) note(now int64) {
	if second := seconds(now); second != r.second {
		r.before = r.arrivals
		if second != r.second+1 {
			r.before = 0
		}
		r.arrivals, r.second = 0, second
	}
	r.arrivals++
}

// Due says whether a gate may be asked again.
func (r *Room) Due(now int64) bool { return now-r.asked >= AskEvery || now < r.asked }

// Gate is the number of the gate to ask.
func (r *Room) Gate() int { return int(r.counts.ID() % uint64(r.Gates)) }

// Ask appends the message for a gate, nothing if one was asked just now.
func (r *Room) Ask(dst []byte, now int64) []byte {
	if !r.Due(now) {
		return dst
	}
	r.asked = now
	if second := seconds(now); second-r.forgotten > 3600 {
		r.forgotten = second
		r.counts.Forget(second - keep)
	}
	r.endLeases(now)
	m := &r.message
	m.Room, m.Reporter, m.Reporters = r.ID, r.counts.ID(), 1
	m.Counts, m.Number = r.counts.Report(m.Counts[:0], mostCounts)
	m.Want = r.want(now)
	m.Leases = r.ended.Say(m.Leases[:0], m.Number, wire.MaxLeases)
	m.Endings = r.endings.Say(m.Endings[:0], m.Number, wire.MaxEndings)
	return m.Append(dst)
}

// want is how many slots to ask for: twice as many as came of late, less what
// is there.
func (r *Room) want(now int64) uint32 {
	r.note(now)
	r.arrivals-- // nobody came
	want := max(2*max(r.before, r.arrivals), 1)
	for i := range r.leases {
		want -= min(want, r.leases[i].slots)
	}
	if r.state != nil && r.state.Queueing {
		return 0
	}
	return min(want, mostWant)
}

// endLeases gives back what is used up or over.
func (r *Room) endLeases(now int64) {
	kept := r.leases[:0]
	for _, l := range r.leases {
		if l.slots > 0 && now < l.until {
			kept = append(kept, l)
		} else {
			r.giveBack(l.id, l.slots)
		}
	}
	r.leases = kept
}

// giveBack notes a lease that has ended. If a gate never hears of it, it
// expires by itself.
func (r *Room) giveBack(id uint64, unused uint32) {
	if len(r.ended) < wire.MaxLeases {
		r.ended.Add(wire.EndedLease{ID: id, Unused: unused})
	}
}

// Heard takes a gate's answer in.
func (r *Room) Heard(answer []byte, now int64) error {
	a, err := wire.DecodeAnswer(answer)
	if err != nil {
		return err
	}
	published, err := state.Decode(a.State)
	if err != nil {
		return err
	}
	r.counts.Acknowledged(a.Number)
	r.ended.Acknowledged(a.Number)
	r.endings = r.unsaidEndings(a.Number, published)
	r.Put(published, now)
	if a.Lease.Slots > 0 {
		if published.Queueing || len(r.leases) == maxLeases {
			r.giveBack(a.Lease.ID, a.Lease.Slots)
		} else {
			r.leases = append(r.leases, lease{a.Lease.ID, a.Lease.Slots, now + int64(a.Lease.Good)*1000})
		}
	}
	return nil
}

// unsaidEndings keeps those that were not heard, and those that are not
// published yet: until they are, this isolate alone knows of them.
func (r *Room) unsaidEndings(number uint32, published *state.State) wire.Pending[wire.Ending] {
	kept := r.endings[:0]
	for _, s := range r.endings {
		heard := s.Heard(number)
		tired := heard && number-s.In > saidOften
		if !heard || !tired && len(published.Revoked) < state.MaxRevoked && !published.Revokes(s.What.Session, s.What.Holder) {
			kept = append(kept, s)
		}
	}
	return kept
}

func seconds(now int64) uint32 { return uint32(now / 1000) }
