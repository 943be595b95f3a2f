package booking_test

import (
	"slices"
	"testing"
	"time"

	"github.com/stagedoor/stagedoor/origin/booking"
	"github.com/stagedoor/stagedoor/origin/booking/bookingtest"
)

// buyByCard is an order for adults, paid with a card whose end the provider's list tells a little later.
func (s *stage) buyByCard(session, last4 string, seats ...string) booking.Order {
	s.t.Helper()
	placed := s.place(session, seats...)
	if !s.provider.PayByCard(placed.Order.Intent, "visa", last4) {
		s.t.Fatal("no money was taken")
	}
	s.deliver()
	return s.wantState(placed.Order.ID, booking.Paid)
}

func (s *stage) reconcile() {
	s.t.Helper()
	s.clock.Advance(time.Minute)
	if _, err := s.service.Reconcile(s.t.Context(), s.clock.Now().Add(-24*time.Hour)); err != nil {
		s.t.Fatal(err)
	}
}

// numbers are those of the orders that a search finds, in its order.
func (s *stage) numbers(f booking.SearchFor) []string {
	s.t.Helper()
	found, err := s.service.Search(s.t.Context(), f)
	if err != nil {
		s.t.Fatal(err)
	}
	numbers := []string{}
	for _, order := range found {
		numbers = append(numbers, order.Number)
	}
	return numbers
}

func TestOrdersAreFoundByTheEndOfTheirCard(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	ada := s.buyByCard("ada", "4242", "stalls-A-1", "stalls-A-2")
	s.clock.Advance(time.Second)
	bob := s.buyByCard("bob", "0005", "stalls-A-3")
	s.clock.Advance(time.Second)
	carl := s.buyByCard("carl", "42٤2", "stalls-A-4") // what is not four digits is not kept
	if found := s.numbers(booking.SearchFor{Text: "4242"}); len(found) != 0 {
		t.Errorf("before the provider's list was read: %v", found)
	}
	s.reconcile()
	// Seats that were exchanged are paid with the money, and so with the card, of the first order.
	kept := s.hold("ada", "stalls-A-9")
	exchanged, err := s.service.Exchange(t.Context(), booking.ExchangeSeats{
		OrderID: ada.ID, Seats: []string{"stalls-A-1"}, HoldID: kept.ID, Session: "ada", Choices: adults("stalls-A-9"), Actor: "buyer", IdempotencyKey: "exchange-it",
	})
	if err != nil {
		t.Fatal(err)
	}
	s.settle()
	for _, c := range []struct {
		name string
		f    booking.SearchFor
		want []string
	}{
		{"the latest first, exchanges with them", booking.SearchFor{Text: " 4242 "}, []string{exchanged.Order.Number, ada.Number}},
		{"zeros are digits", booking.SearchFor{Text: "0005"}, []string{bob.Number}},
		{"only so many", booking.SearchFor{Text: "4242", Most: 1}, []string{exchanged.Order.Number}},
		{"three digits are no card", booking.SearchFor{Text: "424"}, []string{}},
		{"nor is part of one", booking.SearchFor{Text: "424%"}, []string{}},
		{"nobody's card", booking.SearchFor{Text: "1881"}, []string{}},
		{"at this performance", booking.SearchFor{Text: "0005", PerformanceID: s.evening}, []string{bob.Number}},
		{"at another", booking.SearchFor{Text: "0005", PerformanceID: s.house.PlanID}, []string{}},
		{"of this theatre", booking.SearchFor{Text: "4242", BrandID: bookingtest.Brand}, []string{exchanged.Order.Number, ada.Number}},
		{"of another", booking.SearchFor{Text: "4242", BrandID: bookingtest.OtherBrand}, []string{}},
		{"by number", booking.SearchFor{Text: carl.Number}, []string{carl.Number}},
	} {
		if found := s.numbers(c.f); !slices.Equal(found, c.want) {
			t.Errorf("%s: %v, want %v", c.name, found, c.want)
		}
	}
	for id, want := range map[string][]booking.Card{ada.Number: {{Brand: "visa", Last4: "4242"}}, carl.Number: {}} {
		order := ada
		if id == carl.Number {
			order = carl
		}
		if cards, err := s.service.CardsOf(t.Context(), order.ID); err != nil || !slices.Equal(cards, want) {
			t.Errorf("cards of %s: %v, %v", id, cards, err)
		}
	}
	// What is known of a card stays known, whatever a later list says.
	s.reconcile()
	if n := s.count("select count(*) from payments where card_last4 = '4242'"); n != 1 {
		t.Errorf("%d payments by that card", n)
	}
	// A number, a name or an address with these digits is found beside the card.
	if _, err := s.db.Exec(t.Context(), "update orders set buyer_email = 'carl4242@example.org' where id = $1", carl.ID); err != nil {
		t.Fatal(err)
	}
	if found := s.numbers(booking.SearchFor{Text: "4242"}); !slices.Equal(found, []string{exchanged.Order.Number, carl.Number, ada.Number}) {
		t.Errorf("with an address: %v", found)
	}
}
