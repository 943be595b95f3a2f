package main

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/typesense/typesense-go/v3/typesense/api"

	"github.com/stagedoor/stagedoor/infra/bench"
	"github.com/stagedoor/stagedoor/search/index"
	"github.com/stagedoor/stagedoor/search/local/corpus"
	"github.com/stagedoor/stagedoor/search/swap"
)

const (
	swapShows     = 30_000
	swapSearchers = 4
	swapWriters   = 2
	// How often they do, all together, if the machine keeps up.
	swapSearchesPerS = 60
	swapWritesPerS   = 20
)

// swap replaces an index of an older schema while people search it and shows
// change, goes back, and forth again. A search failed when it was answered with
// an error. It was stale when it saw an index that is not whole: fewer or more
// shows of a theatre than there are, or a show as it was before a change that
// had been acknowledged before the search began. A write is lost when it was
// acknowledged and the index has something older, or nothing, in the end.
func (p plan) swap(ctx context.Context, n bench.Numbers) (err error) {
	f, err := openFinder(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.close()) }()
	w := newSwapping(f, min(swapShows, p.Documents))
	if err := w.old(ctx, p); err != nil {
		return err
	}
	loading, stop := context.WithCancel(ctx)
	defer stop()
	begin := time.Now()
	var load sync.WaitGroup
	for i := range swapSearchers {
		load.Go(func() {
			searcher := index.NewSearcher(w.client)
			w.paced(loading, swapSearchers*time.Second/swapSearchesPerS, func(turn int) bool {
				w.search(ctx, searcher, turn*swapSearchers+i)
				return true
			})
		})
	}
	for i := range swapWriters {
		load.Go(func() {
			x := index.NewIndexer(w.client).WithTargets(swap.Targets{Store: w.store})
			w.paced(loading, swapWriters*time.Second/swapWritesPerS, func(turn int) bool { return w.write(ctx, x, i, turn) })
		})
	}
	done, err := w.run(ctx, p, n)
	stop()
	load.Wait()
	if err != nil {
		return err
	}
	took := time.Since(begin).Seconds()
	lost, err := w.lost(ctx, done.To)
	if err != nil {
		return err
	}
	slices.Sort(w.times)
	n["swap_query_p50_ms"], n["swap_query_p99_ms"] = quantile(w.times, 50), quantile(w.times, 99)
	n["swap_queries_per_s"], n["swap_writes_per_s"] = float64(w.searched)/took, float64(w.written)/took
	n["swap_failed_queries"], n["swap_stale_queries"], n["swap_lost_writes"] = float64(w.failed), float64(w.stale), float64(lost)
	n["swap_queries"], n["swap_writes"], n["swap_documents"] = float64(w.searched), float64(w.written), float64(w.shows)
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
	acked    map[string]int64      // the version of each that was acknowledged last
	problems []error
	times    []time.Duration // of the searches

	searched, written, failed, stale int

	brands  []string       // in order
	ofBrand map[string]int // how many shows each has, which never changes
}

func newSwapping(f *finder, shows int) *swapping {
	w := &swapping{
		finder: f, corpus: corpus.New(7), shows: shows, store: &swap.Memory{},
		changed: map[string]index.Show{}, acked: map[string]int64{}, ofBrand: map[string]int{},
	}
	for i := range shows {
		w.ofBrand[w.corpus.Show(i).BrandID]++
	}
	w.brands = slices.Sorted(maps.Keys(w.ofBrand))
	return w
}

// paced does something again and again, at most once in each span, until ctx
// ends or there is no use in going on.
func (w *swapping) paced(ctx context.Context, each time.Duration, do func(turn int) bool) {
	tick := time.NewTicker(each)
	defer tick.Stop()
	for turn := 0; do(turn); turn++ {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
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

// search searches once through the alias: everything, all of one theatre, or as
// people do.
func (w *swapping) search(ctx context.Context, searcher *index.Searcher, i int) {
	q, whole := index.Query{}, w.shows
	switch kinds := corpus.Kinds(); i % 3 {
	case 1:
		q.BrandID = w.brands[i/3%len(w.brands)]
		whole = w.ofBrand[q.BrandID]
	case 2:
		q, whole = kinds[i/3%len(kinds)].Query(w.corpus, i), -1
	}
	w.mu.Lock()
	before := maps.Clone(w.acked)
	w.mu.Unlock()
	begin := time.Now()
	got, err := searcher.Search(ctx, q)
	took := time.Since(begin)
	w.mu.Lock()
	defer w.mu.Unlock()
	w.searched++
	w.times = append(w.times, took)
	if err != nil {
		w.failed++
		w.problem(fmt.Errorf("a search: %w", err))
		return
	}
	older := slices.ContainsFunc(got.Hits, func(h index.Hit) bool { return h.Show.Version < before[h.Show.ID] })
	if older || whole >= 0 && got.Found != whole {
		w.stale++
	}
}

// write changes a show: each writer those that are its own. It says whether to
// go on.
func (w *swapping) write(ctx context.Context, x *index.Indexer, writer, turn int) bool {
	w.mu.Lock()
	number := turn * 7919 % (w.shows / swapWriters) * swapWriters // a prime: all of them in turn
	s := w.show(number + writer)
	s.Version++
	s.PriceFrom, s.PriceTo = s.Version, s.Version+5000
	w.changed[s.ID] = s
	w.mu.Unlock()
	report, err := x.Upsert(ctx, []index.Show{s})
	w.mu.Lock()
	defer w.mu.Unlock()
	if err = errors.Join(err, report.Err()); err != nil {
		w.problem(fmt.Errorf("a write: %w", err))
		return false
	}
	w.acked[s.ID] = s.Version
	w.written++
	return true
}

// problem keeps what went wrong; w.mu is held.
func (w *swapping) problem(err error) {
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
	lost := 0
	for i := range w.shows {
		if is := w.show(i); versions[is.ID] != is.Version {
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
