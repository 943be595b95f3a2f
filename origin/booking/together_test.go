package booking_test

import (
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/stagedoor/stagedoor/origin/booking"
	"github.com/stagedoor/stagedoor/origin/booking/bookingtest"
	"github.com/stagedoor/stagedoor/origin/payment"
)

// Six orders in one bundle, half of which can't be: two are for the same seat, one for a seat that is another's order, two of
// one hold. The others are written, once, and can be paid.
func TestOrdersWrittenTogetherAreJudgedEachByItself(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	s.place("early", "stalls-A-4")
	s.holds.Lose()
	ada := s.request(s.hold("ada", "stalls-A-1", "stalls-A-5"))
	s.holds.Lose()
	bob, cyd, dan, late := s.request(s.hold("bob", "stalls-A-5")), s.request(s.hold("cyd", "stalls-A-2")), s.request(s.hold("dan", "stalls-A-3")), s.request(s.hold("late", "stalls-A-4"))
	s.holds.Remember()
	_, errs := s.service.WriteTogether(t.Context(), ada, bob, cyd, cyd, late, dan)
	var lost *booking.SeatsLostError
	for i, want := range []string{"", "stalls-A-5", "", "twice", "stalls-A-4", ""} {
		switch {
		case want == "" && errs[i] != nil:
			t.Errorf("order %d: %v", i, errs[i])
		case want == "twice" && (errs[i] == nil || errors.As(errs[i], &lost)):
			t.Errorf("a second order of one hold: %v", errs[i])
		case len(want) > len("twice") && (!errors.As(errs[i], &lost) || !slices.Equal(lost.Seats, []string{want})):
			t.Errorf("order %d: %v, want %s lost", i, errs[i], want)
		}
	}
	if n := s.count("select count(*) from orders where state = 'awaiting_payment'"); n != 4 {
		t.Errorf("%d orders, want 4", n)
	}
	for _, request := range []booking.PlaceOrder{ada, cyd, dan} { // whose processes died before they had an intent
		placed, err := s.service.Place(t.Context(), request)
		if err != nil {
			t.Fatal(err)
		}
		s.provider.Pay(placed.Order.Intent)
		s.deliver()
		s.wantState(placed.Order.ID, booking.Paid)
	}
	s.settle()
	s.audit(s.provider, s.holds)
}

// What one order of a bundle is refused for by Postgres itself is not the others' fault.
func TestOneRefusedRowIsNotTheOthersFault(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	ada := s.hold("ada", "stalls-A-1")
	if _, err := s.service.Place(t.Context(), s.request(ada)); err != nil {
		t.Fatal(err)
	}
	ids, errs := s.service.WriteTogether(t.Context(), s.request(s.hold("bob", "stalls-A-2")), s.request(ada), s.request(s.hold("cyd", "stalls-A-3")))
	if errs[0] != nil || errs[1] == nil || errs[2] != nil {
		t.Fatalf("got %v", errs)
	}
	s.wantState(ids[0], booking.AwaitingPayment)
	s.wantState(ids[2], booking.AwaitingPayment)
	if n := s.count("select count(*) from order_events"); n != 3 {
		t.Errorf("%d lines of history, want one an order", n)
	}
}

// Of a bundle of payments those are settled about which there is nothing to decide. The others have not been touched, and
// come to what they come to by themselves.
func TestOnlyPlainPaymentsAreSettledTogether(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	late := s.place("late", "stalls-A-1")
	s.clock.Advance(bookingtest.HoldFor + time.Minute)
	ada, bob, cyd := s.place("ada", "stalls-A-2", "stalls-A-3"), s.place("bob", "stalls-A-4"), s.place("cyd", "stalls-A-5")
	for _, placed := range []booking.Placed{late, ada, bob, cyd} {
		s.provider.Pay(placed.Order.Intent)
	}
	events := s.provider.Events() // late, ada, bob, cyd
	again := events[1]
	again.ID = "evt_again"
	short := events[2]
	short.Intent.Received--
	unknown := payment.Event{ID: "evt_unknown", Kind: payment.PaymentSucceeded, Intent: payment.Intent{ID: "pi_unknown", OrderID: uuid.NewString(), Status: payment.Succeeded}}
	bundle := []payment.Event{events[0], events[1], again, short, unknown, events[3]}
	for _, e := range bundle {
		if err := s.service.Receive(t.Context(), e); err != nil {
			t.Fatal(err)
		}
	}
	paid, errs := s.service.SettleTogether(t.Context(), bundle...)
	if want := []bool{false, true, false, false, false, true}; !slices.Equal(paid, want) || errors.Join(errs...) != nil {
		t.Fatalf("settled %v, want %v; %v", paid, want, errs)
	}
	s.wantState(late.Order.ID, booking.AwaitingPayment)
	s.wantState(bob.Order.ID, booking.AwaitingPayment)
	if order := s.wantState(ada.Order.ID, booking.Paid); len(order.Tickets) != 2 {
		t.Errorf("%d tickets", len(order.Tickets))
	}
	if n := s.count("select count(*) from outbox where subject in ('stagedoor.order.paid.v1', 'stagedoor.seats.sold.v1')"); n != 4 {
		t.Errorf("%d facts of two sales", n)
	}
	if paid, errs := s.service.SettleTogether(t.Context(), bundle...); slices.Contains(paid, true) || errors.Join(errs...) != nil {
		t.Errorf("once more settled %v, %v", paid, errs)
	}
	got := s.apply(bundle...)
	want := []booking.Outcome{booking.OutcomeConfirmed, booking.OutcomeDuplicate, booking.OutcomeRepeated, booking.OutcomeRefundDue, booking.OutcomeUnknown, booking.OutcomeDuplicate}
	if !slices.Equal(got, want) {
		t.Errorf("by themselves: %q, want %q", got, want)
	}
	s.sweep() // whoever settled cyd's payment died before they told the seat map
	if sold := s.holds.Sold(s.evening); !slices.Contains(sold, "stalls-A-5") || !slices.Contains(sold, "stalls-A-2") {
		t.Errorf("the seat map shows %v", sold)
	}
}
