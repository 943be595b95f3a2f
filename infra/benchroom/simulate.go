package main

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/stagedoor/stagedoor/infra/bench"
	"github.com/stagedoor/stagedoor/waitingroom/sim"
)

// tenMillion is the scenario that is timed.
const tenMillion = "ten-million"

// tooSmall is the limit below which two visitors are more than an aim of half
// a percent: the studio's figures are written down by themselves.
const tooSmall = 200

// simulate plays the scenarios. The worst of them counts, save for estimates,
// of which the median scenario does; each has numbers of its own besides.
func (p plan) simulate(ctx context.Context, n bench.Numbers) error {
	all, err := sim.Shipped()
	if err != nil {
		return err
	}
	var p50, p90, use, next, writes []float64
	for _, s := range all {
		if p.Scenarios != nil && !slices.Contains(p.Scenarios, s.Name) {
			continue
		}
		p.say("simulating %s", s.Name)
		began := time.Now()
		r, err := sim.Run(ctx, s, nil)
		if err != nil {
			return fmt.Errorf("%s: %w", s.Name, err)
		}
		if s.Name == tenMillion {
			n["sim_10m_seconds"], n["sim_10m_visitors"] = time.Since(began).Seconds(), float64(r.Visitors)
		}
		own := "sim_" + strings.ReplaceAll(s.Name, "-", "_") + "_"
		n[own+"overshoot_pct"], n[own+"utilisation_pct"], n[own+"utilisation_worst_minute_pct"] = r.OvershootMaxPct, r.UtilisationPct, r.UtilisationMinPct
		n[own+"estimate_error_p50_pct"], n[own+"estimate_error_p90_pct"] = r.EstimateErrorP50Pct, r.EstimateErrorP90Pct
		n["inversions_beyond_bucket"] += float64(r.InversionsBeyondBucket)
		if s.ActiveLimit < tooSmall {
			continue
		}
		n["overshoot_pct_max"] = max(n["overshoot_pct_max"], r.OvershootMaxPct)
		p50, p90 = append(p50, r.EstimateErrorP50Pct), append(p90, r.EstimateErrorP90Pct)
		use, next, writes = append(use, r.UtilisationPct), append(next, r.NextAdmissionMS), append(writes, r.CentralWritesPerVisitor)
	}
	if len(use) == 0 {
		return nil
	}
	n["estimate_error_p50_pct"], n["estimate_error_p90_pct"] = middle(p50), middle(p90)
	n["estimate_error_p50_pct_worst"] = slices.Max(p50)
	n["utilisation_min_pct"] = slices.Min(use)
	n["next_admission_ms"] = middle(next)
	n["central_writes_per_visitor"] = middle(writes)
	return nil
}

// middle is the median.
func middle(values []float64) float64 {
	sorted := slices.Sorted(slices.Values(values))
	return sorted[len(sorted)/2]
}
