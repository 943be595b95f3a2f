package queue

import "math"

// pace is how fast those who wait come in and how fast they give up.
type pace struct {
	claims float64 // a second, smoothed, while the room is full
	drift  float64 // how far a second's claims are from that, smoothed
	ends   float64 // passes that are given up, a second, smoothed over a shorter time

	active  int // as of the last tick
	expired uint64
	full    uint32 // for how many seconds the room has been full
	seen    uint32 // for how many seconds it has been learned from
}

// paceMemory is over how many typical stays the pace is smoothed: those who
// came in together leave together, and the pace goes in waves for a while.
const paceMemory = 1.5

// paceClaims is how many claims tell the pace well enough.
const paceClaims = 64

// The ends of passes are smoothed over as many seconds as bring so many, but
// not over more than endsMemory.
const (
	endsCounted = 400
	endsMemory  = 30
)

func newPace(c Config, l Limits) pace {
	rate := float64(l.Active) / float64(max(c.TypicalStay, 1))
	if l.PerMinute > 0 && (rate == 0 || float64(l.PerMinute)/60 < rate) {
		rate = float64(l.PerMinute) / 60
	}
	return pace{claims: rate, drift: rate / 4}
}

// learn takes a tick's claims in. Only a full room tells how fast it empties:
// while it fills, people come in as fast as they are called.
func (p *pace) learn(c *Controller, came float64, elapsed uint32) {
	if elapsed == 0 || c.paused || c.drained {
		return
	}
	ended := came - float64(c.Active()-p.active) - float64(c.ledger.Expired-p.expired)
	ended = max(ended, 0) / float64(elapsed)
	p.active, p.expired = c.Active(), c.ledger.Expired
	// The more end, the sooner their number is known well enough.
	memory := min(max(endsCounted/max(p.ends, 1), 3), endsMemory)
	p.ends += (1 - math.Exp(-float64(elapsed)/memory)) * (ended - p.ends)
	if !c.isFull() {
		p.full = 0
	} else {
		p.full += elapsed
	}
	if p.full <= 2*c.config.PollEvery {
		return
	}
	rate := came / float64(elapsed)
	weight := 1 - math.Exp(-float64(elapsed)/p.memory(c.config.TypicalStay))
	p.seen += elapsed
	p.drift += weight * (math.Abs(rate-p.claims) - p.drift)
	p.claims += weight * (rate - p.claims)
}

// memory is over how many seconds claims are smoothed. In a small room few come
// in, and what is known of the pace grows for longer.
func (p *pace) memory(stay uint32) float64 {
	least := paceMemory * float64(max(stay, 40))
	return max(least, min(least+float64(p.seen), paceClaims/max(p.claims, 1e-6)))
}

// isFull says whether the limits, not the lack of visitors, hold admission.
func (c *Controller) isFull() bool {
	taken := float64(c.Active()+c.leases.outstanding()) + c.Expected()
	if next := c.notCalled(c.frontier.Next()); c.waitsWhole(next) {
		taken += next
	}
	return taken >= 0.95*float64(c.limits.Active) || c.limits.PerMinute > 0 && c.tokens < 1
}
