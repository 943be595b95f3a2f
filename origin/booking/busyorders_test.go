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

// like writes more orders like one that is there, each a second after the one before, with a deadline each.
func (s *stage) like(id uuid.UUID, state booking.State, n int) {
	s.t.Helper()
	if _, err := s.db.Exec(s.t.Context(), `with written as (
			insert into orders (id, number, brand_id, performance_id, hold_id, hold_token, session_hash, state, buyer_name, buyer_email, currency, total, expires_at, created_at, updated_at)
			select gen_random_uuid(), number || $2 || n, brand_id, performance_id, hold_id || $2 || n, hold_token, session_hash, $2, buyer_name, buyer_email, currency, total,
				expires_at + n * interval '1 second', created_at, updated_at
			from orders cross join generate_series(1, $3) n where id = $1 returning id, expires_at)
		insert into order_deadlines (order_id, expires_at) select id, expires_at from written`, id, string(state), n); err != nil {
		s.t.Fatal(err)
	}
}

// After a busy hour many deadlines come at once. Each transaction takes a few of them.
func TestManyDeadlinesPassAFewAtATime(t *testing.T) {
	t.Parallel()
	const waiting, over, most = 120, 2500, 1000
	s := newStage(t)
	placed := s.place("ada", "stalls-A-1")
	s.like(placed.Order.ID, booking.AwaitingPayment, waiting)
	s.like(placed.Order.ID, booking.Refunded, over)
	if _, err := s.db.Exec(t.Context(), `create table passes (transaction xid8, lines int);
		create function count_lines() returns trigger language plpgsql as 'begin insert into passes select pg_current_xact_id(), count(*) from gone; return null; end';
		create trigger count_lines after delete on order_deadlines referencing old table as gone for each statement execute function count_lines()`); err != nil {
		t.Fatal(err)
	}
	s.clock.Advance(2 * time.Hour)
	expired := 0
	for {
		n, err := s.service.ExpireOverdue(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if expired += n; n == 0 {
			break
		}
	}
	if left := s.count(`select count(*) from order_deadlines`); expired != waiting+1 || left != 0 {
		t.Errorf("%d orders expired, want %d; %d deadlines are left", expired, waiting+1, left)
	}
	if n := s.count(`select max(n) from (select sum(lines) as n from passes group by transaction) each`); n > most {
		t.Errorf("one transaction took %d deadlines", n)
	}
	if n := s.count(`select sum(lines) from passes`); n != waiting+1+over {
		t.Errorf("%d deadlines were taken, want %d", n, waiting+1+over)
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
