package sim

import "github.com/stagedoor/stagedoor/waitingroom/queue"

// gate sums up what its isolates report, and is one reporter to the room.
type gate struct {
	*isolate
	heard map[uint64]map[uint32]queue.Count
	mail  map[uint32][]queue.Report // by the second in which it arrives
}

func newGate(id uint64, _ int) *gate {
	return &gate{isolate: newIsolate(id), heard: map[uint64]map[uint32]queue.Count{}, mail: map[uint32][]queue.Report{}}
}

// read takes in what has arrived.
func (g *gate) read(now uint32) {
	for _, r := range g.mail[now] {
		from := g.heard[r.Reporter]
		if from == nil {
			from = map[uint32]queue.Count{}
			g.heard[r.Reporter] = from
		}
		for _, c := range r.Counts {
			before, sum := from[c.Second], g.at(c.Second)
			from[c.Second] = grown(before, c, sum)
		}
	}
	delete(g.mail, now)
}

// grown is the larger of two counts of a second, of which what is new is added
// to sum.
func grown(before, c queue.Count, sum *queue.Count) queue.Count {
	for _, f := range [...]struct{ before, now, sum *uint32 }{
		{&before.Arrived, &c.Arrived, &sum.Arrived}, {&before.Claimed, &c.Claimed, &sum.Claimed},
		{&before.Polls, &c.Polls, &sum.Polls}, {&before.In, &c.In, &sum.In}, {&before.Out, &c.Out, &sum.Out},
	} {
		if *f.now > *f.before {
			*f.sum += *f.now - *f.before
			*f.before = *f.now
		}
	}
	return before
}

// report sends what an isolate counted to its gate: on time, late, twice or
// never.
func (d *stagedoor) report(i *isolate, g *gate, now uint32) {
	if len(i.dirty) == 0 || d.chance(d.s.Lost) {
		return
	}
	late := now
	if d.s.LateBy > 0 {
		late += d.r.Uint32N(d.s.LateBy + 1)
	}
	r := i.report()
	g.mail[late] = append(g.mail[late], r)
	if d.chance(d.s.Twice) {
		g.mail[late+1] = append(g.mail[late+1], r)
	}
	i.acknowledged()
}

// tell brings a gate's own report to the room.
func (d *stagedoor) tell(g *gate, _ uint32) {
	if len(g.dirty) == 0 {
		return
	}
	d.writes++
	if d.chance(d.s.Lost) {
		return
	}
	d.room.Report(g.report())
	if d.chance(d.s.Twice) {
		d.room.Report(g.report())
	}
	g.acknowledged()
}

func (d *stagedoor) chance(p float64) bool { return p > 0 && d.r.Float64() < p }
