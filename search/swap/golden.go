package swap

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

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

// question is a query that both collections are asked.
type question struct {
	name   string
	params *api.SearchCollectionParams
	show   string // the one that it is about; "" is all that the old collection finds
}

// questions are the given queries, and each show by its title.
func (r *run) questions(shows []index.Show, known map[string]bool) []question {
	var out []question
	for _, s := range shows {
		if !known[s.ID] {
			out = append(out, question{
				fmt.Sprintf("%q by its title", s.Title), index.Params(index.Query{Text: s.Title, BrandID: s.BrandID, PerPage: goldenHits}), s.ID,
			})
		}
	}
	for _, g := range r.Golden {
		out = append(out, question{fmt.Sprintf("%q", g.Name), g.Params, ""})
	}
	return out
}

// golden asks both collections: what the old one finds on its first page the new one must find, and put as high. Shows
// that are known to be wrong are left out. old is nil where there is nothing to compare with. A show may be in motion
// between two searches, so that a question whose answer is wrong is asked again, as often as documents are looked at.
func (r *run) golden(ctx context.Context, shows []index.Show, old *api.CollectionResponse, known map[string]bool, why *findings) error {
	open, titles := r.questions(shows, known), true
	for try := 0; len(open) > 0; try++ {
		var next []question
		for _, q := range open {
			if q.show != "" && !titles {
				continue
			}
			wrong, things, final, err := r.answered(ctx, q, old, known)
			switch {
			case err != nil:
				return err
			case wrong == "":
			case final || try >= r.patience():
				why.add(queries, 1, wrong, things...)
				if final && q.show != "" { // every title is asked for in the same way
					titles = false
				}
			default:
				next = append(next, q)
			}
		}
		if open = next; len(open) > 0 {
			r.state.Check.Rounds++
			if err := r.save(ctx); err != nil {
				return err
			}
			if err := r.Pause(ctx, settleStep); err != nil {
				return err
			}
		}
	}
	return nil
}

// answered asks one question and says what is wrong with the new collection's answer, in words and thing by thing; final is
// that asking again is of no use.
func (r *run) answered(ctx context.Context, q question, old *api.CollectionResponse, known map[string]bool) (wrong string, things []string, final bool, err error) {
	var wanted []string
	switch {
	case old != nil && (!r.state.Rebuild || q.show != ""): // what is rebuilt because something is wrong with it is no measure
		was, why, err := r.ask(ctx, r.state.From, q.params)
		if err != nil {
			return "", nil, false, err
		}
		if why == "" { // else it is a search that the old one cannot do
			for _, h := range was {
				if !known[h.id] && (q.show == "" || q.show == h.id) {
					wanted = append(wanted, h.id)
				}
			}
		}
	case q.show != "":
		wanted = []string{q.show}
	}
	page, why, err := r.ask(ctx, r.state.To, q.params)
	if err != nil {
		return "", nil, false, err
	}
	if why != "" {
		wrong := fmt.Sprintf("the query %s fails: %s", q.name, why)
		return wrong, []string{wrong}, true, nil
	}
	for _, h := range page {
		wanted = slices.DeleteFunc(wanted, func(id string) bool { return id == h.id })
	}
	if len(wanted) == 0 {
		return "", nil, false, nil
	}
	// They may be further down, as shows that match equally well have no order of their own.
	p := *q.params
	p.FilterBy = ptr("id:=[" + quoted(wanted) + "]")
	if q.params.FilterBy != nil && *q.params.FilterBy != "" {
		*p.FilterBy += " && (" + *q.params.FilterBy + ")"
	}
	below, _, err := r.ask(ctx, r.state.To, &p)
	if err != nil {
		return "", nil, false, err
	}
	var lower []string
	for _, h := range below {
		wanted = slices.DeleteFunc(wanted, func(id string) bool { return id == h.id })
		if old != nil && byMatch(q.params) && len(page) > 0 && h.match < page[len(page)-1].match {
			lower = append(lower, h.id)
		}
	}
	switch {
	case len(wanted) > 0:
		return fmt.Sprintf("the query %s no longer finds %s", q.name, named(wanted)), marks(q, "lost", wanted), false, nil
	case len(lower) > 0:
		return fmt.Sprintf("the query %s puts %s behind the first %d, where people found it", q.name, named(lower), goldenHits), marks(q, "lower", lower), false, nil
	}
	return "", nil, false, nil
}

// marks are what is wrong with an answer, show by show: the words for people name a few of them.
func marks(q question, how string, ids []string) []string {
	things := make([]string, len(ids))
	for i, id := range ids {
		things[i] = q.name + " " + how + " " + id
	}
	return things
}

// byMatch says that those which match best come first.
func byMatch(p *api.SearchCollectionParams) bool {
	return p.SortBy == nil || *p.SortBy == "" || strings.HasPrefix(*p.SortBy, "_text_match")
}

// hit is a show that a search found, and how well it matches: more is better.
type hit struct {
	id    string
	match int64
}

// ask searches one collection for the first page. why is what the server refused the query for.
func (r *run) ask(ctx context.Context, name string, params *api.SearchCollectionParams) (hits []hit, why string, err error) {
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
				one := hit{id: id}
				if h.TextMatch != nil {
					one.match = *h.TextMatch
				}
				hits = append(hits, one)
			}
		}
	}
	return hits, "", nil
}
