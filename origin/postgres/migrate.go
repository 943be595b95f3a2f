package postgres

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"embed"
	"encoding/hex"
	"fmt"
	"io/fs"
	"log/slog"

	_ "github.com/jackc/pgx/v5/stdlib" // database/sql driver that goose needs
	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/lock"
)

//go:embed migrations/*.sql
var embedded embed.FS

// Migrate applies every migration that the database lacks. Several processes may call it at once: one works while the
// others wait for its session lock (up to five minutes). Each migration is a transaction, so a failed one leaves
// nothing behind and the next call continues there.
func Migrate(ctx context.Context, url string, logger *slog.Logger) error {
	provider, err := newProvider(url)
	if err != nil {
		return err
	}
	defer provider.Close()
	results, err := provider.Up(ctx)
	for _, r := range results {
		logger.InfoContext(ctx, "migrated", "version", r.Source.Version, "ms", r.Duration.Milliseconds())
	}
	if err != nil {
		return fmt.Errorf("migrate: %w", err)
	}
	return nil
}

// MigrateTo moves the schema up or down to a version; 0 removes everything, its data included.
func MigrateTo(ctx context.Context, url string, version int64) error {
	provider, err := newProvider(url)
	if err != nil {
		return err
	}
	defer provider.Close()
	current, err := provider.GetDBVersion(ctx)
	if err != nil {
		return fmt.Errorf("read schema version: %w", err)
	}
	if version < current {
		_, err = provider.DownTo(ctx, version)
	} else {
		_, err = provider.UpTo(ctx, version)
	}
	if err != nil {
		return fmt.Errorf("migrate to %d: %w", version, err)
	}
	return nil
}

// Version returns the schema's version and the newest one this program knows.
func Version(ctx context.Context, url string) (current, newest int64, err error) {
	provider, err := newProvider(url)
	if err != nil {
		return 0, 0, err
	}
	defer provider.Close()
	current, newest, err = provider.GetVersions(ctx)
	if err != nil {
		return 0, 0, fmt.Errorf("read schema version: %w", err)
	}
	return current, newest, nil
}

// SchemaDigest identifies the set of migrations in this program: hex, 16 characters.
func SchemaDigest() string {
	h := sha256.New()
	names, _ := fs.Glob(embedded, "migrations/*.sql") // the pattern is constant and valid
	for _, name := range names {
		body, _ := embedded.ReadFile(name)
		fmt.Fprintf(h, "%s %d\n%s", name, len(body), body)
	}
	return hex.EncodeToString(h.Sum(nil))[:16]
}

func newProvider(url string) (*goose.Provider, error) {
	db, err := sql.Open("pgx", url)
	if err != nil {
		return nil, fmt.Errorf("postgres address: %w", err)
	}
	files, err := fs.Sub(embedded, "migrations")
	if err != nil {
		return nil, fmt.Errorf("migrations: %w", err)
	}
	locker, err := lock.NewPostgresSessionLocker(lock.WithLockTimeout(1, 300), lock.WithUnlockTimeout(1, 30))
	if err != nil {
		return nil, fmt.Errorf("migration lock: %w", err)
	}
	provider, err := goose.NewProvider(goose.DialectPostgres, db, files, goose.WithSessionLocker(locker), goose.WithDisableGlobalRegistry(true), goose.WithAllowOutofOrder(true))
	if err != nil {
		db.Close()
		return nil, fmt.Errorf("migrations: %w", err)
	}
	return provider, nil
}
