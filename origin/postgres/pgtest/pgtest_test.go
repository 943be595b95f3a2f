package pgtest_test

import (
	"fmt"
	"testing"

	"github.com/stagedoor/stagedoor/origin/postgres/pgtest"
)

func TestEachTestHasADatabaseOfItsOwn(t *testing.T) {
	t.Parallel()
	for n := range 6 {
		t.Run(fmt.Sprint(n), func(t *testing.T) {
			t.Parallel()
			pool := pgtest.Pool(t)
			if _, err := pool.Exec(t.Context(), "insert into price_types (id, name, sort_order) values ('adult', 'Adult', 1)"); err != nil {
				t.Fatal(err)
			}
			var rows int
			if err := pool.QueryRow(t.Context(), "select count(*) from price_types").Scan(&rows); err != nil || rows != 1 {
				t.Fatalf("rows = %d, %v; another test's row is here", rows, err)
			}
		})
	}
}

func TestAnEmptyDatabaseHasNoTables(t *testing.T) {
	t.Parallel()
	pool := pgtest.EmptyPool(t)
	var tables int
	if err := pool.QueryRow(t.Context(), "select count(*) from pg_tables where schemaname = 'public'").Scan(&tables); err != nil || tables != 0 {
		t.Fatalf("tables = %d, %v", tables, err)
	}
}
