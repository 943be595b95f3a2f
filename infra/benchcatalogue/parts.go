package main

import (
	"context"

	"github.com/stagedoor/stagedoor/infra/bench"
)

// part measures one thing and adds its numbers to n.
type part struct {
	name    string
	measure func(ctx context.Context, n bench.Numbers) error
}

// parts are all there are, in the order in which they run. A part stands in a
// file of its own.
func (p plan) parts() []part {
	return []part{
		{"accept", p.accept},
		{"outbox", p.outbox},
		{"morning", p.morning},
		{"pipe", p.pipe},
		{"search", p.search},
		{"swap", p.swap},
	}
}

// aims are what the numbers are held against in the table.
var aims = []bench.Aim{
	{Key: "webhook_accept_p99_ms", Side: bench.AtMost, Bound: 50},
	{Key: "outbox_per_plain_publish", Side: bench.AtLeast, Bound: 0.5},
	{Key: "outbox_events_per_s", Side: bench.AtLeast, Bound: 15_000},
	{Key: "writes_saved_times", Side: bench.AtLeast, Bound: 100},
	{Key: "freshness_p99_ms", Side: bench.AtMost, Bound: 1000},
	{Key: "search_p95_ms_1m", Side: bench.AtMost, Bound: 50},
	{Key: "swap_failed_queries", Side: bench.AtMost, Bound: 0},
	{Key: "swap_stale_queries", Side: bench.AtMost, Bound: 0},
	{Key: "swap_lost_writes", Side: bench.AtMost, Bound: 0},
}
