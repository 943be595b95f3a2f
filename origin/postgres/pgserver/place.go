package pgserver

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/stagedoor/stagedoor/origin/process"
)

// Elsewhere is where a server that must not run as root keeps what its user could not reach in the wanted place, for
// example below /root or a private temporary folder.
const Elsewhere = "/var/lib/stagedoor"

// serverUser is who runs the server: nil for the current user, or, because Postgres refuses root, whoever owns an
// existing data folder, `postgres` or `nobody`.
func serverUser(dataDir string) (*process.User, error) {
	if os.Geteuid() != 0 {
		return nil, nil
	}
	if u, ok := owner(dataDir); ok && u.UID != 0 {
		return &u, nil
	}
	u, err := process.FindUser("postgres", "nobody")
	if err != nil {
		return nil, fmt.Errorf("Postgres does not run as root, and %w", err)
	}
	return &u, nil
}

// place returns the folder that really holds the data. It is dir itself when the server's user can reach it; otherwise
// dir becomes a link to a folder below elsewhere. Folders there whose link is gone are removed.
func place(dir, elsewhere string, u *process.User) (string, error) {
	if u == nil {
		return dir, os.MkdirAll(filepath.Dir(dir), 0o755)
	}
	if target, err := os.Readlink(dir); err == nil {
		if _, err := os.Stat(filepath.Dir(target)); err == nil {
			return target, nil
		}
		if err := os.Remove(dir); err != nil {
			return "", fmt.Errorf("stale link to Postgres data: %w", err)
		}
	}
	if u.CanReach(dir) {
		return dir, os.MkdirAll(filepath.Dir(dir), 0o755)
	}
	if err := os.Remove(dir); err != nil && !errors.Is(err, fs.ErrNotExist) { // an empty one may go
		return "", fmt.Errorf("user %s, who runs Postgres for root, cannot reach the data in %s", u.Name, dir)
	}
	abs, err := filepath.Abs(dir)
	if err != nil {
		return "", fmt.Errorf("place Postgres data: %w", err)
	}
	tidy(elsewhere)
	home := filepath.Join(elsewhere, "data-"+strings.ToLower(rand.Text()[:12]))
	target := filepath.Join(home, filepath.Base(abs))
	if err := errors.Join(openFolder(elsewhere), openFolder(home), os.MkdirAll(filepath.Dir(abs), 0o755)); err != nil {
		return "", fmt.Errorf("place Postgres data: %w", err)
	}
	if err := os.WriteFile(filepath.Join(home, "link"), []byte(abs), 0o644); err != nil {
		return "", fmt.Errorf("place Postgres data: %w", err)
	}
	if err := os.Symlink(target, abs); err != nil {
		return "", fmt.Errorf("place Postgres data: %w", err)
	}
	return target, nil
}

// Remove deletes the data folder dir and, when it is a link made by Start, the folder it leads to. Nothing may be
// running in it. A folder that does not exist is not an error.
func Remove(dir string) error {
	if target, err := os.Readlink(dir); err == nil {
		home := filepath.Dir(target)
		if note, err := os.ReadFile(filepath.Join(home, "link")); err == nil && sameLink(string(note), dir) {
			if err := os.RemoveAll(home); err != nil {
				return fmt.Errorf("remove Postgres data: %w", err)
			}
		}
	}
	if err := os.RemoveAll(dir); err != nil {
		return fmt.Errorf("remove Postgres data: %w", err)
	}
	return os.RemoveAll(dir + initSuffix)
}

// tidy removes folders that were placed for checkouts which no longer exist.
func tidy(elsewhere string) {
	notes, _ := filepath.Glob(filepath.Join(elsewhere, "data-*", "link")) // the pattern is valid
	for _, note := range notes {
		link, err := os.ReadFile(note)
		if err != nil {
			continue
		}
		_, err = os.Lstat(string(link))
		gone := errors.Is(err, fs.ErrNotExist)
		if target, err := os.Readlink(string(link)); err == nil && filepath.Dir(target) != filepath.Dir(note) {
			gone = true
		}
		if gone {
			os.RemoveAll(filepath.Dir(note)) // best effort: the next start tries again
		}
	}
}

func sameLink(note, dir string) bool {
	abs, err := filepath.Abs(dir)
	return err == nil && note == abs
}

// openFolder makes a folder that everybody may enter, whatever the umask.
func openFolder(path string) error {
	if err := os.MkdirAll(path, 0o755); err != nil {
		return err
	}
	return os.Chmod(path, 0o755)
}
