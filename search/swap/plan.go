package swap

import (
	"context"
	"errors"
)

// Plan is what applying would do.
type Plan struct {
	Alias    string   `json:"alias"`
	Live     string   `json:"live,omitempty"` // the collection that is searched; "" when there is none
	New      string   `json:"new,omitempty"`  // the one that would be made; "" when there is nothing to do
	Changes  []Change `json:"changes"`
	Warnings []string `json:"warnings,omitempty"`
	Shows    int      `json:"shows"` // documents to write
	// Under is a change under way, which applying would go on with.
	Under *State `json:"under_way,omitempty"`
}

// UpToDate says that the collection in use has the schema of the code.
func (p *Plan) UpToDate() bool { return p.Live != "" && len(p.Changes) == 0 }

// Plan compares the schema in the code with what is searched. It changes nothing.
func (s *Swap) Plan(ctx context.Context) (Plan, error) {
	p := Plan{Alias: s.Alias}
	state, err := s.Store.Current(ctx)
	if err != nil && !errors.Is(err, ErrNone) {
		return p, err
	}
	if err == nil && state.Phase.Unfinished() {
		p.Under = &state
	}
	live, err := s.live(ctx)
	if err != nil {
		return p, err
	}
	if live != nil {
		p.Live = live.Name
		p.Changes = Diff(live, s.Schema(live.Name))
		p.Warnings = breaking(p.Changes)
	}
	if p.Shows, err = s.Source.Count(ctx); err != nil {
		return p, err
	}
	switch {
	case p.Under != nil:
		p.New = p.Under.To
	case !p.UpToDate():
		p.New, err = s.freeName(ctx)
	}
	return p, err
}

// Live is what is searched now.
type Live struct {
	Name    string // "" when there is nothing
	Shows   int
	Changes []Change // that the schema in the code wants
}

// Live looks at what is searched. It asks the search server alone.
func (s *Swap) Live(ctx context.Context) (Live, error) {
	c, err := s.live(ctx)
	if err != nil || c == nil {
		return Live{}, err
	}
	return Live{c.Name, count(c), Diff(c, s.Schema(c.Name))}, nil
}
