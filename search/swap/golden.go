package swap

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/typesense/typesense-go/v3/typesense"
	"github.com/typesense/typesense-go/v3/typesense/api"

	"github.com/stagedoor/stagedoor/search/index"
)

const (
	wantedSamples = 20 // shows that are searched for by their titles
	goldenHits    = 20 // are looked at
)

// samples are shows from all over the source.
type samples struct {
	every, n int
	shows    []index.Show
}

func (s *samples) see(d index.Show) {
	if s.n%s.every == 0 && len(s.shows) < 2*wantedSamples {
		s.shows = append(s.shows, d)
	}
	s.n++
}

// golden asks both collections. A show must be found by its title in the new one if it is in the old one; and what the
// old one finds for the given queries, the new one must find too. old is nil where there is nothing to compare with.
func (r *run) golden(ctx context.Context, shows []index.Show, old *api.CollectionResponse) (reasons []string, err error) {
	for _, show := range shows {
		params := index.Params(index.Query{Text: show.Title, BrandID: show.BrandID, PerPage: goldenHits})
		is, why, err := r.ask(ctx, r.state.To, params)
		if err != nil {
			return nil, err
		}
		if why != "" {
			return append(reasons, fmt.Sprintf("searching for %q fails: %s", show.Title, why)), nil
		}
		if slices.Contains(is, show.ID) {
			continue
		}
		if old != nil {
			was, why, err := r.ask(ctx, r.state.From, params)
			if err != nil {
				return nil, err
			}
			if why != "" || !slices.Contains(was, show.ID) {
				continue // many of that title, or a search that the old one cannot do
			}
			if still, err := r.look(ctx, []string{show.ID}); err != nil {
				return nil, err
			} else if still[show.ID].index == absent {
				continue // over, this minute
			}
		} else if len(is) == goldenHits {
			continue
		}
		reasons = append(reasons, fmt.Sprintf("%q (%s) is not found by its title", show.Title, show.ID))
	}
	for _, g := range r.Golden {
		why, err := r.oneGolden(ctx, g, old)
		if err != nil {
			return nil, err
		}
		if why != "" {
			reasons = append(reasons, why)
		}
	}
	return reasons, nil
}

// oneGolden asks one query of both, and says what is wrong with the new one's answer.
func (r *run) oneGolden(ctx context.Context, g Golden, old *api.CollectionResponse) (string, error) {
	is, why, err := r.ask(ctx, r.state.To, g.Params)
	if err != nil {
		return "", err
	}
	if why != "" {
		return fmt.Sprintf("the query %q fails: %s", g.Name, why), nil
	}
	// An old collection that lacks shows, or is being rebuilt because something is wrong with it, is no measure.
	if old == nil || r.state.Rebuild || r.state.Check.OldCount != r.state.Check.NewCount {
		return "", nil
	}
	was, why, err := r.ask(ctx, r.state.From, g.Params)
	if err != nil || why != "" {
		return "", err
	}
	var lost []string
	for _, id := range was {
		if !slices.Contains(is, id) {
			lost = append(lost, id)
		}
	}
	if len(lost) == 0 {
		return "", nil
	}
	// They may be further down, as shows that match equally well have no order of their own.
	p := *g.Params
	p.FilterBy = ptr("id:=[" + quoted(lost) + "]")
	if g.Params.FilterBy != nil && *g.Params.FilterBy != "" {
		*p.FilterBy += " && (" + *g.Params.FilterBy + ")"
	}
	still, _, err := r.ask(ctx, r.state.To, &p)
	if err != nil {
		return "", err
	}
	lost = slices.DeleteFunc(lost, func(id string) bool { return slices.Contains(still, id) })
	if len(lost) > 0 {
		return fmt.Sprintf("the query %q no longer finds %s", g.Name, named(lost)), nil
	}
	return "", nil
}

// ask searches one collection for the first page. why is what the server refused the query for.
func (r *run) ask(ctx context.Context, name string, params *api.SearchCollectionParams) (ids []string, why string, err error) {
	p := *params
	p.PerPage = ptr(goldenHits)
	r.state.Check.Golden++
	answer, err := r.Client.Collection(name).Documents().Search(ctx, &p)
	var refused *typesense.HTTPError
	switch {
	case errors.As(err, &refused) && refused.Status < 500:
		return nil, reason(err), nil
	case err != nil:
		return nil, "", fmt.Errorf("swap: search %s: %w", name, err)
	}
	if answer.Hits != nil {
		for _, h := range *answer.Hits {
			if h.Document != nil {
				id, _ := (*h.Document)["id"].(string)
				ids = append(ids, id)
			}
		}
	}
	return ids, "", nil
}
