// Command benchedge measures the edge against what else there is: a JavaScript
// Worker that only responds, the same routing work written with Hono, and Go
// through syumai/workers with a new Wasm instance for each request. All four run in one workerd with sockets of
// its own, and take turns round after round, so that what disturbs one disturbs
// all; the numbers are medians. It also measures the Wasm module by itself, at
// none, 10,000 and 1,000,000 redirects.
//
// It prints a table and writes bench/edge.json, one flat object of numbers:
//
//	make bench-edge
//
// takes some four minutes. Ratios mean more than the rates, which are those of
// this machine; workerd and the load have a processor each where there are two.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"runtime"
	"syscall"
	"time"

	"github.com/stagedoor/stagedoor/infra/bench"
	"github.com/stagedoor/stagedoor/infra/tinygo"
)

func main() {
	rounds := flag.Int("rounds", 9, "how often each contestant has its turn")
	turn := flag.Duration("turn", 1500*time.Millisecond, "how long a turn is")
	decisions := flag.Int("decisions", 200_000, "how many decisions of the module are measured for each number of redirects")
	lasting := flag.Int("lasting", 1_000_000, "how many requests the edge decides before its memory is looked at")
	out := flag.String("out", "bench/edge.json", "where the numbers go, below the root; empty: nowhere")
	limit := flag.Duration("limit", 6*time.Minute, "after which the run is given up")
	flag.Parse()

	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	ctx, cancel := context.WithTimeout(ctx, *limit)
	defer cancel()
	plan := plan{Rounds: *rounds, Turn: *turn, Decisions: *decisions, Lasting: *lasting, say: bench.Progress(os.Stderr)}
	if err := measure(ctx, plan, *out); err != nil {
		fmt.Fprintln(os.Stderr, "bench-edge:", err)
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
	path := filepath.Join(root, filepath.FromSlash(out))
	if err := n.Save(path); err != nil {
		return err
	}
	fmt.Printf("\nwritten to %s\n", out)
	return nil
}

// plan is how much is measured.
type plan struct {
	Rounds    int
	Turn      time.Duration
	Decisions int // of the module by itself; 0: only what it allocates
	Lasting   int // decided before the memory is looked at
	say       func(format string, args ...any)
}

// run measures everything.
func (p plan) run(ctx context.Context, root string) (bench.Numbers, error) {
	p.say("building the module")
	wasm, err := tinygo.Builder{Root: root, Progress: os.Stderr}.EdgeWasm(ctx)
	if err != nil {
		return nil, err
	}
	n := bench.Numbers{}
	dir, err := os.MkdirTemp("", "bench-edge-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	origin, closeOrigin, err := serveOrigin()
	if err != nil {
		return nil, err
	}
	defer closeOrigin()
	p.say("compiling the redirects")
	h, err := build(dir, origin, p.Decisions > 0)
	if err != nil {
		return nil, err
	}
	if err := p.module(ctx, root, wasm, h, n); err != nil {
		return nil, err
	}

	cpu := -1
	if bench.CanPin(runtime.NumCPU()) {
		cpu = 0
	}
	p.say("building Go on Workers")
	goWorker := filepath.Join(dir, "instance")
	if err := buildInstance(ctx, root, goWorker); err != nil {
		return nil, err
	}
	p.say("starting workerd")
	w, err := serve(ctx, root, wasm, goWorker, origin, h, cpu)
	if err != nil {
		return nil, err
	}
	defer w.close()
	if cpu >= 0 {
		if err := bench.Pin(1); err != nil {
			return nil, err
		}
	}
	if err := w.check(); err != nil {
		return nil, err
	}
	if p.Turn > 0 {
		if err := p.race(ctx, w, n); err != nil {
			return nil, err
		}
	}
	return n, p.last(ctx, w, h, n)
}

// aims are what the numbers are held against in the table.
var aims = []bench.Aim{
	{Key: "answered_edge_per_bare", Side: bench.AtLeast, Bound: 0.75}, {Key: "answered_edge_per_hono", Side: bench.AtLeast, Bound: 1}, {Key: "answered_edge_per_instance", Side: bench.AtLeast, Bound: 50},
	{Key: "proxied_edge_per_bare", Side: bench.AtLeast, Bound: 0.9}, {Key: "proxied_edge_per_hono", Side: bench.AtLeast, Bound: 1},
	{Key: "decide_us_p50_0_redirects", Side: bench.AtMost, Bound: 30}, {Key: "decide_us_p50_10k_redirects", Side: bench.AtMost, Bound: 30}, {Key: "decide_us_p50_1m_redirects", Side: bench.AtMost, Bound: 30},
	{Key: "decide_p50_1m_per_0_redirects", Side: bench.AtMost, Bound: 1.1}, {Key: "wasm_gzip_bytes", Side: bench.AtMost, Bound: 250_000}, {Key: "memory_growth_bytes", Side: bench.AtMost, Bound: 0},
}

var errInterrupted = errors.New("it was interrupted, or took longer than -limit allows")
