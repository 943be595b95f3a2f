package tinygo

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func checkout(t *testing.T) string {
	t.Helper()
	root, err := FindRoot(".")
	if err != nil {
		t.Fatal(err)
	}
	return root
}

// The modules are rebuilt when, and only when, a package of theirs has changed.
func TestStampCoversWhatTheModuleIsMadeFrom(t *testing.T) {
	root := checkout(t)
	cmd := exec.Command("go", "list", "-deps", "-tags", "tinygo", "-f", "{{if not .Standard}}{{.ImportPath}}{{end}}", "./edge/wasm", "./edge/roomwasm")
	cmd.Dir = root
	out, err := run(cmd)
	if err != nil {
		t.Fatal(err)
	}
	const module = "github.com/stagedoor/stagedoor/"
	for _, pkg := range strings.Fields(out) {
		dir, ours := strings.CutPrefix(pkg, module)
		if !ours {
			t.Errorf("a module depends on %s: the stamp does not cover other modules", pkg)
			continue
		}
		covered := slices.ContainsFunc(wasmSources, func(s string) bool { return dir == s || strings.HasPrefix(dir, s+"/") })
		if !covered || slices.Contains(notInWasm, dir) {
			t.Errorf("a module depends on %s, which the stamp does not cover", dir)
		}
	}
}

func TestSourcesSumSeesChangesAndNotTests(t *testing.T) {
	root := t.TempDir()
	write := func(path, content string) {
		t.Helper()
		path = filepath.Join(root, path)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	sum := func() string {
		t.Helper()
		s, err := sourcesSum(root)
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	write("edge/wasm/main.go", "package main")
	before := sum()
	for _, path := range []string{"edge/wasm/main_test.go", "edge/local/local.go", "edge/testdata/x.go", "edge/worker/x.mjs", "infra/tinygo/recipe.go"} {
		write(path, "package x")
		if sum() != before {
			t.Errorf("%s changed the sum", path)
		}
	}
	for _, path := range []string{"edge/wasm/main.go", "edge/new/new.go", "waitingroom/x.go", "infra/tinygo/target.json"} {
		write(path, "package changed")
		after := sum()
		if after == before {
			t.Errorf("%s did not change the sum", path)
		}
		before = after
	}
}

// The collector must be the precise one: to the conservative one, an index of
// 20 MB is full of what might be addresses. The memory's upper bound is what
// edge/wasm/memory.go relies on.
func TestTargetIsComplete(t *testing.T) {
	for _, part := range []string{`"{libc}"`, `"{builtins}"`, `"gc": "precise"`, `"scheduler": "none"`, `"--max-memory=`} {
		if !strings.Contains(targetJSON, part) {
			t.Errorf("target.json lacks %s", part)
		}
	}
}
