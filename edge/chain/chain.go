// Package chain runs one request through the edge's filters and collects what
// they decide into a Plan.
//
// It does no I/O and knows no clock: the request, the time and the random
// bytes come in with the Exchange, and the Plan says what the shell is to do.
// The same code runs natively in tests and as Wasm in the Worker.
package chain

import (
	"errors"

	"github.com/stagedoor/stagedoor/edge/fault"
	"github.com/stagedoor/stagedoor/edge/site"
)

// Filter is one step of the chain. It keeps no state between requests.
type Filter interface {
	// Name is the filter's name in Order.
	Name() string
	// Needs names the filters that must have run before this one.
	Needs() []string
	// Fails is what happens to the request when Decide returns Fail.
	Fails() Direction
	// Decide looks at the exchange, may write to its plan, and says how to go on.
	Decide(*Exchange) Verdict
}

// Binder is a Filter that prepares itself for one Site when that is loaded, so
// that nothing is parsed per request. Bind does not change the receiver.
type Binder interface {
	Filter
	Bind(*site.Site) (Filter, error)
}

// Finisher is a Filter with a part in the response phase, which runs over all
// filters in reverse order, whoever answered.
type Finisher interface {
	Filter
	Finish(*Exchange)
}

// Direction is how a filter fails.
type Direction uint8

const (
	// FailOpen lets the request go on as if the filter were not there.
	FailOpen Direction = iota
	// FailClosed answers 503: going on would be worse.
	FailClosed
)

func (d Direction) String() string {
	if d == FailClosed {
		return "closed"
	}
	return "open"
}

// Chain is the filters in order, not yet bound to a site. It is immutable.
type Chain struct {
	filters []Filter
}

// Program is a Chain bound to one Site. It is immutable.
type Program struct {
	Site    *site.Site
	filters []Filter
}

// New arranges filters by Order. It fails when one is unknown or given twice,
// or when what a filter needs is missing or comes later.
func New(filters ...Filter) (*Chain, error) {
	placed := make([]Filter, len(Order))
	var faults []error
	for _, f := range filters {
		switch at := place(f.Name()); {
		case at < 0:
			faults = append(faults, fault.New("chain: ", f.Name(), " has no place in the order"))
		case placed[at] != nil:
			faults = append(faults, fault.New("chain: ", f.Name(), " is there twice"))
		default:
			placed[at] = f
		}
	}
	c := &Chain{filters: make([]Filter, 0, len(filters))}
	for at, f := range placed {
		if f == nil {
			continue
		}
		for _, need := range f.Needs() {
			switch before := place(need); {
			case before < 0 || placed[before] == nil:
				faults = append(faults, fault.New("chain: ", f.Name(), " needs ", need, ", which is not in the chain"))
			case before >= at:
				faults = append(faults, fault.New("chain: ", f.Name(), " needs ", need, ", which comes later"))
			}
		}
		c.filters = append(c.filters, f)
	}
	if err := errors.Join(faults...); err != nil {
		return nil, err
	}
	return c, nil
}

// Bind prepares the chain for a site.
func (c *Chain) Bind(s *site.Site) (*Program, error) {
	p := &Program{Site: s, filters: make([]Filter, len(c.filters))}
	for i, f := range c.filters {
		p.filters[i] = f
		if binder, ok := f.(Binder); ok {
			bound, err := binder.Bind(s)
			if err != nil {
				return nil, fault.At(err, "chain: bind ", f.Name(), " to ", s.ID, ": ")
			}
			p.filters[i] = bound
		}
	}
	return p, nil
}

// Filters lists the chain's filters in order.
func (c *Chain) Filters() []Filter { return append([]Filter(nil), c.filters...) }

// Run decides one exchange. Afterwards x.Plan is complete and x.Trace says how
// it came about.
func (c *Chain) Run(x *Exchange) {
	steps := c.filters
	for i := range c.filters {
		verdict := steps[i].Decide(x)
		x.record(steps[i].Name(), verdict)
		if verdict.Kind == Failed && steps[i].Fails() == FailClosed {
			x.Plain(503, "This page cannot be shown right now. Please try again in a minute.\n")
			x.SetResponse("retry-after", "30")
			break
		}
		if verdict.Kind == Responded {
			break
		}
		if x.Program != nil {
			steps = x.Program.filters // from here on, bound to the site
		}
	}
	if x.Plan.Action == ActionLoad {
		return
	}
	if x.Plan.Action == ActionNone {
		x.Plain(503, "This page cannot be shown right now. Please try again in a minute.\n")
	}
	for i := len(steps) - 1; i >= 0; i-- {
		if f, ok := steps[i].(Finisher); ok {
			f.Finish(x)
		}
	}
}
