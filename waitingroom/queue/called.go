package queue

import "math"

// group is places called at one tick. Until its deadline whoever of it is
// expected, and has not been counted as in, is counted on to come: silence says
// nothing, since a busy edge tells late.
type group struct {
	at  uint32
	age float64 // in seconds in which the edge told everything in time
	// The seconds of arrival it was called from, and how many of the first and
	// of the last: groups share those two.
	first, last uint32
	head, tail  float64
	places      float64
	came        float64 // of them
	apart       bool    // of a crowd
}

// of is how many of the group arrived in a second, or a number to compare with
// other groups of the same second.
func (g *group) of(second uint32) float64 {
	switch {
	case second < g.first || second > g.last:
		return 0
	case second == g.first:
		return g.head
	case second == g.last:
		return g.tail
	}
	return g.places
}

// call adds places that arrived in a second, not before those called already.
func (g *group) call(second uint32, places float64) {
	if g.last < second {
		g.last, g.tail = second, 0
	}
	if second == g.first {
		g.head += places
	}
	g.tail += places
	g.places += places
}

const (
	// seenAfter is how long, in seconds, it takes on average from a move of the
	// frontier to the first claims that are counted because of it.
	seenAfter = 4
	// seenSoonest is the same at its fastest.
	seenSoonest = 2
	// settled is how sure it is, when the edge is heard, that those who have not
	// come when it was their turn do not.
	settled = 0.75
	// roundsGiven is for how many rounds of polls those called are waited for.
	roundsGiven = 2
)

// due is from which age on everybody who comes should have been counted.
func (c *Controller) due() uint32 { return seenAfter + c.config.PollEvery }

// inTurn says whether of a group, called so many seconds ago, more may come.
func (c *Controller) inTurn(g *group, from, until uint32) bool {
	ago := c.last - g.at
	return ago >= from && ago <= until && g.came < g.places
}

func (c *Controller) deadline() float64 {
	return seenAfter + roundsGiven*float64(c.config.PollEvery)
}

// claimed notes that so many who arrived in a second have come in, and returns
// how many of them no group is waited for any more. Of the groups that share
// the second those whose turn it is count first: their polls are spread evenly
// over a round.
func (c *Controller) claimed(second uint32, came float64) (late float64) {
	for _, turn := range [...]struct{ from, until uint32 }{{seenSoonest, c.due()}, {0, math.MaxUint32}} {
		for came > 1e-9 {
			var all float64
			for i := range c.called {
				if g := &c.called[i]; c.inTurn(g, turn.from, turn.until) {
					all += g.of(second)
				}
			}
			if all <= 0 {
				break
			}
			left := came
			for i := range c.called {
				if g := &c.called[i]; c.inTurn(g, turn.from, turn.until) {
					part := min(came*g.of(second)/all, g.places-g.came)
					if g.came += part; g.places-g.came < 1e-9 {
						g.came = g.places
					}
					left -= part
				}
			}
			came = left
		}
	}
	return max(came, 0)
}

// believe lets time pass for those who are waited for, at the end of a round
// of polls: as much of it as the edge was heard.
func (c *Controller) believe(now, seconds uint32) {
	for i := range c.called {
		g := &c.called[i]
		g.age += float64(min(now-g.at, seconds)) * c.beats.pace()
	}
}

// learn counts who came of those who were called, and gives up those whose time
// is over.
func (c *Controller) learn(elapsed uint32) {
	var usual, apart struct{ due, came float64 }
	for _, a := range c.ledger.claimed {
		if late := c.claimed(a.second, float64(a.places)); a.second == c.crowd.second {
			apart.came += late
		} else {
			usual.came += late
		}
	}
	c.ledger.claimed = c.ledger.claimed[:0]
	kept := c.called[:0]
	for _, g := range c.called {
		switch {
		case g.age < c.deadline():
			kept = append(kept, g)
		case g.apart:
			apart.due += g.places
			apart.came += g.came
		default:
			usual.due += g.places
			usual.came += g.came
		}
	}
	c.called = kept
	c.showUp.add(usual.due, usual.came)
	c.crowd.showUp.add(apart.due, apart.came)
	in := float64(c.ledger.Claims - c.claims)
	c.claims = c.ledger.Claims
	c.pace.learn(c, in+float64(c.ledger.Directs-c.directs), elapsed)
	c.directs = c.ledger.Directs
}

// rate is the share of those called who come. That more come than did of late
// shows before the deadline; that fewer do not.
func (c *Controller) rate(apart bool) float64 {
	rate := c.learned(apart).rate()
	var places, came float64
	for i := range c.called {
		if g := &c.called[i]; g.apart == apart && c.last-g.at > c.due() {
			places += g.places
			came += g.came
		}
	}
	if places < 1 {
		return rate
	}
	return max(rate, min(came/places, 1))
}

// Expected is how many of those called so far are still to come in.
func (c *Controller) Expected() float64 {
	expected, _, _ := c.outstanding()
	return expected
}

// outstanding is how many of those called are still to come in, the variance
// of that number, and how many it can be at most.
func (c *Controller) outstanding() (expected, vary, most float64) {
	var coming, came, places, ties float64
	for _, apart := range [...]bool{false, true} {
		rate := c.rate(apart)
		var called, open float64
		for i := range c.called {
			if g := &c.called[i]; g.apart == apart {
				called += g.places
				came += g.came
				open += g.places * c.openness(g)
			}
		}
		places += called
		coming += called * rate
		// Who of those called comes is chance, and the rate of it is known from so
		// many only.
		vary += open * rate * (1 - rate) * (1 + open/max(c.learned(apart).due, 1))
		drawn := c.ties(apart)
		vary += drawn * rate * rate
		ties += drawn
	}
	return max(coming-came, 0), vary, places - came + deviations*math.Sqrt(ties)
}

// openness is how unsure it is that those of a group who have not come do not.
func (c *Controller) openness(g *group) float64 {
	if c.last-g.at > c.due() {
		return 1 - settled*c.beats.pace()
	}
	return 1
}

// ties is the variance of how many were called of buckets that were called in
// part: a tie-break is a draw.
func (c *Controller) ties(apart bool) (vary float64) {
	var second uint32
	var part float64
	add := func(at uint32, places float64) {
		if at != second {
			if bucket := float64(c.ledger.Total(second).Arrived); part < bucket {
				vary += part * (1 - part/bucket)
			}
			second, part = at, 0
		}
		part += places
	}
	for i := range c.called {
		g := &c.called[i]
		if g.apart != apart {
			continue
		}
		add(g.first, g.head*c.openness(g))
		if g.last != g.first {
			add(g.last, g.tail*c.openness(g))
		}
	}
	add(0, 0)
	return vary
}
