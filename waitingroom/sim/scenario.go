package sim

import (
	"errors"
	"fmt"
	"math"
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

	Refreshers Refreshers `json:"refreshers,omitzero"`
	Tabs       Tabs       `json:"tabs,omitzero"`
	Bots       Bots       `json:"bots,omitzero"`

	PollEvery uint32 `json:"poll_every"`
	// Page has visitors of our room ask as its queue page does: soon after they
	// arrive, and then every PollEvery within a tenth. Otherwise their questions are spread evenly from
	// the beginning, which is much cheaper to play.
	Page     bool   `json:"page,omitempty"`
	Slow     Slow   `json:"slow,omitzero"`
	PassLife uint32 `json:"pass_life"`
	Duration uint32 `json:"duration"` // the longest run

	// Isolates serve the visitors, each an equal share. Gates sum them up.
	Isolates int `json:"isolates"`
	Gates    int `json:"gates,omitempty"` // default 4
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

// Refreshers press reload every so often, instead of letting the page ask.
type Refreshers struct {
	Share float64 `json:"share"`
	Every uint32  `json:"every"` // seconds
}

// Tabs are visitors who open the room Each times: in one browser, whose tabs
// share a cookie and so a place, or in Browsers of them, each with a place of
// its own. When one of the places is called the others are closed.
type Tabs struct {
	Share    float64 `json:"share"`
	Each     int     `json:"each"`
	Browsers float64 `json:"browsers"` // share of visitors with a second browser
}

// Bots come all at once, never give up and keep their passes as long as they
// can. They come from few networks; of each, PerNetwork places a minute are
// given out at most, whichever the waiting room: the rest is turned away and
// tries again the next minute.
type Bots struct {
	Visitors   int    `json:"visitors"`
	Networks   int    `json:"networks"`
	PerNetwork int    `json:"per_network"` // places a minute; 0: no limit
	Every      uint32 `json:"every"`       // they ask, in seconds
	Until      uint32 `json:"until"`       // they stop trying
	Stay       Spread `json:"stay"`        // how long they keep a pass
}

// Slow is a time in which the edge has too much to do.
type Slow struct {
	From  uint32 `json:"from"`
	Until uint32 `json:"until"`
	// Answers are so many seconds late at most. It takes Scenario.Page.
	Answers uint32 `json:"answers,omitempty"`
	// Silent isolates report nothing.
	Silent bool `json:"silent,omitempty"`
}

func (s Slow) at(now uint32) bool { return now-begin >= s.From && now-begin < s.Until }

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

// Visitors is how many there are in all, bots included, without those who are
// never given a place.
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
	all := s.Visitors() + s.Bots.Visitors
	fault(all < 1 || all > maxVisitors || s.Bots.Visitors < 0, "must have 1 to %d visitors, not %d", maxVisitors, all)
	fault(s.PollEvery < 1 || s.PollEvery > 250, "poll_every must be 1 to 250 seconds")
	fault(s.PassLife < 2*s.PollEvery, "pass_life must be at least twice poll_every")
	fault(s.Duration < 1 || s.Duration > 24*3600, "duration must be 1 second to a day")
	fault(s.Slow.From > s.Slow.Until || s.Slow.Answers > 0 && !s.Page, "slow must end after it begins, and late answers take page")
	fault(s.Stay.Median <= 0, "stay.median must be positive")
	fault(s.Isolates < 1 || s.Isolates > 10_000, "isolates must be 1 to 10000")
	fault(s.Gates < 0 || s.Gates > 64, "gates must be 1 to 64")
	for _, share := range []float64{s.Vanish, s.NoShow, s.Lost, s.Twice, s.Refreshers.Share, s.Tabs.Share, s.Tabs.Browsers} {
		fault(!(share >= 0 && share < 1), "shares must be at least 0 and less than 1")
	}
	fault(s.Refreshers.Share > 0 && s.Refreshers.Every < 1, "refreshers.every must be at least 1 second")
	fault(s.Tabs.Share > 0 && s.Tabs.Each < 2, "tabs.each must be at least 2")
	fault(s.Bots.Visitors > 0 && (s.Bots.Networks < 1 || s.Bots.Every < 1 || s.Bots.Until < 1 || s.Bots.Until > s.Duration || s.Bots.Stay.Median <= 0),
		"bots must come from networks, ask every so often, stop trying within the duration and stay for a time")
	for i, a := range s.Arrivals {
		fault(a.Visitors < 0 || a.From >= a.Until || a.Until > s.Duration, "arrivals[%d] must have visitors, and lie within the duration", i)
	}
	return errors.Join(faults...)
}
