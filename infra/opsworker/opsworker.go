// Package opsworker builds the ops Worker, build/ops/: package edge/ops/worker
// compiled by the Go toolchain to WebAssembly, beside the JavaScript with which
// syumai/workers runs it.
//
// Nothing is done twice: a stamp holds a hash of what it was made from, which
// is also the version the Worker shows. Builds of one tree are serialised by a
// file lock, so that tests of several packages may ask at once.
package opsworker

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"syscall"
)

// Builder builds in one checkout.
type Builder struct {
	// Root is the module's root folder: see tinygo.FindRoot.
	Root string
	// Progress receives a line per step that takes time. Nil: none.
	Progress io.Writer
}

// sources are what the Worker is made from, and notInIt folders in them that it
// is not. A test holds the lists against `go list -deps`.
var (
	sources = []string{"edge", "waitingroom", "go.mod", "infra/opsworker"}
	notInIt = []string{"edge/local", "edge/golden", "edge/wasm", "edge/worker", "edge/testdata", "waitingroom/sim"}
)

// Folder is where the Worker is, below the root.
const Folder = "build/ops"

// Build returns the Worker's folder, building it where it is missing or older
// than its sources.
func (b Builder) Build(ctx context.Context) (string, error) {
	out := filepath.Join(b.Root, filepath.FromSlash(Folder))
	sum, err := b.sum()
	if err != nil {
		return "", fmt.Errorf("opsworker: hash the sources: %w", err)
	}
	if current(out, sum) {
		return out, nil
	}
	unlock, err := lock(filepath.Join(b.Root, "build"))
	if err != nil {
		return "", fmt.Errorf("opsworker: %w", err)
	}
	defer unlock()
	if current(out, sum) { // another process built it meanwhile
		return out, nil
	}
	if b.Progress != nil {
		fmt.Fprintf(b.Progress, "building %s with %s\n", Folder, runtime.Version())
	}
	partial := out + ".partial"
	defer os.RemoveAll(partial)
	steps := [][]string{
		{"run", "github.com/syumai/workers/cmd/workers-assets-gen", "-mode=go", "-o", partial},
		{"build", "-trimpath", "-buildvcs=false", "-ldflags=-s -w -X main.version=" + sum[:12], "-o", filepath.Join(partial, "app.wasm"), "./edge/ops/worker"},
	}
	for i, args := range steps {
		if err := b.run(ctx, i == 1, args...); err != nil {
			return "", err
		}
	}
	if err := os.WriteFile(filepath.Join(partial, "stamp"), []byte(sum), 0o644); err != nil {
		return "", fmt.Errorf("opsworker: %w", err)
	}
	if err := os.RemoveAll(out); err != nil {
		return "", fmt.Errorf("opsworker: %w", err)
	}
	if err := os.Rename(partial, out); err != nil {
		return "", fmt.Errorf("opsworker: %w", err)
	}
	return out, nil
}

func (b Builder) run(ctx context.Context, toWasm bool, args ...string) error {
	cmd := exec.CommandContext(ctx, "go", args...)
	cmd.Dir = b.Root
	cmd.Env = os.Environ()
	if toWasm {
		cmd.Env = append(cmd.Env, "GOOS=js", "GOARCH=wasm")
	}
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("opsworker: go %s: %w\n%s", args[0], err, bytes.TrimSpace(stderr.Bytes()))
	}
	return nil
}

// sum hashes every file the Worker is made from.
func (b Builder) sum() (string, error) {
	h := sha256.New()
	fmt.Fprintln(h, runtime.Version())
	for _, source := range sources {
		err := filepath.WalkDir(filepath.Join(b.Root, filepath.FromSlash(source)), func(path string, d fs.DirEntry, err error) error {
			if err != nil {
				return err
			}
			rel, err := filepath.Rel(b.Root, path)
			if err != nil {
				return err
			}
			rel = filepath.ToSlash(rel)
			if d.IsDir() {
				if d.Name() == "testdata" || slices.Contains(notInIt, rel) {
					return filepath.SkipDir
				}
				return nil
			}
			if strings.HasSuffix(rel, "_test.go") || !slices.Contains([]string{".go", ".html", ".css", ".mod"}, filepath.Ext(rel)) {
				return nil
			}
			body, err := os.ReadFile(path)
			if err != nil {
				return err
			}
			fmt.Fprintf(h, "%s %d\n", rel, len(body))
			h.Write(body)
			return nil
		})
		if err != nil {
			return "", err
		}
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}

func current(out, sum string) bool {
	stamp, err := os.ReadFile(filepath.Join(out, "stamp"))
	return err == nil && string(stamp) == sum
}

func lock(dir string) (unlock func(), err error) {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, err
	}
	f, err := os.OpenFile(filepath.Join(dir, ".ops.lock"), os.O_CREATE|os.O_RDWR, 0o644)
	if err != nil {
		return nil, err
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX); err != nil {
		f.Close()
		return nil, fmt.Errorf("lock %s: %w", f.Name(), err)
	}
	return func() { f.Close() }, nil
}
