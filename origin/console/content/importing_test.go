package content

import (
	"testing"
	"time"

	"github.com/stagedoor/stagedoor/origin/cms"
	"github.com/stagedoor/stagedoor/origin/postgres/pgtest"
)

// TestWhileTheFirstImportRuns: entries that wait for each other until each had its turn are told of as an import, and
// those that wait for somebody to publish something are not.
func TestWhileTheFirstImportRuns(t *testing.T) {
	t.Parallel()
	db, ctx := pgtest.Pool(t), t.Context()
	p := &Pages{DB: db}
	say := func(waitedFor string) (string, string) {
		t.Helper()
		i, err := p.importingOf(ctx, cms.Umbraco, waitedFor)
		if err != nil {
			t.Fatal(err)
		}
		return i.inLine(), i.waits("venue-1")
	}
	unknown := "It refers to an entry the house has not heard of (venue-1). It is applied when that one is published."
	if line, waits := say("venue-1"); line != "In line." || waits != unknown {
		t.Errorf("never swept: %q, %q", line, waits)
	}
	began := time.Now().UTC()
	if _, err := db.Exec(ctx, `insert into cms_sweeps (source, next_at, started_at, total) values ('umbraco', $1, $1, 1200)`, began); err != nil {
		t.Fatal(err)
	}
	if _, err := db.Exec(ctx, `insert into cms_deliveries (source, way, dedup, topic, entry_id, body, received_at, next_at, state, waits_for, finished_at)
		select 'umbraco', 'sweep', 'd' || n, '', case n when 1 then 'venue-1' else 'e' || n end, '', $1, $1, state,
			case state when 'waiting' then 'venue-1' else '' end, case state when 'done' then $1::timestamptz end
		from (select n, case when n = 1 then 'due' when n < 100 then 'waiting' else 'done' end as state from generate_series(1, 1100) n) d`, began); err != nil {
		t.Fatal(err)
	}
	if line, waits := say("venue-1"); line != "In line: the import is running, 1,001 of 1,200 entries are through." ||
		waits != "It comes after an entry that it refers to (venue-1): the import is running, 1,001 of 1,200 entries are through. Nothing needs to be done." {
		t.Errorf("running: %q, %q", line, waits)
	}
	if _, waits := say("nobody's"); waits != unknown {
		t.Errorf("for one that is not among them: %q", waits)
	}
}
