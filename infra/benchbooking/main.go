// Command benchbooking measures booking on its worst morning: holds through
// the rules of the house against the same Lua called straight, 2,000 buyers
// after 16 seats, 2,000 buyers of the best seats until none is left, readers
// of the seat map, and 20,000 open streams of one process while seats change.
//
// It prints a table and writes bench/booking.json, one flat object of numbers:
//
//	make bench-booking
//
// takes some two minutes. Everything runs on loopback with a redis-server of
// its own, on the processors it shares with the load; ratios mean more than
// rates.
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
	flag.DurationVar(&p.Turn, "turn", 2*time.Second, "how long a turn is")
	flag.IntVar(&p.Rounds, "rounds", 3, "how often each has its turn")
	flag.IntVar(&p.Buyers, "buyers", 2000, "how many buyers race")
	flag.IntVar(&p.Seats, "seats", 2000, "how many seats the house has that is sold out")
	flag.IntVar(&p.Streams, "streams", 20_000, "how many streams are opened")
	flag.DurationVar(&p.Watch, "watch", 15*time.Second, "how long they are watched while seats change")
	out := flag.String("out", "bench/booking.json", "where the numbers go, below the root; empty: nowhere")
	limit := flag.Duration("limit", 20*time.Minute, "after which the run is given up")
	flag.StringVar(&p.Only, "only", "", "the part to measure alone")
	flag.BoolVar(&p.Statements, "statements", false, "say what Postgres spent its time on in the part about orders; it costs some of it")
	audience := flag.String("audience", "", "be the audience of the streams at this address; for the program itself")
	profile := flag.String("cpuprofile", "", "where a processor profile of this program goes; empty: nowhere")
	flag.Parse()
	if *audience != "" {
		if err := listen(*audience, p.Streams, os.Stdin, os.Stdout); err != nil {
			fmt.Fprintln(os.Stderr, "audience:", err)
			os.Exit(1)
		}
		return
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	ctx, cancel := context.WithTimeout(ctx, *limit)
	defer cancel()
	if err := bench.Profiled(*profile, func() error { return measure(ctx, p, *out) }); err != nil {
		fmt.Fprintln(os.Stderr, "\nbench-booking:", err)
		os.Exit(1)
	}
}

func measure(ctx context.Context, p plan, out string) error {
	root, err := tinygo.FindRoot(".")
	if err != nil {
		return err
	}
	n := bench.Numbers{}
	if err := p.run(ctx, n); err != nil {
		return err
	}
	if err := table(n, os.Stdout); err != nil || out == "" || p.Only != "" {
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
	Turn    time.Duration
	Rounds  int
	Buyers  int
	Seats   int
	Streams int
	Watch   time.Duration
	Only    string

	Statements bool
	program    string // this program, for the audience; empty: as it was started
	say        func(format string, args ...any)
}

// run measures one part after another, each in a house of its own. A part
// stands in a file of its own and adds its numbers to n.
func (p plan) run(ctx context.Context, n bench.Numbers) error {
	for _, part := range []struct {
		name    string
		measure func(context.Context, bench.Numbers) error
	}{
		{"holds", p.holds},
		{"race", p.race},
		{"storm", p.storm},
		{"reads", p.reads},
		{"public", p.public},
		{"streams", p.streams},
		{"orders", p.orders},
	} {
		if p.Only != "" && p.Only != part.name {
			continue
		}
		p.say("%s", part.name)
		if err := part.measure(ctx, n); err != nil {
			return fmt.Errorf("%s: %w", part.name, err)
		}
	}
	return nil
}

// aims are what the numbers are held against in the table.
var aims = []bench.Aim{
	{Key: "holds_per_raw", Side: bench.AtLeast, Bound: 0.5},
	{Key: "race_sold", Side: bench.AtLeast, Bound: prizes}, {Key: "race_sold_twice", Side: bench.AtMost, Bound: 0},
	{Key: "race_server_errors", Side: bench.AtMost, Bound: 0}, {Key: "race_p95_ms", Side: bench.AtMost, Bound: 1130},
	{Key: "best_refused_while_free", Side: bench.AtMost, Bound: 0},
	{Key: "reads_seats_failures", Side: bench.AtMost, Bound: 0},
	{Key: "reads_listing_edge_failures", Side: bench.AtMost, Bound: 0}, {Key: "reads_listing_origin_failures", Side: bench.AtMost, Bound: 0},
	{Key: "reads_snapshot_edge_failures", Side: bench.AtMost, Bound: 0}, {Key: "reads_snapshot_origin_failures", Side: bench.AtMost, Bound: 0},
	{Key: "sse_streams", Side: bench.AtLeast, Bound: 20_000}, {Key: "sse_bytes_per_stream", Side: bench.AtMost, Bound: 20_480},
	{Key: "sse_p99_ms", Side: bench.AtMost, Bound: 500},
	{Key: "orders_rps", Side: bench.AtLeast, Bound: 1840}, {Key: "orders_per_pgbench", Side: bench.AtLeast, Bound: 0.5}, {Key: "orders_wrong", Side: bench.AtMost, Bound: 0},
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
