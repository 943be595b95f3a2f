// Command runtests is what `make test` runs once everything is installed: gofmt, go vet, the edge's build and every Go
// test with the race detector on. It shows progress, every failure with its output as soon as it is there, then every test
// that could not run with the reason and every failure with the lines that show its cause, and closes with a line of its own:
//
//	N passed, N failed, N skipped
//
// It exits with 1 when anything failed, and also, when CI=true, when anything was skipped. Packages to test may be given
// as arguments; flags for go test follow "--".
package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"slices"
	"strings"
	"syscall"
	"time"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	packages, flags := os.Args[1:], []string(nil)
	if i := slices.Index(packages, "--"); i >= 0 {
		packages, flags = packages[:i], packages[i+1:]
	}
	if len(packages) == 0 {
		packages = []string{"./..."}
	}
	os.Exit(run(ctx, packages, flags, os.Getenv("CI") == "true"))
}

func run(ctx context.Context, packages, flags []string, ci bool) int {
	start := time.Now()
	out := newScreen(os.Stdout)
	tally := &Tally{}
	for _, step := range steps {
		if ctx.Err() != nil {
			break
		}
		out.status(step.doing)
		began := time.Now()
		problem := step.do(ctx, packages)
		took := time.Since(began).Round(100 * time.Millisecond)
		if problem != "" {
			tally.fail(step.name, problem)
			out.line("✗ %s (%s)\n%s", step.name, took, indent(problem))
			continue
		}
		tally.Passed++
		out.line("✓ %s (%s)", step.name, took)
	}
	if ctx.Err() == nil {
		test(ctx, packages, flags, tally, out)
	}
	if ctx.Err() != nil {
		tally.fail("interrupted", "the run was interrupted; what had not run yet is not counted")
	}
	out.summary(tally, time.Since(start))
	failed := len(tally.Failures) > 0
	if ci && len(tally.Skips) > 0 {
		out.line("CI=true, so tests that were not run fail it.")
		failed = true
	}
	out.closing(tally)
	if failed {
		return 1
	}
	return 0
}

func indent(text string) string {
	return "    " + strings.ReplaceAll(strings.TrimRight(text, "\n"), "\n", "\n    ")
}

func plural(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}
