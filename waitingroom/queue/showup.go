package queue

import "math"

// showUp learns which share of those called come in. People close the tab
// while they wait, the more of them the longer it takes, so it forgets: what
// it knows is mostly of the last few hundred called.
type showUp struct{ due, came float64 }

const (
	showUpMemory = 300 // called
	showUpPrior  = 10  // called, of whom all are taken to have come: a room begins carefully
	showUpLeast  = 0.02
)

func newShowUp() showUp { return showUp{showUpPrior, showUpPrior} }

// add notes that of those called, due more should have come by now if all of
// them did, and came more have, in elapsed seconds.
func (s *showUp) add(due, came float64, elapsed, pollEvery uint32) {
	// However many are called, one round of polls is too short a memory: those
	// who poll first are counted before those who poll last.
	fade := math.Exp(-min(due/showUpMemory, float64(elapsed)/float64(4*pollEvery)))
	s.due = s.due*fade + due
	s.came = s.came*fade + came
}

// rate is between showUpLeast and 1. One above 1, from people who come back
// after they were given up, is taken for 1: to call too few is the safe side.
func (s *showUp) rate() float64 { return min(max(s.came/s.due, showUpLeast), 1) }

// learn compares those who have come with those who were due, since the last
// tick, and drops groups of whom nobody is due any more.
func (c *Controller) learn(now, elapsed uint32) {
	came := float64(c.ledger.Claims - c.claims)
	c.claims = c.ledger.Claims
	var due float64
	kept := c.called[:0]
	for _, g := range c.called {
		share := c.ramp(now, g.at)
		due += g.places * (share - g.due)
		g.due = share
		if share < 1 {
			kept = append(kept, g)
		}
	}
	c.called = kept
	c.showUp.add(due, came, elapsed, c.config.PollEvery)
	c.pace.learn(c, came+float64(c.ledger.Directs-c.directs), elapsed)
	c.directs = c.ledger.Directs
}
