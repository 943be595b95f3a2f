package booking_test

import (
	"context"
	"errors"
	"testing"

	"github.com/stagedoor/stagedoor/origin/booking"
	"github.com/stagedoor/stagedoor/origin/booking/bookingtest"
	"github.com/stagedoor/stagedoor/origin/hold"
)

// lookedAt does something as soon as somebody looks at a hold.
type lookedAt struct {
	*bookingtest.Holds
	then func()
}

func (h *lookedAt) Get(ctx context.Context, id string) (hold.Hold, error) {
	h.then()
	return h.Holds.Get(ctx, id)
}

// The new order of an exchange is drafted with the buyer of the old one; they are erased before it is written.
func TestAnExchangeDoesNotBringBackWhoWasErased(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	placed := s.place("ada", "stalls-A-1")
	s.provider.Pay(placed.Order.Intent)
	s.deliver()
	s.wantState(placed.Order.ID, booking.Paid)
	kept := s.hold("ada", "stalls-A-5")
	service := s.startWith(&lookedAt{s.holds, func() {
		if _, err := s.db.Exec(t.Context(), `update orders set buyer_name = 'Erased', buyer_email = '', erased_at = now(), session_hash = ''`); err != nil {
			t.Error(err)
		}
	}})
	_, err := service.Exchange(t.Context(), booking.ExchangeSeats{
		OrderID: placed.Order.ID, HoldID: kept.ID, Session: "ada", Choices: adults("stalls-A-5"), Actor: "buyer", IdempotencyKey: "exchange-1",
	})
	var policy *booking.PolicyError
	if !errors.As(err, &policy) {
		t.Fatalf("%v, want that it can't be exchanged", err)
	}
	if n := s.count("select count(*) from orders where buyer_email <> ''"); n != 0 {
		t.Errorf("%d orders have an address again", n)
	}
	s.wantState(placed.Order.ID, booking.Paid)
	s.audit(s.provider, s.holds)
}

// What the farewell says holds for whoever still has the link, and not for the desk.
func TestAnErasedOrderIsForTheDeskAlone(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	placed := s.place("ada", "stalls-A-1")
	s.provider.Pay(placed.Order.Intent)
	s.deliver()
	if _, err := s.db.Exec(t.Context(), `update orders set buyer_name = 'Erased', buyer_email = '', erased_at = now(), session_hash = ''`); err != nil {
		t.Fatal(err)
	}
	back := booking.SeatsBack{OrderID: placed.Order.ID, Actor: "buyer", IdempotencyKey: "refund-1"}
	var policy *booking.PolicyError
	if _, err := s.service.RefundSeats(t.Context(), back); !errors.As(err, &policy) {
		t.Errorf("the buyer: %v", err)
	}
	if _, _, err := s.service.Exchangeable(t.Context(), placed.Order.ID, nil); !errors.As(err, &policy) {
		t.Errorf("the buyer, for other seats: %v", err)
	}
	back.Actor = booking.StaffActor("colleague")
	if _, err := s.service.RefundSeats(t.Context(), back); err != nil {
		t.Errorf("the desk: %v", err)
	}
	s.settle()
	s.audit(s.provider, s.holds)
}
