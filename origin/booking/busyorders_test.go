package booking_test

import (
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/stagedoor/stagedoor/origin/booking"
	"github.com/stagedoor/stagedoor/origin/postgres/dbsqlc"
)

// A sale changes its order twice. That costs little while no index has to do with what changes then: one more such index,
// and each change is a new entry in all of them.
func TestNoIndexTellsOrdersApartByWhatChangesInASale(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	if n := s.count(`select count(*) from pg_index where indrelid = 'orders'::regclass
		and pg_get_indexdef(indexrelid) ~ '\m(state|payment_intent|updated_at|expires_at)\M'`); n != 0 {
		t.Errorf("%d indexes of orders have to do with what changes in a sale", n)
	}
}

// The line of a deadline that came goes with the order that was paid in time; of one that has more time it stays, and ends
// the order when that is over too.
func TestADeadlineIsReadInTheOrder(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	paid := s.buy("ada", "stalls-A-1")
	kept := s.hold("bob", "stalls-A-2")
	placed, err := s.service.Place(t.Context(), s.request(kept))
	if err != nil {
		t.Fatal(err)
	}
	long := placed.Order.ExpiresAt.Add(time.Hour)
	if err := s.service.Extended(t.Context(), kept.ID, long); err != nil {
		t.Fatal(err)
	}
	s.clock.Advance(30 * time.Minute)
	s.expireOnly()
	s.wantState(paid.ID, booking.Paid)
	s.wantState(placed.Order.ID, booking.AwaitingPayment)
	if n := s.count(`select count(*) from order_deadlines where order_id = $1`, paid.ID); n != 0 {
		t.Error("a paid order still has a deadline")
	}
	s.clock.Advance(2 * time.Hour)
	s.expireOnly()
	s.wantState(placed.Order.ID, booking.Expired)
	s.expireOnly()
	if n := s.count(`select count(*) from order_deadlines`); n != 0 {
		t.Errorf("%d deadlines are left", n)
	}
}

// The seat map was told of a change while another was made: that one is still to be told.
func TestToldOfAnOlderChangeTheSeatMapIsToldAgain(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	placed := s.place("ada", "stalls-A-1")
	s.provider.Pay(placed.Order.Intent)
	if !s.dieAt("before seat map", func(service *booking.Service) {
		for _, event := range s.provider.Events() {
			_, _ = service.ApplyPayment(t.Context(), event)
		}
	}) {
		t.Fatal("the seat map was told of nothing")
	}
	q := dbsqlc.New(s.db)
	first, err := q.StaleSeatsOf(t.Context(), placed.Order.ID)
	if err != nil {
		t.Fatal(err)
	}
	told := func(mark uuid.UUID) int {
		err := q.ManySeatsTold(t.Context(), dbsqlc.ManySeatsToldParams{Ids: []uuid.UUID{placed.Order.ID}, Marks: []uuid.UUID{mark}})
		if err != nil {
			t.Fatal(err)
		}
		return s.count(`select count(*) from orders_untold`)
	}
	if err := q.SeatsStale(t.Context(), dbsqlc.SeatsStaleParams{ID: placed.Order.ID, UpdatedAt: s.clock.Now()}); err != nil {
		t.Fatal(err)
	}
	if n := told(first.Mark); n != 1 {
		t.Error("a change was lost that nobody was told of")
	}
	s.sweep()
	if n := s.count(`select count(*) from orders_untold`); n != 0 {
		t.Error("the sweep did not tell the seat map")
	}
}
