package datadir

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// Reset empties the folder, after making sure that nothing runs in it and that it is ours. first, when given, is called
// before anything is removed, with the folder's path. A folder that does not exist is not an error.
func Reset(path string, first func(path string) error) error {
	path, err := filepath.Abs(path)
	if err != nil {
		return fmt.Errorf("data folder: %w", err)
	}
	entries, err := os.ReadDir(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("data folder: %w", err)
	}
	if len(entries) == 0 {
		return nil
	}
	// Another format is no obstacle here, but a folder that Stagedoor never made is.
	if _, err := os.Stat(filepath.Join(path, formatFile)); err != nil {
		return fmt.Errorf("%s was not made by Stagedoor, so it is not emptied", path)
	}
	lock, err := take(path)
	if err != nil {
		return err
	}
	defer lock.Close()
	if first != nil {
		if err := first(path); err != nil {
			return err
		}
	}
	var errs []error
	for _, e := range entries {
		if e.Name() != lockFile && e.Name() != formatFile {
			errs = append(errs, os.RemoveAll(filepath.Join(path, e.Name())))
		}
	}
	if err := errors.Join(errs...); err != nil {
		return fmt.Errorf("empty the data folder: %w", err)
	}
	// The mark goes last: until then an interrupted reset can be run again.
	if err := os.Remove(filepath.Join(path, formatFile)); err != nil {
		return fmt.Errorf("empty the data folder: %w", err)
	}
	return os.Remove(filepath.Join(path, lockFile))
}
