package queue

import "testing"

// What was learned of those before says nothing about a bucket many times as
// large: until it has shown who of it comes, everybody is counted on.
func TestCrowdIsLearnedAnew(t *testing.T) {
	const begin, limit = 100_000, 200
	c := NewController(config, Limits{Active: limit}, begin)
	mine, news := map[uint32]*Count{}, map[uint32]bool{}
	count := func(second uint32) *Count {
		news[second] = true
		if mine[second] == nil {
			mine[second] = &Count{Second: second}
		}
		return mine[second]
	}
	const crowd = begin + 100
	for second := uint32(begin); second < crowd; second++ {
		count(second).Arrived = 10
	}
	count(crowd).Arrived = 5000
	called := map[uint32]float64{} // of a second, whoever has been called by now
	claims := map[uint32][]uint32{}
	for now := uint32(begin + 1); c.Frontier().Through < crowd && now < begin+3000; now++ {
		f := c.Frontier()
		for second := max(f.Next(), begin+1) - 1; second <= f.Next(); second++ {
			total := float64(count(second).Arrived)
			if second == f.Next() {
				total *= shareOf(f.Below)
			}
			comes := 0.3 // of people; of the crowd everybody
			if second == crowd {
				comes = 1
			}
			for ; called[second]+1/comes <= total; called[second] += 1 / comes {
				at := now + 2 + uint32(called[second])%config.PollEvery
				claims[at] = append(claims[at], second)
			}
		}
		for _, second := range claims[now] {
			count(second).Claimed++
			count(now).In++
		}
		if gone := count(now - 60); gone.In > gone.Out { // they stay a minute
			gone.Out = gone.In
		}
		r := Report{Reporter: 1}
		for second := range news {
			if second <= now {
				r.Counts = append(r.Counts, *mine[second])
				delete(news, second)
			}
		}
		c.Report(r)
		c.Tick(now)
		if c.Active() > limit+1 {
			t.Fatalf("after %d s %d are in, %d may; the frontier is at %+v", now-begin, c.Active(), limit, c.Frontier())
		}
	}
	if c.Frontier().Next() < crowd {
		t.Errorf("the crowd was not reached: %+v", c.Frontier())
	}
	if rate := c.showUp.rate(); rate > 0.6 {
		t.Errorf("of the others %v come", rate)
	}
}
