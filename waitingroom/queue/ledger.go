package queue

// Count is what one reporter has seen of one second since it began. Every
// number only grows, so that of two Counts of the same second the larger one
// is the later one, and adding the same Count twice changes nothing.
type Count struct {
	Second uint32
	// By the second a visitor arrived.
	Arrived uint32 // places given out
	Claimed uint32 // of these, places that became a pass
	Direct  uint32 // visitors who came in at once on a leased slot, without a place
	// By the Cohort of the second a visitor arrived.
	Polls uint32 // heartbeats of those who wait
	// By the second a pass was issued.
	In  uint32 // passes issued, renewals included
	Out uint32 // passes given up: renewed, completed or revoked
}

func (c *Count) fields() [6]*uint32 {
	return [6]*uint32{&c.Arrived, &c.Claimed, &c.Direct, &c.Polls, &c.In, &c.Out}
}

func (c *Count) onlyBeats() bool { return *c == Count{Second: c.Second, Polls: c.Polls} }

// add adds what another Count of the same second has grown by.
func (c *Count) add(grown *Count) {
	for i, n := range grown.fields() {
		*c.fields()[i] += *n
	}
}

// Report is what a reporter sends: the Counts that changed since a report of
// its own was last acknowledged. Sending it again, late or not at all does no
// harm: a later one says at least as much.
type Report struct {
	Reporter uint64 // random, drawn by each isolate as it begins
	Counts   []Count
}

// Ledger adds reports up. It keeps a ring of seconds.
type Ledger struct {
	ring   []Count
	newest uint32 // the ring holds the seconds up to this one
	life   uint32 // of a pass
	active int    // passes issued in the last life seconds and not given up
	tally  *Tally
	// Since the controller last looked: places given out, and places that became
	// a pass.
	fresh, claimed []arrivals

	// Late counts places and passes that were reported too late to be added,
	// or for seconds still to come.
	Late uint64
	// Expired is how many passes ran out unrenewed, ever.
	Expired uint64
	// Claims is how many places became a pass, ever, of how many Arrivals, and
	// Directs how many visitors came in without one.
	Claims, Arrivals, Directs uint64
}

// arrivals is places of a second of arrival.
type arrivals struct{ second, places uint32 }

// aheadOfClock is by how many seconds a reporter's clock may be fast.
const aheadOfClock = 60

// NewLedger keeps what was counted for horizon seconds before now. A pass is
// good for life seconds.
func NewLedger(horizon, life, now uint32) *Ledger {
	l := &Ledger{ring: make([]Count, max(horizon, life+1)+aheadOfClock), newest: now + aheadOfClock, life: life, tally: NewTally()}
	for i := range l.ring {
		second := l.newest - uint32(i)
		l.ring[second%uint32(len(l.ring))].Second = second
	}
	return l
}

// at is the total of a second, nil when it is not kept.
func (l *Ledger) at(second uint32) *Count {
	if c := &l.ring[second%uint32(len(l.ring))]; c.Second == second {
		return c
	}
	return nil
}

// counts says whether a pass issued in a second is good as of the last Close.
func (l *Ledger) counts(second uint32) bool { return second+l.life > l.newest-aheadOfClock }

// Add takes a report in. Seconds that are not kept are not added, only counted
// in Late: their totals are closed.
func (l *Ledger) Add(r Report) {
	for i := range r.Counts {
		now := &r.Counts[i]
		total := l.at(now.Second)
		if total == nil {
			l.Late += uint64(now.Arrived) + uint64(now.In)
			continue
		}
		grown := l.tally.Add(r.Reporter, now)
		l.Claims += uint64(grown.Claimed)
		l.Directs += uint64(grown.Direct)
		l.Arrivals += uint64(grown.Arrived)
		if grown.Arrived > 0 {
			l.fresh = append(l.fresh, arrivals{now.Second, grown.Arrived})
		}
		if grown.Claimed > 0 {
			l.claimed = append(l.claimed, arrivals{now.Second, grown.Claimed})
		}
		total.add(&grown)
		if l.counts(now.Second) {
			l.active += int(grown.In) - int(grown.Out)
		}
	}
}

// Close brings the ledger to now: passes run out, seconds beyond the horizon
// are forgotten, and with them reporters that spoke of nothing younger.
func (l *Ledger) Close(now uint32) {
	for l.newest < now+aheadOfClock {
		ended := l.newest - aheadOfClock + 1 - l.life // a pass issued then is good no more
		if c := l.at(ended); c != nil {
			l.active -= int(c.In) - int(c.Out)
			l.Expired += uint64(max(c.In, c.Out) - c.Out)
		}
		l.newest++
		l.ring[l.newest%uint32(len(l.ring))] = Count{Second: l.newest}
		if l.newest%60 == 0 {
			l.tally.Forget(l.newest - uint32(len(l.ring)) + 1)
		}
	}
}

// Total is what all reporters have seen of a second.
func (l *Ledger) Total(second uint32) Count {
	if c := l.at(second); c != nil {
		return *c
	}
	return Count{Second: second}
}

// Active is how many visitors hold a pass that was issued, or renewed, less
// than a life ago and was not given up, as of the last Close.
func (l *Ledger) Active() int { return max(l.active, 0) }

// Expiring is how many passes run out in the seconds after now unless they are
// renewed, which their holders would have done at half their life.
func (l *Ledger) Expiring(now, seconds uint32) (n int) {
	for second := now - l.life + 1; second <= now-l.life+seconds; second++ {
		if c := l.at(second); c != nil {
			n += int(c.In) - int(c.Out)
		}
	}
	return max(n, 0)
}
