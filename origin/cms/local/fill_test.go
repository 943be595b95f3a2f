package local_test

import (
	"encoding/json"
	"errors"
	"testing"
	"time"

	"github.com/stagedoor/stagedoor/origin/cms"
	"github.com/stagedoor/stagedoor/origin/cms/content"
	"github.com/stagedoor/stagedoor/origin/cms/local"
	"github.com/stagedoor/stagedoor/origin/seed/seedtest"
)

// TestTheSeasonIsThereToBeEdited fills the system twice, and holds every entry against what the house takes.
func TestTheSeasonIsThereToBeEdited(t *testing.T) {
	t.Parallel()
	s := newStage(t, seedtest.Pool(t))
	ctx := t.Context()
	// Two theatres with their seasons are enough.
	const thin = `create temp table others as select id from brands where not is_group order by id offset 2;
		delete from performances where venue_id in (select id from venues where brand_id in (table others));
		delete from productions where brand_id in (table others);
		delete from seating_plans where venue_id in (select id from venues where brand_id in (table others));
		delete from venues where brand_id in (table others)`
	if _, err := s.db.Exec(ctx, thin); err != nil {
		t.Fatal(err)
	}
	n, err := s.Fill(ctx)
	if err != nil || n == 0 {
		t.Fatalf("%d entries (%v)", n, err)
	}
	if again, err := s.Fill(ctx); err != nil || again != 0 {
		t.Errorf("the second time %d entries are written (%v)", again, err)
	}
	var brands []string
	if err := s.db.QueryRow(ctx, `select array_agg(id) from brands`).Scan(&brands); err != nil {
		t.Fatal(err)
	}
	page := must[local.Page](t)(s.Find(ctx, local.Query{Brands: brands, Group: true, Most: n + 1}))
	if page.Total != n {
		t.Errorf("%d of %d entries are found", page.Total, n)
	}
	kinds := map[cms.Kind]int{}
	for _, light := range page.Entries {
		e := must[local.Entry](t)(s.Get(ctx, light.Key))
		kinds[e.Kind]++
		if e.State() != local.Published {
			t.Errorf("%s %q is %s", e.Kind, e.Title, e.State())
		}
		var invalid *content.InvalidError
		if err := content.Check(e.Preview(time.Now())); errors.As(err, &invalid) {
			t.Errorf("%s %q would be refused: %v", e.Kind, e.Title, invalid.Faults)
		} else if err != nil {
			t.Errorf("%s %q: %v", e.Kind, e.Title, err)
		}
	}
	for _, k := range []cms.Kind{cms.Brand, cms.Venue, cms.SeatingPlan, cms.Production, cms.PriceList, cms.PerformanceSchedule} {
		if kinds[k] == 0 {
			t.Errorf("there is no %s", k)
		}
	}
	// Another season: what nobody touched follows, what somebody did stays.
	list := must[local.Page](t)(s.Find(ctx, local.Query{Brands: brands, Kind: cms.Production, Most: 2})).Entries
	touched := must[local.Entry](t)(s.Get(ctx, list[0].Key))
	touched.Fields["title"][local.Locales(touched.Source)[0]] = json.RawMessage(`"An editor's"`)
	must[local.Entry](t)(s.Save(ctx, me, touched.Key, touched.Version, touched.Fields))
	if _, err := s.db.Exec(ctx, `update productions set summary = 'Another season’s.'; update seedings set digest = 'another'`); err != nil {
		t.Fatal(err)
	}
	written, err := s.Fill(ctx)
	if err != nil || written != kinds[cms.Production]-1 {
		t.Errorf("of another season %d entries are written, want %d (%v)", written, kinds[cms.Production]-1, err)
	}
	if e := must[local.Entry](t)(s.Get(ctx, touched.Key)); e.Title != "An editor's" {
		t.Errorf("what an editor wrote is now %q", e.Title)
	}
}
