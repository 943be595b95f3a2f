package trial

import (
	"github.com/stagedoor/stagedoor/waitingroom/rehearse"
	"github.com/stagedoor/stagedoor/waitingroom/sim"
)

// mostPoints is how many moments of a rehearsal are kept.
const mostPoints = 240

// course remembers how a rehearsal went, thinner the longer it lasts.
type course struct {
	every  float64 // seconds between two points
	list   []sim.Point
	newest sim.Point
}

func (c *course) note(p rehearse.Progress) {
	if c.every == 0 {
		c.every = 1
		c.list = append(c.list, sim.Point{})
	}
	c.newest = sim.Point{Second: uint32(p.After.Seconds() + 0.5), Arrived: p.Arrived, Waiting: p.Waiting, Active: p.Inside, Admitted: p.Admitted}
	if last := c.list[len(c.list)-1]; float64(c.newest.Second-last.Second) < c.every {
		return
	}
	c.list = append(c.list, c.newest)
	if len(c.list) < mostPoints {
		return
	}
	c.every *= 2
	kept := c.list[:1]
	for i := 2; i < len(c.list); i += 2 {
		kept = append(kept, c.list[i])
	}
	c.list = kept
}

// points are what is remembered, the last moment included. How long those who came in had waited follows from how many
// had come before as many as then came in: a rehearsal's queue is in the order of arrival.
func (c *course) points() []sim.Point {
	list := c.list
	if len(list) == 1 {
		c.newest.Second = max(c.newest.Second, 1) // it was over before anybody could look
	}
	if n := len(list); n > 0 && list[n-1].Second < c.newest.Second {
		list = append(list, c.newest)
	}
	for i := range list[:max(len(list)-1, 0)] {
		in := (list[i].Admitted + list[i+1].Admitted) / 2
		for _, p := range list {
			if p.Arrived >= in {
				list[i].Wait = max(float64(list[i+1].Second)-float64(p.Second), 0)
				break
			}
		}
	}
	return list
}
