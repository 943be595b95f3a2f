package bench

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime/pprof"
)

// Build compiles the program of the repository at root into dir and returns where it is.
func Build(ctx context.Context, root, dir string) (string, error) {
	program := filepath.Join(dir, "stagedoor")
	build := exec.CommandContext(ctx, "go", "build", "-o", program, "./origin/cmd/stagedoor")
	build.Dir = root
	if out, err := build.CombinedOutput(); err != nil {
		return "", fmt.Errorf("compile stagedoor: %w: %s", err, out)
	}
	return program, nil
}

// Profiled does the work and writes where its processor time went; nowhere if
// path is empty.
func Profiled(path string, work func() error) error {
	if path == "" {
		return work()
	}
	file, err := os.Create(path)
	if err != nil {
		return err
	}
	defer file.Close()
	if err := pprof.StartCPUProfile(file); err != nil {
		return err
	}
	defer pprof.StopCPUProfile()
	return work()
}
