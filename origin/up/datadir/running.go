package datadir

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
)

const runningFile = "running.json"

// Announce writes what other commands need to work with the running house, as JSON, readable by this user alone. The
// file is there exactly while everything answers.
func (d *Dir) Announce(what any) error {
	body, err := json.MarshalIndent(what, "", "  ")
	if err == nil {
		err = Replace(d.Path(runningFile), append(body, '\n'), 0o600)
	}
	if err != nil {
		return fmt.Errorf("say that the house is open: %w", err)
	}
	return nil
}

// Withdraw takes the announcement back.
func (d *Dir) Withdraw() error {
	if err := os.Remove(d.Path(runningFile)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("say that the house is closed: %w", err)
	}
	return nil
}

// ErrNotRunning means that nothing runs in a folder, or that it has not finished starting.
var ErrNotRunning = errors.New("Stagedoor is not running there")

// Running reads what the house running in a folder announced, into what. ErrNotRunning when there is none.
func Running(path string, what any) error {
	body, err := os.ReadFile(filepath.Join(path, runningFile))
	if errors.Is(err, fs.ErrNotExist) || !InUse(path) { // a killed process leaves its announcement
		return fmt.Errorf("%w: %s", ErrNotRunning, path)
	}
	if err != nil {
		return fmt.Errorf("read what is running: %w", err)
	}
	if err := json.Unmarshal(body, what); err != nil {
		return fmt.Errorf("read what is running: %w", err)
	}
	return nil
}

// InUse says whether a house holds a folder: one that runs, or that is starting.
func InUse(path string) bool {
	lock, err := os.Open(filepath.Join(path, lockFile))
	if err != nil {
		return false
	}
	defer lock.Close()
	return errors.Is(syscall.Flock(int(lock.Fd()), syscall.LOCK_SH|syscall.LOCK_NB), syscall.EWOULDBLOCK)
}
