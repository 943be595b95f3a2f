package booking_test

import (
	"errors"
	"testing"

	"github.com/google/uuid"

	"github.com/stagedoor/stagedoor/origin/booking"
	"github.com/stagedoor/stagedoor/origin/booking/bookingtest"
)

// replacePlan has the evening play on another plan of the house, as a content system may while nobody has ordered yet: the
// stalls are cheap there.
func (s *stage) replacePlan() uuid.UUID {
	s.t.Helper()
	id := uuid.New()
	for _, change := range []string{
		`insert into seating_plans (id, venue_id, version, name, seats, layout)
			select $1, venue_id, 2, name, seats, replace(layout::text, '"A","kind":"standard"', '"B","kind":"standard"')::json from seating_plans where id = $2 and version = 1`,
		`update performances set plan_id = $1 where id = $3 and plan_id = $2`,
	} {
		args := []any{id, s.house.PlanID, s.evening}
		if change[0] == 'i' {
			args = args[:2]
		}
		if done, err := s.db.Exec(s.t.Context(), change, args...); err != nil || done.RowsAffected() != 1 {
			s.t.Fatalf("%v, %v", done, err)
		}
	}
	return id
}

func TestAnOrderIsNotWrittenForSeatsOfAPlanThatWasReplaced(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	kept := s.hold("ada", "stalls-A-1", "stalls-A-2")
	first := s.request(kept)
	before, err := s.service.Quote(t.Context(), first) // and now the house is known for a moment
	if err != nil || before.Sum.Amount != 2*bookingtest.AdultA {
		t.Fatalf("%+v, %v", before.Sum, err)
	}
	s.replacePlan()
	_, err = s.service.Place(t.Context(), first)
	if !errors.Is(err, booking.ErrPricesChanged) {
		t.Fatalf("%v, want that prices have changed", err)
	}
	if n := s.count(`select count(*) from orders`); n != 0 {
		t.Errorf("%d orders were written", n)
	}
	// Whoever is told looks again, and what they see is what they get.
	after, err := s.service.Quote(t.Context(), first)
	if err != nil || after.Sum.Amount != 2*bookingtest.AdultB {
		t.Fatalf("%+v, %v", after.Sum, err)
	}
	placed, err := s.service.Place(t.Context(), first)
	if err != nil || placed.Order.Total != 2*bookingtest.AdultB || placed.Order.Seats[0].Band != "B" {
		t.Fatalf("%+v, %v", placed.Order, err)
	}
	s.provider.Pay(placed.Order.Intent)
	s.deliver()
	s.wantState(placed.Order.ID, booking.Paid)
	s.audit(s.provider, s.holds)
}

// In one bundle only that order is refused which was priced by the old plan.
func TestAReplacedPlanRefusesNobodyElse(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	ada := s.request(s.hold("ada", "stalls-A-1"))
	matinee := s.evening
	s.evening = s.house.Performance(s.clock.Now())
	bob := s.request(s.hold("bob", "stalls-A-1"))
	s.evening = matinee
	if _, err := s.service.Quote(t.Context(), ada); err != nil {
		t.Fatal(err)
	}
	s.replacePlan()
	_, errs := s.service.WriteTogether(t.Context(), bob, ada)
	if errs[0] != nil || !errors.Is(errs[1], booking.ErrPricesChanged) {
		t.Errorf("%v", errs)
	}
}

// A seat that the new plan does not have was held on the old one.
func TestASeatThatTheNewPlanLacksHasToBeChosenAnew(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	request := s.request(s.hold("ada", "stalls-A-1"))
	id := s.replacePlan()
	if _, err := s.db.Exec(t.Context(), `update seating_plans set layout = replace(layout::text, '"stalls-A-1"', '"stalls-A-0"')::json where id = $1`, id); err != nil {
		t.Fatal(err)
	}
	_, err := s.service.Place(t.Context(), request)
	var lost *booking.SeatsLostError
	if !errors.As(err, &lost) || len(lost.Seats) != 1 || lost.Seats[0] != "stalls-A-1" {
		t.Fatalf("%v, want that the seat is lost", err)
	}
}
