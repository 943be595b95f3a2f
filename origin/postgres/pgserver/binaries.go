package pgserver

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/stagedoor/stagedoor/origin/process"
)

// reachable returns the installation, copied below elsewhere when u cannot reach it where npm put it.
func (b Binaries) reachable(u *process.User, elsewhere string) (Binaries, error) {
	if u == nil || u.CanReach(filepath.Join(b.Dir, "postgres")) {
		return b, nil
	}
	if b.Prefix == "" {
		return b, fmt.Errorf("user %s, who would run Postgres, cannot reach %s", u.Name, b.Dir)
	}
	home := filepath.Join(elsewhere, "postgres-"+b.Version)
	moved := b
	moved.Prefix, moved.Dir = home, filepath.Join(home, "bin")
	if _, err := os.Stat(filepath.Join(moved.Dir, "postgres")); err == nil {
		return moved, nil
	}
	if err := openFolder(elsewhere); err != nil {
		return b, fmt.Errorf("copy Postgres to where user %s can run it: %w", u.Name, err)
	}
	fresh, err := os.MkdirTemp(elsewhere, "copy-*")
	if err != nil {
		return b, fmt.Errorf("copy Postgres to where user %s can run it: %w", u.Name, err)
	}
	defer os.RemoveAll(fresh) // after the rename there is nothing left of it
	if err := copyTree(b.Prefix, fresh); err != nil {
		return b, fmt.Errorf("copy Postgres to where user %s can run it: %w", u.Name, err)
	}
	// Two starts may copy at once: whichever renames first wins, and both copies are the same.
	if err := os.Rename(fresh, home); err != nil {
		if _, gone := os.Stat(filepath.Join(moved.Dir, "postgres")); gone != nil {
			return b, fmt.Errorf("copy Postgres: %w", err)
		}
	}
	return moved, nil
}

// copyTree copies files, folders and relative links, readable and executable by everybody.
func copyTree(from, to string) error {
	if err := os.Chmod(to, 0o755); err != nil {
		return err
	}
	if err := os.CopyFS(to, os.DirFS(from)); err != nil {
		return err
	}
	return filepath.WalkDir(to, func(path string, d os.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.Type()&os.ModeSymlink != 0 {
			return nil
		}
		return os.Chmod(path, 0o755)
	})
}
