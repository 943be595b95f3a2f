package booking_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/stagedoor/stagedoor/origin/booking"
	"github.com/stagedoor/stagedoor/origin/booking/bookingtest"
)

// A performance is called off while somebody pays: the money goes back, in time or late, and no ticket is made.
func TestPaidAfterThePerformanceWasCancelled(t *testing.T) {
	t.Parallel()
	for _, late := range []bool{false, true} {
		s := newStage(t)
		placed := s.place("ada", "stalls-A-1", "stalls-A-2")
		if _, err := s.db.Exec(t.Context(), "update performances set status = 'cancelled' where id = $1", s.evening); err != nil {
			t.Fatal(err)
		}
		s.clock.Advance(3 * time.Second) // that is remembered for a moment
		s.provider.Pay(placed.Order.Intent)
		if late { // the webhook comes long after the order's time
			s.clock.Advance(time.Hour)
		}
		s.settle()
		order := s.wantState(placed.Order.ID, booking.Refunded)
		if tickets := s.count("select count(*) from tickets"); tickets != 0 || order.Refund == nil || order.Refund.Amount != 2*bookingtest.AdultA {
			t.Errorf("late %t: %d tickets, refund %+v", late, tickets, order.Refund)
		}
		var reason string
		if err := s.db.QueryRow(t.Context(), "select reason from order_events where order_id = $1 and to_state = 'refund_due'", order.ID).Scan(&reason); err != nil || !strings.Contains(reason, "cancelled") {
			t.Errorf("late %t: the reason is %q, %v", late, reason, err)
		}
		s.audit(s.provider, s.holds)
	}
}

// callOff cancels the evening, as everybody knows a moment later.
func (s *stage) callOff() {
	s.t.Helper()
	if _, err := s.db.Exec(s.t.Context(), "update performances set status = 'cancelled' where id = $1", s.evening); err != nil {
		s.t.Fatal(err)
	}
	s.clock.Advance(3 * time.Second)
}

// Whoever has not paid is told before they do, and the form that they have open takes no money any more.
func TestNobodyIsAskedToPayForACancelledPerformance(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	request := s.request(s.hold("ada", "stalls-A-1"))
	placed, err := s.service.Place(t.Context(), request)
	if err != nil {
		t.Fatal(err)
	}
	unplaced := s.request(s.hold("bob", "stalls-A-2"))
	// The provider was down when this one was placed: there is no payment yet.
	s.provider.Down(true)
	late := s.request(s.hold("eve", "stalls-A-3"))
	if _, err := s.service.Place(t.Context(), late); !errors.Is(err, booking.ErrPaymentUnavailable) {
		t.Fatal(err)
	}
	s.provider.Down(false)
	s.callOff()
	for name, try := range map[string]func() error{
		"a new order":         func() error { _, err := s.service.Place(t.Context(), unplaced); return err },
		"an order half done":  func() error { _, err := s.service.Place(t.Context(), late); return err },
		"the form, once more": func() error { _, err := s.service.ClientSecret(t.Context(), placed.Order); return err },
	} {
		if err := try(); !errors.Is(err, booking.ErrCalledOff) || !errors.Is(err, booking.ErrNotOnSale) {
			t.Errorf("%s: %v", name, err)
		}
	}
	s.wantState(placed.Order.ID, booking.Cancelled)
	if s.provider.Pay(placed.Order.Intent) {
		t.Error("the form that was open took the money")
	}
	s.settle()
	if n := s.count("select count(*) from orders where state = 'awaiting_payment'"); n != 0 {
		t.Errorf("%d orders wait for money", n)
	}
	s.audit(s.provider, s.holds)
}
