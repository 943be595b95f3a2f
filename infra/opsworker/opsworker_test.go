package opsworker

import (
	"bytes"
	"compress/gzip"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stagedoor/stagedoor/infra/tinygo"
)

func builder(t *testing.T) Builder {
	t.Helper()
	root, err := tinygo.FindRoot(".")
	if err != nil {
		t.Fatal(err)
	}
	return Builder{Root: root, Progress: os.Stderr}
}

// The Worker is rebuilt when a package of ours that it holds has changed. Those
// of others change with go.mod.
func TestStampCoversWhatTheWorkerIsMadeFrom(t *testing.T) {
	b := builder(t)
	cmd := exec.CommandContext(t.Context(), "go", "list", "-deps", "-f", "{{if not .Standard}}{{.ImportPath}}{{end}}", "./edge/ops/worker")
	cmd.Dir, cmd.Env = b.Root, append(os.Environ(), "GOOS=js", "GOARCH=wasm")
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	found := 0
	for _, pkg := range strings.Fields(string(out)) {
		dir, ours := strings.CutPrefix(pkg, "github.com/stagedoor/stagedoor/")
		if !ours {
			continue
		}
		found++
		covered := slices.ContainsFunc(sources, func(s string) bool { return dir == s || strings.HasPrefix(dir, s+"/") })
		if !covered || slices.ContainsFunc(notInIt, func(s string) bool { return dir == s || strings.HasPrefix(dir, s+"/") }) {
			t.Errorf("the Worker holds %s, which the stamp does not cover", dir)
		}
	}
	if found < 5 {
		t.Errorf("only %d packages of ours", found)
	}
}

// Cloudflare takes 3 MB, compressed, on its free plan and 10 MB on the paid one.
func TestWorkerIsWithinItsBudget(t *testing.T) {
	const budget = 3_000_000
	dir, err := builder(t).Build(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	body, err := os.ReadFile(filepath.Join(dir, "app.wasm"))
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	z := gzip.NewWriter(&out)
	if _, err := z.Write(body); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	if t.Logf("%d bytes, %d gzipped", len(body), out.Len()); out.Len() > budget {
		t.Errorf("the Worker has %d bytes gzipped, more than %d", out.Len(), budget)
	}
}
