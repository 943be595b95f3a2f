// Command chaos runs every test that really stops or cuts something, and prints what was injected, what users saw and what
// the audit found. It fails when a fault was not injected, or its test failed.
//
// What stands in the table is what the tests say themselves, in lines that they log when all went well:
//
//	injected: what was really done, with the numbers of that run
//	users saw: what buyers, readers or editors were told meanwhile
//	audit: clean: … by the end, of stagedoor audit or of the same audit in the test
//	found: … what was compared, where there are no books to audit
//
// A test that says nothing of what it injected has injected nothing, and fails here though it passes.
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
	"slices"
	"strings"
	"time"
)

func main() {
	race := flag.Bool("race", false, "with the race detector")
	only := flag.String("only", "", "faults whose name holds this")
	long := flag.Bool("long", false, "NATS and search stay away for ten minutes each, beyond what JetStream remembers of what it was told")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, os.Stdout, options{race: *race, long: *long, only: *only}); err != nil {
		fmt.Fprintln(os.Stderr, "chaos:", err)
		os.Exit(1)
	}
}

// options are what the flags say.
type options struct {
	race, long bool
	only       string
}

// awayVariable tells tests in infra/chaos/morning how long a part that is to be away for long stays away.
const awayVariable = "STAGEDOOR_CHAOS_AWAY"

// longAway is beyond the five minutes for which JetStream knows again what it was told.
const longAway = 10 * time.Minute

func run(ctx context.Context, out io.Writer, o options) error {
	var results []result
	for i, f := range faults {
		if !strings.Contains(f.name, o.only) {
			continue
		}
		fmt.Fprintf(os.Stderr, "[%d/%d] %s\n", i+1, len(faults), f.name)
		r, err := f.try(ctx, o)
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
	passed   int // tests, subtests included
	failed   []string
	skipped  []string
	injected map[string][]string // by test
	saw      []string
	audits   int // that were clean
	audited  string
	found    []string
	took     time.Duration
}

// event is a line of go test -json.
type event struct {
	Action, Test, Output string
}

// try runs the tests of a fault.
func (f fault) try(ctx context.Context, o options) (result, error) {
	r, began := result{fault: f, injected: map[string][]string{}}, time.Now()
	args := []string{"test", "-json", "-count=1", "-timeout=40m", "-run", "^(" + f.tests + ")$"}
	if o.race {
		args = append(args, "-race")
	}
	cmd := exec.CommandContext(ctx, "go", append(args, "./"+f.pkg)...)
	cmd.Stderr = os.Stderr
	if o.long {
		cmd.Env = append(os.Environ(), awayVariable+"="+longAway.String())
	}
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

// take reads one line.
func (r *result) take(e event) {
	switch e.Action {
	case "pass":
		if e.Test != "" {
			r.passed++
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
		r.hear(e.Test, e.Output)
	}
}

// hear reads what a test says. Its lines begin with the place in the test that says so.
func (r *result) hear(test, line string) {
	test, _, _ = strings.Cut(test, "/")
	_, said, ok := strings.Cut(line, "_test.go:")
	if _, said, ok = strings.Cut(said, ": "); !ok {
		return
	}
	what, said, ok := strings.Cut(strings.TrimSpace(said), ": ")
	if !ok {
		return
	}
	switch what {
	case "injected":
		r.injected[test] = append(r.injected[test], said)
	case "users saw":
		r.saw = append(r.saw, said)
	case "found":
		r.found = append(r.found, said)
	case "audit":
		if rest, clean := strings.CutPrefix(said, "clean: "); clean {
			r.audits++
			r.audited = rest
		}
	}
}

// silent lists the tests that passed and do not say what they did.
func (r result) silent() []string {
	var names []string
	for name := range strings.SplitSeq(r.fault.tests, "|") {
		if len(r.injected[name]) == 0 {
			names = append(names, name)
		}
	}
	return names
}

// verdict is what the audit, or where there are no books the test's own comparison, found.
func (r result) verdict() string {
	switch {
	case len(r.failed) > 0:
		return "FAILED: " + strings.Join(r.failed, ", ")
	case len(r.skipped) > 0:
		return "NOT INJECTED: " + strings.Join(r.skipped, ", ")
	case r.passed == 0:
		return "NOT INJECTED: there is no such test"
	case len(r.silent()) > 0:
		return "NOT INJECTED, or not said: " + strings.Join(r.silent(), ", ")
	case len(r.saw) == 0:
		return "NOBODY LOOKED: what users saw is not said"
	case r.audits == 1:
		return "clean: " + r.audited
	case r.audits > 1:
		return fmt.Sprintf("%d audits, all clean; the last: %s", r.audits, r.audited)
	case len(r.found) > 0:
		return some(r.found)
	}
	return "NOBODY LOOKED: there was no audit, and nothing was compared"
}

// ok is whether the fault was injected and survived, and somebody looked.
func (r result) ok() bool {
	return len(r.failed) == 0 && len(r.skipped) == 0 && r.passed > 0 && len(r.silent()) == 0 && len(r.saw) > 0 && r.audits+len(r.found) > 0
}

// did is what the tests say they have injected.
func (r result) did() string {
	var all []string
	for name := range strings.SplitSeq(r.fault.tests, "|") {
		all = append(all, r.injected[name]...)
	}
	return some(all)
}

// some is the first two of what was said, each once, and how many there are more.
func some(said []string) string {
	var each []string
	for _, s := range said {
		if !slices.Contains(each, s) {
			each = append(each, s)
		}
	}
	text := strings.Join(each[:min(2, len(each))], "; ")
	if more := len(each) - 2; more > 0 {
		text += fmt.Sprintf("; and %d more", more)
	}
	return text
}
