package pgserver

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
	"time"

	"github.com/stagedoor/stagedoor/origin/process"
)

// reap ends every Postgres process that a killed predecessor left in dir and removes its stale pid file. All of a
// server's processes work in its data folder, which is how they are recognised: a pid alone may have been given to
// another program meanwhile.
func reap(dir string) error {
	for _, step := range []process.Step{
		{Signal: syscall.SIGINT, Wait: 10 * time.Second}, {Signal: syscall.SIGQUIT, Wait: 3 * time.Second}, {Signal: syscall.SIGKILL, Wait: 5 * time.Second},
	} {
		left := process.InDirectory(dir)
		if len(left) == 0 {
			break
		}
		for _, pid := range left {
			if err := syscall.Kill(pid, step.Signal); err != nil && !errors.Is(err, syscall.ESRCH) {
				return fmt.Errorf("end the Postgres process %d that was left in %s: %w", pid, dir, err)
			}
		}
		for end := time.Now().Add(step.Wait); time.Now().Before(end) && len(process.InDirectory(dir)) > 0; {
			time.Sleep(50 * time.Millisecond)
		}
	}
	if left := process.InDirectory(dir); len(left) > 0 {
		return fmt.Errorf("processes %v still run in %s", left, dir)
	}
	if err := os.Remove(filepath.Join(dir, "postmaster.pid")); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("remove the stale pid file: %w", err)
	}
	return nil
}

// Reap ends every Postgres process left in the data folder dir, which may be a link made by Start.
func Reap(dir string) error {
	real, err := filepath.EvalSymlinks(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("Postgres data folder: %w", err)
	}
	return reap(real)
}
