package sim

import (
	"cmp"
	"math"
	"slices"
)

// visitor is one who waits. Its bucket is where it stands.
type visitor struct {
	tie      uint64
	patience uint32 // gives up at this second
	poll     uint8  // its phase within PollEvery
	came     bool
	isolate  uint16
}

// crowd is every visitor of a scenario, by the second of arrival, and within
// one in the order of their tie-breaks.
type crowd struct{ buckets [][]visitor }

// begin is the second at which every run begins, so that there are seconds
// before it.
const begin = 1_000_000

// assemble draws the visitors. Registered ones arrive at the first second and
// their tie-break is their draw.
func assemble(s *Scenario, r *random) *crowd {
	c := &crowd{buckets: make([][]visitor, s.Duration)}
	sizes := make([]int, s.Duration)
	sizes[0] = s.Registered
	for _, a := range s.Arrivals {
		for range a.Visitors {
			sizes[a.draw(r)]++
		}
	}
	for second, n := range sizes {
		if n == 0 {
			continue
		}
		bucket := make([]visitor, n)
		for i := range bucket {
			bucket[i] = s.visitor(r, uint32(second))
		}
		slices.SortFunc(bucket, func(a, b visitor) int { return cmp.Compare(a.tie, b.tie) })
		c.buckets[second] = bucket
	}
	return c
}

func (a Arrival) draw(r *random) uint32 {
	span := float64(a.Until - a.From)
	at := r.Float64()
	if a.Burst > 0 {
		// The inverse of the distribution that is cut off at span.
		at = -a.Burst / span * math.Log(1-at*(1-math.Exp(-span/a.Burst)))
	}
	return a.From + min(uint32(at*span), a.Until-a.From-1)
}

func (s *Scenario) visitor(r *random, second uint32) visitor {
	v := visitor{tie: r.Uint64(), poll: uint8(r.Uint32N(s.PollEvery)), isolate: uint16(r.IntN(s.Isolates))}
	if r.chance(s.NoShow) {
		v.patience = begin + second + 1
		return v
	}
	v.patience = begin + second + uint32(min(s.Patience.draw(r), 1e8))
	return v
}
