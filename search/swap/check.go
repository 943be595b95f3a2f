package swap

import (
	"context"
	"fmt"
	"maps"
	"reflect"

	"github.com/typesense/typesense-go/v3/typesense/api"

	"github.com/stagedoor/stagedoor/search/index"
)

// check holds the new collection against the source and the old one, and ends the change unless all is well, or what is
// not was overruled.
func (r *run) check(ctx context.Context) error {
	begin := r.Now()
	r.state.Check, r.state.Notes = Check{}, nil
	if err := r.carry(ctx); err != nil {
		return err
	}
	if err := r.save(ctx); err != nil {
		return err
	}
	var why findings
	if r.state.Fill.Refused > 0 {
		why.add(refused, r.state.Fill.Refused, refusedLines(&r.state.Fill), short(r.state.Fill.Failed))
	}
	old, err := r.counted(ctx)
	if err != nil {
		return err
	}
	with := r.against(old)
	samples := samples{every: max(r.state.Fill.Done/wantedSamples, 1)}
	found, err := r.doubted(ctx, with, samples.see)
	if err != nil {
		return err
	}
	expected := found.without(with.tolerated)
	r.told(expected, func(_ Doubt, _ int, text string, _ ...string) {
		r.state.Notes = append(r.state.Notes, text+"; that was to be expected")
	})
	r.told(found, why.add)
	check := &r.state.Check
	if check.Compared == 0 {
		why.add(nothing, 1, "there is not one show to search for: is this the right database?")
	}
	if err := r.curated(ctx, old, &why); err != nil {
		return err
	}
	known := set(found.all())
	for _, id := range expected.all() {
		known[id] = true
	}
	if err := r.golden(ctx, samples.shows, old, known, &why); err != nil {
		return err
	}
	check.Seconds = r.Now().Sub(begin).Seconds()
	if len(why.reasons) > 0 && !r.overruled(&why) {
		return &ParityError{why.reasons, why.found, why.sights()}
	}
	return r.to(ctx, Swapping)
}

// doubted are the documents that are wrong, and those that may be: of the kinds that are tolerated.
func (r *run) doubted(ctx context.Context, with *beside, sample func(index.Show)) (doubts, error) {
	found, err := r.compare(ctx, with, sample)
	if err != nil {
		return nil, err
	}
	expected := found.without(with.tolerated)
	if len(found.all()) > r.Doubts {
		// Something may have changed very many shows just now: writers are given the time that they need. What is in doubt
		// one time only is in motion.
		if err := r.Pause(ctx, r.Settle); err != nil {
			return nil, err
		}
		r.state.Check.Rounds++
		if err := r.fewWait(ctx, found.all()); err != nil {
			return nil, err
		}
		again, err := r.compare(ctx, with, func(index.Show) {})
		if err != nil {
			return nil, err
		}
		expected = again.without(with.tolerated)
		if both := found.both(again); len(both.all()) > r.Doubts {
			maps.Copy(both, expected)
			return both, nil
		}
		found = again
	}
	wrong, err := r.settle(ctx, with, found.all())
	if err != nil {
		return nil, err
	}
	maps.Copy(wrong, expected)
	return wrong, nil
}

// counted looks at both collections. It returns the old one, nil when there is none.
func (r *run) counted(ctx context.Context) (*api.CollectionResponse, error) {
	made, err := r.collection(ctx, r.state.To)
	if err != nil {
		return nil, err
	}
	if made == nil {
		return nil, fmt.Errorf("swap: %s is gone: somebody deleted it", r.state.To)
	}
	r.state.Check.NewCount = count(made)
	if r.state.From == "" {
		return nil, nil
	}
	old, err := r.collection(ctx, r.state.From)
	if err != nil {
		return nil, err
	}
	if old == nil {
		r.state.Notes = append(r.state.Notes, r.state.From+" is gone: there is nothing to go back to")
	}
	r.state.Check.OldCount = count(old)
	return old, nil
}

// curated compares what people have set for the collections by hand.
func (r *run) curated(ctx context.Context, old *api.CollectionResponse, why *findings) error {
	if old == nil {
		return nil
	}
	was, err := r.curation(ctx, r.state.From)
	if err != nil {
		return err
	}
	is, err := r.curation(ctx, r.state.To)
	if err != nil {
		return err
	}
	if !reflect.DeepEqual(was.synonyms, is.synonyms) {
		why.add(synonyms, 1, "the synonyms are not the same; were they changed just now? Apply again", short(was.synonyms), short(is.synonyms))
	}
	if !reflect.DeepEqual(was.overrides, is.overrides) {
		why.add(overrides, 1, "the overrides are not the same; were they changed just now? Apply again", short(was.overrides), short(is.overrides))
	}
	had, err := r.metadata(ctx, r.state.From)
	if err != nil {
		return err
	}
	has, err := r.metadata(ctx, r.state.To)
	if err != nil {
		return err
	}
	if len(had)+len(has) > 0 && !reflect.DeepEqual(had, has) {
		why.add(metadata, 1, "the metadata are not the same; were they changed just now? Apply again", short(had), short(has))
	}
	return nil
}
