package swap

import (
	"context"
	"fmt"
	"reflect"
	"slices"

	"github.com/stagedoor/stagedoor/search/index"
)

// fewIDs are named where many documents are wrong.
const fewIDs = 20

// check holds the new collection against the source and the old one, and ends the change unless all is well.
func (r *run) check(ctx context.Context) error {
	begin := r.Now()
	r.state.Check, r.state.Notes = Check{}, nil
	if err := r.carry(ctx); err != nil {
		return err
	}
	if err := r.save(ctx); err != nil {
		return err
	}
	var reasons []string
	if r.state.Fill.Refused > 0 {
		reasons = append(reasons, refusedLines(&r.state.Fill))
	}
	samples := samples{every: max(r.state.Fill.Done/wantedSamples, 1)}
	found, err := r.compare(ctx, samples.see)
	if err != nil {
		return err
	}
	if len(found.all()) > r.Doubts && len(reasons) == 0 {
		// Something may have changed very many shows just now: writers are given the time that they need.
		if err := r.Pause(ctx, r.Settle); err != nil {
			return err
		}
		r.state.Check.Rounds++
		r.state.Check.Compared, r.state.Check.Equal = 0, 0
		if found, err = r.compare(ctx, func(index.Show) {}); err != nil {
			return err
		}
	}
	if len(found.all()) <= r.Doubts && len(reasons) == 0 {
		if found, err = r.settle(ctx, found.all()); err != nil {
			return err
		}
	}
	check := &r.state.Check
	for _, kind := range []struct {
		ids  []string
		what string
		into *[]string
	}{
		{found.missing, "are missing from the new collection", &check.Missing},
		{found.differing, "are not what they should be in the new collection", &check.Differing},
		{found.extra, "are in the new collection and should not be", &check.Extra},
	} {
		*kind.into = slices.Clone(kind.ids[:min(len(kind.ids), fewIDs)])
		if len(kind.ids) > 0 {
			reasons = append(reasons, fmt.Sprintf("%d shows %s: %s", len(kind.ids), kind.what, named(kind.ids)))
		}
	}
	if check.Compared == 0 {
		reasons = append(reasons, "there is not one show to search for: is this the right database?")
	}
	more, err := r.beside(ctx, samples.shows)
	if err != nil {
		return err
	}
	reasons = append(reasons, more...)
	check.Seconds = r.Now().Sub(begin).Seconds()
	if len(reasons) > 0 {
		return &ParityError{reasons}
	}
	return r.to(ctx, Swapping)
}

// beside holds the new collection against the old one: how many there are, what was set by hand, what searches find.
func (r *run) beside(ctx context.Context, samples []index.Show) (reasons []string, err error) {
	made, err := r.collection(ctx, r.state.To)
	if err != nil {
		return nil, err
	}
	if made == nil {
		return []string{r.state.To + " is gone: somebody deleted it"}, nil
	}
	r.state.Check.NewCount = count(made)
	if r.state.From == "" {
		return r.golden(ctx, samples, nil)
	}
	old, err := r.collection(ctx, r.state.From)
	if err != nil {
		return nil, err
	}
	if old == nil {
		r.state.Notes = append(r.state.Notes, r.state.From+" is gone: there is nothing to go back to")
		return r.golden(ctx, samples, nil)
	}
	r.state.Check.OldCount = count(old)
	if r.state.Check.OldCount != r.state.Check.NewCount {
		r.state.Notes = append(r.state.Notes, fmt.Sprintf("%s has %d shows, %s has %d: the new one has what the database says",
			r.state.From, r.state.Check.OldCount, r.state.To, r.state.Check.NewCount))
	}
	was, err := r.curation(ctx, r.state.From)
	if err != nil {
		return nil, err
	}
	is, err := r.curation(ctx, r.state.To)
	if err != nil {
		return nil, err
	}
	if !reflect.DeepEqual(was.synonyms, is.synonyms) {
		reasons = append(reasons, "the synonyms are not the same; were they changed just now? Apply again")
	}
	if !reflect.DeepEqual(was.overrides, is.overrides) {
		reasons = append(reasons, "the overrides are not the same; were they changed just now? Apply again")
	}
	more, err := r.golden(ctx, samples, old)
	return append(reasons, more...), err
}
