package edgeconfig

import (
	"context"
	"fmt"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/stagedoor/stagedoor/edge/site"
)

// Triggers note that what searches find has changed when a show does, which is before the search index has it: a page
// of search that is made in between, and kept, is as old as what it took the place of. So it is noted once more when
// the index has it. Shows are written by the hundred while they sell, and this waits a little for more of its kind.

// NoteSearch notes that the search index has changed for shows. Where a show is gone nobody knows whose it was, and it
// is noted for all sites.
func NoteSearch(ctx context.Context, tx pgx.Tx, productions []uuid.UUID) error {
	_, err := tx.Exec(ctx, `
		with known as (select id, brand_id from productions where id = any($1))
		insert into cache_changes (brand_id, tag, urgent)
		select b.id, $2, false from brands b
		where cardinality($1::uuid[]) > 0 and (b.is_group or b.id in (select brand_id from known)
			or exists (select from unnest($1::uuid[]) as given (id) where given.id not in (select id from known)))`,
		productions, site.ClassSearch)
	if err != nil {
		return fmt.Errorf("cache: note what searches find: %w", err)
	}
	return nil
}

// NoteAllSearches notes that another search index is searched, by all sites.
func NoteAllSearches(ctx context.Context, db *pgxpool.Pool) error {
	if _, err := db.Exec(ctx, "insert into cache_changes (brand_id, tag, urgent) select id, $1, true from brands", site.ClassSearch); err != nil {
		return fmt.Errorf("cache: note that another index is searched: %w", err)
	}
	return nil
}
