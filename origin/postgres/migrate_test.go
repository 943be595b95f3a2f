package postgres_test

import (
	"log/slog"
	"slices"
	"sync"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/stagedoor/stagedoor/origin/postgres"
	"github.com/stagedoor/stagedoor/origin/postgres/pgtest"
)

func TestMigrationsGoUpDownAndUpAgain(t *testing.T) {
	t.Parallel()
	url := pgtest.EmptyURL(t)
	pool, err := postgres.Open(t.Context(), url, postgres.Config{})
	if err != nil {
		t.Fatal(err)
	}
	defer pool.Close()
	_, newest, err := postgres.Version(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	if err := postgres.Migrate(t.Context(), url, slog.New(slog.DiscardHandler)); err != nil {
		t.Fatal(err)
	}
	first := schema(t, pool)
	if !slices.Contains(first, "seat_assignments.seat_id text") {
		t.Fatalf("the schema lacks seat_assignments: %q", first)
	}
	for version := newest - 1; version >= 0; version-- { // one at a time, so that each Down is tried alone
		if err := postgres.MigrateTo(t.Context(), url, version); err != nil {
			t.Fatalf("down to %d: %v", version, err)
		}
	}
	if left := schema(t, pool); len(left) > 0 {
		t.Errorf("down leaves %q", left)
	}
	if err := postgres.Migrate(t.Context(), url, slog.New(slog.DiscardHandler)); err != nil {
		t.Fatalf("up again: %v", err)
	}
	if second := schema(t, pool); !slices.Equal(first, second) {
		t.Errorf("up again gives another schema:\n%q\n%q", first, second)
	}
}

func TestManyProcessesMayMigrateAtOnce(t *testing.T) {
	t.Parallel()
	url := pgtest.EmptyURL(t)
	var wg sync.WaitGroup
	for range 6 {
		wg.Go(func() {
			if err := postgres.Migrate(t.Context(), url, slog.New(slog.DiscardHandler)); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	current, newest, err := postgres.Version(t.Context(), url)
	if err != nil || current != newest || newest == 0 {
		t.Errorf("version = %d of %d, %v", current, newest, err)
	}
}

func TestOpenSaysWhatIsWrong(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct{ name, url string }{
		{"not an address", "postgres://%zz"},
		{"nobody there", "postgres://stagedoor@127.0.0.1:1/none?connect_timeout=2"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			if pool, err := postgres.Open(t.Context(), tc.url, postgres.Config{}); err == nil {
				pool.Close()
				t.Error("no error")
			}
		})
	}
}

// schema lists every column, except goose's own, as "table.column type".
func schema(t *testing.T, pool *pgxpool.Pool) []string {
	t.Helper()
	rows, err := pool.Query(t.Context(), `select table_name || '.' || column_name || ' ' || data_type from information_schema.columns
		where table_schema = 'public' and table_name <> 'goose_db_version' order by 1`)
	if err != nil {
		t.Fatal(err)
	}
	columns, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		t.Fatal(err)
	}
	return columns
}
