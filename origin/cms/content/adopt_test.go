package content

import (
	"strings"
	"testing"

	"github.com/google/uuid"

	"github.com/stagedoor/stagedoor/origin/cms"
)

// seedHouse writes the small house as `stagedoor seed` would: no entry speaks for any of it.
func (s *stage) seedHouse() {
	s.Helper()
	s.must(house()[:7]...)
	s.exec(`update productions set seeded = true, description_html = ''`)
	s.exec(`update performances set seeded = true, id = id`)
	s.exec(`delete from performance_schedules; delete from cms_entries; delete from production_people; delete from outbox`)
}

// Rows that seeding wrote are taken over by the entries that speak of the same things: nothing is there twice, tickets
// stay good, and what seeding writes anew leaves them alone.
func TestSeededRowsAreAdopted(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	s.seedHouse()
	ids := func() string {
		return s.text(`select (select id::text from venues) || (select id::text from seating_plans) || (select id::text from productions) ||
			(select string_agg(id::text, ',' order by starts_at) from performances)`)
	}
	before := ids()
	for _, c := range house()[:7] {
		c.ID = "adopting-" + c.ID // other entries than those whose IDs the rows were made from
		for name, values := range c.Fields {
			for locale, raw := range values {
				for _, prefix := range []string{"b-", "v-", "s-", "h-", "p-"} {
					raw = []byte(strings.ReplaceAll(string(raw), `{"$ref":"`+prefix, `{"$ref":"adopting-`+prefix))
				}
				c.Fields[name][locale] = raw
			}
		}
		s.must(c)
	}
	if after := ids(); after != before {
		t.Errorf("the house was\n%s and is\n%s", before, after)
	}
	if n := s.count("select (select count(*) from productions where seeded) + (select count(*) from performances where seeded)"); n != 0 {
		t.Errorf("%d rows still count as seeded", n)
	}
	if got := s.programme(); got != "first 12-01 19:30 on_sale; second 12-02 19:30 on_sale; 2027-03-28T19:30 03-28 19:30 scheduled" {
		t.Errorf("the programme is %s", got)
	}
}

// The first schedule of a production speaks for all of it: what was seeded and is not listed goes, unless it was sold.
func TestAScheduleTakesOverWhatWasSeeded(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	s.seedHouse()
	s.exec(`insert into performance_schedules (performance_id, source, entry_id, key, wanted) select id, 'umbraco', 'x', 'sold', 'on_sale' from performances where starts_at::date = '2026-12-02'`)
	s.sell("sold")
	s.exec("delete from performance_schedules")
	s.must(house()[:6]...)
	s.must(with(aSchedule(), lines(fields{"key": "first", "start": "2026-12-01T19:30"})))
	if got := s.programme(); got != "first 12-01 19:30 on_sale; (? 12-02 19:30 scheduled)" {
		t.Errorf("the programme is %s", got)
	}
}

// Seeded performances that no schedule lists follow their production, too.
func TestSeededPerformancesFollowTheirProduction(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	s.seedHouse()
	s.must(house()[:5]...)
	s.must(gone(cms.Unpublish, cms.Production, "p-faustus", 2))
	if n := s.count("select count(*) from performances where status = 'on_sale'"); n != 0 {
		t.Errorf("%d performances of a hidden show are on sale", n)
	}
	s.must(later(aProduction(), 3))
	if n := s.count("select count(*) from performances where status = 'on_sale'"); n != 2 {
		t.Errorf("%d performances on sale again, want 2", n)
	}
	if id, err := uuid.Parse(s.text("select domain_id from cms_entries where entry_id = 'p-faustus'")); err != nil || id == uuid.Nil {
		t.Error(err)
	}
}
