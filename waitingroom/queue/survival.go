package queue

import "math"

// cohortSeconds is how many seconds of arrivals share a counter of
// heartbeats: fine enough to see how patience runs out, coarse enough that an
// isolate's report stays short.
const cohortSeconds = 64

// Cohort is the second under which heartbeats of visitors who arrived in
// second are counted.
func Cohort(second uint32) uint32 { return second - second%cohortSeconds }

// survival is how many who wait are still there after a time: a Weibull
// distribution, whose shape tells whether people give up early or late.
// The zero survival is for ever.
type survival struct {
	shape float64
	scale float64 // seconds
}

// after is the share of those still there at age who are there wait later.
func (s survival) after(age, wait float64) float64 {
	if s.scale <= 0 {
		return 1
	}
	return math.Exp(math.Pow(age/s.scale, s.shape) - math.Pow((age+wait)/s.scale, s.shape))
}

// heartbeats follows how many of each cohort still ask.
type heartbeats struct {
	fresh bool               // not saved since the last round
	since uint32             // when the present round of polls began
	told  map[uint32]uint32  // each cohort's polls as of then
	alive map[uint32]uint32  // and how many asked in the round before
	stay  float64            // the share who wait at all; the others close the page at once
	fit   survival           // of those who do
	still map[uint32]float64 // pages that ask per place not called, by cohort, smoothed
	heard float64            // of the polls that were to be expected in that round, the share that was told; 1 at most
}

// Of the polls expected, so many are enough to believe that the edge tells in
// time: nobody knows how many have left. With none at all time goes on as slowly
// as slowest: they may all have left.
const (
	heardEnough = 0.6
	slowest     = 1.0 / 16
	nobodyAsks  = 0.25 // the same when nobody is left to ask
)

// pace is how fast time passes for those who are waited for.
func (h *heartbeats) pace() float64 { return min(max(h.heard/heardEnough, slowest), 1) }

// after is the share of those who arrived who are still there at age.
func (h *heartbeats) after(age float64) float64 {
	if h.fit.scale <= 0 {
		return 1
	}
	return min(h.stay, 1) * h.fit.after(0, age)
}

// there notes how many pages of a cohort ask for each place that is not called.
func (h *heartbeats) there(cohort uint32, share float64) {
	if h.still == nil {
		h.still = map[uint32]float64{}
	}
	before, known := h.still[cohort]
	if !known {
		before = share
	}
	h.still[cohort] = before + (share-before)/roundsKept
}

// waits is the share of those who arrived in a second who are still there. What
// their own cohort asks says more than what people do in general.
func (h *heartbeats) waits(second, now uint32) float64 {
	share, known := h.still[Cohort(second)]
	if !known || h.stay <= 0 {
		return h.after(float64(now - second))
	}
	return min(h.stay, 1) * min(share/h.stay, 1)
}

// known is what is known of the share who wait at all: at first that all do.
func (h *heartbeats) known() float64 {
	if h.stay <= 0 {
		return 1
	}
	return h.stay
}

// asking is how many pages per place given out ask in a round at age: somebody
// may have several open.
func (h *heartbeats) asking(age float64) float64 {
	if h.fit.scale <= 0 {
		return h.known()
	}
	return h.stay * h.fit.after(0, age)
}

// youngFor is for how many seconds after its end a cohort may tell who waits at
// all: later on people have left it who did wait.
const youngFor = 3 * cohortSeconds

// roundsKept is over how many rounds of polls the fit is smoothed.
const roundsKept = 6

// round closes a round of polls once it has lasted: each visitor has then
// asked once.
func (h *heartbeats) round(c *Controller, now uint32) {
	if now < h.since+c.config.PollEvery {
		return
	}
	rounds := (now - h.since) / c.config.PollEvery
	told, alive := map[uint32]uint32{}, map[uint32]uint32{}
	var heard, expected float64
	for second := c.frontier.Next(); second <= h.since; second++ {
		if places := c.notCalled(second); places > 0 {
			expected += places * h.asking(float64(now-second))
		}
	}
	for cohort := Cohort(c.frontier.Next()); cohort <= now; cohort += cohortSeconds {
		polls := c.ledger.Total(cohort).Polls
		before, known := h.told[cohort]
		told[cohort] = polls
		if known {
			alive[cohort] = (polls - before) / rounds
			heard += float64(alive[cohort])
		}
	}
	h.since, h.told, h.alive, h.fresh = now, told, alive, true
	for cohort := range h.still {
		if cohort < Cohort(c.frontier.Next()) {
			delete(h.still, cohort)
		}
	}
	if h.heard = nobodyAsks * heardEnough; expected >= 1 {
		h.heard = min(heard/expected, 1)
	}
	if !c.isAlone() {
		c.believe(now, rounds*c.config.PollEvery)
	}
	h.learn(c, now)
}

// notCalled is how many places of a second the frontier has not reached.
func (c *Controller) notCalled(second uint32) float64 {
	places := float64(c.ledger.Total(second).Arrived)
	switch {
	case second < c.frontier.Next():
		return 0
	case second == c.frontier.Next():
		return places * (1 - shareOf(c.frontier.Below))
	}
	return places
}

// learn fits the survival to the cohorts of those who are not called: their
// age, and the share who still ask. The youngest says who waits at all. Of the
// others, taking logarithms twice makes a straight line of a Weibull
// distribution.
func (h *heartbeats) learn(c *Controller, now uint32) {
	var line regression
	youngest := true
	for cohort := Cohort(now); cohort >= Cohort(c.frontier.Next()); cohort -= cohortSeconds {
		alive := float64(h.alive[cohort])
		last := cohort + cohortSeconds - 1
		if cohort < c.frontier.Next() {
			alive -= c.Expected() * max(h.stay, 1) // called already, and asking once more
		}
		if alive <= 0 || last+2*c.config.PollEvery > now {
			continue
		}
		var arrived, seconds float64
		for second := cohort; second <= last; second++ {
			places := c.notCalled(second)
			arrived += places
			seconds += places * float64(now-second)
		}
		if arrived < 20 {
			continue
		}
		share := alive / arrived
		h.there(cohort, share)
		if youngest && last+youngFor > now {
			youngest = false
			// At first everybody is taken to stay: a busy edge tells late.
			h.stay = h.known() + (share-h.known())/roundsKept
			continue
		}
		if h.stay <= 0 {
			continue
		}
		if share = share / h.stay; share < 1-1/arrived {
			line.add(math.Log(seconds/arrived), math.Log(-math.Log(share)), arrived*(1-share))
		}
	}
	shape, offset, known := line.slope(h.fit.shape)
	if !known {
		return
	}
	shape = min(max(shape, 0.5), 4)
	scale := math.Exp(line.x/line.n - offset/shape)
	if h.fit.scale <= 0 {
		h.fit = survival{shape, scale}
		return
	}
	h.fit.shape += (shape - h.fit.shape) / roundsKept
	h.fit.scale *= math.Pow(scale/h.fit.scale, 1.0/roundsKept)
}

// regression is a weighted straight line.
type regression struct{ n, x, y, xx, xy float64 }

func (r *regression) add(x, y, weight float64) {
	r.n += weight
	r.x += weight * x
	r.y += weight * y
	r.xx += weight * x * x
	r.xy += weight * x * y
}

// slope returns the line's slope and its mean y; when the xs are too close
// together to tell, the slope is otherwise, or 1 if that is 0.
func (r *regression) slope(otherwise float64) (slope, mean float64, known bool) {
	if r.n <= 0 {
		return 0, 0, false
	}
	if spread := r.xx - r.x*r.x/r.n; spread > 0.02*r.n {
		return (r.xy - r.x*r.y/r.n) / spread, r.y / r.n, true
	}
	if otherwise == 0 {
		otherwise = 1
	}
	return otherwise, r.y / r.n, true
}
