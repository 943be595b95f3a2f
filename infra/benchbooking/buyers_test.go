package main

import (
	"testing"
	"time"

	"github.com/stagedoor/stagedoor/infra/bench"
	"github.com/stagedoor/stagedoor/origin/up/part"
)

// The parts about holds in short, so that they cannot rot: every number that
// is promised is there, and what does not depend on time is as it should be.
// How fast anything is, `make bench-booking` says.
func TestHoldsInShort(t *testing.T) {
	if _, err := part.FindRedis(); err != nil {
		t.Skip("redis-server is not installed: the benchmark of holds could not be tried")
	}
	p := plan{Turn: 50 * time.Millisecond, Rounds: 1, Buyers: 40, Seats: 1200, say: func(string, ...any) {}}
	n := bench.Numbers{}
	for _, measure := range []func() error{
		func() error { return p.holds(t.Context(), n) },
		func() error { p := p; p.Seats = 400; return p.storm(t.Context(), n) },
		func() error { return p.reads(t.Context(), n) },
	} {
		if err := measure(); err != nil {
			t.Fatal(err)
		}
	}
	for _, key := range []string{"holds_rps", "holds_raw_rps", "holds_http_rps", "holds_per_raw", "holds_p95_ms", "holds_p99_ms", "best_p95_ms", "reads_seats_rps", "reads_seats_p99_ms"} {
		if n[key] == 0 {
			t.Errorf("%s was not measured", key)
		}
	}
	for _, key := range []string{"best_refused_while_free", "best_server_errors", "reads_seats_failures"} {
		if n[key] != 0 {
			t.Errorf("%s is %v", key, n[key])
		}
	}
	if n["best_seats_sold"] != n["best_seats"] {
		t.Errorf("%v of %v seats were held", n["best_seats_sold"], n["best_seats"])
	}
}
