package sim

import (
	"math"
	"slices"
)

// meter measures a run.
type meter struct {
	s       *Scenario
	reports int
	peak    int
	full    bool
	idle    float64 // slot-seconds free while people waited, after the room first filled
	seconds int     // of those
	claims  int
	worst   []float64 // utilisation of each whole minute of those
	minute  float64
	inverse int
	samples map[uint32][]sample
	errors  []float64
	within  int // waits that ended within their P90
	waits   []float64
	series  []Point
	last    uint32
}

// sample is an estimate that was given to somebody, to be held against what came.
type sample struct {
	tie      uint64
	at       uint32
	p50, p90 float64
}

// Point is the state of a run at one moment.
type Point struct {
	Second   uint32 `json:"second"`
	Arrived  int    `json:"arrived"`
	Waiting  int    `json:"waiting"`
	Active   int    `json:"active"`
	Admitted int    `json:"admitted"`
}

func newMeter(s *Scenario) meter { return meter{s: s, samples: map[uint32][]sample{}} }

// admitted notes who came in. Whoever comes in while an earlier bucket has
// places that were not called is an inversion.
func (m *meter) admitted(w *run, arrived, now uint32) {
	if arrived > w.called.second {
		m.inverse++
	}
	m.claims++
	if m.claims%17 == 0 {
		m.waits = append(m.waits, float64(now-arrived))
	}
}

func (m *meter) second(w *run, now uint32) {
	m.last = now - begin
	m.peak = max(m.peak, w.active)
	waiting := w.waits
	limit := float64(m.s.ActiveLimit)
	if float64(w.active) >= 0.98*limit {
		m.full = true
	}
	// There is a queue when more wait than one poll's worth of those called.
	if queued := w.called.second < now-w.s.PollEvery; m.full && queued && waiting > 0 && m.s.PerMinute == 0 {
		m.idle += max(limit-float64(w.active), 0)
		m.minute += min(float64(w.active)/limit, 1)
		if m.seconds++; m.seconds%60 == 0 {
			m.worst = append(m.worst, m.minute/60)
			m.minute = 0
		}
	}
	if (now-begin)%60 == 0 {
		m.series = append(m.series, Point{now - begin, 0, waiting, w.active, w.in})
		m.predict(w, now)
	}
	m.compare(w, now)
}

// predict notes what the room would now tell a few of those who wait.
func (m *meter) predict(w *run, now uint32) {
	o := w.room.Outlook(now)
	if o.Rate <= 0 || !m.full {
		return
	}
	for range 64 {
		second := w.called.second + w.r.Uint32N(now-w.called.second+1)
		bucket := w.crowd.buckets[second-begin]
		if len(bucket) == 0 {
			continue
		}
		v := bucket[w.r.IntN(len(bucket))]
		if v.tie == 0 || w.seen.Admits(second, v.tie) {
			continue
		}
		_, e := o.Look(second, v.tie)
		m.samples[second] = append(m.samples[second], sample{v.tie, now, e.P50, e.P90})
	}
}

// compare holds earlier estimates against those who are called now. A called
// visitor comes in half a poll later, on average.
func (m *meter) compare(w *run, now uint32) {
	for second, samples := range m.samples {
		if second > w.seen.Next() {
			continue
		}
		kept := samples[:0]
		for _, s := range samples {
			if !w.seen.Admits(second, s.tie) {
				kept = append(kept, s)
				continue
			}
			real := float64(now - s.at)
			if real >= 30 { // shorter waits are told as "any moment now"
				m.errors = append(m.errors, math.Abs(s.p50-real)/real)
				if real <= s.p90 {
					m.within++
				}
			}
		}
		if len(kept) == 0 {
			delete(m.samples, second)
		} else {
			m.samples[second] = kept
		}
	}
}

// Result is what a run came to.
type Result struct {
	Scenario string `json:"scenario"`
	Visitors int    `json:"visitors"`
	Admitted int    `json:"admitted"`
	GaveUp   int    `json:"gave_up"`
	Waiting  int    `json:"still_waiting"`
	Seconds  uint32 `json:"seconds"` // of virtual time

	OvershootMaxPct         float64 `json:"overshoot_pct_max"` // active visitors above the limit, at worst
	InversionsBeyondBucket  int     `json:"inversions_beyond_bucket"`
	UtilisationMinPct       float64 `json:"utilisation_min_pct"` // the worst minute while people waited
	UtilisationPct          float64 `json:"utilisation_pct"`
	EstimateErrorP50Pct     float64 `json:"estimate_error_p50_pct"`
	EstimateErrorP90Pct     float64 `json:"estimate_error_p90_pct"`
	WithinP90Pct            float64 `json:"within_p90_pct"`    // waits no longer than their P90
	NextAdmissionMS         float64 `json:"next_admission_ms"` // how long a freed slot stayed empty while people waited
	CentralWritesPerVisitor float64 `json:"central_writes_per_visitor"`
	WaitP50                 float64 `json:"wait_p50_seconds"`
	WaitP90                 float64 `json:"wait_p90_seconds"`
	Series                  []Point `json:"series,omitempty"`
}

func (m *meter) result(w *run) *Result {
	r := &Result{
		Scenario: m.s.Name, Visitors: m.s.Visitors(), Admitted: w.in, GaveUp: w.out, Waiting: w.waits, Seconds: m.last,
		OvershootMaxPct: 100 * max(0, float64(m.peak-m.s.ActiveLimit)/float64(m.s.ActiveLimit)), InversionsBeyondBucket: m.inverse,
		EstimateErrorP50Pct: 100 * quantile(m.errors, 0.5), EstimateErrorP90Pct: 100 * quantile(m.errors, 0.9),
		CentralWritesPerVisitor: float64(m.reports) / float64(m.s.Visitors()),
		WaitP50:                 quantile(m.waits, 0.5), WaitP90: quantile(m.waits, 0.9), Series: m.series,
	}
	if len(m.worst) > 0 {
		r.UtilisationMinPct = 100 * slices.Min(m.worst)
	}
	if m.seconds > 0 {
		r.UtilisationPct = 100 * (1 - m.idle/float64(m.seconds)/float64(m.s.ActiveLimit))
		r.NextAdmissionMS = 1000 * m.idle / float64(max(m.claims, 1))
	}
	if n := len(m.errors); n > 0 {
		r.WithinP90Pct = 100 * float64(m.within) / float64(n)
	}
	return r
}

// quantile sorts values.
func quantile(values []float64, q float64) float64 {
	if len(values) == 0 {
		return 0
	}
	slices.Sort(values)
	return values[min(int(q*float64(len(values))), len(values)-1)]
}
