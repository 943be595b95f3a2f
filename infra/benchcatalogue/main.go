// Command benchcatalogue measures the way from a content system to a search
// result: webhooks taken in, facts leaving through the outbox, performances
// folded into shows, and shows found.
//
// It prints a table and writes bench/catalogue.json, one flat object of
// numbers:
//
//	make bench-catalogue
//
// Everything runs on loopback on servers of its own, on the processors it
// shares with the load; ratios mean more than rates. `-only morning` measures
// one part and leaves the numbers of the others in the file as they are.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"io/fs"
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
	flag.IntVar(&p.Documents, "documents", 1_000_000, "how many documents the largest index has")
	flag.IntVar(&p.Changes, "changes", 20_000, "how many sales there are on the on-sale morning")
	flag.IntVar(&p.Rate, "rate", 500, "how many sales a second there are then, at most")
	flag.IntVar(&p.Shows, "shows", 50, "of how many shows they are")
	flag.StringVar(&p.Only, "only", "", "the parts to measure alone, by name and separated by commas")
	out := flag.String("out", "bench/catalogue.json", "where the numbers go, below the root; empty: nowhere")
	limit := flag.Duration("limit", time.Hour, "after which the run is given up")
	profile := flag.String("cpuprofile", "", "where a processor profile of this program goes; empty: nowhere")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	ctx, cancel := context.WithTimeout(ctx, *limit)
	defer cancel()
	if err := bench.Profiled(*profile, func() error { return measure(ctx, p, *out) }); err != nil {
		fmt.Fprintln(os.Stderr, "\nbench-catalogue:", err)
		os.Exit(1)
	}
}

// measure takes the numbers and keeps them. A part that fails does not take
// from the file what the others measured.
func measure(ctx context.Context, p plan, out string) error {
	root, err := tinygo.FindRoot(".")
	if err != nil {
		return err
	}
	n := bench.Numbers{}
	measured := p.run(ctx, n)
	if err := table(n, os.Stdout); err != nil || out == "" || len(n) == 0 {
		return errors.Join(measured, err)
	}
	path := filepath.Join(root, filepath.FromSlash(out))
	if p.Only != "" {
		if err := earlier(path, n); err != nil {
			return errors.Join(measured, err)
		}
	}
	if err := n.Save(path); err != nil {
		return errors.Join(measured, err)
	}
	fmt.Printf("\nwritten to %s\n", out)
	return measured
}

// earlier adds the numbers of parts that were not measured now.
func earlier(path string, n bench.Numbers) error {
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	before := bench.Numbers{}
	if err := json.Unmarshal(text, &before); err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	for key, v := range before {
		if _, again := n[key]; !again {
			n[key] = v
		}
	}
	return nil
}

// plan is how much is measured.
type plan struct {
	Documents int
	Changes   int
	Rate      int
	Shows     int
	Only      string
	say       func(format string, args ...any)
}

// run measures one part after another, each on servers of its own.
func (p plan) run(ctx context.Context, n bench.Numbers) error {
	wanted := map[string]bool{}
	for name := range strings.SplitSeq(p.Only, ",") {
		wanted[name] = name != ""
	}
	var failed []error
	for _, part := range p.parts() {
		if p.Only != "" && !wanted[part.name] {
			continue
		}
		p.say("%s", part.name)
		if err := part.measure(ctx, n); err != nil {
			failed = append(failed, fmt.Errorf("%s: %w", part.name, err))
		}
		if ctx.Err() != nil {
			break
		}
	}
	p.say("")
	return errors.Join(failed...)
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
