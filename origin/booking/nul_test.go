package booking_test

import (
	"strings"
	"testing"

	"github.com/stagedoor/stagedoor/origin/booking"
	"github.com/stagedoor/stagedoor/origin/payment"
)

// Postgres keeps no NUL, JSON has them: an event with money behind it is stored without, and acted upon.
func TestAnEventWithNULsIsKeptWithout(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	placed := s.place("ada", "stalls-A-1")
	s.provider.Decline(placed.Order.Intent)
	s.provider.Pay(placed.Order.Intent)
	for _, event := range s.provider.Events() {
		event.Type += "\x00"
		event.Intent.BrandID += "\x00"
		event.Intent.OrderID = "\x00" + event.Intent.OrderID
		if event.Intent.LastError != nil {
			event.Intent.LastError = &payment.Decline{Message: "No\x00 money.", DeclineCode: "\x00"}
		}
		s.apply(event)
		if order := s.order(placed.Order.ID); strings.ContainsRune(order.PaymentDecline, 0) {
			t.Errorf("decline %q", order.PaymentDecline)
		}
	}
	s.wantState(placed.Order.ID, booking.Paid)
}
