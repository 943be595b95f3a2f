package tinygo

import (
	"io/fs"
	"os"
	"path/filepath"
)

// layRoot makes a TINYGOROOT at dir: real folders (TinyGo merges them with the
// Go tree and does not follow links to folders) that hold links to the files
// of the module in the module cache.
func layRoot(source, dir string) error {
	if err := os.RemoveAll(dir); err != nil {
		return err
	}
	err := filepath.WalkDir(source, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(source, path)
		if err != nil {
			return err
		}
		if d.IsDir() {
			return os.MkdirAll(filepath.Join(dir, rel), 0o755)
		}
		return os.Symlink(path, filepath.Join(dir, rel))
	})
	if err != nil {
		return err
	}
	// TinyGo's own net package is a submodule, absent here. With this folder
	// in place the standard net is left alone, and net/http is simply not there.
	return os.MkdirAll(filepath.Join(dir, "src", "net", "http"), 0o755)
}
