package queue

// leases are slots handed out in advance, so that visitors who find no queue
// come in without waiting for anyone's count. Slots that are used show up as
// passes; one is outstanding until its holder says so or it has expired.
type leases struct{ open []lease }

type lease struct {
	id      uint64
	slots   int
	expires uint32
}

// leaseReportDelay is how long after its end, in seconds, a lease's use may
// still be on its way to the ledger.
const leaseReportDelay = 5

// Lease hands out up to want slots to a gate until expires, and returns how
// many. There are none while anyone waits: then the frontier decides. A gate
// asks under a new id each time and gives the old lease back with Settle.
func (c *Controller) Lease(id uint64, want int, now, expires uint32) int {
	if c.paused || want <= 0 || c.waiting(now) {
		return 0
	}
	free := c.limits.Active - c.Active() - c.leases.outstanding() - int(c.Expected()+0.999)
	// A gate gets a quarter of what is free at most, so that one does not
	// starve the others.
	slots := min(want, (free+3)/4)
	if c.limits.PerMinute > 0 {
		slots = min(slots, int(c.tokens))
	}
	if slots <= 0 {
		return 0
	}
	if c.limits.PerMinute > 0 {
		c.tokens -= float64(slots)
	}
	c.leases.open = append(c.leases.open, lease{id, slots, expires})
	return slots
}

// Settle ends a lease whose use has been reported, and of which so many slots
// were not used: the rate limit gets those back.
func (c *Controller) Settle(id uint64, unused int) {
	kept := c.leases.open[:0]
	for _, l := range c.leases.open {
		if l.id != id {
			kept = append(kept, l)
		} else if c.limits.PerMinute > 0 {
			c.tokens = min(c.tokens+float64(min(max(unused, 0), l.slots)), c.bucket())
		}
	}
	c.leases.open = kept
}

// Leases is how many slots are handed out and not settled.
func (c *Controller) Leases() int { return c.leases.outstanding() }

// Waits says whether anybody waits at now.
func (c *Controller) Waits(now uint32) bool { return c.waiting(now) }

// waiting says whether a place has been given out that is not admitted.
func (c *Controller) waiting(now uint32) bool {
	for second := c.frontier.Next(); second <= now+aheadOfClock; second++ {
		if c.ledger.Total(second).Arrived > 0 {
			return true
		}
	}
	return false
}

func (l *leases) outstanding() (n int) {
	for i := range l.open {
		n += l.open[i].slots
	}
	return n
}

func (l *leases) expire(now uint32) {
	kept := l.open[:0]
	for _, one := range l.open {
		if one.expires+leaseReportDelay > now {
			kept = append(kept, one)
		}
	}
	l.open = kept
}
