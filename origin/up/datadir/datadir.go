// Package datadir is the one folder in which `stagedoor up` keeps everything: whose it is, who is using it, its keys,
// and emptying it.
package datadir

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

// Format is the layout of the folder that this program reads and writes. It grows when an older program could not use
// what a newer one wrote, or the reverse.
const Format = "1"

const (
	formatFile = "format"
	lockFile   = "lock"
)

// Holder says who is using a folder.
type Holder struct {
	PID     int       `json:"pid"`
	URL     string    `json:"url"`
	Started time.Time `json:"started"`
}

// InUseError means that another process is using the folder.
type InUseError struct {
	Path string
	Holder
}

func (e InUseError) Error() string {
	if e.PID == 0 {
		return fmt.Sprintf("another Stagedoor is using %s: stop it first, or choose another folder with --data", e.Path)
	}
	return fmt.Sprintf("Stagedoor is already running in %s: process %d, since %s, at %s. Stop it first (Ctrl-C there, or kill %d), or start another with --data and --port",
		e.Path, e.PID, e.Started.Local().Format("15:04"), e.URL, e.PID)
}

// Dir is a folder in use by this process.
type Dir struct {
	path string
	lock *os.File
}

// Open makes the folder if need be and takes it for this process until Close. It refuses a folder in use, one of
// another format, and one that holds something else.
func Open(path string, holder Holder) (*Dir, error) {
	path, err := filepath.Abs(path)
	if err != nil {
		return nil, fmt.Errorf("data folder: %w", err)
	}
	if err := admit(path); err != nil {
		return nil, err
	}
	// Postgres, run as another user for root, must be able to pass through.
	if err := errors.Join(os.MkdirAll(path, 0o755), os.Chmod(path, 0o711)); err != nil {
		return nil, fmt.Errorf("data folder: %w", err)
	}
	lock, err := take(path)
	if err != nil {
		return nil, err
	}
	d := &Dir{path, lock}
	body, err := json.Marshal(holder)
	if err == nil {
		err = errors.Join(lock.Truncate(0), writeAt(lock, body), os.WriteFile(d.Path(formatFile), []byte(Format+"\n"), 0o644))
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("data folder: %w", err), d.Close())
	}
	return d, nil
}

// admit refuses a folder that is not ours or not of our format. One that does not exist, or is empty, is fine.
func admit(path string) error {
	entries, err := os.ReadDir(path)
	if errors.Is(err, fs.ErrNotExist) || err == nil && len(entries) == 0 {
		return nil
	}
	if err != nil {
		return fmt.Errorf("data folder: %w", err)
	}
	format, err := os.ReadFile(filepath.Join(path, formatFile))
	switch {
	case errors.Is(err, fs.ErrNotExist):
		for _, e := range entries {
			if e.Name() != lockFile { // left by a start that went no further
				return fmt.Errorf("%s is not empty and was not made by Stagedoor: choose another folder with --data", path)
			}
		}
	case err != nil:
		return fmt.Errorf("data folder: %w", err)
	case strings.TrimSpace(string(format)) != Format:
		return fmt.Errorf("%s was written by another version of Stagedoor (format %s, this one is %s): run `make reset` to empty it, or choose another folder with --data",
			path, strings.TrimSpace(string(format)), Format)
	}
	return nil
}

func take(path string) (*os.File, error) {
	lock, err := os.OpenFile(filepath.Join(path, lockFile), os.O_CREATE|os.O_RDWR, 0o644)
	if err != nil {
		return nil, fmt.Errorf("data folder: %w", err)
	}
	err = syscall.Flock(int(lock.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
	if err == nil {
		return lock, nil
	}
	defer lock.Close()
	if !errors.Is(err, syscall.EWOULDBLOCK) {
		return nil, fmt.Errorf("lock the data folder: %w", err)
	}
	inUse := InUseError{Path: path}
	if body, err := os.ReadFile(lock.Name()); err == nil {
		_ = json.Unmarshal(body, &inUse.Holder) // half-written: the sentence without names will do
	}
	return nil, inUse
}

func writeAt(f *os.File, body []byte) error {
	_, err := f.WriteAt(body, 0)
	return err
}

// Path is a path inside the folder.
func (d *Dir) Path(elem ...string) string { return filepath.Join(append([]string{d.path}, elem...)...) }

// Close lets others use the folder.
func (d *Dir) Close() error { return d.lock.Close() }

// Sub makes and returns a folder inside, for this user alone.
func (d *Dir) Sub(name string) (string, error) {
	path := d.Path(name)
	if err := os.MkdirAll(path, 0o700); err != nil {
		return "", fmt.Errorf("data folder: %w", err)
	}
	return path, nil
}
