package booking_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/stagedoor/stagedoor/origin/booking"
	"github.com/stagedoor/stagedoor/origin/booking/bookingtest"
	"github.com/stagedoor/stagedoor/origin/pricing"
	"github.com/stagedoor/stagedoor/origin/show"
)

// buy is an order for adults, paid.
func (s *stage) buy(session string, seats ...string) booking.Order {
	s.t.Helper()
	placed := s.place(session, seats...)
	s.provider.Pay(placed.Order.Intent)
	s.deliver()
	return s.wantState(placed.Order.ID, booking.Paid)
}

func (s *stage) terms(t booking.Terms) {
	s.t.Helper()
	if err := s.service.SetTerms(s.t.Context(), bookingtest.Brand, uuid.Nil, t, "test"); err != nil {
		s.t.Fatal(err)
	}
}

func adults(seats ...string) []booking.SeatChoice {
	var out []booking.SeatChoice
	for _, seat := range seats {
		out = append(out, booking.SeatChoice{SeatID: seat, PriceType: show.Adult})
	}
	return out
}

// fees are terms with fees and a tax on top, so that prices have every part.
var fees = booking.Terms{
	Rules:   pricing.Rules{TicketFee: 150, OrderFee: 100, TaxRate: 88_750, TaxAdded: true},
	Refunds: booking.Until{Before: 48 * time.Hour, Fee: 300}, Exchanges: booking.Until{Before: 24 * time.Hour, Fee: 200},
}

func TestSeatsAreRefundedOneByOne(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	s.terms(fees)
	ctx := t.Context()
	order := s.buy("ada", "stalls-A-1", "stalls-A-2", "stalls-A-3")
	first := order.Seats[0]
	if first.Price.Face != bookingtest.AdultA || first.Price.Fee != 184 || first.Amount != first.Price.Face+first.Price.Fee+first.Price.Tax || first.Rules == "" {
		t.Fatalf("the price is made of %+v by %q", first.Price, first.Rules)
	}
	back := booking.SeatsBack{OrderID: order.ID, Seats: []string{first.SeatID}, Actor: "buyer", IdempotencyKey: "give-one-back"}
	quote, err := s.service.QuoteRefund(ctx, back)
	if err != nil || quote.Amount != first.Amount-300 || quote.Fee != 300 {
		t.Fatalf("quoted %+v, %v", quote, err)
	}
	for range 2 { // the second click brings the answer of the first
		returned, err := s.service.RefundSeats(ctx, back)
		if err != nil || returned.Amount != quote.Amount {
			t.Fatalf("returned %+v, %v", returned, err)
		}
	}
	order = s.wantState(order.ID, booking.Paid)
	if len(order.Kept()) != 2 || order.Seats[0].Gone != "refunded" || order.Seats[0].Refunded != quote.Amount || len(order.Refunds) != 1 {
		t.Errorf("kept %d, gone %q, refunds %+v", len(order.Kept()), order.Seats[0].Gone, order.Refunds)
	}
	s.settle()
	if sold := s.holds.Sold(s.evening); !slices.Equal(sold, []string{"stalls-A-2", "stalls-A-3"}) {
		t.Errorf("shown as sold: %v", sold)
	}
	s.buy("bob", "stalls-A-1") // it is for sale again
	s.audit(s.provider, s.holds)
	if _, err := s.service.RefundSeats(ctx, booking.SeatsBack{OrderID: order.ID, Seats: []string{"stalls-A-1"}, Actor: "buyer", IdempotencyKey: "once-more-please"}); err == nil {
		t.Error("a seat was given back twice")
	}
	waived := int64(0)
	if _, err := s.service.RefundSeats(ctx, booking.SeatsBack{OrderID: order.ID, Actor: booking.StaffActor("joan"), KeepFee: &waived, IdempotencyKey: "all-the-rest"}); err != nil {
		t.Fatal(err)
	}
	s.wantState(order.ID, booking.RefundDue)
	s.settle()
	order = s.wantState(order.ID, booking.Refunded)
	if order.Refund == nil || order.Refund.Amount != order.Total-300 || order.Refund.Why != booking.RefundByHouse {
		t.Errorf("refund %+v of %d", order.Refund, order.Total)
	}
	s.audit(s.provider, s.holds)
}

func TestSeatsThatMayNotBeGivenBack(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	ctx := t.Context()
	for _, c := range []struct {
		name  string
		terms booking.Terms
		spoil func(order booking.Order)
		staff bool
		ok    bool
	}{
		{"in time", fees, func(booking.Order) {}, false, true},
		{"never", booking.Terms{Refunds: booking.Until{Never: true}}, func(booking.Order) {}, false, false},
		{"never, but for staff", booking.Terms{Refunds: booking.Until{Never: true}}, func(booking.Order) {}, true, true},
		{"too late", booking.Terms{Refunds: booking.Until{Before: 40 * 24 * time.Hour}}, func(booking.Order) {}, false, false},
		{"never, but nothing is played", booking.Terms{Refunds: booking.Until{Never: true}}, func(order booking.Order) {
			if _, err := s.db.Exec(ctx, "update performances set status = 'cancelled' where id = $1", order.PerformanceID); err != nil {
				t.Fatal(err)
			}
			s.clock.Advance(3 * time.Second) // that is remembered for a moment
		}, false, true},
		{"shown at the door", fees, func(order booking.Order) {
			if _, err := s.db.Exec(ctx, "update tickets set state = 'used' where order_id = $1", order.ID); err != nil {
				t.Fatal(err)
			}
		}, false, false},
	} {
		s.terms(c.terms)
		s.evening = s.house.Performance(s.clock.Now())
		order := s.buy("ada", "stalls-A-1")
		c.spoil(order)
		back := booking.SeatsBack{OrderID: order.ID, Actor: "buyer", IdempotencyKey: "give-them-back"}
		if c.staff {
			back.Actor = booking.StaffActor("joan")
		}
		_, err := s.service.RefundSeats(ctx, back)
		var policy *booking.PolicyError
		if c.ok != (err == nil) || !c.ok && !errors.As(err, &policy) {
			t.Errorf("%s: %v", c.name, err)
		}
		if !c.ok {
			s.wantState(order.ID, booking.Paid)
		}
		// No scanner let anybody in here: the audit would miss its note.
		if _, err := s.db.Exec(ctx, "update tickets set state = 'valid' where state = 'used'"); err != nil {
			t.Fatal(err)
		}
	}
	s.settle()
	s.audit(s.provider, nil)
}

func TestExchanges(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name      string
		give      []string
		want      []string
		due, back int64
		state     booking.State // of the old order
	}{
		{"for as many", []string{"stalls-A-1"}, []string{"stalls-A-9"}, 200, 0, booking.Paid},
		{"for a cheaper one", []string{"stalls-A-1"}, []string{"balcony-A-1"}, 0, bookingtest.AdultA - 200 - bookingtest.AdultB, booking.Paid},
		{"all, for more", []string{"stalls-A-1", "stalls-A-2"}, []string{"stalls-A-9", "stalls-A-10", "stalls-A-11"}, bookingtest.AdultA + 400, 0, booking.Exchanged},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			s := newStage(t)
			s.terms(booking.Terms{Rules: pricing.Rules{TaxRate: 200_000}, Exchanges: fees.Exchanges, Refunds: booking.Until{Before: time.Hour}})
			ctx := t.Context()
			old := s.buy("ada", "stalls-A-1", "stalls-A-2")
			first := s.evening
			s.evening = s.house.Performance(s.clock.Now())
			kept := s.hold("ada", c.want...)
			e := booking.ExchangeSeats{OrderID: old.ID, Seats: c.give, HoldID: kept.ID, Session: "ada", Choices: adults(c.want...), Actor: "buyer", IdempotencyKey: "exchange-" + c.name}
			quote, err := s.service.QuoteExchange(ctx, e)
			if err != nil || quote.Due != c.due || quote.Back != c.back {
				t.Fatalf("quoted %+v, %v", quote, err)
			}
			placed, err := s.service.Exchange(ctx, e)
			if err != nil {
				t.Fatal(err)
			}
			if c.due > 0 {
				s.wantState(old.ID, booking.Paid) // nothing is given up before the rest is paid
				if n := len(s.order(old.ID).Kept()); n != 2 {
					t.Fatalf("%d seats are left", n)
				}
				if again, err := s.service.Exchange(ctx, e); err != nil || again.Order.ID != placed.Order.ID || !again.Replayed {
					t.Fatalf("again: %+v, %v", again, err)
				}
				s.provider.Pay(placed.Order.Intent)
				s.deliver()
			}
			s.settle()
			made := s.wantState(placed.Order.ID, booking.Paid)
			before := s.wantState(old.ID, c.state)
			if len(made.Tickets) != len(c.want) || len(before.Kept()) != 2-len(c.give) || made.ExchangeOf != old.ID {
				t.Errorf("%d tickets, %d seats kept", len(made.Tickets), len(before.Kept()))
			}
			if want := []booking.OrderName{{ID: made.ID, Number: made.Number}}; !slices.Equal(before.Became, want) || made.Became != nil {
				t.Errorf("the old order became %v, the new one %v", before.Became, made.Became)
			}
			if n := s.count("select count(*) from seat_assignments where performance_id = $1", first); n != 2-len(c.give) {
				t.Errorf("%d seats of the first evening are assigned", n)
			}
			s.audit(s.provider, nil)
			// The money of the old order goes back from where it came.
			if _, err := s.service.RefundSeats(ctx, booking.SeatsBack{OrderID: made.ID, Actor: "buyer", IdempotencyKey: "after-all-not"}); err != nil {
				t.Fatal(err)
			}
			s.settle()
			s.wantState(made.ID, booking.Refunded)
			s.audit(s.provider, nil)
		})
	}
}

func TestAnExchangeWhoseSeatsAreGone(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	ctx := t.Context()
	old := s.buy("ada", "stalls-A-1")
	kept := s.hold("ada", "stalls-A-9", "stalls-A-10")
	placed, err := s.service.Exchange(ctx, booking.ExchangeSeats{
		OrderID: old.ID, HoldID: kept.ID, Session: "ada", Choices: adults(kept.Seats...), Actor: "buyer", IdempotencyKey: "exchange-one",
	})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.service.RefundSeats(ctx, booking.SeatsBack{OrderID: old.ID, Actor: booking.StaffActor("joan"), IdempotencyKey: "refunded-at-the-desk"}); err != nil {
		t.Fatal(err)
	}
	s.provider.Pay(placed.Order.Intent) // the buyer pays the rest of what is no more
	s.settle()
	s.wantState(placed.Order.ID, booking.Refunded)
	s.wantState(old.ID, booking.Refunded)
	s.audit(s.provider, s.holds)
}

func TestSalesAtTheDesk(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	ctx := t.Context()
	for i, tender := range []booking.Tender{{Method: booking.MethodCash}, {Method: booking.MethodTerminal, Reference: "slip 17"}, {Method: booking.Comp}} {
		seat := fmt.Sprintf("stalls-A-%d", i+1)
		kept := s.hold("desk", seat)
		sale := booking.DeskSale{HoldID: kept.ID, Session: "desk", BrandID: bookingtest.Brand, Seats: adults(seat), Tender: tender, Staff: "joan", Reason: "at the window", IdempotencyKey: "sale-at-desk-" + seat}
		order, err := s.service.SellAtDesk(ctx, sale)
		if err != nil {
			t.Fatalf("%s: %v", tender.Method, err)
		}
		again, err := s.service.SellAtDesk(ctx, sale)
		if err != nil || again.ID != order.ID {
			t.Errorf("%s again: %v", tender.Method, err)
		}
		want := int64(bookingtest.AdultA)
		if tender.Method == booking.Comp {
			want = 0
		}
		if order.State != booking.Paid || order.Total != want || len(order.Tickets) != 1 || order.Channel != booking.BoxOffice || order.Seats[0].Price.Face != bookingtest.AdultA {
			t.Errorf("%s: %+v", tender.Method, order)
		}
		s.audit(s.provider, s.holds)
		if tender.Method != booking.Comp { // from their sofa nobody can be handed the money
			var policy *booking.PolicyError
			_, err := s.service.RefundSeats(ctx, booking.SeatsBack{OrderID: order.ID, Actor: "buyer", IdempotencyKey: "back-from-the-sofa"})
			if !errors.As(err, &policy) {
				t.Errorf("%s: the buyer gave tickets back online: %v", tender.Method, err)
			}
			s.wantState(order.ID, booking.Paid)
		}
		if _, err := s.service.RefundSeats(ctx, booking.SeatsBack{OrderID: order.ID, Actor: booking.StaffActor("joan"), IdempotencyKey: "back-over-the-desk"}); err != nil {
			t.Fatal(err)
		}
		s.wantState(order.ID, booking.Refunded) // at once: it was handed back
	}
	if n := len(s.provider.Intents()); n != 0 {
		t.Errorf("%d payments at the provider", n)
	}
	s.settle()
	s.audit(s.provider, s.holds)
	history, err := s.service.History(ctx, s.search("Box office")[0].ID)
	if err != nil || !slices.ContainsFunc(history, func(e booking.HistoryEvent) bool { return e.Actor == "staff:joan" && e.To == booking.Paid }) {
		t.Errorf("history %+v, %v", history, err)
	}
}

func (s *stage) search(text string) []booking.Order {
	s.t.Helper()
	found, err := s.service.Search(s.t.Context(), booking.SearchFor{BrandID: bookingtest.Brand, Text: text})
	if err != nil || len(found) == 0 {
		s.t.Fatalf("search for %q: %d orders, %v", text, len(found), err)
	}
	return found
}

func TestSeatsAsGoodAreOffered(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name   string
		answer func(s *stage, order booking.Order) error
		want   booking.State
	}{
		{"taken", func(s *stage, o booking.Order) error { return s.service.AcceptOffer(s.t.Context(), o, "buyer") }, booking.Paid},
		{"declined", func(s *stage, o booking.Order) error { return s.service.DeclineOffer(s.t.Context(), o, "buyer") }, booking.Refunded},
		{"not answered", func(s *stage, _ booking.Order) error { s.clock.Advance(25 * time.Hour); return nil }, booking.Refunded},
		{"given back at the provider", func(s *stage, o booking.Order) error { s.provider.GiveBack(o.Intent); return nil }, booking.Refunded},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			s := newStage(t)
			ada := s.place("ada", "stalls-A-2", "stalls-A-3").Order
			s.provider.Pay(ada.Intent)
			late := s.provider.Events()
			s.clock.Advance(bookingtest.HoldFor + time.Minute)
			s.place("bob", "stalls-A-2")
			s.apply(late...)
			order := s.wantState(ada.ID, booking.Offered)
			var offered []string
			for _, o := range order.Offer {
				offered = append(offered, o.SeatID)
			}
			// Side by side, and the nearest: seat 3 is still free.
			if !slices.Equal(offered, []string{"stalls-A-3", "stalls-A-4"}) {
				t.Errorf("offered %v", offered)
			}
			history, err := s.service.History(t.Context(), ada.ID)
			if err != nil || len(history) != 2 || history[1].To != booking.Offered || !strings.Contains(string(history[1].Detail), `"equals offered"`) {
				t.Errorf("the decision is not one line of history: %+v, %v", history, err)
			}
			s.sweep()
			if shown := s.holds.Sold(s.evening); !slices.Equal(shown, offered) {
				t.Errorf("while they are on offer, shown as sold: %v", shown)
			}
			s.holds.Lose() // whoever holds them in an emptied Redis can't order them
			eve := s.hold("eve", "stalls-A-4")
			var lost *booking.SeatsLostError
			if _, err := s.service.Place(t.Context(), s.request(eve)); !errors.As(err, &lost) {
				t.Errorf("somebody ordered a seat on offer: %v", err)
			}
			s.audit(s.provider, nil)
			if err := c.answer(s, order); err != nil {
				t.Fatal(err)
			}
			s.settle()
			order = s.wantState(ada.ID, c.want)
			if c.want == booking.Paid && (!slices.Equal(order.SeatIDs(), offered) || len(order.Tickets) != 2 || order.Seats[0].Amount != bookingtest.AdultA) {
				t.Errorf("has %v and %d tickets", order.SeatIDs(), len(order.Tickets))
			}
			if err := s.service.AcceptOffer(t.Context(), order, "buyer"); (err == nil) != (c.want == booking.Paid) {
				t.Errorf("taken once more: %v", err)
			}
			s.audit(s.provider, s.holds)
			t.Log("injected: the money came when another had ordered one of the seats")
			t.Logf("users saw: %v on offer, %s: %s", offered, c.name, order.State)
		})
	}
}
