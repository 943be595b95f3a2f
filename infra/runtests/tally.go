package main

import (
	"fmt"
	"regexp"
	"strings"
	"time"
)

// Event is one line of `go test -json` (see `go doc test2json`) or of `go build -json`.
type Event struct {
	Action      string
	Package     string
	ImportPath  string // of build events: "example.com/pkg [example.com/pkg.test]"
	Test        string
	Output      string
	Elapsed     float64 // seconds
	FailedBuild string
}

// Tally adds up a run. Its zero value is an empty one.
type Tally struct {
	Passed   int
	Failures []Failure
	Skips    []Skip
	Packages []Package // in the order in which they ended

	outputs map[string]*strings.Builder // by package and test
	builds  map[string]*strings.Builder // by ImportPath
	tests   map[string]int              // by package: tests that ended
	failed  map[string]bool             // packages with a failed test
}

// Failure is a test, a package or a step that failed, with what it wrote.
type Failure struct{ Name, Output string }

// Skip is a test that could not run, and its reason.
type Skip struct{ Name, Reason string }

// Package is a package that has ended.
type Package struct {
	Name   string
	Result string // pass, fail or skip (no tests)
	Tests  int
	Took   time.Duration
}

func (t *Tally) fail(name, output string) {
	t.Failures = append(t.Failures, Failure{name, output})
}

// Add takes one event into account. It returns the package that ended with it, if one did.
func (t *Tally) Add(e Event) *Package {
	if t.outputs == nil {
		t.outputs, t.builds = map[string]*strings.Builder{}, map[string]*strings.Builder{}
		t.tests, t.failed = map[string]int{}, map[string]bool{}
	}
	key := e.Package + "\x00" + e.Test
	switch e.Action {
	case "build-output":
		keep(t.builds, e.ImportPath, e.Output)
		return nil
	case "output":
		keep(t.outputs, key, e.Output)
		return nil
	case "pass", "fail", "skip":
	default:
		return nil
	}
	if e.Test == "" {
		return t.packageEnds(e)
	}
	name := e.Package + "." + e.Test
	t.tests[e.Package]++
	switch e.Action {
	case "pass":
		// The race detector speaks to whichever test wrote last; those that it fails may be others.
		if text := t.text(key); strings.Contains(text, "WARNING: DATA RACE") {
			t.fail(name, text)
			break
		}
		t.Passed++
	case "fail":
		t.failed[e.Package] = true
		t.fail(name, t.text(key))
	case "skip":
		t.Skips = append(t.Skips, Skip{name, reason(t.text(key))})
	}
	delete(t.outputs, key)
	return nil
}

func (t *Tally) packageEnds(e Event) *Package {
	if e.Action == "fail" && !t.failed[e.Package] {
		// No test failed, so it did not build, or it ended by a panic, os.Exit or its time limit.
		text := t.text(e.Package + "\x00")
		if e.FailedBuild != "" {
			if b := t.builds[e.FailedBuild]; b != nil {
				text = b.String()
			}
		}
		t.fail(e.Package, text+t.unfinished(e.Package))
	}
	p := Package{e.Package, e.Action, t.tests[e.Package], time.Duration(e.Elapsed * float64(time.Second))}
	t.Packages = append(t.Packages, p)
	return &p
}

// unfinished is the output of the tests that were running when their package ended.
func (t *Tally) unfinished(pkg string) string {
	var b strings.Builder
	for key, out := range t.outputs {
		if name, test, _ := strings.Cut(key, "\x00"); name == pkg && test != "" {
			fmt.Fprintf(&b, "\n%s was running:\n%s", test, out.String())
		}
	}
	return b.String()
}

func (t *Tally) text(key string) string {
	if b := t.outputs[key]; b != nil {
		return b.String()
	}
	return ""
}

// keep collects output, at most 256 KB of each: a test that writes without end must not fill memory.
func keep(m map[string]*strings.Builder, key, text string) {
	b := m[key]
	if b == nil {
		b = &strings.Builder{}
		m[key] = b
	}
	if b.Len() < 256<<10 {
		b.WriteString(text)
	}
}

var logged = regexp.MustCompile(`^\s+[\w./-]+\.go:\d+: (.*)$`)

// reason finds what t.Skip was given in a skipped test's output: the last logged line and those that continue it.
func reason(output string) string {
	var lines []string
	for line := range strings.Lines(output) {
		line = strings.TrimRight(line, "\n")
		switch m := logged.FindStringSubmatch(line); {
		case m != nil:
			lines = []string{m[1]}
		case strings.HasPrefix(line, "=== ") || strings.HasPrefix(strings.TrimSpace(line), "--- "):
		case len(lines) > 0:
			lines = append(lines, strings.TrimSpace(line))
		}
	}
	if len(lines) == 0 {
		return "no reason given"
	}
	return strings.Join(lines, " ")
}
