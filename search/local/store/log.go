package store

import (
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"syscall"
)

// Sync says when written data is forced to the disk.
type Sync int

const (
	// SyncAlways forces every write before it returns: nothing acknowledged is
	// lost even when the power fails.
	SyncAlways Sync = iota
	// SyncNever leaves it to the operating system: what was acknowledged
	// survives the end of the process, not a power failure.
	SyncNever
)

// ErrFull says that the disk has no room; what was to be written was not.
var ErrFull = errors.New("no room on the disk for search data")

// log is a file of frames that only grows.
type log struct {
	f      *os.File
	path   string
	size   int64
	sync   Sync
	broken error
	buf    []byte
}

// openLog opens or makes the file and calls yield for every frame in it.
func openLog(path string, sync Sync, out *slog.Logger, yield func(offset int64, payload []byte) error) (*log, error) {
	_, statErr := os.Stat(path)
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, fmt.Errorf("open the search data: %w", err)
	}
	info, err := f.Stat()
	if err != nil {
		return nil, errors.Join(fmt.Errorf("open the search data: %w", err), f.Close())
	}
	end, err := scan(f, info.Size(), yield)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("%s: %w", path, err), f.Close())
	}
	l := &log{f: f, path: path, size: end, sync: sync}
	if end < info.Size() {
		out.Warn("discarded the end of a search data file that a crash cut short", "file", filepath.Base(path), "bytes", info.Size()-end)
		if err := l.cut(); err != nil {
			return nil, errors.Join(err, f.Close())
		}
	}
	if errors.Is(statErr, os.ErrNotExist) {
		err = syncDir(filepath.Dir(path))
	}
	return l, err
}

// append writes one frame and returns the offset of its payload. When it fails
// nothing was written.
func (l *log) append(payload []byte) (int64, error) {
	if l.broken != nil {
		return 0, l.broken
	}
	if len(payload) > maxFrame {
		return 0, fmt.Errorf("%d bytes are too many for one write of search data", len(payload))
	}
	l.buf = appendFrame(l.buf[:0], payload)
	_, err := l.f.WriteAt(l.buf, l.size)
	if err == nil && l.sync == SyncAlways {
		err = l.f.Sync()
	}
	if err != nil {
		return 0, l.undo(err)
	}
	at := l.size + headSize
	l.size += int64(len(l.buf))
	if cap(l.buf) > 8<<20 {
		l.buf = nil
	}
	return at, nil
}

// undo takes back a frame that could not be written whole.
func (l *log) undo(cause error) error {
	if errors.Is(cause, syscall.ENOSPC) || errors.Is(cause, syscall.EDQUOT) || errors.Is(cause, syscall.EFBIG) {
		cause = fmt.Errorf("%w: %w", ErrFull, cause)
	} else {
		cause = fmt.Errorf("write search data: %w", cause)
	}
	if err := l.cut(); err != nil {
		// What is on the disk is no longer known: nothing may follow it.
		l.broken = fmt.Errorf("search data file %s can no longer be written: %w", filepath.Base(l.path), err)
		return errors.Join(cause, l.broken)
	}
	return cause
}

// cut shortens the file to the frames that are whole.
func (l *log) cut() error {
	if err := l.f.Truncate(l.size); err != nil {
		return fmt.Errorf("shorten search data: %w", err)
	}
	if err := l.f.Sync(); err != nil {
		return fmt.Errorf("write search data: %w", err)
	}
	return nil
}

func (l *log) close() error {
	var err error
	if l.broken == nil {
		err = l.f.Sync()
	}
	return errors.Join(err, l.f.Close())
}

// syncDir makes the names in a folder last.
func syncDir(path string) error {
	d, err := os.Open(path)
	if err != nil {
		return fmt.Errorf("open the search folder: %w", err)
	}
	if err := errors.Join(d.Sync(), d.Close()); err != nil {
		return fmt.Errorf("write the search folder: %w", err)
	}
	return nil
}
