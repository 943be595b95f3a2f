package room

import (
	"encoding/binary"
	"strings"

	"github.com/stagedoor/stagedoor/waitingroom/queue"
	"github.com/stagedoor/stagedoor/waitingroom/wire"
)

// Gate speaks for isolates: it adds their counts up, reports the sums to the
// coordinator as one reporter, and answers with what it heard there last.
type Gate struct {
	name, room string
	tally      *queue.Tally
	up         *queue.Reporter
	message    wire.Message // from an isolate
	ask        wire.Message // to the coordinator
	saved      bool         // its identity

	state   []byte // JSON, nil: nothing heard yet
	heardAt int64
	askedAt int64
	want    uint32 // by isolates, since the coordinator was asked
	swept   uint32

	pools    []pool
	lent     map[uint64]loan
	lastLoan uint64
	ended    wire.Pending[wire.EndedLease]
	endings  wire.Pending[wire.Ending]
	seen     map[uint64]uint32 // isolates, and the second they were last heard
}

// pool is a lease from the coordinator, of which isolates get parts.
type pool struct {
	id     uint64
	left   uint32 // slots
	out    uint32 // lent and not given back
	unused uint32 // given back
	until  int64
}

type loan struct {
	pool  uint64
	slots uint32
	until int64
}

// What Report says of a message.
const (
	Taken = 1 << iota
	// Due says that the coordinator should be asked, in the background.
	Due
	// Ignorant says that nothing, or nothing of late, is known, so that it is
	// worth waiting for.
	Ignorant
)

const (
	gateAskEvery = 1000   // milliseconds
	gateOld      = 10_000 // milliseconds after which what was heard is not of late
	gateKeep     = horizon + 3600
	aheadOfClock = 60 // seconds
	quietAfter   = 15 // seconds after which an isolate is not counted as one
	// Endings that are held for the coordinator; an isolate says them again.
	heldEndings = 1 << 14
)

// OpenGate makes the gate of a name, "room/number", as it was when its rows
// were saved. Without rows its reporter is to be random.
func OpenGate(name string, reporter uint64, rows map[string][]byte) (*Gate, error) {
	i := strings.LastIndexByte(name, '/')
	if i < 1 {
		return nil, ErrSaved
	}
	g := &Gate{name: name, room: name[:i], tally: queue.NewTally(), lent: map[uint64]loan{}, seen: map[uint64]uint32{}}
	if b, ok := rows[gateRow]; ok {
		if len(b) != 9 || b[0] != rowVersion {
			return nil, ErrSaved
		}
		reporter, g.saved = binary.BigEndian.Uint64(b[1:]), true
	}
	g.up = queue.NewReporter(max(reporter, 1))
	g.tally.Track()
	if err := g.tally.Restore(rows); err != nil {
		return nil, err
	}
	// Everything is said again: the coordinator knows what of it is news.
	g.tally.Sum(func(seen *queue.Count) { g.up.Add(seen) })
	return g, nil
}

// Report takes an isolate's message in; 0 is malformed.
func (g *Gate) Report(text []byte, now int64) (flags int) {
	m := &g.message
	if wire.DecodeMessage(text, m) != nil || m.Room != g.room || m.Name != "" || m.Reporter == 0 {
		return 0
	}
	at := seconds(now)
	for i := range m.Counts {
		if c := &m.Counts[i]; c.Second <= at+aheadOfClock && c.Second+gateKeep > at {
			if grown := g.tally.Add(m.Reporter, c); grown != (queue.Count{Second: c.Second}) {
				g.up.Add(&grown)
			}
		}
	}
	for _, l := range m.Leases {
		g.giveBack(l)
	}
	for _, e := range m.Endings {
		g.end(e)
	}
	g.want += min(m.Want, 1<<20)
	g.seen[m.Reporter] = at
	flags = Taken
	if now-g.askedAt >= gateAskEvery || now < g.askedAt {
		flags |= Due
	}
	if g.state == nil || now-g.heardAt > gateOld {
		flags |= Due | Ignorant
	}
	return flags
}

// Reply is the answer to a message that Report took in, nil when nothing is
// known yet.
func (g *Gate) Reply(text []byte, now int64) []byte {
	m := &g.message
	if g.state == nil || wire.DecodeMessage(text, m) != nil {
		return nil
	}
	a := wire.Answer{Number: m.Number, State: g.state}
	for i := range g.pools {
		p := &g.pools[i]
		if good := (p.until - now) / 1000; good > 0 && p.left > 0 && m.Want > 0 {
			slots := min(m.Want, p.left)
			p.left -= slots
			p.out += slots
			g.lastLoan = max(g.lastLoan+1, uint64(now)<<16) // never twice
			g.lent[g.lastLoan] = loan{p.id, slots, p.until}
			a.Lease = wire.Lease{ID: g.lastLoan, Slots: slots, Good: uint32(good)}
			break
		}
	}
	return a.Append(nil)
}

// giveBack takes the end of a loan in, once.
func (g *Gate) giveBack(l wire.EndedLease) {
	one, found := g.lent[l.ID]
	if !found {
		return
	}
	delete(g.lent, l.ID)
	for i := range g.pools {
		if p := &g.pools[i]; p.id == one.pool {
			p.out -= one.slots
			p.unused += min(l.Unused, one.slots)
		}
	}
}

// settle ends leases nothing of which is with an isolate any more. Those whose
// isolates never speak again expire at the coordinator by themselves.
func (g *Gate) settle(now int64) {
	kept := g.pools[:0]
	for _, p := range g.pools {
		over := p.left == 0 || now >= p.until
		switch {
		case over && p.out == 0:
			g.ended.Add(wire.EndedLease{ID: p.id, Unused: p.left + p.unused})
		case now < p.until+30_000:
			kept = append(kept, p)
		}
	}
	g.pools = kept
	if n := len(g.ended); n > wire.MaxLeases {
		g.ended = g.ended[n-wire.MaxLeases:]
	}
	for id, l := range g.lent {
		if now >= l.until+30_000 {
			delete(g.lent, id)
		}
	}
}

func (g *Gate) end(e wire.Ending) {
	for i := range g.endings {
		if g.endings[i].What == e {
			return
		}
	}
	if len(g.endings) < heldEndings {
		g.endings.Add(e)
	}
}

// Ask is the message for the coordinator.
func (g *Gate) Ask(now int64) []byte {
	g.askedAt = now
	at := seconds(now)
	g.sweep(at)
	g.settle(now)
	m := &g.ask
	m.Room, m.Name, m.Reporter, m.Reporters = g.room, g.name, g.up.ID(), uint32(len(g.seen))
	m.Counts, m.Number = g.up.Report(m.Counts[:0], wire.MaxCounts)
	m.Want = g.want
	for _, p := range g.pools {
		if now < p.until {
			m.Want -= min(m.Want, p.left)
		}
	}
	g.want = 0
	m.Leases = g.ended.Say(m.Leases[:0], m.Number, wire.MaxLeases)
	m.Endings = g.endings.Say(m.Endings[:0], m.Number, wire.MaxEndings)
	return m.Append(nil)
}

// sweep forgets, once a minute, what is too old to matter.
func (g *Gate) sweep(at uint32) {
	for id, last := range g.seen {
		if last+quietAfter < at {
			delete(g.seen, id)
		}
	}
	if at-g.swept < 60 {
		return
	}
	g.swept = at
	g.tally.Forget(at - gateKeep)
	g.up.Forget(at - gateKeep)
}

// Heard takes the coordinator's answer in.
func (g *Gate) Heard(text []byte, now int64) error {
	a, err := wire.DecodeAnswer(text)
	if err != nil {
		return err
	}
	g.state = append(g.state[:0], a.State...)
	g.heardAt = now
	g.up.Acknowledged(a.Number)
	g.ended.Acknowledged(a.Number)
	g.endings.Acknowledged(a.Number)
	if a.Lease.Slots > 0 {
		g.pools = append(g.pools, pool{id: a.Lease.ID, left: a.Lease.Slots, until: now + int64(a.Lease.Good)*1000})
	}
	return nil
}

// Save gives the rows that changed since the last time.
func (g *Gate) Save(put func(key string, value []byte)) {
	if !g.saved {
		g.saved = true
		put(gateRow, binary.BigEndian.AppendUint64([]byte{rowVersion}, g.up.ID()))
	}
	g.tally.SaveChanges(put)
}
