package main

import (
	"regexp"
	"slices"
	"strings"
)

// What the closing extracts may take: CI keeps little more than the end of what a run writes.
const (
	extractLines = 15 // of one failure
	extractsRoom = 32 // of all together
	extractLeast = 4  // of one failure, however many there are
)

// marks begin the part of an output that says what went wrong, the surest first.
var marks = []*regexp.Regexp{
	regexp.MustCompile(`^\s*panic: `),
	regexp.MustCompile(`^\s*fatal error: `),
	regexp.MustCompile(`WARNING: DATA RACE`),
	regexp.MustCompile(`✖ failing tests:`), // node's test runner, which tells all of it again at the end
	regexp.MustCompile(`\[rapid\] (failed|panic|flaky)`),
}

// pageShown is a line in which a walk says what a browser had before it when it failed.
var pageShown = regexp.MustCompile(`ℹ https?://\S+ shows: `)

// said is a line of a test's own output as go test writes it: what was logged, or what continues it.
var said = regexp.MustCompile(`^\s+[\w./-]+\.go:\d+: `)

// extract is the part of a failure's output that shows its cause, of so many lines at most.
func extract(output string, most int) []string {
	var lines []string
	for line := range strings.Lines(output) {
		line = strings.TrimRight(line, " \t\r\n")
		trimmed := strings.TrimSpace(line)
		if trimmed == "" || strings.HasPrefix(trimmed, "=== ") || strings.HasPrefix(trimmed, "--- ") || trimmed == "FAIL" || strings.HasPrefix(trimmed, "exit status ") {
			continue
		}
		lines = append(lines, line)
	}
	for _, mark := range marks {
		i := slices.IndexFunc(lines, mark.MatchString)
		if i < 0 {
			continue
		}
		pages := slices.DeleteFunc(slices.Clone(lines[:i]), func(line string) bool { return !pageShown.MatchString(line) })
		pages = pages[max(0, len(pages)-most/3):]
		return slices.Concat(pages, lines[i:min(len(lines), i+most-len(pages))])
	}
	if len(lines) <= most {
		return lines
	}
	// What ends a test is what it says last; where that is long, its beginning and its end.
	last := len(lines) - 1
	for last > 0 && !said.MatchString(lines[last]) {
		last--
	}
	if len(lines)-last <= most {
		return lines[len(lines)-most:]
	}
	head := most / 2
	return slices.Concat(lines[last:last+head], []string{"    …"}, lines[len(lines)-(most-1-head):])
}

// extracts are the failures of a run, each with what shows its cause. A test that failed because a part of it did is
// named without: the part has it.
func extracts(failures []Failure) []string {
	parent := func(f Failure) bool {
		return slices.ContainsFunc(failures, func(other Failure) bool { return strings.HasPrefix(other.Name, f.Name+"/") })
	}
	causes := 0
	for _, f := range failures {
		if !parent(f) {
			causes++
		}
	}
	most := max(extractLeast, min(extractLines, extractsRoom/max(1, causes)))
	var out []string
	for _, f := range failures {
		if parent(f) {
			out = append(out, "✗ "+short(f.Name))
			continue
		}
		out = append(out, "✗ "+short(f.Name)+":")
		for _, line := range extract(f.Output, most) {
			if len(line) > 300 {
				line = line[:300] + "…"
			}
			out = append(out, "  "+line)
		}
	}
	return out
}
