package datadir

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"syscall"
)

// Enough is the free space, in bytes, that a start asks for: an empty house takes about 200 MB, most of it Postgres'
// write-ahead log, and it grows as tickets are sold.
const Enough = 512 << 20

// Space returns an error that says what to do when less than least bytes are free where the folder is or will be.
func Space(path string, least uint64) error {
	at, err := filepath.Abs(path)
	if err != nil {
		return fmt.Errorf("data folder: %w", err)
	}
	for {
		if _, err := os.Stat(at); err == nil || at == filepath.Dir(at) {
			break
		}
		at = filepath.Dir(at)
	}
	var st syscall.Statfs_t
	if err := syscall.Statfs(at, &st); err != nil {
		return fmt.Errorf("free space of %s: %w", at, err)
	}
	if free := st.Bavail * uint64(st.Bsize); free < least {
		return fmt.Errorf("only %d MB are free on the disk that holds %s, and Stagedoor needs %d MB: make room, or choose a folder on another disk with --data",
			free>>20, path, least>>20)
	}
	return nil
}

// Explain adds what to do to an error that came of a full disk.
func Explain(err error, path string) error {
	if errors.Is(err, syscall.ENOSPC) {
		return fmt.Errorf("the disk that holds %s is full: make room, or choose a folder on another disk with --data (%w)", path, err)
	}
	if errors.Is(err, syscall.EROFS) || errors.Is(err, syscall.EACCES) {
		return fmt.Errorf("%w: this user cannot write there; choose another folder with --data", err)
	}
	return err
}
