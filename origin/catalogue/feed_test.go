package catalogue_test

import (
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/stagedoor/stagedoor/origin/postgres/pgtest"
	"github.com/stagedoor/stagedoor/search/index"
)

func errorsIsNoIndex(err error) bool { return errors.Is(err, index.ErrNoIndex) }

func TestManyChangesAreOneWrite(t *testing.T) {
	t.Parallel()
	s := newStage(t, pgtest.Pool(t))
	hamlet, lear := s.production("Hamlet"), s.production("King Lear")
	var evenings []uuid.UUID
	for i := range 10 {
		evenings = append(evenings, s.performance(hamlet, opening.Add(time.Duration(24*(i+1))*time.Hour)))
	}
	s.performance(lear, opening.Add(time.Hour))
	for range 5 {
		s.tell(changed(hamlet, evenings...), changed(lear))
	}
	s.turn()
	if s.shelf.writes != 2 || s.shelf.calls != 1 {
		t.Fatalf("110 changes of two shows took %d writes in %d imports", s.shelf.writes, s.shelf.calls)
	}
	for _, one := range evenings {
		s.tell(s.sell(one, 19))
	}
	s.turn()
	if s.shelf.writes != 2 {
		t.Fatalf("a show was written twice within its window")
	}
	s.later()
	if got, _ := s.shelf.get(hamlet); s.shelf.writes != 3 || got.Availability != index.AvailabilityFew {
		t.Fatalf("after the window %d writes, availability %q", s.shelf.writes, got.Availability)
	}
	for _, one := range evenings { // none of this changes what is shown
		s.tell(s.sell(one, 0), changed(hamlet, one))
	}
	s.later()
	if s.shelf.writes != 3 {
		t.Errorf("a document that had not changed was written")
	}
	s.same()
}

func TestAvailability(t *testing.T) {
	t.Parallel()
	s := newStage(t, pgtest.Pool(t))
	hamlet := s.production("Hamlet")
	first, second := s.performance(hamlet, opening.Add(30*time.Hour)), s.performance(hamlet, opening.Add(54*time.Hour))
	s.tell(changed(hamlet))
	s.turn()
	for _, step := range []struct {
		name          string
		do            func()
		show          index.Availability
		one, two      index.Availability
		open, playing int
	}{
		{"nothing is sold", func() {}, "good", "good", "good", 2, 2},
		{"the first is nearly sold out", func() { s.tell(s.sell(first, 19)) }, "good", "few", "good", 2, 2},
		{"the first is sold out", func() { s.tell(s.sell(first, 1)) }, "good", "none", "good", 1, 2},
		{"both nearly", func() { s.tell(s.sell(second, 18)) }, "few", "none", "good", 1, 2},
		{"one seat is left", func() { s.tell(s.sell(second, 1)) }, "few", "none", "few", 1, 2},
		{"the house is full", func() { s.tell(s.sell(second, 1)) }, "none", "none", "none", 0, 2},
		{"seats come back", func() { s.tell(s.free(first, 10)) }, "good", "good", "none", 1, 2},
		{"the first is cancelled", func() {
			s.exec("update performances set status = 'cancelled' where id = $1", first)
			s.tell(changed(hamlet, first))
		}, "none", "none", "", 0, 1},
		{"the second is not on sale yet", func() {
			s.exec("update performances set status = 'scheduled' where id = $1", second)
			s.tell(s.free(second, 20), changed(hamlet, second))
		}, "none", "none", "", 0, 1},
	} {
		step.do()
		s.later()
		got, found := s.shelf.get(hamlet)
		if !found || got.Availability != step.show || len(got.OpenDays) != step.open || len(got.Days) != step.playing ||
			got.Performances[0].Availability != step.one || (step.two != "" && got.Performances[1].Availability != step.two) {
			t.Fatalf("%s: %v %+v", step.name, found, got)
		}
	}
	s.same()
}

// What is shown changes while nothing happens: performances pass.
func TestTimePasses(t *testing.T) {
	t.Parallel()
	s := newStage(t, pgtest.Pool(t))
	hamlet := s.production("Hamlet")
	s.performance(hamlet, opening.Add(time.Hour))
	s.performance(hamlet, opening.Add(25*time.Hour))
	s.tell(changed(hamlet))
	s.turn()
	s.clock.move(2 * time.Hour)
	s.turn()
	if got, _ := s.shelf.get(hamlet); got.NextAt != opening.Add(25*time.Hour).Unix() || len(got.Days) != 1 {
		t.Errorf("after the first performance %+v", got)
	}
	s.clock.move(24 * time.Hour)
	s.turn()
	if _, found := s.shelf.get(hamlet); found {
		t.Error("a show that is over is still found")
	}
	s.same()
}

func TestUnpublishedAndGoneShowsLeave(t *testing.T) {
	t.Parallel()
	s := newStage(t, pgtest.Pool(t))
	hidden, gone := s.production("Hidden"), s.production("Gone")
	s.performance(hidden, opening.Add(time.Hour))
	last := s.performance(gone, opening.Add(2*time.Hour))
	s.tell(changed(hidden), changed(gone))
	s.turn()
	if len(s.shelf.shows) != 2 {
		t.Fatalf("%d shows", len(s.shelf.shows))
	}
	s.exec("update productions set published = false where id = $1", hidden)
	s.exec("delete from performances where id = $1", last)
	s.exec("delete from productions where id = $1", gone)
	s.tell(changed(hidden), changed(gone))
	s.later()
	if len(s.shelf.shows) != 0 {
		t.Errorf("still found: %v", s.shelf.shows)
	}
	s.exec("update productions set published = true where id = $1", hidden)
	s.tell(changed(hidden))
	s.later()
	if _, found := s.shelf.get(hidden); !found {
		t.Error("a show that came back is not found")
	}
	s.same()
}

// Everything is reckoned at the venue: the clocks go back in the night between these two performances.
func TestDaysAreTheVenues(t *testing.T) {
	t.Parallel()
	s := newStage(t, pgtest.Pool(t))
	hamlet := s.production("Hamlet")
	s.exec("update venues set time_zone = 'America/New_York'")
	s.exec("insert into prices (production_id, tier, band, price_type, amount) values ($1, 'peak', 'A', 'adult', 9000), ($1, 'gala', 'A', 'adult', 100)", hamlet)
	late := s.performance(hamlet, time.Date(2026, 11, 1, 3, 30, 0, 0, time.UTC))  // Saturday, 23:30, summer time
	early := s.performance(hamlet, time.Date(2026, 11, 1, 19, 0, 0, 0, time.UTC)) // Sunday, 14:00, winter time
	s.exec("update performances set price_tier = 'peak', access = '{relaxed,captioned}' where id = $1", early)
	s.tell(changed(hamlet, late, early))
	s.turn()
	got, _ := s.shelf.get(hamlet)
	if !slices.Equal(got.Days, []int32{20261031, 20261101}) ||
		!slices.Equal(got.Times, []string{"evening", "matinee", "sat", "sat_evening", "sun", "sun_matinee"}) ||
		!slices.Equal(got.AccessDays, []string{"captioned_20261101", "relaxed_20261101"}) ||
		!slices.Equal(got.Accessibility, []string{"captioned", "relaxed"}) ||
		got.Performances[0].Clock != "23:30" || got.Performances[1].Clock != "14:00" {
		t.Errorf("%+v", got)
	}
	if got.PriceFrom != 2000 || got.PriceTo != 9000 || got.Performances[1].PriceFrom != 9000 || got.Currency != "GBP" {
		t.Errorf("from %d to %d; no performance has the gala's price", got.PriceFrom, got.PriceTo)
	}
	if got.Hostname != "lyceum.localhost" || got.BrandID != "lyceum" || got.Location.Lat != 51.5117 {
		t.Errorf("%+v", got)
	}
}

func TestWhoIsInItIsFound(t *testing.T) {
	t.Parallel()
	s := newStage(t, pgtest.Pool(t))
	hamlet := s.production("Hamlet")
	s.performance(hamlet, opening.Add(time.Hour))
	for i, name := range []string{"Sarah Bernhardt", "Not Published", "Henry Irving"} {
		entry := uuid.NewString()
		if i != 1 {
			s.exec("insert into people (id, source, entry_id, name) values ($1, 'contentful', $2, $3)", uuid.New(), entry, name)
		}
		s.exec("insert into production_people (production_id, part, position, role, source, entry_id) values ($1, 'cast', $2, 'Hamlet', 'contentful', $3)", hamlet, i, entry)
	}
	s.tell(changed(hamlet))
	s.turn()
	if got, _ := s.shelf.get(hamlet); !slices.Equal(got.Cast, []string{"Sarah Bernhardt", "Henry Irving"}) {
		t.Errorf("cast %v", got.Cast)
	}
}
