package main

import (
	"slices"
	"strings"
	"testing"

	"github.com/stagedoor/stagedoor/infra/bench"
	"github.com/stagedoor/stagedoor/infra/tinygo"
	"github.com/stagedoor/stagedoor/waitingroom/sim"
)

// The benchmark in short, so that it cannot rot: every number that is promised
// is there, and what does not depend on time is as it should be. How fast
// anything is, `make bench-room` says.
func TestBenchInShort(t *testing.T) {
	root, err := tinygo.FindRoot(".")
	if err != nil {
		t.Fatal(err)
	}
	n, err := plan{Rounds: 1, Turn: 200_000_000, Visitors: 40, Scenarios: []string{"impatient"}, say: func(string, ...any) {}}.run(t.Context(), root)
	if err != nil {
		t.Fatal(err)
	}
	for _, key := range []string{
		"overshoot_pct_max", "inversions_beyond_bucket", "estimate_error_p50_pct", "estimate_error_p90_pct", "utilisation_min_pct", "next_admission_ms",
		"central_writes_per_visitor", "poll_edge_rps", "poll_bare_rps", "arrivals_rps", "do_calls_per_1000_polls", "rehearsal_seconds",
	} {
		if _, measured := n[key]; !measured {
			t.Errorf("%s was not measured", key)
		}
	}
	for _, key := range []string{"inversions_beyond_bucket", "rehearsal_twice", "rehearsal_untold", "rehearsal_inversions"} {
		if n[key] != 0 {
			t.Errorf("%s is %v", key, n[key])
		}
	}
	if n["rehearsal_admitted"] != 40 {
		t.Errorf("%v of 40 visitors were let in", n["rehearsal_admitted"])
	}
}

func TestTenMillionIsShipped(t *testing.T) {
	all, err := sim.Shipped()
	if err != nil {
		t.Fatal(err)
	}
	i := slices.IndexFunc(all, func(s sim.Scenario) bool { return s.Name == tenMillion })
	if i < 0 || all[i].Visitors() != 10_000_000 {
		t.Error("the scenario that is timed does not have ten million visitors")
	}
}

func TestTableMarksWhatMissesItsAim(t *testing.T) {
	var out strings.Builder
	if err := table(bench.Numbers{"overshoot_pct_max": 0.7, "utilisation_min_pct": 99, "arrivals_rps": 5000}, &out); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"✗ overshoot_pct_max", "✓ utilisation_min_pct", "  arrivals_rps"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("no %q in\n%s", want, out.String())
		}
	}
}
