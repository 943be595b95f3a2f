package datadir

import (
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// KeyBytes is how many random bytes a key has.
const KeyBytes = 32

// Key returns the secret of a name, made at random the first time: 64 hex digits, in a file only this user can read.
func (d *Dir) Key(name string) (string, error) {
	folder, err := d.Sub("keys")
	if err != nil {
		return "", err
	}
	path := filepath.Join(folder, name)
	body, err := os.ReadFile(path)
	if err == nil {
		key := strings.TrimSpace(string(body))
		if raw, err := hex.DecodeString(key); err != nil || len(raw) != KeyBytes {
			return "", fmt.Errorf("the key %s is damaged: remove it, and what depends on it is made anew", path)
		}
		return key, nil
	}
	if !errors.Is(err, fs.ErrNotExist) {
		return "", fmt.Errorf("key %s: %w", name, err)
	}
	var raw [KeyBytes]byte
	rand.Read(raw[:]) // never fails
	key := hex.EncodeToString(raw[:])
	if err := Replace(path, []byte(key+"\n"), 0o600); err != nil {
		return "", fmt.Errorf("key %s: %w", name, err)
	}
	return key, nil
}

// Replace writes a file so that nobody ever reads half of it.
func Replace(path string, body []byte, mode fs.FileMode) error {
	draft, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+"-*")
	if err != nil {
		return err
	}
	_, err = draft.Write(body)
	err = errors.Join(err, draft.Chmod(mode), draft.Sync(), draft.Close())
	if err == nil {
		err = os.Rename(draft.Name(), path)
	}
	if err != nil {
		os.Remove(draft.Name()) // best effort: the error says more
	}
	return err
}
