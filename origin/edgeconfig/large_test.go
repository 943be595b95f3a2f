package edgeconfig_test

import (
	"context"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/stagedoor/stagedoor/origin/edgeconfig"
)

// TestAWholeImportGoesAndComesBack rolls a whole import back, and that back: each is one click.
func TestAWholeImportGoesAndComesBack(t *testing.T) {
	t.Parallel()
	const rows = 20_000
	h := newHouse(t)
	ctx := t.Context()
	if _, err := h.AddRedirect(ctx, "mara", edgeconfig.Redirect{Site: "lyceum", Source: "/first", Target: "/shows"}); err != nil {
		t.Fatal(err)
	}
	_, err := h.ApplyBatch(ctx, edgeconfig.Batch{
		Actor: "mara", Action: "redirect.import", About: "Imported", Sites: []string{"lyceum"}, Base: map[string]int{"lyceum": 1},
		Apply: func(ctx context.Context, tx pgx.Tx, numbers map[string]int) (map[string]edgeconfig.Counts, error) {
			_, err := tx.Exec(ctx, `insert into redirects (id, brand_id, match, source, target, status, preserve_query, preserve_suffix, include_subdomains,
					enabled, note, created_by, created_at, since_version, updated_by, updated_at)
				select gen_random_uuid(), 'lyceum', 'exact', '/old/' || n, '/shows', 301, true, true, false, true, '', 'mara', now(), $1::integer, 'mara', now() from generate_series(1, $2::integer) n`,
				numbers["lyceum"], rows)
			return map[string]edgeconfig.Counts{"lyceum": {Added: rows}}, err
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	count := func(want int) {
		t.Helper()
		var n int
		if err := h.db.QueryRow(ctx, "select count(*) from redirects").Scan(&n); err != nil || n != want {
			t.Errorf("%d rules, %v; want %d", n, err, want)
		}
	}
	began := time.Now()
	if _, err := h.Rollback(ctx, "mara", "lyceum", 1); err != nil {
		t.Fatal(err)
	}
	t.Logf("gone in %s", time.Since(began))
	count(1)
	began = time.Now()
	made, err := h.Undo(ctx, "mara", "lyceum", 3)
	if err != nil || made.Added != rows {
		t.Fatalf("%+v, %v", made, err)
	}
	t.Logf("back in %s", time.Since(began))
	count(rows + 1)
	began = time.Now()
	if _, total, err := h.Diff(ctx, "lyceum", 3, 4, 10); err != nil || total != rows {
		t.Errorf("%d differences, %v", total, err)
	}
	t.Logf("compared in %s", time.Since(began))
}
