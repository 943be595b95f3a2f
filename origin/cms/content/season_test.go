package content_test

import (
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/stagedoor/stagedoor/origin/cms"
	"github.com/stagedoor/stagedoor/origin/cms/content"
	"github.com/stagedoor/stagedoor/origin/cms/local"
	"github.com/stagedoor/stagedoor/origin/seed/seedtest"
)

// The whole season, written as entries by the content system for local use, is taken over and nothing of it changes:
// not an ID, not a price, not a performance.
func TestASeasonOfEntriesChangesNothing(t *testing.T) {
	t.Parallel()
	db := seedtest.Pool(t)
	ctx := t.Context()
	editors := local.New(local.Config{DB: db, Now: time.Now, Logger: slog.New(slog.DiscardHandler)})
	n, err := editors.Fill(ctx)
	if err != nil {
		t.Fatal(err)
	}
	var brands []string
	if err := db.QueryRow(ctx, `select array_agg(id) from brands`).Scan(&brands); err != nil {
		t.Fatal(err)
	}
	found, err := editors.Find(ctx, local.Query{Brands: brands, Group: true, Most: n + 1})
	if err != nil {
		t.Fatal(err)
	}
	shown := func() map[string]string {
		t.Helper()
		out := map[string]string{}
		for table, columns := range map[string]string{
			"brands": "id, name, country, locale, currency, time_zone, theme::text, is_group", "venues": "v::text", "seating_plans": "id, venue_id, version, name, layout::text",
			"productions": "id, brand_id, venue_id, slug, title, author, genre, language, summary, description, first_staged, age_guidance, running_minutes, interval_count, poster_seed, opens_on, closes_on, published",
			"prices":      "v::text", "performances": "id, production_id, venue_id, plan_id, starts_at, on_sale_at, status, price_tier, access",
		} {
			var lines []string
			if err := db.QueryRow(ctx, "select array_agg(row("+columns+")::text order by row("+columns+")::text) from "+table+" v").Scan(&lines); err != nil {
				t.Fatal(table, err)
			}
			out[table] = strings.Join(lines, "\n")
		}
		return out
	}
	before := shown()
	catalogue := &content.Catalogue{}
	applied := 0
	for _, kind := range cms.Kinds() {
		for _, light := range found.Entries {
			if light.Kind != kind {
				continue
			}
			e, err := editors.Get(ctx, light.Key)
			if err != nil {
				t.Fatal(err)
			}
			change := e.Preview(time.Now())
			if err := pgx.BeginFunc(ctx, db, func(tx pgx.Tx) error { return catalogue.Apply(ctx, tx, change) }); err != nil {
				t.Errorf("%s %q: %v", kind, e.Title, err)
			}
			applied++
		}
	}
	if applied != n {
		t.Errorf("%d of %d entries were applied", applied, n)
	}
	for table, now := range shown() {
		if now == before[table] {
			continue
		}
		was := map[string]bool{}
		for line := range strings.Lines(before[table]) {
			was[strings.TrimSpace(line)] = true
		}
		told := 0
		for line := range strings.Lines(now) {
			if line = strings.TrimSpace(line); !was[line] && told < 3 {
				told++
				t.Errorf("%s: there is now %.600s", table, line)
			}
		}
		if told == 0 {
			t.Errorf("%s: something is gone", table)
		}
	}
	var left int
	if err := db.QueryRow(ctx, `select (select count(*) from productions where seeded) + (select count(*) from performances where seeded)`).Scan(&left); err != nil || left != 0 {
		t.Errorf("%d rows still count as seeded, %v", left, err)
	}
}
