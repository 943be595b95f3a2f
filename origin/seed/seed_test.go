package seed_test

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/stagedoor/stagedoor/origin/postgres/pgtest"
	"github.com/stagedoor/stagedoor/origin/seed"
	"github.com/stagedoor/stagedoor/origin/seed/data"
	"github.com/stagedoor/stagedoor/origin/seed/seedtest"
)

var monday = seedtest.Monday()

func run(t testing.TB, pool *pgxpool.Pool, c seed.Config) seed.Report {
	t.Helper()
	report, err := seed.Run(t.Context(), pool, c)
	if err != nil {
		t.Fatal(err)
	}
	return report
}

// collect reads one column.
func collect[T any](t testing.TB, pool *pgxpool.Pool, query string, args ...any) []T {
	t.Helper()
	rows, err := pool.Query(t.Context(), query, args...)
	if err != nil {
		t.Fatal(err)
	}
	values, err := pgx.CollectRows(rows, pgx.RowTo[T])
	if err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	return values
}

func count(t testing.TB, pool *pgxpool.Pool, query string, args ...any) int {
	t.Helper()
	return collect[int](t, pool, query, args...)[0]
}

func TestTheWholeHouse(t *testing.T) {
	t.Parallel()
	pool := pgtest.Pool(t)
	var told []int
	c := seed.Config{
		Seed: 1, Now: func() time.Time { return monday.Add(5*24*time.Hour + 13*time.Hour) },
		Progress: func(done, total int, what string) {
			if what == "" || done > total {
				t.Errorf("progress %d of %d: %q", done, total, what)
			}
			told = append(told, done)
		},
	}
	report := run(t, pool, c)
	if report.Skipped || !report.Start.Equal(monday) || report.Theatres < 44 || report.Performances != report.Theatres*26*8 {
		t.Errorf("report %+v", report)
	}
	for i := 1; i < len(told); i++ {
		if told[i] < told[i-1] {
			t.Errorf("progress went back from %d to %d", told[i-1], told[i])
		}
	}
	for what, query := range map[string]string{
		"plans with other than the capacity": `select count(*) from venues v join seating_plans p on p.venue_id = v.id
			where p.seats <> v.capacity or v.capacity <> (select count(*) from jsonb_path_query(p.layout::jsonb, '$.sections[*].rows[*].seats[*]'))
				+ (select coalesce(sum(g::int), 0) from jsonb_path_query(p.layout::jsonb, '$.sections[*].general.count') g)`,
		"theatres with people standing": `select 1 - count(*) from seating_plans where layout::jsonb @? '$.sections[*].general'`,
		"bands without a price": `select count(*) from performances f join (
				select p.id, b #>> '{}' as band from seating_plans p, jsonb_path_query(p.layout::jsonb, '$.sections[*].rows[*].seats[*].band') b group by 1, 2
			) x on x.id = f.plan_id
			where not exists (select from prices r
				where r.production_id = f.production_id and r.tier = f.price_tier and r.band = x.band and r.price_type = 'adult')`,
		"companions that pay":               `select count(*) from prices where price_type = 'companion' and amount <> 0`,
		"children in what is not for them":  `select count(*) from prices r join productions p on p.id = r.production_id where price_type = 'child' and age_guidance = 'Ages 16+'`,
		"adults that don't pay":             `select count(*) from prices where price_type = 'adult' and amount < 500`,
		"bands dearer than the band before": `select count(*) from prices a join prices b using (production_id, tier, price_type) where a.band < b.band and a.amount < b.amount`,
		"IDs that are not UUIDv7":           `select count(*) from performances where substr(id::text, 15, 1) <> '7'`,
		"shows at the group's brand":        `select count(*) from productions where brand_id = 'stagedoor'`,
	} {
		if n := count(t, pool, query); n != 0 {
			t.Errorf("%d %s", n, what)
		}
	}
	if again := run(t, pool, c); !again.Skipped || again.Performances != report.Performances {
		t.Errorf("seeded again: %+v", again)
	}
}

func TestNextWeek(t *testing.T) {
	t.Parallel()
	pool := pgtest.Pool(t)
	c := seed.Config{Seed: 1, Start: monday, Files: seedtest.Files(t)}
	run(t, pool, c)
	ids := func() map[uuid.UUID]bool {
		out := map[uuid.UUID]bool{}
		for _, id := range collect[uuid.UUID](t, pool, `select id from performances`) {
			out[id] = true
		}
		return out
	}
	before := ids()
	sold := order(t, pool, `select id from performances order by starts_at limit 1`)
	plans := count(t, pool, `select count(*) from seating_plans`)

	c.Start = monday.AddDate(0, 0, 7)
	report := run(t, pool, c)
	if report.Kept != 1 {
		t.Errorf("kept %d performances, want the sold one", report.Kept)
	}
	after := ids()
	if !after[sold] {
		t.Error("the sold performance is gone")
	}
	same := 0
	for id := range after {
		if before[id] {
			same++
		}
	}
	if want := report.Theatres*8*25 + 1; same != want {
		t.Errorf("%d performances kept their ID, want %d", same, want)
	}
	if got := count(t, pool, `select count(*) from seating_plans`); got != plans {
		t.Errorf("%d plans, %d before", got, plans)
	}
}

// Another seed is another season: what was sold of the old one stays, hour, plan, prices and all.
func TestAnotherSeason(t *testing.T) {
	t.Parallel()
	pool := pgtest.Pool(t)
	c := seed.Config{Seed: 1, Start: monday, Files: seedtest.Files(t)}
	run(t, pool, c)
	sold := order(t, pool, `select id from performances order by starts_at desc limit 1`)
	const shape = `select concat_ws(' ', f.starts_at, f.plan_id, f.price_tier, p.title, (select sum(amount) from prices r where r.production_id = p.id))
		from performances f join productions p on p.id = f.production_id where f.id = $1`
	before := collect[string](t, pool, shape, sold)[0]
	ours := uuid.Must(uuid.NewV7())
	execute(t, pool, `insert into productions (id, brand_id, venue_id, slug, title, author, genre, summary, description, running_minutes,
		poster_seed, opens_on, closes_on) select $1, brand_id, id, 'gala', 'Gala', 'Many', 'Comedy', '-', '-', 90, 1, now(), now() from venues limit 1`, ours)

	files := seedtest.Files(t)
	drawn := strings.Replace(string(files["theatres-regions.json"].Data), `"curve": 0.`, `"curve": 0.1`, -1)
	files["theatres-regions.json"].Data = []byte(drawn)
	report := run(t, pool, seed.Config{Seed: 2, Start: monday, Files: files})
	if report.Kept != 1 {
		t.Errorf("kept %d performances, want 1", report.Kept)
	}
	if after := collect[string](t, pool, shape, sold)[0]; after != before {
		t.Errorf("the sold performance was\n%s, is\n%s", before, after)
	}
	if n := count(t, pool, `select count(*) from performances`); n != report.Performances {
		t.Errorf("%d performances, want %d: one evening is taken by the one that was sold", n, report.Performances)
	}
	if n := count(t, pool, `select count(*) from productions where id = $1`, ours); n != 1 {
		t.Error("a production that the seeder did not write is gone")
	}
	if n := count(t, pool, `select count(*) from seating_plans where version = 2`); n != report.Theatres {
		t.Errorf("%d new versions of plans, want %d", n, report.Theatres)
	}
	if n := count(t, pool, `select count(*) from seating_plans where version = 1`); n != 1 {
		t.Errorf("%d old plans are left, want the one that was sold on", n)
	}
}

func TestFaultyDataChangesNothing(t *testing.T) {
	t.Parallel()
	pool := pgtest.Pool(t)
	c := seed.Config{Seed: 1, Start: monday, Files: seedtest.Files(t)}
	run(t, pool, c)
	const state = `select digest from seedings union all select count(*)::text from performances`
	before := collect[string](t, pool, state)

	files := seedtest.Files(t)
	files["works.json"].Data = []byte(strings.Replace(string(files["works.json"].Data), `"Tragedy"`, `"Sadness"`, 1))
	_, err := seed.Run(t.Context(), pool, seed.Config{Seed: 2, Start: monday, Files: files})
	var faulty *data.Error
	if !errors.As(err, &faulty) || faulty.Faults[0].File != "works.json" || faulty.Faults[0].Record != "hamlet" || faulty.Faults[0].Field != "genre" {
		t.Errorf("the error doesn't name works.json, hamlet, genre: %v", err)
	}
	// Cut off in the middle of writing.
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	_, err = seed.Run(ctx, pool, seed.Config{Seed: 2, Start: monday, Files: seedtest.Files(t), Progress: func(_, _ int, what string) {
		if what == "writing the season" {
			cancel()
		}
	}})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("cut off: %v", err)
	}
	if after := collect[string](t, pool, state); strings.Join(after, " ") != strings.Join(before, " ") {
		t.Errorf("the database held %v, holds %v", before, after)
	}
	if _, err := seed.Run(t.Context(), pool, seed.Config{Start: monday.AddDate(0, 0, 1)}); err == nil {
		t.Error("a season beginning on a Tuesday: no error")
	}
}

// Two processes that start at once both find a seeded database, while orders are being placed.
func TestTogether(t *testing.T) {
	t.Parallel()
	pool := pgtest.Pool(t)
	run(t, pool, seed.Config{Seed: 1, Start: monday, Files: seedtest.Files(t)})
	var all sync.WaitGroup
	for range 2 {
		all.Go(func() {
			if _, err := seed.Run(t.Context(), pool, seed.Config{Seed: 1, Start: monday.AddDate(0, 0, 7), Files: seedtest.Files(t)}); err != nil {
				t.Error(err)
			}
		})
	}
	var sold []uuid.UUID
	for range 10 {
		sold = append(sold, order(t, pool, `select id from performances where starts_at > '2026-12-01' order by random() limit 1`))
	}
	all.Wait()
	if n := count(t, pool, `select count(*) from performances where id = any($1)`, sold); n < 1 {
		t.Error("sold performances are gone")
	}
}

func execute(t testing.TB, pool *pgxpool.Pool, query string, args ...any) {
	t.Helper()
	if _, err := pool.Exec(t.Context(), query, args...); err != nil {
		t.Fatalf("%s: %v", query, err)
	}
}

// order places an order for the performance a query finds and returns the performance's ID.
func order(t testing.TB, pool *pgxpool.Pool, query string) uuid.UUID {
	t.Helper()
	performance := collect[uuid.UUID](t, pool, query)[0]
	seedtest.Order(t, pool, performance)
	return performance
}
