package booking_test

import (
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
