package main

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/typesense/typesense-go/v3/typesense/api"

	"github.com/stagedoor/stagedoor/infra/bench"
	"github.com/stagedoor/stagedoor/search/index"
	"github.com/stagedoor/stagedoor/search/local/corpus"
	"github.com/stagedoor/stagedoor/search/swap"
)

const (
	swapShows     = 100_000
	swapSearchers = 4
	swapWriters   = 2
)

// swap replaces an index of an older schema while people search it and shows
// change, goes back, and forth again. A search failed when it was answered with
// an error; it was stale when it found fewer shows than there are; a write is
// lost when it was acknowledged and the index has something older, or nothing,
// in the end.
func (p plan) swap(ctx context.Context, n bench.Numbers) (err error) {
	shows := min(swapShows, p.Documents)
	f, err := openFinder(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.close()) }()
	w := &swapping{finder: f, corpus: corpus.New(7), shows: shows, changed: map[string]index.Show{}, store: &swap.Memory{}}
	if err := w.old(ctx, p); err != nil {
		return err
	}
	loading, stop := context.WithCancel(ctx)
	defer stop()
	var load sync.WaitGroup
	for i := range swapSearchers {
		load.Go(func() { w.search(loading, i) })
	}
	for i := range swapWriters {
		load.Go(func() { w.write(loading, i) })
	}
	done, err := w.run(ctx, p, n)
	stop()
	load.Wait()
	if err != nil {
		return err
	}
	lost, err := w.lost(ctx, done.To)
	if err != nil {
		return err
	}
	n["swap_failed_queries"], n["swap_stale_queries"], n["swap_lost_writes"] = float64(w.failed.Load()), float64(w.stale.Load()), float64(lost)
	n["swap_queries"], n["swap_writes"], n["swap_documents"] = float64(w.searched.Load()), float64(w.written.Load()), float64(shows)
	return errors.Join(w.problems...)
}

// swapping is an index that is replaced under load. It is the source of the
// shows, too.
type swapping struct {
	*finder
	corpus *corpus.Corpus
	shows  int
	store  *swap.Memory

	mu       sync.Mutex
	changed  map[string]index.Show // as they are now, where they are not as the corpus has them
	problems []error

	searched, written, failed, stale atomic.Int64
}

// old makes the index as it is before.
func (w *swapping) old(ctx context.Context, p plan) error {
	schema := index.Schema("shows_old")
	schema.Fields = slices.DeleteFunc(schema.Fields, func(f api.Field) bool { return f.Name == "times" })
	if _, err := w.client.Collections().Create(ctx, schema); err != nil {
		return err
	}
	if _, err := w.client.Aliases().Upsert(ctx, index.Alias, &api.CollectionAliasSchema{CollectionName: schema.Name}); err != nil {
		return err
	}
	_, err := p.build(ctx, index.NewIndexer(w.client), w.corpus, schema.Name, w.shows)
	return err
}

// run replaces the index, goes back and forth.
func (w *swapping) run(ctx context.Context, p plan, n bench.Numbers) (swap.State, error) {
	s := swap.New(swap.Config{Client: w.client, Store: w.store, Source: w, Now: time.Now})
	begin := time.Now()
	st, err := s.Apply(ctx, swap.Options{By: "bench", Progress: func(st swap.State) {
		p.say("swap: %s, %d %%, %.0f shows a second", st.Phase, st.Fill.Percent(), st.Fill.Rate())
	}})
	if err != nil {
		return st, err
	}
	n["swap_seconds"], n["swap_fill_docs_per_s"] = time.Since(begin).Seconds(), st.Fill.Rate()
	n["swap_check_seconds"], n["swap_alias_ms"] = st.Check.Seconds, st.SwapSeconds*1000
	begin = time.Now()
	if _, err := s.Rollback(ctx, nil); err != nil {
		return st, err
	}
	n["swap_rollback_ms"] = time.Since(begin).Seconds() * 1000
	return s.Apply(ctx, swap.Options{By: "bench"})
}

// search searches through the alias until ctx ends.
func (w *swapping) search(ctx context.Context, client int) {
	searcher, kinds := index.NewSearcher(w.client), corpus.Kinds()
	for i := client; ctx.Err() == nil; i += swapSearchers {
		q := index.Query{}
		if i%2 == 1 {
			q = kinds[i/2%len(kinds)].Query(w.corpus, i)
		}
		got, err := searcher.Search(context.WithoutCancel(ctx), q)
		w.searched.Add(1)
		switch {
		case err != nil:
			w.failed.Add(1)
			w.problem(fmt.Errorf("a search: %w", err))
		case i%2 == 0 && got.Found < w.shows:
			w.stale.Add(1)
		}
	}
}

// write changes shows until ctx ends: each writer those that are its own.
func (w *swapping) write(ctx context.Context, writer int) {
	x := index.NewIndexer(w.client).WithTargets(swap.Targets{Store: w.store})
	for i := 0; ctx.Err() == nil; i++ {
		number := (i*7919*swapWriters + writer) % w.shows
		number -= (number - writer + swapWriters) % swapWriters
		w.mu.Lock()
		s := w.show(max(number, writer))
		s.Version++
		s.PriceFrom, s.PriceTo = s.Version, s.Version+5000
		w.changed[s.ID] = s
		w.mu.Unlock()
		report, err := x.Upsert(context.WithoutCancel(ctx), []index.Show{s})
		if err = errors.Join(err, report.Err()); err != nil {
			w.problem(fmt.Errorf("a write: %w", err))
			return
		}
		w.written.Add(1)
	}
}

func (w *swapping) problem(err error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if len(w.problems) < 5 {
		w.problems = append(w.problems, err)
	}
}

// lost counts the shows that the index does not have as they were written last.
func (w *swapping) lost(ctx context.Context, collection string) (int, error) {
	if a, err := w.client.Alias(index.Alias).Retrieve(ctx); err != nil || a.CollectionName != collection {
		return 0, fmt.Errorf("%s is not searched: %w", collection, err)
	}
	versions, err := index.NewIndexer(w.client).Versions(ctx)
	lost := w.shows - len(versions)
	for id, s := range w.changed {
		if versions[id] != s.Version {
			lost++
		}
	}
	return lost, err
}

// show is one as it is now; w.mu is held.
func (w *swapping) show(i int) index.Show {
	if s, ok := w.changed[corpus.ID(i)]; ok {
		return s
	}
	return w.corpus.Show(i)
}

// Count implements swap.Source.
func (w *swapping) Count(context.Context) (int, error) { return w.shows, nil }

// Documents implements swap.Source.
func (w *swapping) Documents(_ context.Context, after string) iter.Seq2[index.Show, error] {
	return func(yield func(index.Show, error) bool) {
		for i := range w.shows {
			if corpus.ID(i) <= after {
				continue
			}
			w.mu.Lock()
			s := w.show(i)
			w.mu.Unlock()
			if !yield(s, nil) {
				return
			}
		}
	}
}

// ByID implements swap.Source.
func (w *swapping) ByID(_ context.Context, ids []string) ([]index.Show, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	var out []index.Show
	for _, id := range ids {
		var i int
		if _, err := fmt.Sscanf(id, "show-%d", &i); err == nil && i < w.shows {
			out = append(out, w.show(i))
		}
	}
	return out, nil
}
