package postgres_test

import (
	"errors"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/stagedoor/stagedoor/origin/postgres"
	"github.com/stagedoor/stagedoor/origin/postgres/pgtest"
)

func TestAPipelineIsTheTransaction(t *testing.T) {
	t.Parallel()
	db, ctx := pgtest.Pool(t), t.Context()
	if _, err := db.Exec(ctx, "create table things (id int primary key)"); err != nil {
		t.Fatal(err)
	}
	count := func() (n int) {
		t.Helper()
		if err := db.QueryRow(ctx, "select count(*) from things").Scan(&n); err != nil {
			t.Fatal(err)
		}
		return n
	}
	t.Run("statements arrive in their order, before what is asked", func(t *testing.T) {
		err := pgx.BeginFunc(ctx, db, func(tx pgx.Tx) error {
			p := postgres.NewPipeline(tx)
			for id := range 3 {
				if _, err := p.Exec(ctx, "insert into things values ($1)", id); err != nil {
					return err
				}
			}
			var n int
			if err := p.QueryRow(ctx, "select count(*) from things where id < $1", 2).Scan(&n); err != nil || n != 2 {
				t.Errorf("counted %d, %v", n, err)
			}
			rows, err := p.Query(ctx, "delete from things where id = 0 returning id")
			if err != nil {
				return err
			}
			if ids, err := pgx.CollectRows(rows, pgx.RowTo[int]); err != nil || len(ids) != 1 {
				t.Errorf("deleted %v, %v", ids, err)
			}
			_, _ = p.Exec(ctx, "insert into things values (7)")
			return p.Flush(ctx)
		})
		if n := count(); err != nil || n != 3 {
			t.Errorf("%d rows, %v", n, err)
		}
	})
	t.Run("the error of a statement comes with the next question, and nothing is kept", func(t *testing.T) {
		for name, next := range map[string]func(*postgres.Pipeline) error{
			"query": func(p *postgres.Pipeline) error {
				var n int
				return p.QueryRow(ctx, "select 1").Scan(&n)
			},
			"flush": func(p *postgres.Pipeline) error { return p.Flush(ctx) },
			"batch": func(p *postgres.Pipeline) error {
				b := &pgx.Batch{}
				b.Queue("select 1")
				return p.SendBatch(ctx, b).Close()
			},
		} {
			err := pgx.BeginFunc(ctx, db, func(tx pgx.Tx) error {
				p := postgres.NewPipeline(tx)
				_, _ = p.Exec(ctx, "insert into things values (100)")
				_, _ = p.Exec(ctx, "insert into things values (7)") // is there
				return next(p)
			})
			var refused *pgconn.PgError
			if err == nil || name != "batch" && (!errors.As(err, &refused) || refused.Code != "23505") {
				t.Errorf("%s: %v", name, err)
			}
		}
		if n := count(); n != 3 {
			t.Errorf("%d rows", n)
		}
	})
	t.Run("of a pool, what goes together is one transaction", func(t *testing.T) {
		p := postgres.NewPipeline(db)
		_, _ = p.Exec(ctx, "insert into things values (200)")
		_, _ = p.Exec(ctx, "insert into things values (7)")
		if err := p.Flush(ctx); err == nil || count() != 3 {
			t.Errorf("%d rows, %v", count(), err)
		}
		_, _ = p.Exec(ctx, "insert into things values (200)")
		if err := p.Flush(ctx); err != nil || count() != 4 {
			t.Errorf("%d rows, %v", count(), err)
		}
		var none int
		if err := p.QueryRow(ctx, "select id from things where id = -1").Scan(&none); !errors.Is(err, pgx.ErrNoRows) {
			t.Errorf("no row: %v", err)
		}
	})
}
