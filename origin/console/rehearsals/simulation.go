package rehearsals

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/stagedoor/stagedoor/origin/console/frame"
	"github.com/stagedoor/stagedoor/origin/edgeconfig"
	"github.com/stagedoor/stagedoor/origin/staff"
	"github.com/stagedoor/stagedoor/waitingroom/sim"
)

// field is a number of a form as it is typed.
type field struct {
	Name, Label, Hint, Value, Fault string
	Decimal                         bool
}

// group is fields that belong together.
type group struct {
	Legend string
	Fields []*field
}

// simulationForm is a scenario as it is typed.
type simulationForm struct {
	Shipped []sim.Scenario
	Base    sim.Scenario // whose numbers the others are
	Title   string
	Groups  []group
	Fault   string // of all of it
	Running string // what keeps a new one from being started, "" for nothing
	Prove   bool
}

// number is one of a scenario's: how it is shown and where it goes.
type number struct {
	name, label, hint string
	of                func(s *sim.Scenario) *int
	part              func(s *sim.Scenario) *float64
	span              func(s *sim.Scenario) *uint32
	unit              float64 // of the form in the scenario's: 60 for minutes, 0.01 for percent
	only              func(s *sim.Scenario) bool
}

// arrivals is the part of a scenario that a form shows as one: those who come by themselves.
func arrivals(s *sim.Scenario) *sim.Arrival { return &s.Arrivals[0] }

func hasArrivals(s *sim.Scenario) bool { return len(s.Arrivals) > 0 }
func hasBots(s *sim.Scenario) bool     { return s.Bots.Visitors > 0 }

// numbers are the ones that can be edited, by group.
var numbers = []struct {
	legend string
	list   []number
}{
	{"Who comes", []number{
		{name: "registered", label: "In the pre-queue", hint: "Drawn by lottery when the sale begins", of: func(s *sim.Scenario) *int { return &s.Registered }, unit: 1},
		{name: "arrivals", label: "Come by themselves", hint: "People", of: func(s *sim.Scenario) *int { return &arrivals(s).Visitors }, unit: 1, only: hasArrivals},
		{name: "until", label: "Within", hint: "Minutes", span: func(s *sim.Scenario) *uint32 { return &arrivals(s).Until }, unit: 60, only: hasArrivals},
		{name: "burst", label: "Rush at the start", hint: "Minutes, most of them; 0 is evenly", part: func(s *sim.Scenario) *float64 { return &arrivals(s).Burst }, unit: 60, only: hasArrivals},
		{name: "bots", label: "Bots", hint: "That come at once and never give up", of: func(s *sim.Scenario) *int { return &s.Bots.Visitors }, unit: 1, only: hasBots},
	}},
	{"The room", []number{
		{name: "active", label: "Inside at once", hint: "People", of: func(s *sim.Scenario) *int { return &s.ActiveLimit }, unit: 1},
		{name: "per_minute", label: "Let in a minute", hint: "0 is no limit of its own", of: func(s *sim.Scenario) *int { return &s.PerMinute }, unit: 1},
		{name: "pass", label: "A pass lasts", hint: "Minutes without a click", span: func(s *sim.Scenario) *uint32 { return &s.PassLife }, unit: 60},
		{name: "poll", label: "The queue page asks every", hint: "Seconds", span: func(s *sim.Scenario) *uint32 { return &s.PollEvery }, unit: 1},
	}},
	{"What people do", []number{
		{name: "patience", label: "Wait before they give up", hint: "Minutes; half of them stay longer", part: func(s *sim.Scenario) *float64 { return &s.Patience.Median }, unit: 60},
		{name: "stay", label: "Stay inside", hint: "Minutes; half of them stay longer", part: func(s *sim.Scenario) *float64 { return &s.Stay.Median }, unit: 60},
		{name: "vanish", label: "Go without a word", hint: "Percent; their pass runs out by itself", part: func(s *sim.Scenario) *float64 { return &s.Vanish }, unit: 0.01},
		{name: "no_show", label: "Close the page at once", hint: "Percent", part: func(s *sim.Scenario) *float64 { return &s.NoShow }, unit: 0.01},
	}},
	{"The experiment", []number{
		{name: "duration", label: "Ends after", hint: "Minutes, whoever waits", span: func(s *sim.Scenario) *uint32 { return &s.Duration }, unit: 60},
	}},
}

// text is a number of a scenario as it is typed.
func (n number) text(s *sim.Scenario) string {
	value := 0.0
	switch {
	case n.of != nil:
		return strconv.Itoa(*n.of(s))
	case n.part != nil:
		value = *n.part(s)
	default:
		value = float64(*n.span(s))
	}
	return strings.TrimSuffix(strings.TrimRight(strconv.FormatFloat(value/n.unit, 'f', 2, 64), "0"), ".")
}

// read puts what was typed into a scenario; what is as it was shown stays to the last digit. It returns what is wrong.
func (n number) read(text string, s *sim.Scenario) string {
	text = strings.NewReplacer(",", "", " ", "", "\u202f", "").Replace(strings.TrimSpace(text))
	if text == n.text(s) {
		return ""
	}
	value, err := strconv.ParseFloat(text, 64)
	if err != nil || !(value >= 0 && value <= 1e8) {
		return "Please give a number."
	}
	switch {
	case n.of != nil && value != float64(int(value)):
		return "Please give a whole number."
	case n.of != nil:
		*n.of(s) = int(value)
	case n.part != nil:
		*n.part(s) = value * n.unit
	default:
		*n.span(s) = uint32(value*n.unit + 0.5)
	}
	return ""
}

// scenario finds a shipped one among those that may be played here; the smallest stands for a name that none has.
func (p *Pages) scenario(name string) (sim.Scenario, []sim.Scenario, error) {
	all, err := sim.Shipped()
	if err != nil {
		return sim.Scenario{}, nil, err
	}
	all = slices.DeleteFunc(all, func(s sim.Scenario) bool { return s.Visitors()+s.Bots.Visitors > p.Limits.Simulated })
	for _, s := range all {
		if s.Name == name {
			return s, all, nil
		}
	}
	return slices.MinFunc(all, func(a, b sim.Scenario) int { return a.Visitors() - b.Visitors() }), all, nil
}

// fill shows a scenario's numbers, or what was typed.
func (f *simulationForm) fill(s *sim.Scenario, typed url.Values, faults map[string]string) {
	value := func(name, own string) string {
		if typed.Has(name) {
			return typed.Get(name)
		}
		return own
	}
	for _, g := range numbers {
		one := group{Legend: g.legend}
		for _, n := range g.list {
			if n.only == nil || n.only(s) {
				one.Fields = append(one.Fields, &field{Name: n.name, Label: n.label, Hint: n.hint, Value: value(n.name, n.text(s)), Fault: faults[n.name], Decimal: n.of == nil})
			}
		}
		if g.legend == "The experiment" {
			one.Fields = append(one.Fields, &field{Name: "seed", Label: "Seed", Hint: "The same seed draws the same people", Value: value("seed", strconv.FormatUint(s.Seed, 10)), Fault: faults["seed"]})
		}
		f.Groups = append(f.Groups, one)
	}
	f.Title = value("title", strings.ToUpper(s.Name[:1])+s.Name[1:])
}

func (p *Pages) newSimulation(v *frame.Visit) error {
	s, all, err := p.scenario(v.Request().FormValue("scenario"))
	if err != nil {
		return err
	}
	f := simulationForm{Shipped: all, Base: s, Prove: v.Site() == staff.Group && !v.Fresh()}
	f.fill(&s, nil, nil)
	return v.Show("New simulation", simulationPage(v, f))
}

func (p *Pages) simulate(v *frame.Visit) error {
	typed, err := v.Form()
	if err != nil {
		return err
	}
	base, all, err := p.scenario(typed.Get("scenario"))
	if err != nil {
		return err
	}
	s := base
	s.Arrivals = append([]sim.Arrival{}, base.Arrivals...)
	faults := map[string]string{}
	for _, g := range numbers {
		for _, n := range g.list {
			if n.only != nil && !n.only(&base) || !typed.Has(n.name) {
				continue
			}
			if fault := n.read(typed.Get(n.name), &s); fault != "" {
				faults[n.name] = fault
			}
		}
	}
	if s.Seed, err = strconv.ParseUint(strings.TrimSpace(typed.Get("seed")), 10, 64); err != nil {
		faults["seed"] = "Please give a whole number."
	}
	s.Patience.P90 = base.Patience.P90 * ratio(s.Patience.Median, base.Patience.Median)
	s.Stay.P90 = base.Stay.P90 * ratio(s.Stay.Median, base.Stay.Median)
	title := strings.TrimSpace(typed.Get("title"))
	if title == "" || len(title) > 100 {
		faults["title"] = "Please give it a name of at most 100 letters."
	}
	f := simulationForm{Shipped: all, Base: base, Prove: v.Site() == staff.Group && !v.Fresh()}
	if len(faults) == 0 {
		id, err := p.Runner.StartSimulation(v.Context(), v.Actor(), v.Site(), title, s)
		var refused edgeconfig.Refused
		switch {
		case err == nil:
			return v.Redirect(home(v) + "/" + id.String())
		case !errors.As(err, &refused):
			return err
		}
		f.Fault = place(sentences(refused.Reason, fmt.Sprintf("scenario %q: ", s.Name)), faults)
	}
	f.fill(&base, typed, faults)
	if faults["title"] != "" {
		f.Fault = faults["title"]
	}
	return v.ShowStatus(http.StatusUnprocessableEntity, "New simulation", simulationPage(v, f))
}

// places are where the form shows what is wrong with a scenario's own fields.
var places = []struct{ begins, field string }{
	{"Active_limit", "active"}, {"Per_minute", "per_minute"}, {"Poll_every", "poll"}, {"Pass_life", "pass"}, {"Duration", "duration"},
	{"Stay.median", "stay"}, {"Arrivals", "until"}, {"Bots", "bots"}, {"Must have", "arrivals"},
}

// place puts sentences beside the fields that they are about and returns those that are about none.
func place(text string, faults map[string]string) string {
	var left []string
next:
	for _, one := range strings.SplitAfter(text, ". ") {
		for _, p := range places {
			if rest, ok := strings.CutPrefix(one, p.begins); ok {
				_, says, _ := strings.Cut("It"+rest, " ")
				faults[p.field] = strings.TrimSpace("It " + says)
				continue next
			}
		}
		left = append(left, one)
	}
	return strings.TrimSpace(strings.Join(left, ""))
}

// ratio keeps how far a distribution spreads when its middle is moved.
func ratio(now, was float64) float64 {
	if was == 0 {
		return 1
	}
	return now / was
}
