package sim

import (
	"errors"
	"fmt"
	"math"

	"github.com/stagedoor/stagedoor/waitingroom/queue"
)

// Scenario is an on-sale. Times are seconds from its start, unless named
// otherwise.
type Scenario struct {
	Name  string `json:"name"`
	About string `json:"about"` // a sentence for whoever reads the report
	Seed  uint64 `json:"seed"`

	ActiveLimit int `json:"active_limit"`
	PerMinute   int `json:"per_minute,omitempty"` // 0: no limit of its own

	// Lottery puts Registered visitors into a pre-queue that is drawn at the
	// start; the rest arrive by Arrivals, behind them.
	Registered int       `json:"registered,omitempty"`
	Arrivals   []Arrival `json:"arrivals,omitempty"`

	Patience Spread `json:"patience"` // how long a visitor waits before giving up
	Stay     Spread `json:"stay"`     // how long an admitted visitor keeps a pass
	// Vanish is the share of admitted visitors who go without saying so: their
	// pass runs out by itself.
	Vanish float64 `json:"vanish,omitempty"`
	// NoShow is the share who close the tab at once, whatever their patience.
	NoShow float64 `json:"no_show,omitempty"`

	PollEvery uint32 `json:"poll_every"`
	PassLife  uint32 `json:"pass_life"`
	Duration  uint32 `json:"duration"` // the longest run

	Isolates int `json:"isolates"`
	// Of the isolates' reports, the share that is lost and that comes twice,
	// and by how many seconds the slowest is late.
	Lost   float64 `json:"lost,omitempty"`
	Twice  float64 `json:"twice,omitempty"`
	LateBy uint32  `json:"late_by,omitempty"`
}

// Arrival is a number of visitors who come between two moments, evenly, or
// with Burst more at the beginning: their density falls as exp(-t/Burst).
type Arrival struct {
	Visitors int     `json:"visitors"`
	From     uint32  `json:"from"`
	Until    uint32  `json:"until"`
	Burst    float64 `json:"burst,omitempty"` // seconds
}

// Spread is a log-normal distribution by its median and by how many times
// that nine of ten stay below. A Median of 0 is for ever.
type Spread struct {
	Median float64 `json:"median"` // seconds
	P90    float64 `json:"p90"`    // seconds
}

func (s Spread) draw(r *random) float64 {
	if s.Median <= 0 {
		return math.MaxInt32
	}
	if s.P90 <= s.Median {
		return s.Median
	}
	return s.Median * math.Exp(math.Log(s.P90/s.Median)/1.2816*r.normal())
}

// Visitors is how many there are in all.
func (s *Scenario) Visitors() int {
	n := s.Registered
	for _, a := range s.Arrivals {
		n += a.Visitors
	}
	return n
}

// maxVisitors bounds the memory of a run.
const maxVisitors = 20_000_000

// Check says everything that is wrong with a scenario.
func (s *Scenario) Check() error {
	var faults []error
	fault := func(wrong bool, format string, a ...any) {
		if wrong {
			faults = append(faults, fmt.Errorf("scenario %q: "+format, append([]any{s.Name}, a...)...))
		}
	}
	fault(s.ActiveLimit < 1, "active_limit must be at least 1")
	fault(s.PerMinute < 0, "per_minute must not be negative")
	fault(s.Visitors() < 1 || s.Visitors() > maxVisitors, "must have 1 to %d visitors, not %d", maxVisitors, s.Visitors())
	fault(s.PollEvery < 1 || s.PollEvery > 300, "poll_every must be 1 to 300 seconds")
	fault(s.PassLife < 2*s.PollEvery, "pass_life must be at least twice poll_every")
	fault(s.Duration < 1 || s.Duration > 24*3600, "duration must be 1 second to a day")
	fault(s.Stay.Median <= 0, "stay.median must be positive")
	fault(s.Isolates < 1 || s.Isolates > 10_000, "isolates must be 1 to 10000")
	for _, share := range []float64{s.Vanish, s.NoShow, s.Lost, s.Twice} {
		fault(!(share >= 0 && share < 1), "shares must be at least 0 and less than 1")
	}
	for i, a := range s.Arrivals {
		fault(a.Visitors < 0 || a.From >= a.Until || a.Until > s.Duration, "arrivals[%d] must have visitors, and lie within the duration", i)
	}
	return errors.Join(faults...)
}

func (s *Scenario) config() queue.Config {
	return queue.Config{PollEvery: s.PollEvery, PassLife: s.PassLife, Horizon: s.Duration + 3600, TypicalStay: uint32(s.Stay.Median)}
}
