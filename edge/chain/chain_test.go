package chain_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/stagedoor/stagedoor/edge/chain"
	"github.com/stagedoor/stagedoor/edge/site"
)

// step is a filter that does as it is told.
type step struct {
	name    string
	needs   []string
	fails   chain.Direction
	verdict chain.Verdict
	act     func(*chain.Exchange)
	finish  func(*chain.Exchange)
}

func (s step) Name() string           { return s.name }
func (s step) Needs() []string        { return s.needs }
func (s step) Fails() chain.Direction { return s.fails }
func (s step) Decide(x *chain.Exchange) chain.Verdict {
	if s.act != nil {
		s.act(x)
	}
	return s.verdict
}

func (s step) Finish(x *chain.Exchange) {
	if s.finish != nil {
		s.finish(x)
	}
}

// binding is a filter that becomes another when it is bound.
type binding struct {
	step
	bound chain.Filter
	err   error
}

func (b binding) Bind(*site.Site) (chain.Filter, error) { return b.bound, b.err }

func TestNewChecksTheOrder(t *testing.T) {
	tests := []struct {
		name    string
		filters []chain.Filter
		fault   string
	}{
		{name: "in order", filters: []chain.Filter{step{name: "trace"}, step{name: "site", needs: []string{"trace"}}}},
		{name: "given in another order", filters: []chain.Filter{step{name: "site", needs: []string{"trace"}}, step{name: "trace"}}},
		{name: "unknown", filters: []chain.Filter{step{name: "sparkle"}}, fault: "sparkle has no place"},
		{name: "twice", filters: []chain.Filter{step{name: "trace"}, step{name: "trace"}}, fault: "trace is there twice"},
		{name: "need is missing", filters: []chain.Filter{step{name: "site", needs: []string{"trace"}}}, fault: "site needs trace, which is not in the chain"},
		{name: "need comes later", filters: []chain.Filter{step{name: "trace", needs: []string{"site"}}, step{name: "site"}}, fault: "trace needs site, which comes later"},
		{name: "needs itself", filters: []chain.Filter{step{name: "trace", needs: []string{"trace"}}}, fault: "comes later"},
		{name: "need is unknown", filters: []chain.Filter{step{name: "trace", needs: []string{"sparkle"}}}, fault: "needs sparkle"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			_, err := chain.New(test.filters...)
			switch {
			case test.fault == "" && err != nil:
				t.Fatalf("New: %v", err)
			case test.fault != "" && (err == nil || !strings.Contains(err.Error(), test.fault)):
				t.Fatalf("error = %v, want one with %q", err, test.fault)
			}
		})
	}
}

func TestNewReportsEveryFault(t *testing.T) {
	_, err := chain.New(step{name: "sparkle"}, step{name: "site", needs: []string{"trace", "staff"}})
	if err == nil || strings.Count(err.Error(), "\n") != 2 {
		t.Fatalf("error = %v, want three faults", err)
	}
}

func TestOrderNamesSeventeenFiltersWithReasons(t *testing.T) {
	seen := map[string]bool{}
	for _, p := range chain.Order {
		if seen[p.Filter] || len(p.Why) < 20 {
			t.Errorf("%s: repeated or without a reason", p.Filter)
		}
		seen[p.Filter] = true
	}
	if len(chain.Order) != 17 {
		t.Errorf("%d filters", len(chain.Order))
	}
}

func run(t *testing.T, filters ...chain.Filter) *chain.Exchange {
	t.Helper()
	c, err := chain.New(filters...)
	if err != nil {
		t.Fatal(err)
	}
	x := &chain.Exchange{Request: chain.Request{Method: "GET", Path: "/"}}
	x.Reset()
	c.Run(x)
	return x
}

func traced(x *chain.Exchange) string {
	var out []string
	for _, d := range x.Trace {
		out = append(out, d.Filter+" "+d.Kind.String())
	}
	return strings.Join(out, ", ")
}

func TestRun(t *testing.T) {
	answer := func(x *chain.Exchange) { x.Plain(200, "hello") }
	tests := []struct {
		name   string
		chain  []chain.Filter
		status int
		trace  string
	}{
		{"the first to respond ends it", []chain.Filter{step{name: "trace"}, step{name: "site", act: answer, verdict: chain.Respond("x")}, step{name: "origin"}}, 200, "trace continue, site respond"},
		{"failing open goes on", []chain.Filter{step{name: "trace", fails: chain.FailOpen, verdict: chain.Fail("x")}, step{name: "site", act: answer, verdict: chain.Respond("x")}}, 200, "trace fail, site respond"},
		{"failing closed ends it", []chain.Filter{step{name: "trace", fails: chain.FailClosed, verdict: chain.Fail("x")}, step{name: "site", act: answer}}, 503, "trace fail"},
		{"nobody answers", []chain.Filter{step{name: "trace"}}, 503, "trace continue"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			x := run(t, test.chain...)
			if x.Plan.Action != chain.ActionRespond || x.Plan.Status != test.status || traced(x) != test.trace {
				t.Errorf("%s %d after %s", x.Plan.Action, x.Plan.Status, traced(x))
			}
		})
	}
}

func TestResponsePhaseRunsInReverseOverAllFilters(t *testing.T) {
	var order []string
	note := func(name string) func(*chain.Exchange) {
		return func(*chain.Exchange) { order = append(order, name) }
	}
	run(t,
		step{name: "trace", finish: note("trace")},
		step{name: "site", finish: note("site"), act: func(x *chain.Exchange) { x.Plain(404, "") }, verdict: chain.Respond("x")},
		step{name: "headers", finish: note("headers")})
	if !slices.Equal(order, []string{"headers", "site", "trace"}) {
		t.Errorf("order = %v", order)
	}
}

func TestLoadSkipsTheResponsePhase(t *testing.T) {
	x := run(t, step{
		name:    "site",
		act:     func(x *chain.Exchange) { x.Plan.Action = chain.ActionLoad },
		verdict: chain.Respond("x"),
		finish:  func(*chain.Exchange) { t.Error("finished") },
	})
	if x.Plan.Action != chain.ActionLoad {
		t.Errorf("action = %s", x.Plan.Action)
	}
}

func TestBoundFiltersTakeOverOnceTheSiteIsKnown(t *testing.T) {
	bound := step{name: "origin", act: func(x *chain.Exchange) { x.Plain(200, "bound") }, verdict: chain.Respond("x")}
	var program *chain.Program
	c, err := chain.New(
		step{name: "site", act: func(x *chain.Exchange) { x.Program = program }},
		binding{step: step{name: "origin", act: func(*chain.Exchange) { t.Error("unbound") }}, bound: bound})
	if err != nil {
		t.Fatal(err)
	}
	if program, err = c.Bind(&site.Site{ID: "lyceum"}); err != nil {
		t.Fatal(err)
	}
	x := &chain.Exchange{}
	x.Reset()
	c.Run(x)
	if string(x.Plan.Body) != "bound" || x.Site().ID != "lyceum" {
		t.Errorf("body = %q", x.Plan.Body)
	}
}

func TestBindNamesTheFilterThatFailed(t *testing.T) {
	broken := errors.New("broken")
	c, err := chain.New(binding{step: step{name: "origin"}, err: broken})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.Bind(&site.Site{ID: "lyceum"}); !errors.Is(err, broken) || !strings.Contains(err.Error(), "origin") {
		t.Errorf("error = %v", err)
	}
}
