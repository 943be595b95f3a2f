package postgres_test

import (
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/stagedoor/stagedoor/origin/postgres"
	"github.com/stagedoor/stagedoor/origin/postgres/pgtest"
)

// A house may be told something while its outbox is changed: what was taken a number for before, and is committed after the
// change began, still waits for the relay.
func TestNoFactIsLostWhileTheOutboxIsChanged(t *testing.T) {
	t.Parallel()
	url := pgtest.EmptyURL(t)
	if err := postgres.MigrateTo(t.Context(), url, 33); err != nil {
		t.Fatal(err)
	}
	pool, err := postgres.Open(t.Context(), url, postgres.Config{})
	if err != nil {
		t.Fatal(err)
	}
	defer pool.Close()
	slow, err := pool.Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	const fact = "insert into outbox (event_id, subject, key, payload, relayed_at, stream_seq) values (gen_random_uuid(), 'a.b', 'k', '{}', "
	if _, err := slow.Exec(t.Context(), fact+"null, null)"); err != nil {
		t.Fatal(err)
	}
	if _, err := pool.Exec(t.Context(), fact+"now(), 1)"); err != nil {
		t.Fatal(err)
	}
	changed := make(chan error, 1)
	go func() { changed <- postgres.MigrateTo(t.Context(), url, 34) }()
	for deadline := time.Now().Add(2 * time.Minute); !somebodyWaits(t, pool); time.Sleep(10 * time.Millisecond) {
		select {
		case err := <-changed:
			t.Fatalf("it was changed while somebody wrote: %v", err)
		default:
		}
		if time.Now().After(deadline) {
			t.Fatal("the change does not begin")
		}
	}
	if err := slow.Commit(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := <-changed; err != nil {
		t.Fatal(err)
	}
	var floor, waits int
	err = pool.QueryRow(t.Context(), "select (select id from outbox_floor), (select min(id) from outbox_waiting)").Scan(&floor, &waits)
	if err != nil || floor >= waits {
		t.Errorf("the relay begins above %d, and %d waits: %v", floor, waits, err)
	}
}

// somebodyWaits reports whether a lock in the database is waited for.
func somebodyWaits(t *testing.T, pool *pgxpool.Pool) (waits bool) {
	t.Helper()
	err := pool.QueryRow(t.Context(), `select exists (select from pg_locks where not granted and locktype = 'relation'
		and database = (select oid from pg_database where datname = current_database()))`).Scan(&waits)
	if err != nil {
		t.Fatal(err)
	}
	return waits
}
