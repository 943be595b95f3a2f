// Package room is the logic of a waiting room's two Durable Objects: Room, the
// coordinator, which decides who is admitted, and Gate, of which there are
// several and each of which speaks for the isolates that ask it.
//
// Neither does I/O or knows a clock. What they must not forget they hand over
// as rows (Save), to be stored before anything is answered; made again from
// those rows they go on where they were: the frontier never goes back, and no
// count is doubled, whatever was on its way when they stopped.
//
// Times are Unix milliseconds, seconds are Unix seconds. It compiles under
// TinyGo.
package room

import (
	"slices"
	"time"

	"github.com/stagedoor/stagedoor/waitingroom/queue"
	"github.com/stagedoor/stagedoor/waitingroom/shuffle"
	"github.com/stagedoor/stagedoor/waitingroom/state"
	"github.com/stagedoor/stagedoor/waitingroom/wire"
)

// Room is the coordinator.
type Room struct {
	id      string
	config  Config
	queue   *queue.Controller // nil: not configured yet
	opens   uint32            // the bucket of the lottery's pre-queue
	gates   []gate
	message wire.Message

	leases uint64 // the ID of the last one
	last   uint32 // second of the last tick
	heard  uint32 // second of the last report

	published  state.State
	text       []byte // of it
	mirroredAt int64
	mirrored   int64 // the revision that KV has
	phased     string

	endings  endings
	called   []moment // the frontier of late, the earliest first
	insight  insight
	unsaved  bool // of what this type itself knows
	reconfig bool // the configuration is to be saved
}

// gate is a gate as the coordinator sees it.
type gate struct {
	name      string
	seen      uint32 // second
	reporters uint32
}

// moment is where the frontier was at a second.
type moment struct {
	second   uint32
	frontier queue.Frontier
}

const (
	// leaseGood is for how many seconds slots are lent. Gates and isolates
	// count from when they hear of it; the controller waits longer than that.
	leaseGood  = 6
	leaseSlack = 4

	// A place that was called, and whose holder did not come for so many
	// seconds, counts no more: otherwise someone could gather places and come
	// with all of them at once. The frontier is noted this often.
	turnLasts = 600
	noteEvery = 20

	// mirrorEvery is how often, in milliseconds, KV is written to at most.
	mirrorEvery = 10_000
	// A room of which nobody has spoken for so many seconds sleeps.
	awake = 30

	maxGates = 128
)

// Open makes the room of an ID as it was when its rows were saved; without
// rows, one that was never configured.
func Open(id string, rows map[string][]byte) (*Room, error) {
	r := &Room{id: id}
	if err := r.restore(rows); err != nil {
		return nil, err
	}
	return r, nil
}

// Configure takes what is wanted of the room. Status is 200 or 422, and answer
// JSON: the configuration that now holds, or a problem.
func (r *Room) Configure(text []byte, now int64) (status int, answer []byte) {
	c, err := decodeConfig(text)
	if err != nil {
		return 422, problem("The configuration " + err.Error() + ".")
	}
	if faults := c.faults(r.id); faults != "" {
		return 422, problem("The configuration cannot be used: " + faults + ".")
	}
	if r.queue == nil || c.Revision > r.config.Revision {
		if err := r.follow(c, now); err != nil {
			return 422, problem(err.Error())
		}
	}
	return 200, r.config.append(nil)
}

// follow puts a configuration into effect.
func (r *Room) follow(c Config, now int64) error {
	at := seconds(now)
	before := r.config
	switch {
	case r.queue == nil:
		begin := at
		if opens := second(c.OpensAt); c.Mode == state.Lottery && opens < at && at-opens < longestPreQueue {
			begin = opens // whoever came since counts from then
		}
		r.queue = queue.NewController(c.queue(), c.limits(), begin)
		r.queue.Track()
		r.last = at
	case c.queue() != before.queue():
		rows := map[string][]byte{}
		r.queue.Save(func(name string, value []byte) { rows[name] = value })
		again, err := queue.Restore(c.queue(), rows)
		if err != nil {
			return err
		}
		r.queue.SaveChanges(func(name string, value []byte) { r.endings.pending = append(r.endings.pending, row{name, value}) })
		r.queue = again
		r.queue.Track()
	}
	if c.limits() != before.limits() {
		r.queue.SetLimits(c.limits())
		r.insight.limitChanged(r.queue.Active(), c.Active)
	}
	if opens := second(c.OpensAt); opens != second(before.OpensAt) || c.Event != before.Event {
		// A plan that came too late begins where nobody has been called yet.
		r.opens = opens
		if c.Mode == state.Lottery {
			r.opens = max(opens, r.queue.Frontier().Next())
		}
	}
	r.config, r.reconfig, r.unsaved = c, true, true
	r.tick(at)
	return nil
}

// Report takes a gate's message in. It is false for one that is malformed or
// of another room.
func (r *Room) Report(text []byte, now int64) bool {
	m := &r.message
	if wire.DecodeMessage(text, m) != nil || m.Room != r.id || m.Name == "" || m.Reporter == 0 {
		return false
	}
	if r.queue == nil {
		return true // and Reply has nothing to say, so that it is said again
	}
	at := seconds(now)
	r.heard = at
	r.note(m, at)
	r.queue.Report(queue.Report{Reporter: m.Reporter, Counts: m.Counts})
	for _, l := range m.Leases {
		r.queue.Settle(l.ID, int(l.Unused))
	}
	for i := range m.Endings {
		r.end(&m.Endings[i], at)
	}
	r.tick(at)
	return true
}

func (r *Room) note(m *wire.Message, at uint32) {
	i := slices.IndexFunc(r.gates, func(g gate) bool { return g.name == m.Name })
	if i < 0 {
		if len(r.gates) == maxGates {
			return
		}
		i = len(r.gates)
		r.gates = append(r.gates, gate{name: m.Name})
		slices.SortFunc(r.gates, func(a, b gate) int {
			if a.name < b.name {
				return -1
			}
			return 1
		})
		i = slices.IndexFunc(r.gates, func(g gate) bool { return g.name == m.Name })
	}
	r.gates[i].seen, r.gates[i].reporters = at, m.Reporters
}

// Reply is the answer to a message that Report took in, nil if there is
// nothing to say.
func (r *Room) Reply(text []byte, now int64) []byte {
	m := &r.message
	if r.queue == nil || wire.DecodeMessage(text, m) != nil || m.Room != r.id {
		return nil
	}
	a := wire.Answer{Number: m.Number, State: r.text}
	if m.Want > 0 && r.admits() {
		at := seconds(now)
		r.leases = max(r.leases+1, uint64(now)<<10) // never twice, restarts or not
		if slots := r.queue.Lease(r.leases, int(m.Want), at, at+leaseGood+leaseSlack); slots > 0 {
			a.Lease = wire.Lease{ID: r.leases, Slots: uint32(slots), Good: leaseGood}
			r.unsaved = true
		}
	}
	return a.Append(nil)
}

// Tick is Report without news.
func (r *Room) Tick(now int64) {
	if r.queue != nil {
		r.tick(seconds(now))
	}
}

// admits says whether the frontier moves.
func (r *Room) admits() bool {
	mode := r.config.Mode
	return r.phased == state.Open && !r.config.Paused && !r.config.Drained && (mode == state.FIFO || mode == state.Lottery)
}

// tick brings the room to a second. Whatever happens within one happens at
// once.
func (r *Room) tick(at uint32) {
	if at < r.last && !r.reconfig {
		return
	}
	at = max(at, r.last)
	r.phased = r.config.phase(at)
	switch {
	case r.config.Drained || r.phased == state.Ended:
		r.queue.Resume()
		r.queue.Drain()
	case r.admits():
		r.queue.Undrain()
		r.queue.Resume()
	default:
		r.queue.Undrain()
		r.queue.Pause()
	}
	if at > r.last || r.reconfig {
		r.queue.Tick(at)
		r.remember(at)
		r.unsaved = true
	}
	r.last = at
	r.endings.expire(at)
	r.publish(at)
}

// remember notes where the frontier is, now and then, for as long as a turn
// lasts.
func (r *Room) remember(at uint32) {
	if n := len(r.called); n == 0 || at >= r.called[n-1].second+noteEvery {
		r.called = append(r.called, moment{at, r.queue.Frontier()})
	}
	for len(r.called) > 1 && r.called[1].second+turnLasts <= at {
		r.called = r.called[1:]
	}
}

// lapsed is whose turn is over.
func (r *Room) lapsed(at uint32) queue.Frontier {
	if len(r.called) > 0 && r.called[0].second+turnLasts <= at {
		return r.called[0].frontier
	}
	return queue.Frontier{}
}

func (r *Room) publish(at uint32) {
	c := &r.config
	s := &r.published
	*s = state.State{
		Version: state.Version, Revision: c.Revision, Phase: r.phased, Mode: c.Mode, Paused: c.Paused,
		Frontier: r.queue.Frontier(), Lapsed: r.lapsed(at), Queueing: r.queue.Waits(at) || !r.admits(),
		Poll: c.PollEvery, Opens: r.opens, Sale: second(c.SaleAt), Ends: second(c.EndsAt),
		SeatsLeft: c.SeatsLeft, Message: c.Message, UpdatedAt: time.Unix(int64(at), 0).UTC(),
	}
	if c.Drained {
		s.Mode = state.Passthrough
	}
	s.Outlook = r.queue.Outlook(at)
	if n := len(s.Outlook.Curve); n > 0 {
		s.Waiting = int(s.Outlook.Curve[n-1].Ahead + 0.5)
	}
	if !r.admits() {
		s.Outlook.Rate = 0 // nobody can tell
	}
	if c.Mode == state.Lottery {
		commitment := shuffle.Commit(*c.Seed, r.id, c.Event)
		s.Draw = state.Draw{Event: c.Event, Commit: commitment[:]}
		if r.phased == state.Open || r.phased == state.Ended {
			s.Draw.Seed = c.Seed
		}
	}
	s.Revoked = r.endings.published(at)
	r.insight.note(r, at)
	r.text = s.Append(nil)
}

// Wake is when Tick should be called, in Unix milliseconds; 0 is never.
func (r *Room) Wake(now int64) int64 {
	if r.queue == nil {
		return 0
	}
	at := seconds(now)
	if r.heard+awake > at || r.admits() && r.queue.Waits(at) && r.heard+horizon > at {
		return now - now%1000 + 1000
	}
	return int64(r.config.next(at)) * 1000
}

// Mirror is the state for KV when it is due to be written, otherwise nil. It is
// given again until Mirrored.
func (r *Room) Mirror(now int64) []byte {
	changed := r.mirrored != r.config.Revision
	if r.queue == nil || !changed && (now-r.mirroredAt < mirrorEvery && now >= r.mirroredAt) {
		return nil
	}
	return r.text
}

// Mirrored notes that the state was written.
func (r *Room) Mirrored(now int64) { r.mirroredAt, r.mirrored = now, r.published.Revision }

func seconds(now int64) uint32 { return uint32(now / 1000) }
