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
		if f.injected == "" || f.name == "" {
			t.Errorf("%+v says too little", f)
		}
	}
}

func TestVerdicts(t *testing.T) {
	for _, c := range []struct {
		name string
		r    result
		want string
		ok   bool
	}{
		{"survived", result{tests: 2, audits: 2}, "2 audits, all clean", true},
		{"nothing to audit", result{tests: 1}, "as the tests demand", true},
		{"failed", result{tests: 1, failed: []string{"TestX"}}, "FAILED: TestX", false},
		{"skipped", result{skipped: []string{"TestX"}}, "NOT INJECTED", false},
		{"nobody ran", result{}, "NOT INJECTED", false},
	} {
		if got := c.r.verdict(); !strings.HasPrefix(got, c.want) || c.r.ok() != c.ok {
			t.Errorf("%s: %q, ok %t", c.name, got, c.r.ok())
		}
	}
}
