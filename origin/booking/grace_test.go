package booking_test

import (
	"errors"
	"testing"
	"time"

	"github.com/stagedoor/stagedoor/origin/booking"
	"github.com/stagedoor/stagedoor/origin/booking/bookingtest"
	"github.com/stagedoor/stagedoor/origin/hold"
)

// When a hold is over its order keeps the seats for the grace, against everyone: whoever holds them next can't order
// them yet, and the money that comes buys them. From the end of the grace on it is the other way round. At no moment
// are both buyers turned away.
func TestTheSeatsAreTheFirstBuyersInTheGrace(t *testing.T) {
	t.Parallel()
	const grace = 30 * time.Second
	for _, c := range []struct {
		name  string
		after time.Duration // the end of the hold
		first bool          // the seats are still the first buyer's
	}{
		{"the hold is just over", 0, true},
		{"the last moment of the grace", grace - time.Microsecond, true},
		{"the grace is over", grace, false},
		{"long after", time.Hour, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			s := newStage(t)
			ada := s.place("ada", "stalls-A-1", "stalls-A-2")
			s.clock.Advance(bookingtest.HoldFor + c.after)
			bobs := s.hold("bob", "stalls-A-2", "stalls-A-3")
			s.provider.Pay(ada.Order.Intent)
			bob, err := s.service.Place(t.Context(), s.request(bobs))
			var lost *booking.SeatsLostError
			if c.first != errors.As(err, &lost) || !c.first && err != nil {
				t.Fatalf("bob's order: %v", err)
			}
			s.crowd()
			s.deliver()
			if c.first {
				s.wantState(ada.Order.ID, booking.Paid)
				if seats, err := s.holds.Snapshot(t.Context(), s.evening); err != nil || seats.Seats["stalls-A-2"] != hold.Sold {
					t.Errorf("the seat map: %v, %v", seats.Seats, err)
				}
			} else {
				order := s.wantState(ada.Order.ID, booking.RefundDue)
				if order.Refund == nil || order.Refund.Why != booking.RefundSeatsLost || order.Refund.Amount != order.Total {
					t.Errorf("refund %+v", order.Refund)
				}
				s.provider.Pay(bob.Order.Intent)
				s.deliver()
				s.wantState(bob.Order.ID, booking.Paid)
			}
			s.settle()
			s.audit(s.provider, s.holds)
		})
	}
}

// Whoever gets their money back is told why.
func TestTheReasonOfARefund(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		why booking.RefundReason
		pay func(s *stage, order booking.Order)
	}{
		{booking.RefundGivenUp, func(s *stage, order booking.Order) {
			s.provider.Down(true) // so that the payment can't be called off
			if err := s.service.GiveUp(s.t.Context(), order.HoldID, "ada"); err != nil {
				s.t.Fatal(err)
			}
			s.provider.Down(false)
			s.provider.Pay(order.Intent)
			s.deliver()
		}},
		{booking.RefundWrongAmount, func(s *stage, order booking.Order) {
			s.provider.Pay(order.Intent)
			events := s.provider.Events()
			events[0].Intent.Received = order.Total - 1
			s.apply(events...)
		}},
		{booking.RefundByHouse, func(s *stage, order booking.Order) {
			s.provider.Pay(order.Intent)
			s.deliver()
			s.provider.GiveBack(order.Intent)
			s.deliver()
		}},
		{booking.RefundReturned, func(s *stage, order booking.Order) {
			s.clock.Advance(bookingtest.HoldFor + time.Hour)
			s.hold("bob", "stalls-A-1")
			s.crowd()
			s.provider.Pay(order.Intent)
			s.deliver()
			s.sweep() // sends the refund
			s.deliver()
			s.provider.SendBack(s.provider.Refunds()[0].ID)
			s.deliver()
		}},
	} {
		t.Run(string(c.why), func(t *testing.T) {
			t.Parallel()
			s := newStage(t)
			placed := s.place("ada", "stalls-A-1")
			c.pay(s, placed.Order)
			order := s.order(placed.Order.ID)
			if order.Refund == nil || order.Refund.Why != c.why || order.Refund.Currency != order.Currency || order.Refund.Amount == 0 {
				t.Errorf("order is %s, refund %+v", order.State, order.Refund)
			}
			if c.why == booking.RefundWrongAmount && order.Refund != nil && order.Refund.Amount != order.Total-1 {
				t.Errorf("%d goes back, %d was paid", order.Refund.Amount, order.Total-1)
			}
		})
	}
}
