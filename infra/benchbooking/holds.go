package main

import (
	"context"
	"fmt"
	"net/http"
	"sync"
	"time"

	"github.com/stagedoor/stagedoor/infra/bench"
	"github.com/stagedoor/stagedoor/origin/hold"
)

// connections are kept to Redis, and callers are at work at a time.
const connections = 64

// holds compares a hold with all the rules of the house, as the service makes
// it, with the same script on the same keys and arguments called straight
// through go-redis; and tells what the same costs over HTTP. They take turns.
func (p plan) holds(ctx context.Context, n bench.Numbers) error {
	h, err := openHouse(ctx, p.Seats)
	if err != nil {
		return err
	}
	defer h.close()
	pairs := h.pairs(connections)
	request := func(caller int) hold.Request {
		return hold.Request{PerformanceID: h.detail.ID, Session: fmt.Sprintf("%032x", caller), Seats: pairs[caller]}
	}
	if _, err := h.buyers.Acquire(ctx, request(0)); err != nil { // which loads the script
		return err
	}
	ask := client(connections)
	watch := newStopwatch(4_000_000)
	type contestant struct {
		name string
		one  func(caller, i int) error
	}
	contestants := []contestant{
		{"holds_raw", func(caller, _ int) error {
			r := request(caller)
			r.Blocks = h.seating.Blocks(r.Seats, false) // as the service does
			script, keys, args := h.holds.Raw(r)
			return script.EvalSha(ctx, h.client, keys, args...).Err()
		}},
		{"holds", func(caller, _ int) error {
			began := time.Now()
			_, err := h.buyers.Acquire(ctx, request(caller))
			watch.note(time.Since(began))
			return err
		}},
		{"holds_http", func(caller, _ int) error {
			status, _, err := ask.hold(ctx, h, fmt.Sprintf("%032x", caller), pairs[caller])
			if err == nil && status != http.StatusCreated {
				err = fmt.Errorf("status %d", status)
			}
			return err
		}},
	}
	counts, spent := map[string]int{}, map[string]time.Duration{}
	for range p.Rounds {
		for _, c := range contestants {
			count, took, err := inTurns(p.Turn, c.one)
			if err != nil {
				return fmt.Errorf("%s: %w", c.name, err)
			}
			counts[c.name] += count
			spent[c.name] += took
		}
	}
	for name, count := range counts {
		n[name+"_rps"] = float64(count) / spent[name].Seconds()
	}
	n["holds_per_raw"] = n["holds_rps"] / n["holds_raw_rps"]
	percentiles(n, "holds", watch.all())
	return nil
}

// pairs gives every caller two neighbours of their own, which they take anew
// each time: nobody is ever refused.
func (h *house) pairs(count int) [][]string {
	var pairs [][]string
	for _, seat := range h.seats {
		blocks := h.seating.Blocks([]string{seat}, false)
		if len(pairs) < count && len(blocks) == 1 && len(blocks[0]) >= 4 && blocks[0][0] == seat {
			pairs = append(pairs, blocks[0][:2])
		}
	}
	return pairs
}

// inTurns lets the callers work for a while and counts what they did.
func inTurns(d time.Duration, one func(caller, i int) error) (count int, took time.Duration, err error) {
	var mu sync.Mutex
	var all sync.WaitGroup
	began := time.Now()
	for caller := range connections {
		all.Go(func() {
			done, failed := 0, error(nil)
			for failed == nil && time.Since(began) < d {
				if failed = one(caller, done); failed == nil {
					done++
				}
			}
			mu.Lock()
			defer mu.Unlock()
			count += done
			if failed != nil {
				err = failed
			}
		})
	}
	all.Wait()
	return count, time.Since(began), err
}
