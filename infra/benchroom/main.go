// Command benchroom measures the waiting room: the shipped scenarios in the
// simulator, ten million visitors among them; and through workerd how fast
// those who wait are answered, against a bare JavaScript Worker in turns, how
// fast people are given places, how often a Durable Object is called for it,
// and 5,000 synthetic visitors at once.
//
// It prints a table and writes bench/room.json, one flat object of numbers:
//
//	make bench-room
//
// takes some five minutes. Ratios mean more than rates, which are those of this
// machine.
package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/stagedoor/stagedoor/infra/bench"
	"github.com/stagedoor/stagedoor/infra/tinygo"
)

func main() {
	p := plan{say: bench.Progress(os.Stderr)}
	flag.IntVar(&p.Rounds, "rounds", 7, "how often each Worker has its turn")
	flag.DurationVar(&p.Turn, "turn", 1500*time.Millisecond, "how long a turn is")
	flag.IntVar(&p.Visitors, "visitors", 5000, "how many synthetic visitors come at once")
	only := flag.String("scenarios", "", "only these scenarios, by comma; empty: all that are shipped")
	out := flag.String("out", "bench/room.json", "where the numbers go, below the root; empty: nowhere")
	limit := flag.Duration("limit", 20*time.Minute, "after which the run is given up")
	flag.Parse()
	if *only != "" {
		p.Scenarios = strings.Split(*only, ",")
	}

	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	ctx, cancel := context.WithTimeout(ctx, *limit)
	defer cancel()
	if err := measure(ctx, p, *out); err != nil {
		fmt.Fprintln(os.Stderr, "\nbench-room:", err)
		os.Exit(1)
	}
}

func measure(ctx context.Context, p plan, out string) error {
	root, err := tinygo.FindRoot(".")
	if err != nil {
		return err
	}
	n, err := p.run(ctx, root)
	if err != nil {
		return err
	}
	if err := table(n, os.Stdout); err != nil || out == "" {
		return err
	}
	if err := n.Save(filepath.Join(root, filepath.FromSlash(out))); err != nil {
		return err
	}
	fmt.Printf("\nwritten to %s\n", out)
	return nil
}

// plan is how much is measured.
type plan struct {
	Rounds    int
	Turn      time.Duration
	Visitors  int      // of the rehearsal; 0: none
	Scenarios []string // nil: all that are shipped
	say       func(format string, args ...any)
}

func (p plan) run(ctx context.Context, root string) (bench.Numbers, error) {
	n := bench.Numbers{}
	if err := p.simulate(ctx, n); err != nil {
		return nil, err
	}
	p.say("building the modules")
	edge, err := tinygo.Builder{Root: root, Progress: os.Stderr}.EdgeWasm(ctx)
	if err != nil {
		return nil, err
	}
	s, err := serve(ctx, root, edge)
	if err != nil {
		return nil, err
	}
	defer s.close()
	if err := p.polls(ctx, s, n); err != nil {
		return nil, err
	}
	return n, p.rehearse(ctx, s, n)
}

// aims are what the numbers are held against in the table.
var aims = []bench.Aim{
	{Key: "sim_10m_seconds", Side: bench.AtMost, Bound: 60}, {Key: "overshoot_pct_max", Side: bench.AtMost, Bound: 0.5},
	{Key: "inversions_beyond_bucket", Side: bench.AtMost, Bound: 0}, {Key: "estimate_error_p50_pct", Side: bench.AtMost, Bound: 10},
	{Key: "utilisation_min_pct", Side: bench.AtLeast, Bound: 98}, {Key: "poll_edge_per_bare", Side: bench.AtLeast, Bound: 0.7},
	{Key: "do_calls_per_1000_polls", Side: bench.AtMost, Bound: 1}, {Key: "rehearsal_over_limit", Side: bench.AtMost, Bound: 0},
	{Key: "rehearsal_twice", Side: bench.AtMost, Bound: 0}, {Key: "rehearsal_untold", Side: bench.AtMost, Bound: 0},
}

// table prints the numbers for people: those with an aim, then the rest.
func table(n bench.Numbers, w io.Writer) error {
	var b strings.Builder
	b.WriteString("\n")
	n.Aims(&b, aims)
	b.WriteString("\n")
	held := map[string]bool{}
	for _, a := range aims {
		held[a.Key] = true
	}
	for _, key := range n.Keys() {
		if !held[key] {
			fmt.Fprintf(&b, "  %-46s %12v\n", key, bench.Round(n[key]))
		}
	}
	_, err := io.WriteString(w, b.String())
	return err
}
