package store

import (
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"syscall"
)

// Folder is a folder of search data that this process holds alone.
type Folder struct {
	path string
	sync Sync
	out  *slog.Logger
	lock *os.File
}

// ErrInUse says that another process holds the folder.
var ErrInUse = errors.New("search data folder is in use by another process")

// OpenFolder makes the folder when it is not there and locks it.
func OpenFolder(path string, sync Sync, out *slog.Logger) (*Folder, error) {
	if err := os.MkdirAll(path, 0o700); err != nil {
		return nil, fmt.Errorf("make the search folder: %w", err)
	}
	lock, err := os.OpenFile(filepath.Join(path, "lock"), os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, fmt.Errorf("open the search folder: %w", err)
	}
	if err := syscall.Flock(int(lock.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		if errors.Is(err, syscall.EWOULDBLOCK) {
			err = ErrInUse
		}
		return nil, errors.Join(fmt.Errorf("%s: %w", path, err), lock.Close())
	}
	return &Folder{path: path, sync: sync, out: out, lock: lock}, nil
}

// Path is where the folder is.
func (f *Folder) Path() string { return f.path }

// Close lets other processes use the folder.
func (f *Folder) Close() error { return f.lock.Close() }

// Remove deletes the documents of one name for good.
func (f *Folder) Remove(name string) error {
	if err := os.RemoveAll(filepath.Join(f.path, name)); err != nil {
		return fmt.Errorf("remove search data: %w", err)
	}
	return syncDir(f.path)
}

// Names returns the names under which the folder holds documents.
func (f *Folder) Names() ([]string, error) {
	entries, err := os.ReadDir(f.path)
	if err != nil {
		return nil, fmt.Errorf("read the search folder: %w", err)
	}
	var out []string
	for _, e := range entries {
		if e.IsDir() {
			out = append(out, e.Name())
		}
	}
	return out, nil
}
