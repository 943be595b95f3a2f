// Package seedtest gives tests a house to play in: a part of the committed one, small enough to be seeded quickly.
package seedtest

import (
	"io/fs"
	"testing"
	"testing/fstest"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/stagedoor/stagedoor/origin/postgres/pgtest"
	"github.com/stagedoor/stagedoor/origin/seed"
	"github.com/stagedoor/stagedoor/origin/seed/data"
)

// Monday is the first day of the season that Pool seeds: 16 November 2026.
func Monday() time.Time { return time.Date(2026, time.November, 16, 0, 0, 0, 0, time.UTC) }

// Files is the committed house without London and Broadway: eleven British theatres. The map is the caller's to change.
func Files(t testing.TB) fstest.MapFS {
	t.Helper()
	out := fstest.MapFS{}
	for _, name := range []string{"group.json", "works.json", "prices.json", "theatres-regions.json"} {
		content, err := fs.ReadFile(data.Files(), name)
		if err != nil {
			t.Fatal(err)
		}
		out[name] = &fstest.MapFile{Data: content}
	}
	return out
}

// Pool is a database of this test's own (pgtest.Pool), with Files seeded into it from Monday.
func Pool(t testing.TB) *pgxpool.Pool {
	t.Helper()
	pool := pgtest.Pool(t)
	if _, err := seed.Run(t.Context(), pool, seed.Config{Seed: 1, Start: Monday(), Files: Files(t)}); err != nil {
		t.Fatal(err)
	}
	return pool
}

// Order puts a paid order without seats into the database and returns its ID.
func Order(t testing.TB, pool *pgxpool.Pool, performance uuid.UUID) uuid.UUID {
	t.Helper()
	id := uuid.Must(uuid.NewV7())
	_, err := pool.Exec(t.Context(), `
		insert into orders (id, number, brand_id, performance_id, state, buyer_name, buyer_email, currency, total,
			session_hash, hold_id, hold_token, created_at, updated_at, expires_at)
		select $1, $2, v.brand_id, f.id, 'paid', 'A. Buyer', 'buyer@example.com', 'GBP', 1000, '', $2, 1, now(), now(), now()
		from performances f join venues v on v.id = f.venue_id
		where f.id = $3`, id, id.String(), performance)
	if err != nil {
		t.Fatal(err)
	}
	return id
}
