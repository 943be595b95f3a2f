package waiting

import "time"

// Status is what a room's coordinator reports. Times in it are Unix seconds, waits are seconds.
type Status struct {
	Room     string    `json:"room"`
	Revision int64     `json:"revision"` // of the Config it follows
	At       time.Time `json:"at"`
	Phase    Phase     `json:"phase"`
	Mode     Mode      `json:"mode"`
	Paused   bool      `json:"paused"`
	Drained  bool      `json:"drained"`

	Through uint32 `json:"through"` // the last second of arrivals that is admitted whole
	Below   string `json:"below"`   // and the part of the next: tie-breaks below this

	Active        int `json:"active"` // inside now
	Limit         int `json:"limit"`
	PerMinute     int `json:"per_minute"`
	Waiting       int `json:"waiting"`
	Arrived       int `json:"arrived"`   // in all
	Admitted      int `json:"admitted"`  // in all
	Completed     int `json:"completed"` // in all
	RatePerMinute int `json:"rate_per_minute"`
	P50           int `json:"p50"` // of who joins now
	P90           int `json:"p90"`

	// EstimateErrorP50 is nil until enough estimates have come due: people are told a wait, and then have waited.
	EstimateErrorP50 *float64 `json:"estimate_error_p50_pct,omitempty"`
	OvershootMax     int      `json:"overshoot_max"` // people above the limit, at the worst
	Leases           int      `json:"outstanding_leases"`
	Reporters        int      `json:"reporters"`
	Gates            []Gate   `json:"gates"`
	History          []Point  `json:"history"` // a second each, the oldest first
}

// Gate is one of the objects that sum what the edge's isolates count.
type Gate struct {
	Name      string    `json:"name"`
	SeenAt    time.Time `json:"seen_at"`
	Reporters int       `json:"reporters"`
}

// Point is a room at a second. Counts of people are in all, but Waiting and Active.
type Point struct {
	T        int64 `json:"t"`
	Arrived  int   `json:"arrived"`
	Waiting  int   `json:"waiting"`
	Active   int   `json:"active"`
	Admitted int   `json:"admitted"`
	P50      int   `json:"p50"`
	Rate     int   `json:"rate"` // a minute
}
