package up_test

import (
	"fmt"
	"io"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// figure is the name of one in an alert's expression, and told is one at /metrics.
var (
	figure = regexp.MustCompile(`\b(?:stagedoor|http)_[a-z_]+`)
	told   = regexp.MustCompile(`(?m)^((?:stagedoor|http)_[a-z_]+)(?:\{| )`)
)

// tellsWhatAlertsLookAt holds infra/alerts against what the running house tells: an alert over a figure that nobody
// tells would never ring.
func (h *openHouse) tellsWhatAlertsLookAt(t *testing.T) {
	rules, err := os.ReadFile(filepath.Join(root(t), "infra", "alerts", "stagedoor.yml"))
	if err != nil {
		t.Fatal(err)
	}
	wanted := map[string]bool{}
	for line := range strings.Lines(string(rules)) {
		if expr, ok := strings.CutPrefix(strings.TrimSpace(line), "expr: "); ok {
			for _, name := range figure.FindAllString(expr, -1) {
				wanted[name] = true
			}
		}
	}
	if len(wanted) < 10 {
		t.Fatalf("the alerts look at no more than %v", wanted)
	}
	ask := func(path string) string {
		resp, err := http.Get(fmt.Sprintf("http://127.0.0.1:%d%s", h.port+1, path))
		if err != nil {
			return err.Error()
		}
		defer resp.Body.Close()
		body, err := io.ReadAll(resp.Body)
		if err != nil {
			return err.Error()
		}
		return string(body)
	}
	// Some stand there only when the worker that keeps them has looked for the first time.
	h.until("it tells every figure that an alert looks at", func() bool {
		figures := map[string]bool{}
		for _, m := range told.FindAllStringSubmatch(ask("/metrics"), -1) {
			figures[m[1]] = true
		}
		missing := slices.DeleteFunc(slices.Collect(maps.Keys(wanted)), func(name string) bool { return figures[name] })
		return len(missing) == 0
	})
	if body := ask("/readyz"); !strings.Contains(body, `"search":"ok"`) {
		t.Errorf("/readyz says %s", body)
	}
}
