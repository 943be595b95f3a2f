package rivals

import (
	"math/rand/v2"
	"sort"

	"github.com/stagedoor/stagedoor/waitingroom/sim"
)

// What is published of Virtual Waiting Room on AWS:
//
//   - Each visitor's request gets the next number of one counter, and an entry
//     in a table. A visitor whose number the serving counter has reached asks
//     for a token, which is another entry.
//     https://docs.aws.amazon.com/solutions/latest/virtual-waiting-room-on-aws/architecture-overview.html
//     https://github.com/aws-solutions/virtual-waiting-room-on-aws/blob/main/source/core-api/lambda_functions/assign_queue_num.py
//   - The inlet strategy MaxSize raises the serving counter by as many as the
//     site says have left, and by no more than are free by the count of tokens.
//     https://docs.aws.amazon.com/solutions/latest/virtual-waiting-room-on-aws/design-considerations.html
//     https://github.com/aws-solutions/virtual-waiting-room-on-aws/blob/main/source/sample-inlet-strategies/max_size_inlet.py
//   - A number that has been served for longer than the expiry period without a
//     token expires, and the serving counter is raised by as many: a job does
//     so every minute.
//     https://github.com/aws-solutions/virtual-waiting-room-on-aws/blob/main/source/core-api/lambda_functions/set_queue_positions_expired.py
//
// Taken in its favour: numbers are given out at once and the page knows the
// serving counter of the same second; somebody raises it by the limit when the
// sale begins; the raise on expiry is switched on; and the site reports tokens
// that ran out, so that their slots are given to others.
const (
	positionLife = 900 // seconds; the default
	shorterLife  = 120 // seconds; what suits impatient visitors better
	jobEvery     = 60  // seconds
	rateOver     = 300 // seconds over which the pace is taken, for an estimate that a page could make
)

// centralCounter is the model.
type centralCounter struct {
	s       *sim.Scenario
	life    uint32         // of a number that was served and not used, seconds
	queue   []*sim.Visitor // by number
	first   int            // the lowest number not looked at
	serving int
	raises  []raise
	before  int // the end of the last raise that expired
	claims  map[uint32][]*sim.Visitor

	issued  map[uint32]int // tokens by the second of issue
	active  int
	left    int   // reported since the last raise
	expired int   // tokens that ran out since the last job
	history []int // of the serving counter, by second
	writes  int
}

// raise is a step of the serving counter.
type raise struct {
	upTo, served int
	at           uint32
}

// CentralCounter makes the model of AWS' waiting room as it is shipped.
func CentralCounter(s *sim.Scenario, _ *rand.Rand) sim.Door { return newCounter(s, positionLife) }

// QuickCounter makes one in which numbers expire sooner.
func QuickCounter(s *sim.Scenario, _ *rand.Rand) sim.Door { return newCounter(s, shorterLife) }

func newCounter(s *sim.Scenario, life uint32) *centralCounter {
	return &centralCounter{s: s, life: life, claims: map[uint32][]*sim.Visitor{}, issued: map[uint32]int{}}
}

func (c *centralCounter) SessionLife() (life, renewed uint32) { return c.s.PassLife, c.s.PassLife / 2 }
func (c *centralCounter) Writes() int                         { return c.writes }
func (c *centralCounter) GaveUp(*sim.Visitor)                 {}

func (c *centralCounter) raise(by int, now uint32) {
	if by <= 0 {
		return
	}
	c.serving += by
	c.raises = append(c.raises, raise{upTo: c.serving, at: now})
	c.writes++
}

func (c *centralCounter) Arrive(now uint32, came []sim.Visitor, _ sim.Let) {
	if c.serving == 0 {
		c.raise(c.s.ActiveLimit, now)
	}
	for i := range came {
		c.queue = append(c.queue, &came[i])
		c.writes++ // the table of entries; the counter itself is raised for several at once
	}
}

// Open calls the numbers up to the serving counter, who then ask for a token.
func (c *centralCounter) Open(now uint32, let sim.Let) {
	for c.first < min(c.serving, len(c.queue)) {
		v := c.queue[c.first]
		c.first++
		if asks := c.s.Asks(v, now); v.Waiting(asks) {
			c.claims[asks] = append(c.claims[asks], v)
		}
	}
	for _, v := range c.claims[now] {
		if !let(v) {
			continue
		}
		c.writes++
		c.issued[now]++
		c.active++
		number := c.number(v)
		if i := sort.Search(len(c.raises), func(i int) bool { return c.raises[i].upTo >= number }); i < len(c.raises) {
			c.raises[i].served++
		}
	}
	delete(c.claims, now)
}

func (c *centralCounter) Renewed(s *sim.Session, now uint32) {
	c.issued[s.Issued]--
	c.issued[now]++
}

func (c *centralCounter) Left(s *sim.Session, _ uint32) {
	c.issued[s.Issued]--
	c.active--
	c.left++
	c.writes++
}

func (c *centralCounter) End(now uint32) {
	ended := now + 1 - c.s.PassLife
	c.active -= c.issued[ended]
	c.expired += c.issued[ended]
	delete(c.issued, ended)
	if now%jobEvery == 0 {
		c.expire(now)
		c.left += c.expired
		c.writes += c.expired
		c.expired = 0
	}
	c.raise(min(c.left, c.s.ActiveLimit-c.active), now)
	c.left = 0
	c.history = append(c.history, c.serving)
}

// expire raises the counter for numbers that were served and not used.
func (c *centralCounter) expire(now uint32) {
	unused := 0
	for len(c.raises) > 0 {
		r := c.raises[0]
		if r.upTo > len(c.queue) {
			break // nobody has that number yet
		}
		at := max(r.at, c.queue[r.upTo-1].Arrived)
		if now-at < c.life {
			break
		}
		unused += r.upTo - c.before - r.served
		c.before = r.upTo
		c.raises = c.raises[1:]
	}
	c.raise(unused, now)
}

// number is a visitor's: numbers were given out in the order of arrival.
func (c *centralCounter) number(v *sim.Visitor) int {
	return 1 + sort.Search(len(c.queue), func(i int) bool {
		o := c.queue[i]
		return o.Arrived > v.Arrived || o.Arrived == v.Arrived && o.Tie >= v.Tie
	})
}

// Tell is what a page can work out: the numbers ahead, at the pace of late.
func (c *centralCounter) Tell(v *sim.Visitor, _ uint32) (p50, p90 float64, known bool) {
	if len(c.history) <= rateOver {
		return 0, 0, false
	}
	now := len(c.history) - 1
	rate := float64(c.history[now]-c.history[now-rateOver]) / rateOver
	number := c.number(v)
	if rate <= 0 || number <= c.serving {
		return 0, 0, false
	}
	wait := float64(number-c.serving) / rate
	return wait, wait, true
}
