package pgtest

import (
	"context"
	"crypto/rand"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"testing"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/stagedoor/stagedoor/origin/freeport"
	"github.com/stagedoor/stagedoor/origin/postgres"
	"github.com/stagedoor/stagedoor/origin/postgres/pgserver"
)

// Own starts a server for this test alone, for tests that freeze or kill it, and returns it with a pool on its migrated
// and empty database. It takes some seconds; the server ends with the test.
func Own(t testing.TB) (*pgserver.Server, *pgxpool.Pool) {
	t.Helper()
	binaries, err := pgserver.Find(repositoryRoot())
	if errors.Is(err, pgserver.ErrNotFound) {
		t.Skipf("needs Postgres: %v", err)
	}
	if err != nil {
		t.Fatal(err)
	}
	// Not t.TempDir: another user, who runs the server when this one is root, could not enter it.
	home, err := os.MkdirTemp(place(), "stagedoor-own-postgres-*")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(home) })
	if err := os.Chmod(home, 0o711); err != nil {
		t.Fatal(err)
	}
	server := startOwn(t, pgserver.Config{
		Binaries: binaries, Dir: filepath.Join(home, "data"), Password: rand.Text(), Settings: pgserver.Fast(),
		LogFile: filepath.Join(home, "postgres.log"),
	})
	t.Cleanup(func() {
		err := errors.Join(server.Thaw(), server.Stop(context.WithoutCancel(t.Context())), pgserver.Remove(filepath.Join(home, "data")))
		if err != nil {
			t.Errorf("end the test's own Postgres: %v", err)
		}
	})
	address := server.URL("postgres")
	if err := postgres.Migrate(t.Context(), address, slog.New(slog.DiscardHandler)); err != nil {
		t.Fatal(err)
	}
	return server, open(t, address)
}

// startOwn tries a few ports: somebody else may take a free one first.
func startOwn(t testing.TB, config pgserver.Config) *pgserver.Server {
	t.Helper()
	var failed error
	for range 3 {
		port, err := freeport.One()
		if err != nil {
			t.Fatal(err)
		}
		config.Port = port
		server, err := pgserver.Start(t.Context(), config)
		if err == nil {
			return server
		}
		failed = errors.Join(failed, err)
	}
	t.Fatal(failed)
	return nil
}
