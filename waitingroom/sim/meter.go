package sim

import (
	"math"
	"slices"
)

// meter measures a run.
type meter struct {
	s       *Scenario
	r       random
	peak    int
	full    bool
	queued  uint32  // for how many seconds there has been a queue
	idle    float64 // slot-seconds free while people waited, after the room first filled
	seconds int     // of those
	came    []int   // in each of the last PollEvery seconds
	before  int     // admitted as of the last second
	during  int     // admitted in those seconds
	worst   []float64
	minute  float64
	told    map[*Visitor][]estimate
	errors  []float64
	within  int // waits that ended within their P90
	waits   []float64
	bots    int // admitted
	series  []Point
	last    uint32
}

// estimate is what somebody was told, to be held against what came.
type estimate struct {
	at       uint32
	p50, p90 float64
}

// Point is the state of a run at one moment.
type Point struct {
	Second   uint32  `json:"second"`
	Arrived  int     `json:"arrived"`
	Waiting  int     `json:"waiting"`
	Active   int     `json:"active"`
	Admitted int     `json:"admitted"`
	Wait     float64 `json:"wait"` // the mean of those who came in since the last point, seconds
	waited   float64
}

func newMeter(s *Scenario) meter {
	return meter{s: s, r: newRandom(s.Seed + 1), came: make([]int, s.PollEvery), told: map[*Visitor][]estimate{}}
}

// shortest is the shortest wait, in seconds, that an estimate is measured by:
// shorter ones are told as "any moment now".
const shortest = 30

// admitted notes who came in, and holds what they were told against it.
func (m *meter) admitted(w *run, v *Visitor) {
	if v.kind == bot {
		m.bots++
	}
	waited := float64(w.now - v.Arrived)
	if len(m.series) > 0 {
		m.series[len(m.series)-1].waited += waited
	}
	if w.in%17 == 0 {
		m.waits = append(m.waits, waited)
	}
	for _, e := range m.told[v] {
		// Visitors learn that they are called when they ask next, on average after
		// half of the time between: that belongs to the asking.
		real := float64(w.now-e.at) - float64(w.s.Every(v))/2
		if real < shortest {
			continue
		}
		m.errors = append(m.errors, math.Abs(e.p50-real)/real)
		if real <= e.p90 {
			m.within++
		}
	}
	delete(m.told, v)
}

// isQueue says whether more wait than come in by asking: then the room is what
// keeps them.
func (m *meter) isQueue(w *run) bool {
	slot := w.now % m.s.PollEvery
	came := w.in - m.before
	m.before = w.in
	recent := 0
	m.came[slot] = came
	for _, n := range m.came {
		recent += n
	}
	return w.waits > 2*recent && w.waits > 10
}

func (m *meter) second(w *run, now uint32) {
	m.last = now - begin
	m.peak = max(m.peak, w.active)
	came := w.in - m.before
	queue := m.isQueue(w)
	limit := float64(m.s.ActiveLimit)
	if queue {
		m.queued++
	}
	// A room that does not fill within ten minutes is measured all the same.
	if float64(w.active) >= 0.98*limit || m.queued > 600 {
		m.full = true
	}
	if m.full && queue && m.s.PerMinute == 0 {
		m.during += came
		m.idle += max(limit-float64(w.active), 0)
		m.minute += min(float64(w.active)/limit, 1)
		if m.seconds++; m.seconds%60 == 0 {
			m.worst = append(m.worst, m.minute/60)
			m.minute = 0
		}
	}
	if (now-begin)%60 == 0 {
		m.point(w, now)
		m.predict(w, now)
	}
}

func (m *meter) point(w *run, now uint32) {
	if n := len(m.series); n > 0 {
		last := &m.series[n-1]
		if in := w.in - last.Admitted; in > 0 {
			last.Wait = last.waited / float64(in)
		}
	}
	m.series = append(m.series, Point{Second: now - begin, Arrived: w.crowd.from[now-begin+1], Waiting: w.waits, Active: w.active, Admitted: w.in})
}

// asked is of how many visitors a minute it is noted what they are told.
const asked = 64

// predict notes what the room tells a few of those who wait.
func (m *meter) predict(w *run, now uint32) {
	arrived := w.crowd.from[now-begin+1]
	if !m.full || arrived == 0 {
		return
	}
	for try, n := 0, 0; n < asked && try < 16*asked; try++ {
		v := &w.crowd.all[m.r.IntN(arrived)]
		if !v.Waiting(now) {
			continue
		}
		n++
		if p50, p90, known := w.door.Tell(v, now); known {
			m.told[v] = append(m.told[v], estimate{now, p50, p90})
		}
	}
}

// overtaken is how many came in later than somebody who arrived more than so
// many seconds after them, by more than a round of asking: whoever is called
// learns of it within one.
func (c *crowd) overtaken(s *Scenario, seconds int) (n int) {
	longest := s.PollEvery
	if s.Bots.Visitors > 0 {
		longest = max(longest, s.Bots.Every)
	}
	if s.Page {
		longest += longest/10 + 1 + s.Slow.Answers
	}
	// The earliest admission of each second of arrival, and of all that follow.
	earliest := make([]uint32, len(c.from)+seconds+1)
	for i := range earliest {
		earliest[i] = math.MaxUint32
	}
	for second := len(c.from) - 2; second >= 0; second-- {
		bar := earliest[second+seconds+1]
		earliest[second] = earliest[second+1]
		for i := c.from[second]; i < c.from[second+1]; i++ {
			came := c.all[i].came
			if came == 0 {
				continue
			}
			earliest[second] = min(earliest[second], came)
			if bar < math.MaxUint32-longest && came > bar+longest {
				n++
			}
		}
	}
	return n
}

// quantile sorts values.
func quantile(values []float64, q float64) float64 {
	if len(values) == 0 {
		return 0
	}
	slices.Sort(values)
	return values[min(int(q*float64(len(values))), len(values)-1)]
}
