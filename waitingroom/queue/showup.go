package queue

import "math"

// showUp learns which share of those called come in, from those whose deadline
// has passed. People close the tab while they wait, the more of them the longer
// it takes, so it forgets: what it knows is mostly of the last few hundred
// called.
type showUp struct{ due, came float64 }

const (
	showUpMemory = 300 // called
	showUpPrior  = 10  // called, of whom all are taken to have come: a room begins carefully
	showUpLeast  = 0.02
)

func newShowUp() showUp { return showUp{showUpPrior, showUpPrior} }

// add notes that the time of so many called is over, and that of those, and of
// others whose time was over before, so many came.
func (s *showUp) add(due, came float64) {
	// However many they are, those of one round are not all there is to know.
	fade := math.Exp(-min(due/showUpMemory, 1))
	s.due = s.due*fade + due
	s.came = s.came*fade + came
}

// rate is between showUpLeast and 1. One above 1, from people who come back
// after they were given up, is taken for 1: to call too few is the safe side.
func (s *showUp) rate() float64 { return min(max(s.came/s.due, showUpLeast), 1) }
