package main

import (
	"bytes"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// Every test in the table exists: a fault that is not injected is not survived.
func TestEveryFaultHasItsTests(t *testing.T) {
	root := filepath.Join("..", "..")
	for _, f := range faults {
		files, err := filepath.Glob(filepath.Join(root, f.pkg, "*_test.go"))
		if err != nil || len(files) == 0 {
			t.Fatalf("%s: no tests in %s, %v", f.name, f.pkg, err)
		}
		var all bytes.Buffer
		for _, file := range files {
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			all.Write(text)
		}
		for name := range strings.SplitSeq(f.tests, "|") {
			if !regexp.MustCompile(`func ` + name + `\(`).Match(all.Bytes()) {
				t.Errorf("%s: there is no %s in %s", f.name, name, f.pkg)
			}
		}
		if f.name == "" {
			t.Errorf("%+v says too little", f)
		}
	}
}

// What a test says is read from its log, with the place that it says it from.
func TestWhatTestsSay(t *testing.T) {
	r := result{injected: map[string][]string{}}
	for _, line := range []string{
		"    fault_test.go:31: injected: SIGKILL of Redis: process 7\n",
		"    fault_test.go:32: users saw: 503 unavailable ×3\n",
		"    audit_test.go:12: audit: clean: 13 checks, 0 broken\n",
		"    other_test.go:12: audit: not clean\n",
		"    other_test.go:12: something else\n",
		"injected: by nobody\n",
	} {
		r.hear("TestX/first", line)
	}
	if got := r.injected["TestX"]; len(got) != 1 || got[0] != "SIGKILL of Redis: process 7" {
		t.Errorf("injected %q", got)
	}
	if len(r.saw) != 1 || r.saw[0] != "503 unavailable ×3" || r.audits != 1 || r.audited != "13 checks, 0 broken" {
		t.Errorf("%+v", r)
	}
}

func TestVerdicts(t *testing.T) {
	f := fault{name: "x", tests: "TestX|TestY"}
	said := map[string][]string{"TestX": {"a"}, "TestY": {"b"}}
	saw := []string{"nothing"}
	for _, c := range []struct {
		name string
		r    result
		want string
		ok   bool
	}{
		{"survived", result{passed: 2, injected: said, saw: saw, audits: 2, audited: "13 checks"}, "2 audits, all clean; the last: 13 checks", true},
		{"nothing to audit", result{passed: 2, injected: said, saw: saw, found: []string{"one e-mail"}}, "one e-mail", true},
		{"one test says nothing", result{passed: 2, injected: map[string][]string{"TestX": {"a"}}, saw: saw, audits: 1}, "NOT INJECTED, or not said: TestY", false},
		{"nobody says what users saw", result{passed: 2, injected: said, audits: 1}, "NOBODY LOOKED", false},
		{"nobody audits or compares", result{passed: 2, injected: said, saw: saw}, "NOBODY LOOKED", false},
		{"failed", result{passed: 1, injected: said, saw: saw, audits: 1, failed: []string{"TestX"}}, "FAILED: TestX", false},
		{"skipped", result{skipped: []string{"TestX"}}, "NOT INJECTED", false},
		{"nobody ran", result{}, "NOT INJECTED", false},
	} {
		c.r.fault = f
		if got := c.r.verdict(); !strings.HasPrefix(got, c.want) || c.r.ok() != c.ok {
			t.Errorf("%s: %q, ok %t", c.name, got, c.r.ok())
		}
	}
}

func TestTheTable(t *testing.T) {
	var out strings.Builder
	good := result{fault: fault{name: "a fault", tests: "TestX"}, passed: 1, injected: map[string][]string{"TestX": {"something that takes more than the one line that a cell has"}}, saw: []string{"nothing"}, audits: 1}
	if err := report(&out, []result{good}); err != nil || !strings.Contains(out.String(), "1 faults, all survived") {
		t.Errorf("%v\n%s", err, out.String())
	}
	for line := range strings.Lines(out.String()) {
		if len(line) > 180 {
			t.Errorf("a line of %d characters: %s", len(line), line)
		}
	}
	if err := report(&out, []result{good, {fault: fault{name: "another"}}}); err == nil {
		t.Error("a fault that nobody injected is survived")
	}
}
