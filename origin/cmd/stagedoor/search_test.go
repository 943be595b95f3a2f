package main

import (
	"context"
	"io"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/typesense/typesense-go/v3/typesense"
	"github.com/typesense/typesense-go/v3/typesense/api"

	"github.com/stagedoor/stagedoor/origin/postgres/pgtest"
	"github.com/stagedoor/stagedoor/search/index"
	"github.com/stagedoor/stagedoor/search/local"
	"github.com/stagedoor/stagedoor/search/local/store"
)

// desired runs commands against a database and a search server.
type desired struct {
	t   *testing.T
	env map[string]string
}

func (d *desired) run(code int, args ...string) (out, problem string) {
	d.t.Helper()
	texts := make([]string, 2)
	files := make([]*os.File, 2)
	for i := range files {
		f, err := os.CreateTemp(d.t.TempDir(), "out")
		if err != nil {
			d.t.Fatal(err)
		}
		defer f.Close()
		files[i] = f
	}
	got := run(d.t.Context(), args, terminal{files[0], files[1], func(name string) (string, bool) { v, ok := d.env[name]; return v, ok }})
	for i, f := range files {
		body, err := os.ReadFile(f.Name())
		if err != nil {
			d.t.Fatal(err)
		}
		texts[i] = string(body)
	}
	if got != code {
		d.t.Fatalf("%v: status %d, want %d\n%s\n%s", args, got, code, texts[0], texts[1])
	}
	return texts[0], texts[1]
}

// says fails unless text has all of these.
func (d *desired) says(text string, want ...string) {
	d.t.Helper()
	for _, w := range want {
		if !strings.Contains(text, w) {
			d.t.Errorf("%q is not in %q", w, text)
		}
	}
}

// TestSearchIsChangedByCommand goes the whole way with what the database holds: plan, apply, status, rollback, forth
// again, drop, rebuild.
func TestSearchIsChangedByCommand(t *testing.T) {
	t.Parallel()
	url := pgtest.URL(t)
	engine, err := local.Open(local.Config{Dir: t.TempDir(), APIKey: "k", Sync: store.SyncNever})
	if err != nil {
		t.Fatal(err)
	}
	web := httptest.NewServer(engine)
	t.Cleanup(func() { web.Close(); _ = engine.Close() })
	d := &desired{t, map[string]string{"DATABASE_URL": url, "TYPESENSE_URL": web.URL, "TYPESENSE_API_KEY": "k", "STAGEDOOR_DOMAIN": "localhost"}}

	out, _ := d.run(0, "search", "plan")
	d.says(out, "There is no search index yet", index.CollectionName(), "0 shows")
	_, problem := d.run(1, "search", "apply")
	d.says(problem, "not put in place", "is this the right database?")
	d.run(0, "search", "drop")

	fill(t, url)
	client, err := index.Connect(index.Config{URL: web.URL, APIKey: "k"})
	if err != nil {
		t.Fatal(err)
	}
	d.run(0, "search", "apply")
	d.run(0, "search", "drop")
	old := index.Schema("shows_v0")
	old.Fields = append(old.Fields[:0:0], old.Fields...)
	for i := range old.Fields {
		if old.Fields[i].Name == "genre" {
			old.Fields[i].Facet = nil
		}
	}
	if _, err := client.Collections().Create(t.Context(), old); err != nil {
		t.Fatal(err)
	}
	if _, err := client.Aliases().Upsert(t.Context(), index.Alias, &api.CollectionAliasSchema{CollectionName: old.Name}); err != nil {
		t.Fatal(err)
	}
	copied(t, client, index.CollectionName(), old.Name)
	if _, err := client.Collection(index.CollectionName()).Delete(t.Context()); err != nil {
		t.Fatal(err)
	}
	out, _ = d.run(0, "search", "plan")
	d.says(out, "shows_v0 is searched", "~ genre: string, facet, was string", "2 shows")
	d.run(2, "search", "apply", "--despite", " ")
	_, problem = d.run(1, "search", "apply", "--despite", "a feeling")
	d.says(problem, "Nothing was changed: there is nothing to overrule: apply first")
	out, problem = d.run(0, "search", "apply")
	d.says(out, index.CollectionName()+" is searched now", "2 shows were written", "stagedoor search rollback")
	d.says(problem, "Filling "+index.CollectionName(), "Comparing", "Putting")
	got, err := index.NewSearcher(client).Search(t.Context(), index.Query{Text: "hamlet"})
	if err != nil || got.Found != 1 || got.Hits[0].Show.Brand != "Lyceum" {
		t.Fatalf("%+v, %v", got, err)
	}
	out, _ = d.run(0, "search", "status")
	d.says(out, "shows_v0", "old", "searched")
	out, _ = d.run(0, "search", "rollback")
	d.says(out, "shows_v0 again")
	d.run(0, "search", "apply")
	d.run(0, "search", "drop")
	out, _ = d.run(0, "search", "apply")
	d.says(out, "Nothing to do")
	_, problem = d.run(1, "search", "rollback")
	d.says(problem, "Nothing was changed: there is nothing to roll back")
	out, _ = d.run(0, "search", "rebuild", "--json")
	d.says(out, `"phase": "swapped"`, `"to": "`+index.CollectionName()+`_2"`)
	_, problem = d.run(1, "search", "drop", index.Alias)
	d.says(problem, "Nothing was changed")
	web.Close()
	_, problem = d.run(1, "search", "status")
	d.says(problem, "swap: look up the alias")
}

// copied brings all documents of a collection into another.
func copied(t *testing.T, client *typesense.Client, from, to string) {
	t.Helper()
	all, err := client.Collection(from).Documents().Export(t.Context(), &api.ExportDocumentsParams{})
	if err != nil {
		t.Fatal(err)
	}
	defer all.Close()
	answer, err := client.Collection(to).Documents().ImportJsonl(t.Context(), all, &api.ImportDocumentsParams{})
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Close()
	if text, err := io.ReadAll(answer); err != nil || strings.Contains(string(text), "false") {
		t.Fatal(string(text), err)
	}
}

// TestSearchServerIsNamed: what is missing is said, and nobody shares a folder.
func TestSearchServerIsNamed(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	engine, err := local.Open(local.Config{Dir: dir, APIKey: "k"})
	if err != nil {
		t.Fatal(err)
	}
	defer engine.Close()
	d := &desired{t, nil}
	_, problem := d.run(2, "search", "serve", "--data", dir)
	d.says(problem, "--key or TYPESENSE_API_KEY")
	_, problem = d.run(2, "search", "serve", "--key", "k")
	d.says(problem, "--data")
	_, problem = d.run(1, "search", "serve", "--key", "k", "--data", dir, "--addr", "127.0.0.1:0")
	d.says(problem, "in use by another process")
}

// fill writes a theatre with two shows into the database.
func fill(t *testing.T, url string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	db, err := pgxpool.New(ctx, url)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	exec := func(sql string, args ...any) {
		t.Helper()
		if _, err := db.Exec(ctx, sql, args...); err != nil {
			t.Fatal(err)
		}
	}
	venue, plan := uuid.New(), uuid.New()
	exec("insert into brands (id, name, country, locale, currency, time_zone) values ('lyceum', 'Lyceum', 'GB', 'en-GB', 'GBP', 'Europe/London')")
	exec(`insert into venues (id, brand_id, slug, name, city, country, latitude, longitude, time_zone, capacity, opened_year)
		values ($1, 'lyceum', 'lyceum', 'Lyceum Theatre', 'London', 'GB', 51.5117, -0.1196, 'Europe/London', 100, 1834)`, venue)
	exec("insert into seating_plans (id, venue_id, version, name, seats, layout) values ($1, $2, 1, 'House', 100, '{}')", plan, venue)
	exec("insert into price_types (id, name, sort_order) values ('adult', 'Adult', 1)")
	for _, title := range []string{"Hamlet", "Twelfth Night"} {
		id := uuid.New()
		exec(`insert into productions (id, brand_id, venue_id, slug, title, author, genre, summary, description, running_minutes, poster_seed, opens_on, closes_on)
			values ($1, 'lyceum', $2, $3, $4, 'William Shakespeare', 'Play', 'In short.', 'At length.', 120, 1, '2026-10-01', '2099-01-01')`, id, venue, id.String(), title)
		exec("insert into prices (production_id, tier, band, price_type, amount) values ($1, 'standard', 'A', 'adult', 5000)", id)
		exec("insert into performances (id, production_id, venue_id, plan_id, starts_at, on_sale_at) values ($1, $2, $3, $4, now() + interval '30 days', now())", uuid.New(), id, venue, plan)
	}
}
