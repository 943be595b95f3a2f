package sim

import (
	"cmp"
	"math"
	"runtime"
	"slices"
	"sync"
)

// crowd is every visitor of a scenario, by the second of arrival, and within
// one in the order of their tie-breaks.
type crowd struct {
	all  []Visitor
	from []int // where the visitors of a second begin in all; one more than seconds
	// second is the other place of those who have two, both ways.
	second map[*Visitor]*Visitor
	// refused is how often a bot was given no place.
	refused int
	bots    int // that were given one
}

// begin is the second at which every run begins, so that there are seconds
// before it.
const begin = 1_000_000

func (c *crowd) of(now uint32) []Visitor { return c.all[c.from[now-begin]:c.from[now-begin+1]] }

// assemble draws the visitors. Registered ones arrive at the first second and
// their tie-break is their draw.
func assemble(s *Scenario, r *random) *crowd {
	c := &crowd{second: map[*Visitor]*Visitor{}}
	people := make([]int, s.Duration) // by second of arrival
	people[0] = s.Registered
	for _, a := range s.Arrivals {
		for range a.Visitors {
			people[a.draw(r)]++
		}
	}
	bots := c.botsOf(s)
	extra := make([]int, s.Duration) // second browsers
	for second, n := range people {
		if s.Tabs.Browsers > 0 {
			for range n {
				if r.chance(s.Tabs.Browsers) {
					extra[second]++
				}
			}
		}
	}
	c.from = make([]int, s.Duration+1)
	for second := range people {
		c.from[second+1] = c.from[second] + people[second] + extra[second] + bots[second]
	}
	c.all = make([]Visitor, c.from[s.Duration])
	// Each second draws from a source of its own, so that the result does not
	// depend on how many workers there are.
	seeds := make([]uint64, s.Duration)
	for i := range seeds {
		seeds[i] = r.Uint64()
	}
	pairs := make([][]pair, s.Duration)
	var work sync.WaitGroup
	queue := make(chan uint32, s.Duration)
	for second := range s.Duration {
		queue <- second
	}
	close(queue)
	for range runtime.GOMAXPROCS(0) {
		work.Go(func() {
			for second := range queue {
				if bucket := c.of(begin + second); len(bucket) > 0 {
					r := newRandom(seeds[second])
					pairs[second] = s.fill(&r, begin+second, bucket, people[second], extra[second])
				}
			}
		})
	}
	work.Wait()
	for _, list := range pairs {
		for _, p := range list {
			c.second[p.one], c.second[p.other] = p.other, p.one
		}
	}
	return c
}

type pair struct{ one, other *Visitor }

// fill draws a second's visitors: people, the second browsers of the first
// extra of them, and bots.
func (s *Scenario) fill(r *random, second uint32, bucket []Visitor, people, extra int) []pair {
	for i := range bucket {
		switch {
		case i < people:
			bucket[i] = s.person(r, second)
		case i < people+extra:
			bucket[i] = bucket[i-people]
			bucket[i].Tie = r.Uint64()
			bucket[i].Isolate = uint16(r.IntN(s.Isolates))
		default:
			bucket[i] = Visitor{Tie: r.Uint64(), Arrived: second, patience: math.MaxUint32, Isolate: uint16(r.IntN(s.Isolates)), Phase: uint8(r.Uint32N(s.Bots.Every)), kind: bot}
		}
	}
	ties := make(map[uint64]uint64, extra)
	for i := range extra {
		ties[bucket[i].Tie] = bucket[people+i].Tie
	}
	slices.SortFunc(bucket, func(a, b Visitor) int { return cmp.Compare(a.Tie, b.Tie) })
	if extra == 0 {
		return nil
	}
	find := func(tie uint64) *Visitor {
		i, _ := slices.BinarySearchFunc(bucket, tie, func(v Visitor, tie uint64) int { return cmp.Compare(v.Tie, tie) })
		return &bucket[i]
	}
	list := make([]pair, 0, extra)
	for one, other := range ties {
		list = append(list, pair{find(one), find(other)})
	}
	return list
}

// botsOf spreads the bots over the minutes in which they are given a place:
// each network gets its share of them, as many a minute as it may.
func (c *crowd) botsOf(s *Scenario) []int {
	seconds := make([]int, s.Duration)
	b := s.Bots
	for network := range b.Networks {
		left := b.Visitors / b.Networks
		if network < b.Visitors%b.Networks {
			left++
		}
		for minute := uint32(0); left > 0 && minute*60 < b.Until; minute++ {
			n := left
			if b.PerNetwork > 0 {
				n = min(n, b.PerNetwork)
			}
			seconds[minute*60] += n
			left -= n
			c.refused += left
			c.bots += n
		}
	}
	return seconds
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

func (s *Scenario) person(r *random, second uint32) Visitor {
	v := Visitor{Tie: r.Uint64(), Arrived: second, Phase: uint8(r.Uint32N(s.PollEvery)), Isolate: uint16(r.IntN(s.Isolates))}
	switch {
	case r.chance(s.Refreshers.Share):
		v.kind = refresher
	case r.chance(s.Tabs.Share):
		v.kind = manyTabs
	}
	if r.chance(s.NoShow) {
		v.patience = second + 1
		return v
	}
	v.patience = second + uint32(min(s.Patience.draw(r), 1e8))
	return v
}
