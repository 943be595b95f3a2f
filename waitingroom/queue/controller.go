package queue

import "math"

// Limits are what a room's origin can carry. Ops change them while it runs.
type Limits struct {
	Active    int // visitors with a pass at once; 0 admits nobody
	PerMinute int // new visitors a minute; 0 is no limit of its own
}

// Config is what stays the same while a room runs.
type Config struct {
	// PollEvery is how often, in seconds, a waiting visitor's page asks; a
	// visitor who is called answers within it, or has left.
	PollEvery uint32
	// PassLife is how long, in seconds, a pass is good without being renewed.
	PassLife uint32
	// Horizon is how long, in seconds, places are remembered: longer than
	// anyone waits.
	Horizon uint32
	// TypicalStay is how long, in seconds, a visitor is expected to keep a
	// pass; estimates rest on it until the room has seen its own.
	TypicalStay uint32
}

// Controller moves one room's frontier. Tick does it, once a second.
type Controller struct {
	config   Config
	limits   Limits
	ledger   *Ledger
	showUp   showUp
	frontier Frontier
	called   []group // admitted and not all come in yet, the earliest first
	tokens   float64 // of Limits.PerMinute
	leases   leases
	last     uint32 // the last tick
	pace     pace
	claims   uint64 // of the ledger, as of the last tick
	directs  uint64
	beats    heartbeats
	paused   bool
	drained  bool
}

// group is places called at one tick.
type group struct {
	at     uint32
	places float64
	vary   float64 // the variance of their number: a tie-break is a draw
	due    float64 // the share of them that, if they come at all, has come
}

// NewController makes one for a room that begins at now with nobody in it.
func NewController(config Config, limits Limits, now uint32) *Controller {
	return &Controller{
		config: config, limits: limits, ledger: NewLedger(config.Horizon, config.PassLife, now), showUp: newShowUp(),
		frontier: Frontier{Through: now - 1}, last: now, pace: newPace(config, limits),
	}
}

// Report takes a reporter's counters in.
func (c *Controller) Report(r Report) { c.ledger.Add(r) }

// SetLimits changes the limits from the next tick on. Lowering them throws
// nobody out: admission pauses until enough have left.
func (c *Controller) SetLimits(l Limits) {
	if c.limits.Active > 0 {
		c.pace.claims *= float64(l.Active) / float64(c.limits.Active)
	}
	c.limits = l
}

// Pause stops admission, and Resume goes on where it stopped.
func (c *Controller) Pause()  { c.paused = true }
func (c *Controller) Resume() { c.paused = false }

// Drain admits everyone who waits, whatever the limit, until Undrain: the room
// is given up.
func (c *Controller) Drain()   { c.drained = true }
func (c *Controller) Undrain() { c.drained = false }

// Leave counts that a visitor whose pass was issued at a second has left. It
// is for what only the room itself knows, under a reporter that is nobody.
func (c *Controller) Leave(issued uint32) {
	count := c.ledger.tally.Seen(0, issued)
	count.Out++
	c.Report(Report{0, []Count{count}})
}

// Frontier is the present one.
func (c *Controller) Frontier() Frontier { return c.frontier }

// Ledger is what was counted. It must not be changed.
func (c *Controller) Ledger() *Ledger { return c.ledger }

// Active is how many visitors hold a pass, as of the last tick.
func (c *Controller) Active() int { return c.ledger.Active() }

// outstanding is how many places were called whose holders, if they still
// want to come, are still to be counted, and the variance of that number.
func (c *Controller) outstanding() (places, vary float64) {
	for _, g := range c.called {
		places += g.places * (1 - g.due)
		vary += g.vary * (1 - g.due)
	}
	return places, vary
}

// Expected is how many of those called so far are still to come in.
func (c *Controller) Expected() float64 {
	places, _ := c.outstanding()
	return places * c.showUp.rate()
}

// Tick moves the frontier for the second that begins at now. Ticks may come
// late or be missed; now never goes back.
func (c *Controller) Tick(now uint32) {
	if now < c.last {
		return
	}
	elapsed := now - c.last
	c.last = now
	c.ledger.Close(now)
	c.leases.expire(now)
	c.learn(now, elapsed)
	c.admitLate(now)
	c.beats.round(c, now)
	c.refill(elapsed)
	if c.drained {
		c.advance(now, math.Inf(1))
		return
	}
	if places := c.budget(); places > 0 {
		called := c.advance(now, places)
		if c.limits.PerMinute > 0 {
			c.tokens -= called * c.showUp.rate()
		}
	}
}

// refill lets the rate limit's tokens grow, to two seconds' worth at most: what
// was not used is not saved up for a burst.
func (c *Controller) refill(elapsed uint32) {
	perSecond := float64(c.limits.PerMinute) / 60
	c.tokens = min(c.tokens+perSecond*float64(elapsed), c.bucket())
}

// bucket is the most tokens there may be.
func (c *Controller) bucket() float64 { return max(2*float64(c.limits.PerMinute)/60, 2) }

// beforehand is the part of the limit that may be called for passes that have
// not run out yet: 1 in so many.
const beforehand = 400

// deviations is how many standard deviations stay free for chance: one tick
// in some thousands is worse.
const deviations = 3

// budget is how many places to call: as many as are expected to fill what is
// free, and what will be free when they come in.
func (c *Controller) budget() float64 {
	if c.paused {
		return 0
	}
	rate := c.showUp.rate()
	places, vary := c.outstanding()
	// In the time until they come in others leave. That passes run out is
	// known in advance; since some of those called come sooner than the
	// average, less of that is counted on.
	leaving := c.pace.ends * (seenAfter + float64(c.config.PollEvery)/2)
	// Passes given out together run out together, and whoever is called for them
	// may ask at once: only a few are counted on before they have ended.
	expiring := min(float64(c.ledger.Expiring(c.last, seenAfter/2+c.config.PollEvery/4)), float64(c.limits.Active)/beforehand)
	// All of it is chance: who of n called comes (n*rate*(1-rate)), how many
	// were called when a bucket was called in part, and who leaves.
	chance := deviations * math.Sqrt(places*rate*(1-rate)+vary*rate*rate+leaving)
	expected := places*rate + chance - leaving
	if places == 0 || leaving == 0 {
		expected = min(expected, places) // no more can come than were called
	}
	free := float64(c.limits.Active-c.Active()-c.leases.outstanding()) - max(expected, 0) + expiring
	if c.limits.PerMinute > 0 {
		free = min(free, c.tokens)
	}
	return math.Floor(max(free, 0) / rate)
}

// settledAfter is how old, in seconds, a bucket must be before it is called:
// by then everyone who arrived in it has been counted, as a rule.
const settledAfter = 6

// admitLate notes places that were counted after their bucket was called:
// their holders come in like the rest.
func (c *Controller) admitLate(now uint32) {
	var places float64
	for _, f := range c.ledger.fresh {
		switch {
		case f.second <= c.frontier.Through:
			places += float64(f.places)
		case f.second == c.frontier.Next():
			places += float64(f.places) * shareOf(c.frontier.Below)
		}
	}
	c.ledger.fresh = c.ledger.fresh[:0]
	if places > 0 {
		c.called = append(c.called, group{at: now, places: places})
	}
}

// advance calls up to places more, bucket by bucket, and returns how many.
func (c *Controller) advance(now uint32, places float64) (called float64) {
	var vary float64
	f := &c.frontier
	for places-called >= 1 && f.Next()+settledAfter <= now {
		bucket := float64(c.ledger.Total(f.Next()).Arrived)
		left := bucket * (1 - shareOf(f.Below))
		if left <= places-called {
			called += left
			f.Through, f.Below = f.Next(), 0
			continue
		}
		part := places - called
		below := tieFor(shareOf(f.Below)*bucket+part, bucket)
		if below <= f.Below {
			break
		}
		f.Below = below
		called += part
		vary += part * (1 - part/bucket)
	}
	if called > 0 {
		c.called = append(c.called, group{at: now, places: called, vary: vary})

	}
	return called
}

// seenAfter is how long, in seconds, it takes on average from a move of the
// frontier to the first claims that are counted because of it.
const seenAfter = 4

// ramp is the share of those called at a tick who, if they come at all, have
// been counted by now: their polls are spread evenly.
func (c *Controller) ramp(now, at uint32) float64 {
	age := float64(now) - float64(at) - seenAfter
	return min(max(age/float64(c.config.PollEvery), 0), 1)
}
