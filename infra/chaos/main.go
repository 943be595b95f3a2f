// Command chaos runs every test that really stops or cuts something, and prints what was injected, what users saw and what
// the audit found. It fails when a fault was not injected, or its test failed.
//
// A test tells what happened by lines that it logs: "users saw: …" and "audit: clean…".
package main

import (
	"bufio"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"strings"
	"text/tabwriter"
	"time"
)

func main() {
	race := flag.Bool("race", false, "with the race detector")
	only := flag.String("only", "", "faults whose name holds this")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, os.Stdout, *race, *only); err != nil {
		fmt.Fprintln(os.Stderr, "chaos:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, out io.Writer, race bool, only string) error {
	var results []result
	for i, f := range faults {
		if !strings.Contains(f.name, only) {
			continue
		}
		fmt.Fprintf(os.Stderr, "[%d/%d] %s\n", i+1, len(faults), f.name)
		r, err := f.try(ctx, race)
		if err != nil {
			return fmt.Errorf("%s: %w", f.name, err)
		}
		results = append(results, r)
	}
	return report(out, results)
}

// result is what came of a fault.
type result struct {
	fault
	tests   int // that ran, subtests included
	failed  []string
	skipped []string
	saw     []string
	audits  int // that were clean
	took    time.Duration
}

// event is a line of go test -json.
type event struct {
	Action, Test, Output string
}

// try runs the tests of a fault.
func (f fault) try(ctx context.Context, race bool) (result, error) {
	r, began := result{fault: f}, time.Now()
	args := []string{"test", "-json", "-count=1", "-timeout=10m", "-run", "^(" + f.tests + ")$"}
	if race {
		args = append(args, "-race")
	}
	cmd := exec.CommandContext(ctx, "go", append(args, "./"+f.pkg)...)
	cmd.Stderr = os.Stderr
	lines, err := cmd.StdoutPipe()
	if err != nil {
		return r, err
	}
	if err := cmd.Start(); err != nil {
		return r, err
	}
	scanner := bufio.NewScanner(lines)
	scanner.Buffer(nil, 4<<20)
	for scanner.Scan() {
		var e event
		if json.Unmarshal(scanner.Bytes(), &e) == nil {
			r.take(e)
		}
	}
	if err := cmd.Wait(); err != nil && len(r.failed) == 0 {
		return r, fmt.Errorf("its tests did not run: %w", err)
	}
	r.took = time.Since(began)
	return r, ctx.Err()
}

func (f fault) testNames() string { return f.tests }

// take reads one line.
func (r *result) take(e event) {
	switch e.Action {
	case "pass":
		if e.Test != "" {
			r.tests++
		}
	case "fail":
		if e.Test != "" {
			r.failed = append(r.failed, e.Test)
		}
	case "skip":
		if e.Test != "" {
			r.skipped = append(r.skipped, e.Test)
		}
	case "output":
		if _, saw, ok := strings.Cut(e.Output, "users saw: "); ok && len(r.saw) < 2 {
			r.saw = append(r.saw, strings.TrimSpace(saw))
		}
		if strings.Contains(e.Output, "audit: clean") {
			r.audits++
		}
	}
}

// verdict is what the audit, or where there is nothing for it to compare the test's own checks, found.
func (r result) verdict() string {
	switch {
	case len(r.failed) > 0:
		return "FAILED: " + strings.Join(r.failed, ", ")
	case len(r.skipped) > 0:
		return "NOT INJECTED: " + strings.Join(r.skipped, ", ")
	case r.tests == 0:
		return "NOT INJECTED: there is no such test"
	case r.audits > 0:
		return fmt.Sprintf("%d audits, all clean", r.audits)
	}
	return "as the tests demand (they audit nothing)"
}

func (r result) ok() bool { return len(r.failed) == 0 && len(r.skipped) == 0 && r.tests > 0 }

func (r result) users() string {
	if len(r.saw) > 0 {
		return strings.Join(r.saw, "; ")
	}
	return r.fault.users
}

func report(out io.Writer, results []result) error {
	table := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "FAULT\tINJECTED\tUSERS SAW\tFOUND AFTERWARDS\tTESTS\tSECONDS")
	bad := 0
	for _, r := range results {
		fmt.Fprintf(table, "%s\t%s\t%s\t%s\t%d\t%.1f\n", r.name, r.injected, r.users(), r.verdict(), r.tests, r.took.Seconds())
		if !r.ok() {
			bad++
		}
	}
	if err := table.Flush(); err != nil {
		return err
	}
	if bad > 0 {
		return fmt.Errorf("%d of %d faults did not end as they must", bad, len(results))
	}
	fmt.Fprintf(out, "\n%d faults, all survived.\n", len(results))
	return nil
}
