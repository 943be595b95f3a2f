package explain

import (
	"slices"
	"time"

	"github.com/stagedoor/stagedoor/edge/chain"
	"github.com/stagedoor/stagedoor/edge/site"
)

// measured is how often a request is decided to measure it: the first time is
// slow, and one time is chance.
const measured = 65

// watch stands around each filter and notes which part of it ran and, by the
// caller's clock, for how long.
type watch struct {
	clock func() time.Time
	seen  map[string]*seen // by filter
}

// seen is what was noted of one filter.
type seen struct {
	now      time.Duration   // in this round, both phases
	rounds   []time.Duration // before
	finished bool            // its part in the response phase ran
}

// over is for engine.Watched.
func (w *watch) over(f chain.Filter) chain.Filter {
	if w.seen == nil {
		w.seen = map[string]*seen{}
	}
	s := &seen{}
	w.seen[f.Name()] = s
	return watched{f, w, s}
}

// rounds is how often to decide again.
func (w *watch) rounds() int {
	if w.clock == nil {
		return 0
	}
	return measured
}

// next ends a round.
func (w *watch) next() {
	for _, s := range w.seen {
		s.rounds = append(s.rounds, s.now)
		s.now = 0
	}
}

// median is a filter's time in the middle one of the rounds; ok is false where
// nothing was measured.
func (w *watch) median(filter string) (d time.Duration, ok bool) {
	s := w.seen[filter]
	if w.clock == nil || s == nil || len(s.rounds) == 0 || w.stoodStill() {
		return 0, false
	}
	return s.median(), true
}

func (s *seen) median() time.Duration {
	slices.Sort(s.rounds)
	return s.rounds[len(s.rounds)/2]
}

// stoodStill says whether the clock measured nothing: it does not move while a
// program computes, or in steps so long that a filter is over in none.
func (w *watch) stoodStill() bool {
	for _, s := range w.seen {
		if s.median() != 0 {
			return false
		}
	}
	return true
}

func (w *watch) tick() time.Time {
	if w.clock == nil {
		return time.Time{}
	}
	return w.clock()
}

// watched decides as the filter in it does.
type watched struct {
	chain.Filter
	watch *watch
	seen  *seen
}

func (f watched) Bind(s *site.Site) (chain.Filter, error) {
	binder, ok := f.Filter.(chain.Binder)
	if !ok {
		return f, nil
	}
	bound, err := binder.Bind(s)
	return watched{bound, f.watch, f.seen}, err
}

func (f watched) Decide(x *chain.Exchange) chain.Verdict {
	began := f.watch.tick()
	verdict := f.Filter.Decide(x)
	f.seen.now += f.watch.tick().Sub(began)
	return verdict
}

func (f watched) Finish(x *chain.Exchange) {
	finisher, ok := f.Filter.(chain.Finisher)
	if !ok {
		return
	}
	f.seen.finished = true
	began := f.watch.tick()
	finisher.Finish(x)
	f.seen.now += f.watch.tick().Sub(began)
}
