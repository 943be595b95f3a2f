package booking_test

import (
	"slices"
	"testing"

	"github.com/stagedoor/stagedoor/origin/booking"
	"github.com/stagedoor/stagedoor/origin/booking/bookingtest"
	"github.com/stagedoor/stagedoor/origin/payment"
	"github.com/stagedoor/stagedoor/origin/show"
)

// withCompanion buys a seat of the stalls, and a wheelchair space with the companion's seat beside it, which is free.
func (s *stage) withCompanion() booking.Order {
	s.t.Helper()
	request := s.request(s.hold("ada", "stalls-A-1", "stalls-W-1", "stalls-W-2"))
	for i, seat := range request.Seats {
		if seat.SeatID == "stalls-W-2" {
			request.Seats[i].PriceType = show.Companion
		}
	}
	placed, err := s.service.Place(s.t.Context(), request)
	if err != nil {
		s.t.Fatal(err)
	}
	s.provider.Pay(placed.Order.Intent)
	s.deliver()
	return s.wantState(placed.Order.ID, booking.Paid)
}

func (s *stage) giveUp(order booking.Order, key string, seats ...string) booking.Returned {
	s.t.Helper()
	returned, err := s.service.RefundSeats(s.t.Context(), booking.SeatsBack{OrderID: order.ID, Seats: seats, Actor: "buyer", IdempotencyKey: key})
	if err != nil {
		s.t.Fatal(err)
	}
	s.settle()
	return returned
}

func TestACompanionGoesWithTheWheelchairSpace(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	order := s.withCompanion()
	s.giveUp(order, "the-stalls-first", "stalls-A-1")
	if kept := s.wantState(order.ID, booking.Paid).Kept(); len(kept) != 2 {
		t.Fatalf("%d seats are left", len(kept))
	}
	s.audit(s.provider, s.holds)
	returned := s.giveUp(order, "then-the-space", "stalls-W-1")
	if !slices.Contains(returned.Seats, "stalls-W-2") || returned.Amount != bookingtest.AdultB {
		t.Errorf("returned %+v", returned)
	}
	s.wantState(order.ID, booking.Refunded)
	s.audit(s.provider, s.holds)
}

// A free seat that its buyer did not give up stays theirs although all of the money went back.
func TestAFreeSeatOutlivesThePaidOnes(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	order := s.withCompanion()
	s.giveUp(order, "the-companion-stays-in", "stalls-A-1")
	if _, err := s.db.Exec(t.Context(), "update order_seats set price_type = 'adult' where order_id = $1 and seat_id = 'stalls-W-2'", order.ID); err != nil {
		t.Fatal(err) // given away, say, and nobody's companion
	}
	s.giveUp(order, "the-space-goes", "stalls-W-1")
	order = s.wantState(order.ID, booking.Paid)
	if kept := order.Kept(); len(kept) != 1 || kept[0].SeatID != "stalls-W-2" {
		t.Fatalf("kept %+v", kept)
	}
	for _, ticket := range order.Tickets {
		if admits := ticket.State == booking.TicketValid; admits != (ticket.SeatID == "stalls-W-2") {
			t.Errorf("the ticket of %s is %s", ticket.SeatID, ticket.State)
		}
	}
	s.audit(s.provider, s.holds)
	s.giveUp(order, "after-all-not-either", "stalls-W-2")
	s.wantState(order.ID, booking.Refunded)
	s.audit(s.provider, s.holds)
}

// Whoever refunds a payment in the provider's dashboard takes its money from every order that it backs.
func TestGivenBackAtTheProviderAfterAnExchange(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name      string
		give      []string
		paidRest  bool
		want, old booking.State
	}{
		{"all exchanged for as much", []string{"stalls-A-1", "stalls-A-2"}, false, booking.Refunded, booking.Exchanged},
		{"one of two exchanged", []string{"stalls-A-1"}, false, booking.Refunded, booking.Refunded},
		{"exchanged for more, the rest by another payment", []string{"stalls-A-1"}, true, booking.Paid, booking.Refunded},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			s := newStage(t)
			old := s.buy("ada", "stalls-A-1", "stalls-A-2")
			first := s.evening
			s.evening = s.house.Performance(s.clock.Now())
			want := []string{"stalls-A-9", "stalls-A-10", "stalls-A-11"}[:len(c.give)]
			if c.paidRest {
				want = []string{"stalls-A-9", "stalls-A-10"}
			}
			kept := s.hold("ada", want...)
			placed, err := s.service.Exchange(t.Context(), booking.ExchangeSeats{
				OrderID: old.ID, Seats: c.give, HoldID: kept.ID, Session: "ada", Choices: adults(want...), Actor: "buyer", IdempotencyKey: "exchange-it",
			})
			if err != nil {
				t.Fatal(err)
			}
			if c.paidRest {
				s.provider.Pay(placed.Order.Intent)
			}
			s.settle()
			s.wantState(placed.Order.ID, booking.Paid)
			if !s.provider.GiveBack(old.Intent) {
				t.Fatal("the provider gave nothing back")
			}
			s.settle()
			made := s.wantState(placed.Order.ID, c.want)
			s.wantState(old.ID, c.old)
			for _, ticket := range made.Tickets {
				if admits := ticket.State == booking.TicketValid; admits != (c.want == booking.Paid) {
					t.Errorf("the ticket of %s is %s", ticket.SeatID, ticket.State)
				}
			}
			for evening, left := range map[string]int{first.String(): 0, s.evening.String(): map[bool]int{true: len(want)}[c.want == booking.Paid]} {
				if n := s.count("select count(*) from seat_assignments where performance_id = $1", evening); n != left {
					t.Errorf("%d seats are assigned, want %d", n, left)
				}
			}
			s.audit(s.provider, nil)
		})
	}
}

// Part of a payment that went back at the provider leaves its orders as they are: nobody knows for which seats it was.
func TestPartGivenBackAtTheProvider(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	order := s.buy("ada", "stalls-A-1", "stalls-A-2")
	if _, err := s.provider.Refund(t.Context(), payment.Refund{IntentID: order.Intent, Amount: bookingtest.AdultA, IdempotencyKey: "some-of-it"}); err != nil {
		t.Fatal(err)
	}
	s.settle()
	s.wantState(order.ID, booking.Paid)
	s.audit(s.provider, s.holds)
	s.provider.GiveBack(order.Intent)
	s.settle()
	s.wantState(order.ID, booking.Refunded)
	s.audit(s.provider, s.holds)
}
