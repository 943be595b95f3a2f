package main

import (
	"fmt"
	"strings"
	"testing"
)

func numbered(format string, n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, format+"\n", i)
	}
	return b.String()
}

func TestExtractShowsTheCause(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name, output string
		want         []string // in this order, among at most 10 lines
		never        string
	}{
		{"short", "=== RUN   TestX\n    x_test.go:7: one is not two\n--- FAIL: TestX (0.00s)\n", []string{"one is not two"}, "---"},
		{"after much logging", numbered("    x_test.go:3: step %d", 50) + "    x_test.go:9: step back\n", []string{"step 49", "step back"}, "step 5 "},
		{"a long last word", "    x_test.go:3: step\n    x_test.go:9: the page says\n" + numbered("        row %d", 80), []string{"the page says", "row 0", "…", "row 79"}, "row 40"},
		{"a panic", "    x_test.go:3: step\npanic: nothing there\n" + numbered("goroutine %d", 50), []string{"panic: nothing there", "goroutine 0"}, "goroutine 40"},
		{"a race", numbered("line %d", 30) + "WARNING: DATA RACE\nWrite at 0x1\n" + numbered("frame %d", 50), []string{"DATA RACE", "Write at", "frame 0"}, "line 29"},
		{"node", numbered("    ✔ good %d", 30) + "    ✖ failing tests:\n\n    test at a.mjs:1:1\n    ✖ bad\n      Error: one is not two\n" + numbered("      at %d", 40),
			[]string{"failing tests", "a.mjs:1:1", "✖ bad", "one is not two"}, "good"},
		{"a walk", "    ℹ http://a.localhost/ shows: You are in the queue\n    ℹ tests 1\n    ✖ failing tests:\n    test at a.mjs:1:1\n" + numbered("      at %d", 40),
			[]string{"in the queue", "failing tests", "a.mjs:1:1"}, "tests 1"},
		{"nothing", "", nil, ""},
	} {
		got := extract(test.output, 10)
		text := strings.Join(got, "\n")
		if len(got) > 10 {
			t.Errorf("%s: %d lines", test.name, len(got))
		}
		rest := text
		for _, want := range test.want {
			_, after, found := strings.Cut(rest, want)
			if !found {
				t.Errorf("%s: no %q in its place in\n%s", test.name, want, text)
			}
			rest = after
		}
		if test.never != "" && strings.Contains(text, test.never) {
			t.Errorf("%s: %q in\n%s", test.name, test.never, text)
		}
	}
}

func TestExtractsFitTheEndOfARun(t *testing.T) {
	t.Parallel()
	long := "    x_test.go:9: it went wrong\n" + numbered("        row %d", 80)
	one := extracts([]Failure{{module + "a.TestX/part", long}, {module + "a.TestX", "    x_test.go:1: tidied up\n"}})
	text := strings.Join(one, "\n")
	if !strings.Contains(text, "it went wrong") || !strings.Contains(text, "✗ a.TestX\n") && !strings.HasSuffix(text, "✗ a.TestX") || strings.Contains(text, "tidied up") {
		t.Errorf("a part and its whole:\n%s", text)
	}
	var many []Failure
	for i := range 5 {
		many = append(many, Failure{fmt.Sprintf("%sa.Test%d", module, i), long})
	}
	if lines := extracts(many); len(lines) > 40 || strings.Count(strings.Join(lines, "\n"), "it went wrong") != 5 {
		t.Errorf("%d lines:\n%s", len(lines), strings.Join(lines, "\n"))
	}
}
