package seed_test

import (
	"testing"

	"github.com/stagedoor/stagedoor/origin/postgres/pgtest"
	"github.com/stagedoor/stagedoor/origin/seed"
	"github.com/stagedoor/stagedoor/origin/seed/seedtest"
)

// What an entry of a content system speaks for is no longer the seeder's: another week leaves it as it is.
func TestEditorsKeepWhatTheyTookOver(t *testing.T) {
	t.Parallel()
	pool := pgtest.Pool(t)
	run(t, pool, seed.Config{Seed: 1, Start: monday, Files: seedtest.Files(t)})
	id := collect[string](t, pool, `select id::text from productions order by closes_on desc, id limit 1`)[0]
	execute(t, pool, `update productions set title = 'Ours', seeded = false where id = $1`, id)
	execute(t, pool, `update performances set seeded = false where production_id = $1`, id)
	execute(t, pool, `delete from performances where id = (select id from performances where production_id = $1 order by starts_at desc limit 1)`, id)
	execute(t, pool, `update prices set amount = 1 where production_id = $1`, id)
	execute(t, pool, `insert into cms_entries (source, entry_id, kind, action, stamp_at, stamp_revision, domain_id, applied_at)
		select 'umbraco', 'b', 'brand', 'publish', now(), 1, brand_id, now() from productions where id = $1
		union all select 'umbraco', 'v', 'venue', 'publish', now(), 1, venue_id::text, now() from productions where id = $1`, id)
	execute(t, pool, `update brands set name = 'Our brand' where id = (select brand_id from productions where id = $1)`, id)
	execute(t, pool, `update venues set about = 'Our words' where id = (select venue_id from productions where id = $1)`, id)

	const ours = `select title || (select name from brands b where b.id = p.brand_id) || (select about from venues v where v.id = p.venue_id) ||
		(select count(*) || min(starts_at)::text || max(starts_at) from performances f where f.production_id = p.id) || (select sum(amount) from prices r where r.production_id = p.id)
		from productions p where id = $1`
	before := collect[string](t, pool, ours, id)[0]
	run(t, pool, seed.Config{Seed: 1, Start: monday.AddDate(0, 0, 7), Files: seedtest.Files(t)})
	if after := collect[string](t, pool, ours, id)[0]; after != before {
		t.Errorf("what editors took over was\n%s, is\n%s", before, after)
	}
	if n := count(t, pool, `select count(*) from productions where seeded`); n == 0 {
		t.Error("nothing is seeded any more")
	}

	// A production of their own where the next season has one, too: theirs stays, and the season goes on without it.
	execute(t, pool, `delete from performances; delete from productions where seeded`)
	slug := collect[string](t, pool, `select slug from productions where id = $1`, id)[0]
	execute(t, pool, `delete from prices where production_id = $1`, id)
	execute(t, pool, `delete from productions where id = $1`, id)
	execute(t, pool, `insert into productions (id, brand_id, venue_id, slug, title, author, genre, summary, description, running_minutes, poster_seed, opens_on, closes_on)
		select gen_random_uuid(), brand_id, id, $1, 'Their own', '-', 'Comedy', '-', '-', 90, 1, now(), now() from venues`, slug)
	execute(t, pool, `delete from seedings`)
	run(t, pool, seed.Config{Seed: 1, Start: monday, Files: seedtest.Files(t)})
	if n := count(t, pool, `select count(*) from productions where title = 'Their own'`); n == 0 {
		t.Error("a production that an editor made is gone")
	}
}
