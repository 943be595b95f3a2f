package postgres_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/stagedoor/stagedoor/origin/postgres/pgtest"
)

// withoutIndex are the foreign keys that no index begins with, and why they need none: nobody looks rows up by them, and what
// they refer to is never deleted, or so seldom and from so small a table that reading it is cheaper than an index on every
// write.
var withoutIndex = map[string]string{
	"buyer_links (brand_id)":     brandsStay,
	"cache_changes (brand_id)":   brandsStay,
	"promo_codes (brand_id)":     brandsStay,
	"promotions (brand_id)":      brandsStay,
	"staff_entries (brand_id)":   brandsStay,
	"staff_grants (brand_id)":    brandsStay,
	"prices (price_type)":        "the few price types stay, too",
	"promo_uses (order_id)":      "orders are never deleted, and the uses that stand have an index",
	"seat_fences (order_id)":     "orders are never deleted, and every sale writes fences",
	"tickets (replaced_by)":      "tickets are never deleted, and every sale writes them",
	"rooms (performance_id)":     fewRooms,
	"rooms (production_id)":      fewRooms,
	"sale_terms (production_id)": "one row for each production that has terms of its own: few",
}

const (
	brandsStay = "brands are never deleted"
	fewRooms   = "there are a few dozen rooms at most"
)

// A foreign key without an index reads all of its table whenever a row that it may refer to is deleted, and whenever somebody
// asks what belongs to such a row.
func TestForeignKeysHaveAnIndex(t *testing.T) {
	t.Parallel()
	rows, err := pgtest.Pool(t).Query(t.Context(), `
		select c.conrelid::regclass::text || ' (' || (
			select string_agg(a.attname, ', ' order by k.n) from unnest(c.conkey) with ordinality k(attnum, n)
			join pg_attribute a on a.attrelid = c.conrelid and a.attnum = k.attnum) || ')'
		from pg_constraint c
		where c.contype = 'f' and not exists (
			select from pg_index i
			where i.indrelid = c.conrelid and i.indisvalid
			  -- all of it, or all rows in which the key refers to anything
			  and (i.indpred is null or pg_get_expr(i.indpred, i.indrelid) ~ ('^\(*' || (
				select a.attname from pg_attribute a where a.attrelid = c.conrelid and a.attnum = c.conkey[1]) || ' IS NOT NULL\)*$'))
			  and c.conkey <@ (i.indkey::int2[])[0:cardinality(c.conkey) - 1])
		order by 1`)
	if err != nil {
		t.Fatal(err)
	}
	bare, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		t.Fatal(err)
	}
	for _, key := range bare {
		if withoutIndex[key] == "" {
			t.Errorf("no index begins with the foreign key %s: make one, or say here why it needs none", key)
		}
	}
	for key, why := range withoutIndex {
		if !slices.Contains(bare, key) || strings.TrimSpace(why) == "" {
			t.Errorf("%s has an index by now, or is no foreign key: take it off the list", key)
		}
	}
}
