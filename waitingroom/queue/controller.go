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
	crowd    crowd
	frontier Frontier
	called   []group // admitted and not all come in yet, the earliest first
	tokens   float64 // of Limits.PerMinute
	leases   leases
	last     uint32 // the last tick
	told     bool   // somebody has reported since then
	heard    uint32 // the last tick before which somebody had
	pace     pace
	claims   uint64 // of the ledger, as of the last tick
	directs  uint64
	beats    heartbeats
	paused   bool
	drained  bool
}

// NewController makes one for a room that begins at now with nobody in it.
func NewController(config Config, limits Limits, now uint32) *Controller {
	return &Controller{
		config: config, limits: limits, ledger: NewLedger(config.Horizon, config.PassLife, now), showUp: newShowUp(), crowd: crowd{showUp: newShowUp()},
		frontier: Frontier{Through: now - 1}, last: now, heard: now, pace: newPace(config, limits),
	}
}

// Report takes a reporter's counters in, or without any the news that it is
// there.
func (c *Controller) Report(r Report) {
	c.told = true
	c.ledger.Add(r)
}

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

// Tick moves the frontier for the second that begins at now. Ticks may come
// late or be missed; now never goes back.
func (c *Controller) Tick(now uint32) {
	if now < c.last {
		return
	}
	elapsed := now - c.last
	c.last = now
	if c.told {
		c.told, c.heard = false, now
	}
	c.ledger.Close(now)
	c.leases.expire(now)
	c.admitLate(now)
	c.learn(elapsed)
	c.beats.round(c, now)
	c.refill(elapsed)
	if c.drained {
		c.advance(now, math.Inf(1))
		return
	}
	if c.isAlone() {
		return
	}
	apart := c.enter()
	if places := c.budget(apart); places > 0 {
		called := c.advance(now, places)
		if c.limits.PerMinute > 0 {
			c.tokens -= called * c.learned(apart).rate()
		}
	}
}

// aloneAfter is after how many seconds without any report the edge is taken to be
// out of reach.
const aloneAfter = 45

// isAlone says whether nobody has reported for long. Passes run out then, but
// those who hold them may have been given new ones, and whoever is called cannot
// say that they came: nobody is called until somebody reports, which is at once
// when anybody asks.
func (c *Controller) isAlone() bool {
	return c.last-c.heard > max(aloneAfter, 3*c.config.PollEvery)
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
const beforehand = 600

// deviations is how many standard deviations stay free for chance: one tick
// in some thousands is worse.
const deviations = 3

// tolerance is of how many of the limit chance may bring in one too many; one
// it may in the smallest room.
const tolerance = 2000

// budget is how many places to call, of a crowd or not: as many as are expected to fill what is
// free, and what will be free when they come in.
func (c *Controller) budget(apart bool) float64 {
	if c.paused {
		return 0
	}
	rate := c.rate(apart)
	expected, vary, most := c.outstanding()
	// In the time until they come in others leave. That passes run out is
	// known in advance; since some of those called come sooner than the
	// average, less of that is counted on.
	leaving := c.pace.ends * (seenAfter + float64(c.config.PollEvery)/2)
	// Passes given out together run out together, and whoever is called for them
	// may ask at once: only a few are counted on before they have ended.
	expiring := min(float64(c.ledger.Expiring(c.last, seenAfter/2+c.config.PollEvery/4)), float64(c.limits.Active)/beforehand)
	// All of it is chance: who of those called comes, how many were called when
	// a bucket was called in part, and who leaves.
	chance := math.Sqrt(vary + leaving)
	expected += max(deviations*chance-max(float64(c.limits.Active)/tolerance, 1), chance) - leaving
	expected = min(expected, most) // no more can come than were called
	if c.isSmall() {
		expected, expiring = most, 0 // and here everybody may
	}
	free := float64(c.limits.Active-c.Active()-c.leases.outstanding()) - max(expected, 0) + expiring
	if c.limits.PerMinute > 0 {
		free = min(free, c.tokens)
	}
	if c.isSmall() {
		return math.Floor(surely(max(free, 0), rate))
	}
	return math.Floor(max(free, 0) / rate)
}

// surely is how many places may be called, of whom each comes with a chance of
// rate, so that hardly ever more than free come: free of them at least.
func surely(free, rate float64) float64 {
	spread := deviations * math.Sqrt(1-rate)
	root := (math.Sqrt(spread*spread+4*free) - spread) / 2
	return max(free, root*root/rate)
}

// settledAfter is how old, in seconds, a bucket must be before it is called:
// by then everyone who arrived in it has been counted, as a rule.
const settledAfter = 6

// admitLate notes places that were counted after their bucket was called:
// their holders come in like the rest.
func (c *Controller) admitLate(now uint32) {
	g := group{at: now, first: math.MaxUint32}
	for _, f := range c.ledger.fresh {
		places := float64(f.places)
		switch {
		case f.second > c.frontier.Next():
			continue
		case f.second == c.frontier.Next():
			places *= shareOf(c.frontier.Below)
		}
		if places > 0 {
			g.places += places
			g.first, g.last = min(g.first, f.second), max(g.last, f.second)
		}
	}
	c.ledger.fresh = c.ledger.fresh[:0]
	if g.places > 0 {
		g.head, g.tail = g.places, g.places
		c.called = append(c.called, g)
	}
}

// advance calls up to places more, bucket by bucket, and returns how many.
func (c *Controller) advance(now uint32, places float64) (called float64) {
	f := &c.frontier
	g := group{at: now, first: f.Next(), apart: c.enter()}
	for places-called >= 1 && f.Next()+settledAfter <= now && (c.drained || c.enter() == g.apart) {
		share := shareOf(f.Below)
		bucket := float64(c.ledger.Total(f.Next()).Arrived)
		left := bucket * (1 - share)
		part := c.portion(places-called, bucket, share)
		if left <= part {
			called += left
			g.call(f.Next(), left)
			f.Through, f.Below = f.Next(), 0
			continue
		}
		below := tieFor(share*bucket+part, bucket)
		if below <= f.Below {
			break
		}
		f.Below = below
		called += part
		g.call(f.Next(), part)
		break
	}
	if called > 0 {
		c.called = append(c.called, g)
	}
	return called
}
