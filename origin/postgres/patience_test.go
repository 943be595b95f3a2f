package postgres_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/stagedoor/stagedoor/origin/postgres"
	"github.com/stagedoor/stagedoor/origin/postgres/pgtest"
)

// The server is stopped where it stands: its connections are open and silent. Whoever is impatient is told so, also when
// every connection of the pool is in somebody's hands or must be made anew; without patience the calls below would wait
// until the server goes on, which it does not before they return.
func TestAFrozenServerIsGivenUp(t *testing.T) {
	t.Parallel()
	server, pool := pgtest.Own(t)
	ctx := postgres.Impatient(t.Context(), 300*time.Millisecond)
	if _, err := pool.Exec(ctx, "create table kept (n int primary key)"); err != nil {
		t.Fatal(err)
	}
	if err := server.Freeze(); err != nil {
		t.Fatal(err)
	}
	for name, ask := range map[string]func() error{
		"a statement": func() error { _, err := pool.Exec(ctx, "insert into kept values (1)"); return err },
		"a question":  func() error { var n int; return pool.QueryRow(ctx, "select count(*) from kept").Scan(&n) },
		"a transaction": func() error {
			return pgx.BeginFunc(ctx, pool, func(tx pgx.Tx) error { _, err := tx.Exec(ctx, "delete from kept"); return err })
		},
		"a batch": func() error {
			var batch pgx.Batch
			batch.Queue("select 1")
			return pool.SendBatch(ctx, &batch).Close()
		},
		"a copy": func() error {
			_, err := pool.CopyFrom(ctx, pgx.Identifier{"kept"}, []string{"n"}, pgx.CopyFromRows([][]any{{2}}))
			return err
		},
	} {
		var all sync.WaitGroup
		for range 2 * int(pool.Config().MaxConns) {
			all.Go(func() {
				if err := ask(); !errors.Is(err, context.DeadlineExceeded) {
					t.Errorf("%s of a frozen server: %v", name, err)
				}
			})
		}
		all.Wait()
	}
	if t.Context().Err() != nil {
		t.Error("the caller's own context ended")
	}
	if err := server.Thaw(); err != nil {
		t.Fatal(err)
	}
	for { // as it comes round
		var n int
		err := pool.QueryRow(ctx, "select count(*) from kept").Scan(&n)
		if err == nil {
			return
		}
		if !errors.Is(err, context.DeadlineExceeded) {
			t.Fatalf("after the thaw: %v", err)
		}
	}
}

// Patience is for those who ask for it: other work takes as long as it takes.
func TestBackgroundWorkIsPatient(t *testing.T) {
	t.Parallel()
	pool := pgtest.EmptyPool(t)
	const slow = "select pg_sleep(0.3)"
	if _, err := pool.Exec(postgres.Impatient(t.Context(), 50*time.Millisecond), slow); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("impatient: %v", err)
	}
	if _, err := pool.Exec(t.Context(), slow); err != nil {
		t.Errorf("patient: %v", err)
	}
}
