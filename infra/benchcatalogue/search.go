package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/stagedoor/stagedoor/infra/bench"
	"github.com/stagedoor/stagedoor/search/index"
	"github.com/stagedoor/stagedoor/search/local/corpus"
)

const (
	searchesOfOne  = 100 // of each kind, by one client
	searchesOfMany = 12  // of each kind, by each of many clients
	manyClients    = 32
	importOfShows  = 10_000 // at once, while an index is built
)

// search measures how long searches take in indexes of ten thousand, a hundred
// thousand and a million shows, of a server that is a process of its own.
// search_p95_ms_1m and its like are the worst kind's. _cpu_ms is the processor
// time of the server for one search, the mean of the dearest kind: what else the
// machine does at the same time changes that little.
func (p plan) search(ctx context.Context, n bench.Numbers) error {
	for _, size := range []struct {
		name  string
		shows int
	}{{"10k", 10_000}, {"100k", 100_000}, {"1m", 1_000_000}} {
		if size.shows > p.Documents {
			continue
		}
		if err := p.searchOf(ctx, n, size.name, size.shows); err != nil {
			return fmt.Errorf("%s: %w", size.name, err)
		}
	}
	return nil
}

func (p plan) searchOf(ctx context.Context, n bench.Numbers, name string, shows int) (err error) {
	f, err := openFinder(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.close()) }()
	c := corpus.New(7)
	x := index.NewIndexer(f.client)
	if _, err := x.Ensure(ctx); err != nil {
		return err
	}
	took, err := p.build(ctx, x, c, index.Alias, shows)
	if err != nil {
		return err
	}
	n["search_build_docs_per_s_"+name] = float64(shows) / took.Seconds()
	n["search_memory_bytes_"+name] = f.memory()
	for _, k := range corpus.Kinds() {
		p.say("search: %s of %s", k.Name, name)
		if _, err := f.ask(ctx, c, k, 1, 5); err != nil { // what is kept from one search to the next is there then
			return err
		}
		before, _ := bench.ProcessorTime(f.cmd.Process.Pid)
		one, err := f.ask(ctx, c, k, 1, searchesOfOne)
		if err != nil {
			return err
		}
		after, _ := bench.ProcessorTime(f.cmd.Process.Pid)
		many, err := f.ask(ctx, c, k, manyClients, searchesOfMany)
		if err != nil {
			return err
		}
		n["search_"+k.Name+"_p95_ms_"+name] = quantile(one, 95)
		worst := func(key string, v float64) { n[key] = max(n[key], v) }
		worst("search_cpu_ms_"+name, (after-before).Seconds()*1000/searchesOfOne)
		for _, q := range []int{50, 95, 99} {
			worst(fmt.Sprintf("search_p%d_ms_%s", q, name), quantile(one, q))
			worst(fmt.Sprintf("search_p%d_ms_%s_%dc", q, name, manyClients), quantile(many, q))
		}
	}
	return nil
}

// build writes shows into a collection and returns how long the server took;
// making them does not count.
func (p plan) build(ctx context.Context, x *index.Indexer, c *corpus.Corpus, collection string, shows int) (took time.Duration, err error) {
	for from := 0; from < shows; from += importOfShows {
		batch := make([]index.Show, 0, importOfShows)
		for i := from; i < min(from+importOfShows, shows); i++ {
			batch = append(batch, c.Show(i))
		}
		begin := time.Now()
		report, err := x.UpsertInto(ctx, collection, batch)
		if err = errors.Join(err, report.Err()); err != nil {
			return took, err
		}
		took += time.Since(begin)
		p.say("search: %d of %d shows, %.0f a second", from+len(batch), shows, float64(from+len(batch))/took.Seconds())
	}
	return took, nil
}

// ask has clients search, each as often as is said, and returns how long every
// search took, in order.
func (f *finder) ask(ctx context.Context, c *corpus.Corpus, k corpus.Kind, clients, each int) ([]time.Duration, error) {
	var wg sync.WaitGroup
	var mu sync.Mutex
	var all []time.Duration
	var failed error
	for client := range clients {
		wg.Go(func() {
			for i := range each {
				begin := time.Now()
				_, err := f.client.Collection(index.Alias).Documents().Search(ctx, k.Params(c, client*each+i))
				took := time.Since(begin)
				mu.Lock()
				all = append(all, took)
				failed = errors.Join(failed, err)
				mu.Unlock()
				if err != nil {
					return
				}
			}
		})
	}
	wg.Wait()
	slices.Sort(all)
	return all, failed
}

// quantile is in milliseconds; all is in order.
func quantile(all []time.Duration, percent int) float64 {
	if len(all) == 0 {
		return 0
	}
	return all[min(len(all)*percent/100, len(all)-1)].Seconds() * 1000
}
