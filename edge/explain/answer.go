package explain

import (
	"cmp"
	"fmt"
	"strings"
	"time"

	"github.com/stagedoor/stagedoor/edge/chain"
	"github.com/stagedoor/stagedoor/edge/site"
	"github.com/stagedoor/stagedoor/edge/wire"
)

// Answer is what the edge would do, and why. Its JSON form is what programs
// read.
type Answer struct {
	Question Asked  `json:"question"`
	Hostname string `json:"hostname"` // in canonical form
	// Site is the document in KV, nil when there is none.
	Site *SiteNote `json:"site"`
	// Outcome is all of it in a sentence.
	Outcome string `json:"outcome"`
	// Steps are the filters in their order, all of them.
	Steps []Step `json:"steps"`
	Plan  Plan   `json:"plan"`
	// Windows are the site's maintenance windows that are not over.
	Windows []Window `json:"windows,omitempty"`
	// Notes say what else to know about this answer.
	Notes []string `json:"notes,omitempty"`
}

// Asked is the question. It holds no secret the question held.
type Asked struct {
	URL     string    `json:"url"`
	Method  string    `json:"method"`
	As      string    `json:"as"`
	At      time.Time `json:"at"`
	AtLocal string    `json:"at_local,omitempty"` // at the venue
	IP      string    `json:"ip"`
	Country string    `json:"country,omitempty"`
}

// SiteNote is which Site document was asked.
type SiteNote struct {
	Key      string `json:"key"`
	ID       string `json:"id,omitempty"`
	Name     string `json:"name,omitempty"`
	TimeZone string `json:"time_zone,omitempty"`
	Bytes    int    `json:"bytes"`
	Fault    string `json:"fault,omitempty"` // why it cannot be used
}

// NotReached is the verdict of a Step that a filter before it kept the request
// from.
const NotReached = "not reached"

// Step is one filter's part.
type Step struct {
	Place   int    `json:"place"` // from 1
	Filter  string `json:"filter"`
	Verdict string `json:"verdict"` // continue, respond, fail or NotReached
	Reason  string `json:"reason,omitempty"`
	Meaning string `json:"meaning,omitempty"` // of Reason, in a sentence
	Fails   string `json:"fails,omitempty"`   // open or closed: where a fault of it leads
	Why     string `json:"why"`               // it stands here
	// Response says that it took part in the response phase.
	Response bool `json:"response_phase,omitempty"`
	// Nanoseconds is its time in both phases, if measured.
	Nanoseconds *int64 `json:"nanoseconds,omitempty"`
}

// Plan is what the Worker's shell is told to do.
type Plan struct {
	Action   string `json:"action"` // respond or proxy
	Status   int    `json:"status,omitempty"`
	Location string `json:"location,omitempty"`

	Pool   string `json:"pool,omitempty"`
	Origin string `json:"origin,omitempty"`
	Target string `json:"target,omitempty"` // path and query at the origin

	Cache *wire.Cache `json:"cache,omitempty"`
	Count string      `json:"count,omitempty"` // the shared counter that this request adds to

	Request  []Header `json:"request_headers,omitempty"` // on the way to the origin
	Response []Header `json:"response_headers,omitempty"`
	Body     *Body    `json:"body,omitempty"` // of the edge's own answer
}

// Header is a change to one header.
type Header struct {
	Change string `json:"change"` // set, default, default on HTML, add, remove
	Name   string `json:"name"`
	Value  string `json:"value,omitempty"`
}

// Body is an answer of the edge's own.
type Body struct {
	Bytes int    `json:"bytes"`
	Text  string `json:"text"` // as people read it, cut when it is long
}

// Window is a maintenance window that is open or to come.
type Window struct {
	ID       string    `json:"id"`
	Path     string    `json:"path"`
	StartsAt time.Time `json:"starts_at,omitzero"`
	EndsAt   time.Time `json:"ends_at,omitzero"`
	Open     bool      `json:"open"` // at the moment of the question
}

// NoTimes is noted where the clock stood still.
const NoTimes = "Nothing was measured: a Worker's clock stands still while it computes. The command stagedoor explain measures."

func (a *Answer) note(format string, args ...any) {
	a.Notes = append(a.Notes, fmt.Sprintf(format, args...))
}

// Local is the form in which moments are shown.
const Local = "Monday 2 January 2006 at 15:04:05 MST"

// describe says what of the site matters to every question.
func (a *Answer) describe(s *site.Site, at time.Time) {
	a.Site.ID, a.Site.Name, a.Site.TimeZone = s.ID, s.Name, s.TimeZone
	if zone, err := time.LoadLocation(s.TimeZone); err == nil {
		a.Question.AtLocal = at.In(zone).Format(Local)
	}
	for _, w := range s.Maintenance {
		if !w.EndsAt.IsZero() && !at.Before(w.EndsAt) {
			continue
		}
		a.Windows = append(a.Windows, Window{w.ID, cmp.Or(w.PathPrefix, "/"), w.StartsAt, w.EndsAt, !at.Before(w.StartsAt)})
	}
}

// fill puts the plan and the trace into the answer.
func (a *Answer) fill(p wire.Plan, filters []chain.Filter, w *watch) {
	a.Plan = planOf(p)
	a.Steps = steps(p.Trace, filters, w)
	for _, line := range p.Trace {
		// Bounds hold before any filter; what they refuse has no step.
		if filter, _, reason := verdict(line); filter == "request" {
			a.Steps = append([]Step{{Filter: filter, Verdict: chain.Responded.String(), Reason: reason, Meaning: Sentence(reason), Fails: "closed", Why: "before the chain, so that no filter sees what is malformed or too large"}}, a.Steps...)
		}
	}
	if w.clock != nil && w.stoodStill() {
		a.note("%s", NoTimes)
	}
	a.Outcome = a.outcome(p)
	for _, h := range a.Plan.Response {
		if h.Name == "retry-after" {
			a.note("Retry-After has a random part, so that visitors do not all come back at once: yours will differ.")
		}
	}
}

// verdict takes a line of the trace apart.
func verdict(line string) (filter, kind, reason string) {
	filter, rest, _ := strings.Cut(line, " ")
	kind, reason, _ = strings.Cut(rest, " ")
	return filter, kind, reason
}

func steps(trace []string, filters []chain.Filter, w *watch) []Step {
	built := map[string]chain.Filter{}
	for _, f := range filters {
		built[f.Name()] = f
	}
	out := make([]Step, 0, len(chain.Order))
	for i, place := range chain.Order {
		step := Step{Place: i + 1, Filter: place.Filter, Why: place.Why, Verdict: NotReached}
		if f := built[place.Filter]; f != nil {
			step.Fails, step.Response = f.Fails().String(), w.seen[place.Filter].finished
		}
		for _, line := range trace {
			if filter, kind, reason := verdict(line); filter == place.Filter {
				step.Verdict, step.Reason, step.Meaning = kind, reason, Sentence(reason)
			}
		}
		if d, ok := w.median(place.Filter); ok && (step.Reason != "" || step.Response) {
			ns := d.Nanoseconds()
			step.Nanoseconds = &ns
		}
		out = append(out, step)
	}
	return out
}

// outcome is the plan in a sentence.
func (a *Answer) outcome(p wire.Plan) string {
	switch {
	case p.Action == chain.ActionProxy.String():
		return fmt.Sprintf("The request goes to the origin: pool %s, %s%s.", p.Pool, p.Origin, p.Target)
	case a.Plan.Location != "":
		return fmt.Sprintf("The visitor is sent to %s (%d).", a.Plan.Location, p.Status)
	case p.Action == chain.ActionRespond.String():
		return fmt.Sprintf("The edge answers %d itself. %s", p.Status, Sentence(p.Reason))
	default:
		return "The edge would need more than this explanation could give it."
	}
}
