package sim

import "slices"

// Result is what a run came to.
type Result struct {
	Scenario    string `json:"scenario"`
	About       string `json:"about,omitempty"`
	Room        string `json:"room,omitempty"` // whose: "" is ours
	Seed        uint64 `json:"seed"`
	ActiveLimit int    `json:"active_limit"`
	Visitors    int    `json:"visitors"` // places given out
	Admitted    int    `json:"admitted"`
	GaveUp      int    `json:"gave_up"`
	Closed      int    `json:"closed,omitempty"` // second browsers, closed because the first came in
	Waiting     int    `json:"still_waiting"`
	Refused     int    `json:"refused,omitempty"` // requests of bots for a place that were turned away
	Bots        int    `json:"bots,omitempty"`    // that were given a place
	BotsIn      int    `json:"bots_in,omitempty"` // of these, admitted
	Seconds     uint32 `json:"seconds"`           // of virtual time

	OvershootMaxPct         float64 `json:"overshoot_pct_max"`        // active visitors above the limit, at worst
	InversionsBeyondBucket  int     `json:"inversions_beyond_bucket"` // came in after somebody who arrived over a second later
	InversionsBeyondLease   int     `json:"inversions_beyond_lease"`  // over slotsGood seconds later
	InversionsBeyondMinute  int     `json:"inversions_beyond_minute"` // over a minute later
	UtilisationMinPct       float64 `json:"utilisation_min_pct"`      // the worst minute while people waited
	UtilisationPct          float64 `json:"utilisation_pct"`
	EstimateErrorP50Pct     float64 `json:"estimate_error_p50_pct"`
	EstimateErrorP90Pct     float64 `json:"estimate_error_p90_pct"`
	Estimates               int     `json:"estimates"`         // that were measured
	WithinP90Pct            float64 `json:"within_p90_pct"`    // waits no longer than their P90
	NextAdmissionMS         float64 `json:"next_admission_ms"` // how long a freed slot stayed empty while people waited
	CentralWritesPerVisitor float64 `json:"central_writes_per_visitor"`
	WaitP50                 float64 `json:"wait_p50_seconds"`
	WaitP90                 float64 `json:"wait_p90_seconds"`
	Series                  []Point `json:"series,omitempty"`
}

func (m *meter) result(w *run) *Result {
	m.point(w, begin+m.last)
	all := len(w.crowd.all)
	r := &Result{
		Scenario: m.s.Name, About: m.s.About, Seed: m.s.Seed, ActiveLimit: m.s.ActiveLimit,
		Visitors: all, Admitted: w.in, GaveUp: w.out, Closed: w.closed, Waiting: w.waits, Seconds: m.last,
		Refused: w.crowd.refused, Bots: w.crowd.bots, BotsIn: m.bots,
		OvershootMaxPct:        100 * max(0, float64(m.peak-m.s.ActiveLimit)/float64(m.s.ActiveLimit)),
		InversionsBeyondBucket: w.crowd.overtaken(m.s, 1), InversionsBeyondMinute: w.crowd.overtaken(m.s, 60),
		InversionsBeyondLease: w.crowd.overtaken(m.s, slotsGood),
		EstimateErrorP50Pct:   100 * quantile(m.errors, 0.5), EstimateErrorP90Pct: 100 * quantile(m.errors, 0.9), Estimates: len(m.errors),
		CentralWritesPerVisitor: float64(w.door.Writes()) / float64(all),
		WaitP50:                 quantile(m.waits, 0.5), WaitP90: quantile(m.waits, 0.9), Series: m.series,
	}
	if len(m.worst) > 0 {
		r.UtilisationMinPct = 100 * slices.Min(m.worst)
	}
	if m.seconds > 0 {
		r.UtilisationPct = 100 * (1 - m.idle/float64(m.seconds)/float64(m.s.ActiveLimit))
		r.NextAdmissionMS = 1000 * m.idle / float64(max(m.during, 1))
	}
	if n := len(m.errors); n > 0 {
		r.WithinP90Pct = 100 * float64(m.within) / float64(n)
	}
	return r
}
