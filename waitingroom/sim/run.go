package sim

import (
	"context"
	"math/rand/v2"
)

// run is a simulation under way.
type run struct {
	s     *Scenario
	r     random
	crowd *crowd
	door  Door

	now     uint32
	leaving map[uint32][]*Visitor // who gives up, unless they came in, by second
	ends    map[uint32][]Session
	waits   int // who wait
	active  int // passes that are good
	in, out int // admitted, gave up
	closed  int // second browsers that were closed because the first came in
	meter   meter
}

// Progress is told how far a run has come, once a virtual minute.
type Progress func(second uint32, admitted, waiting, active int)

// Run plays a scenario at the room of this program to its end: until everyone
// came in or left, or its duration is over.
func Run(ctx context.Context, s Scenario, progress Progress) (*Result, error) {
	return RunAt(ctx, s, Stagedoor, progress)
}

// RunAt plays it at another door. The visitors are the same.
func RunAt(ctx context.Context, s Scenario, open Make, progress Progress) (*Result, error) {
	if err := s.Check(); err != nil {
		return nil, err
	}
	if s.Gates == 0 {
		s.Gates = 4
	}
	w := &run{s: &s, r: newRandom(s.Seed), leaving: map[uint32][]*Visitor{}, ends: map[uint32][]Session{}}
	w.crowd = assemble(&s, &w.r)
	w.door = open(&s, rand.New(rand.NewPCG(s.Seed, 1)))
	w.meter = newMeter(&s)
	for t := uint32(0); t < s.Duration; t++ {
		if t%60 == 0 {
			if err := ctx.Err(); err != nil {
				return nil, err
			}
			if progress != nil {
				progress(t, w.in, w.waits, w.active)
			}
		}
		w.second(begin + t)
		if w.finished(t) {
			break
		}
	}
	return w.meter.result(w), nil
}

func (w *run) finished(t uint32) bool {
	return w.waits == 0 && w.active == 0 && w.crowd.from[t+1] == len(w.crowd.all)
}

// second plays one: those who arrive, those who give up, those who ask and are
// let in, those who go, and what the door does with what it has seen.
func (w *run) second(now uint32) {
	w.now = now
	came := w.crowd.of(now)
	w.waits += len(came)
	for i := range came {
		v := &came[i]
		if v.patience-begin < w.s.Duration {
			w.leaving[v.patience] = append(w.leaving[v.patience], v)
		}
	}
	w.door.Arrive(now, came, w.let)
	w.giveUp()
	w.door.Open(now, w.let)
	w.goOut()
	w.door.End(now)
	w.meter.second(w, now)
}

func (w *run) giveUp() {
	for _, v := range w.leaving[w.now] {
		if v.came == 0 && v.patience == w.now {
			w.door.GaveUp(v)
			w.waits--
			w.out++
		}
	}
	delete(w.leaving, w.now)
}

// let brings a visitor in.
func (w *run) let(v *Visitor) bool {
	if !v.Waiting(w.now) {
		return false
	}
	v.came = w.now
	w.waits--
	w.active++
	w.in++
	w.meter.admitted(w, v)
	stay := w.s.Stay
	if v.kind == bot {
		stay = w.s.Bots.Stay
	}
	w.stay(Session{Visitor: v, Issued: w.now, until: w.now + 1 + uint32(stay.draw(&w.r))})
	if other := w.crowd.second[v]; other != nil && other.Waiting(w.now) {
		other.patience = w.now
		w.door.GaveUp(other)
		w.waits--
		w.closed++
	}
	return true
}

// stay plans what happens next to a pass: it is renewed, or given up, or its
// holder vanishes and it runs out.
func (w *run) stay(s Session) {
	_, renewed := w.door.SessionLife()
	at := min(s.Issued+renewed, s.until)
	w.ends[at] = append(w.ends[at], s)
}

func (w *run) goOut() {
	for _, s := range w.ends[w.now] {
		switch {
		case s.gone:
			w.active--
		case w.now < s.until:
			w.door.Renewed(&s, w.now)
			s.Issued = w.now
			w.stay(s)
		case w.r.chance(w.s.Vanish):
			life, _ := w.door.SessionLife()
			s.gone = true
			w.ends[s.Issued+life] = append(w.ends[s.Issued+life], s)
		default:
			w.door.Left(&s, w.now)
			w.active--
		}
	}
	delete(w.ends, w.now)
}
