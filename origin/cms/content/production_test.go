package content

import (
	"errors"
	"testing"

	"github.com/stagedoor/stagedoor/origin/cms"
)

func TestProductionFaults(t *testing.T) {
	t.Parallel()
	checkFaults(t, Check(with(aProduction(), fields{
		"title": tr{"en-GB": "", "en-US": "A title\non two lines"}, "genre": "Panto", "runningMinutes": 0, "opensOn": "1 December", "cast": []any{fields{"person": "Ada", "role": ""}},
		"creative": "nobody", "description": 12, "language": "English, mostly", "venue": ref(""),
	})), "title (en-US): must be on one line", "genre: must be one of", "runningMinutes: must be between 1 and 1440", "opensOn: must be a date", "cast: line 1: role must be filled in",
		"cast: line 1: person must be a link", "creative: not of the shape", "description (en-GB): can't be read as rich text", "language: has 15 characters", "venue: must be a link")
	checkFaults(t, Check(with(aProduction(), fields{"closesOn": "2026-11-01T00:00:00"})), "closesOn: is before the opening")
}

func TestProductionComesAndGoes(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	s.must(house()...)
	s.facts()
	sale := func() int { return s.count("select count(*) from performances where status = 'on_sale'") }

	s.must(gone(cms.Unpublish, cms.Production, "p-faustus", 2))
	if s.text("select published::text from productions") != "false" || sale() != 0 {
		t.Errorf("%d performances on sale of a show that was taken back", sale())
	}
	if told := about(s.facts(), "show.changed"); len(told) != 1 {
		t.Errorf("told %q", told)
	}
	s.must(later(aSchedule(), 2)) // published while its production is hidden: announced to nobody
	if sale() != 0 {
		t.Error("a schedule put a hidden show on sale")
	}
	s.must(later(aProduction(), 3))
	if sale() != 2 {
		t.Errorf("%d performances on sale of a show that came back, want 2", sale())
	}
	s.must(gone(cms.Delete, cms.Production, "p-faustus", 4))
	if sale() != 0 || s.count("select count(*) from productions") != 1 {
		t.Error("a deleted show keeps its row, for its orders, and is not for sale")
	}
	again := later(aProduction(), 5)
	again.ID = "p-again" // the deleted entry's place is free
	s.must(again)
	if got := s.text("select count(*) || min(title) from productions where published"); got != "1Doctor Faustus" {
		t.Errorf("got %q", got)
	}
}

// What is hidden before its publishing was known is known to those who refer to it, and shown to nobody.
func TestPublishedAfterItWasTakenBack(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	s.must(house()[:4]...)
	s.must(gone(cms.Unpublish, cms.Production, "p-faustus", 2))
	var wait *WaitingError
	if err := s.apply(aPriceList()); !errors.As(err, &wait) || wait.Ref.ID != "p-faustus" {
		t.Fatalf("got %v, want it to wait: nobody knows yet what the production is", err)
	}
	s.facts()
	s.must(aProduction())
	if told := s.facts(); len(told) != 0 {
		t.Errorf("told %q of what nobody may see", told)
	}
	s.must(aPriceList(), aSchedule())
	if n := s.count("select count(*) from productions where not published") + s.count("select count(*) from performances where status = 'on_sale'"); n != 1 {
		t.Error("what was taken back is shown")
	}
	s.must(later(aProduction(), 3))
	if n := s.count("select count(*) from performances where status = 'on_sale'"); n != 2 {
		t.Errorf("%d performances on sale, want 2", n)
	}
}

func TestProductionReferences(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	s.must(aBrand(), aVenue())
	var wait *WaitingError
	if err := s.apply(aProduction()); !errors.As(err, &wait) || wait.Ref.ID != "h-ada" || wait.Field != "cast" {
		t.Fatalf("got %v, want it to wait for the person", err)
	}
	s.must(aPerson(), aProduction())
	s.refused(later(with(aProduction(), fields{"cast": []any{fields{"person": ref("v-rose"), "role": "Hell"}}}), 2), "cast: line 1 links to a venue; it must be a person")
	twin := aProduction()
	twin.ID = "p-twin"
	s.refused(twin, "slug: /shows/doctor-faustus belongs to the entry p-faustus")
	american := with(aBrand(), fields{"slug": "rose-ny", "name": "Rose", "country": "US", "locale": "en-US", "currency": "USD", "timeZone": "America/New_York"})
	american.ID = "b-ny"
	s.must(american)
	s.refused(later(with(aProduction(), fields{"brand": ref("b-ny")}), 2), "venue: The Rose belongs to rose")
}
