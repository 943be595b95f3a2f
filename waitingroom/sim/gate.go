package sim

import (
	"math"

	"github.com/stagedoor/stagedoor/waitingroom/queue"
)

// gate sums up what its isolates report, and is one reporter to the room.
type gate struct {
	*queue.Reporter
	heard *queue.Tally
	mail  map[uint32][]queue.Report // by the second in which it arrives
}

func newGate(id uint64) *gate {
	return &gate{Reporter: queue.NewReporter(id), heard: queue.NewTally(), mail: map[uint32][]queue.Report{}}
}

// read takes in what has arrived.
func (g *gate) read(now uint32) {
	for _, r := range g.mail[now] {
		for i := range r.Counts {
			grown := g.heard.Add(r.Reporter, &r.Counts[i])
			g.Add(&grown)
		}
	}
	delete(g.mail, now)
}

// report sends what an isolate counted to its gate: on time, late, twice or
// never. What is lost is not acknowledged, and said again.
func (d *stagedoor) report(i *queue.Reporter, g *gate, now uint32) {
	if !i.Changed() || d.s.Slow.Silent && d.s.Slow.at(now) || d.chance(d.s.Lost) {
		return
	}
	late := now
	if d.s.LateBy > 0 {
		late += d.r.Uint32N(d.s.LateBy + 1)
	}
	counts, number := i.Report(nil, math.MaxInt)
	r := queue.Report{Reporter: i.ID(), Counts: counts}
	g.mail[late] = append(g.mail[late], r)
	if d.chance(d.s.Twice) {
		g.mail[late+1] = append(g.mail[late+1], r)
	}
	i.Acknowledged(number)
}

// tell brings a gate's own report to the room.
func (d *stagedoor) tell(g *gate) {
	if !g.Changed() {
		return
	}
	d.writes++
	if d.chance(d.s.Lost) {
		return
	}
	counts, number := g.Report(nil, math.MaxInt)
	r := queue.Report{Reporter: g.ID(), Counts: counts}
	d.room.Report(r)
	if d.chance(d.s.Twice) {
		d.room.Report(r)
	}
	g.Acknowledged(number)
}

func (d *stagedoor) chance(p float64) bool { return p > 0 && d.r.Float64() < p }
