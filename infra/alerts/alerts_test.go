// Package alerts holds the alerts of the house for Prometheus.
package alerts

import (
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// rule is one alert, as the file writes them.
var rule = regexp.MustCompile(`(?m)^      - alert: (\w+)
        expr: '([^'\n]+)'
        for: (\d+[mh])
        labels:
          severity: (\w+)
        annotations:
          summary: '([^'\n]+)'
          runbook: 'docs/alerts\.md#([a-z-]+)'
`)

// TestEveryAlertSaysWhatToDo: each has a runbook entry, each entry belongs to an alert, and none is written in a way
// that this test, or Prometheus, would read differently.
func TestEveryAlertSaysWhatToDo(t *testing.T) {
	t.Parallel()
	file, err := os.ReadFile("stagedoor.yml")
	if err != nil {
		t.Fatal(err)
	}
	book, err := os.ReadFile("../../docs/alerts.md")
	if err != nil {
		t.Fatal(err)
	}
	headings := map[string]bool{}
	for line := range strings.Lines(string(book)) {
		if h, ok := strings.CutPrefix(strings.TrimSpace(line), "## "); ok {
			headings[strings.ReplaceAll(strings.ToLower(h), " ", "-")] = false
		}
	}
	rules := rule.FindAllStringSubmatch(string(file), -1)
	if n := strings.Count(string(file), "- alert:"); n == 0 || n != len(rules) {
		t.Fatalf("%d of %d alerts are written as they should be", len(rules), n)
	}
	names := map[string]bool{}
	for _, r := range rules {
		name, severity, runbook := r[1], r[4], r[6]
		if names[name] || !strings.HasPrefix(name, "Stagedoor") {
			t.Errorf("%s: a name that is taken, or another's", name)
		}
		names[name] = true
		if !slices.Contains([]string{"page", "ticket", "note"}, severity) {
			t.Errorf("%s: severity %s", name, severity)
		}
		if _, ok := headings[runbook]; !ok {
			t.Errorf("%s: docs/alerts.md has nothing under %q", name, runbook)
		}
		headings[runbook] = true
	}
	for h, used := range headings {
		if !used {
			t.Errorf("docs/alerts.md: no alert leads to %q", h)
		}
	}
}

// TestPrometheusReadsThem: Prometheus' own parser understands the file, and its engine lets alerts fire for the series
// for which they should. It is in a module of its own, so that the product does not depend on Prometheus.
func TestPrometheusReadsThem(t *testing.T) {
	t.Parallel()
	test := exec.CommandContext(t.Context(), "go", "test", "-count=1", ".")
	test.Dir = "prometheus"
	test.Env = append(os.Environ(), "GOFLAGS=", "GOWORK=off")
	if out, err := test.CombinedOutput(); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
}
