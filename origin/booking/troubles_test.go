package booking_test

import (
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/stagedoor/stagedoor/origin/booking"
	"github.com/stagedoor/stagedoor/origin/booking/bookingtest"
	"github.com/stagedoor/stagedoor/origin/payment"
)

// arrivals are the ways in which webhooks come.
var arrivals = []struct {
	name    string
	arrange func(*stage, []payment.Event) []payment.Event
}{
	{"as they happened", func(_ *stage, e []payment.Event) []payment.Event { return e }},
	{"the last first", func(_ *stage, e []payment.Event) []payment.Event {
		slices.Reverse(e)
		return e
	}},
	{"twice, by names of their own", func(s *stage, e []payment.Event) []payment.Event {
		for _, again := range slices.Clone(e) {
			again.ID += "-again"
			e = append(e, again)
		}
		return append(e, e...)
	}},
	{"a day late", func(s *stage, e []payment.Event) []payment.Event {
		s.clock.Advance(24 * time.Hour)
		return e
	}},
}

// disputeEvents is what a provider tells of a dispute from its beginning to its end.
func (s *stage) disputeEvents(intent string, amount int64, statuses ...string) []payment.Event {
	kinds := []payment.EventKind{payment.DisputeOpened}
	for range len(statuses) - 2 {
		kinds = append(kinds, payment.DisputeUpdated)
	}
	kinds = append(kinds, payment.DisputeClosed)
	var events []payment.Event
	for i, status := range statuses {
		events = append(events, payment.Event{
			ID: fmt.Sprintf("evt_%s_%d", intent, i), Kind: kinds[i], Type: string(kinds[i]), Intent: payment.Intent{ID: intent}, CreatedAt: s.clock.Now(),
			Dispute: &payment.Dispute{ID: "dp_" + intent, Amount: amount, Currency: "GBP", Reason: "product_not_received", Status: status, RespondBy: s.clock.Now().Add(9 * 24 * time.Hour)},
		})
	}
	return events
}

// applyAll applies events, and those that came too early once more.
func (s *stage) applyAll(events []payment.Event) {
	s.t.Helper()
	s.apply(events...)
	s.settle()
}

func (s *stage) admits(order booking.Order, want bool) {
	s.t.Helper()
	now := s.order(order.ID)
	for _, ticket := range now.Tickets {
		kept := slices.ContainsFunc(now.Kept(), func(seat booking.Seat) bool { return seat.SeatID == ticket.SeatID })
		if admits := ticket.State == booking.TicketValid; admits != (want && kept) {
			s.t.Fatalf("the ticket of %s is %s", ticket.SeatID, ticket.State)
		}
	}
}

func TestDisputesMoveTheBooksAndNoTickets(t *testing.T) {
	t.Parallel()
	const whole = 2 * bookingtest.AdultA
	for _, c := range []struct {
		name     string
		amount   int64
		statuses []string
		taken    int64
		back     int64 // what may go back afterwards
	}{
		{"won", whole, []string{"needs_response", "needs_response", "under_review", "won"}, 0, whole},
		{"lost", whole, []string{"needs_response", "needs_response", "under_review", "lost"}, whole, 0},
		{"lost in part", 3000, []string{"needs_response", "lost"}, 3000, whole - 3000},
		{"a question that came to nothing", whole, []string{"warning_needs_response", "warning_closed"}, 0, whole},
	} {
		for _, how := range arrivals {
			t.Run(c.name+", "+how.name, func(t *testing.T) {
				t.Parallel()
				s := newStage(t)
				order := s.buy("ada", "stalls-A-1", "stalls-A-2")
				s.applyAll(how.arrange(s, s.disputeEvents(order.Intent, c.amount, c.statuses...)))
				s.wantState(order.ID, booking.Paid)
				s.admits(order, true)
				disputes, err := s.service.Disputes(t.Context(), order.ID)
				if err != nil || len(disputes) != 1 || disputes[0].Status != c.statuses[len(c.statuses)-1] || disputes[0].Open() {
					t.Fatalf("disputes %+v, %v", disputes, err)
				}
				if n := s.count("select coalesce(sum(amount), 0) from refunds where kind = 'dispute'"); int64(n) != c.taken {
					t.Errorf("%d were written off, want %d", n, c.taken)
				}
				if missing, err := s.service.Missing(t.Context(), s.order(order.ID)); err != nil || missing != c.taken {
					t.Errorf("%d are missing, want %d; %v", missing, c.taken, err)
				}
				s.audit(s.provider, s.holds)
				if returned := s.giveUp(order, "all-of-it-then", "stalls-A-1", "stalls-A-2"); returned.Amount != c.back {
					t.Errorf("%d went back, want %d", returned.Amount, c.back)
				}
				s.wantState(order.ID, booking.Refunded)
				s.admits(order, false)
				s.audit(s.provider, s.holds)
				t.Logf("injected: a dispute that was %s, its events %s", c.name, how.name)
				t.Logf("users saw: their tickets stay good; %d of %d went back afterwards", c.back, int64(whole))
			})
		}
	}
}

func TestNoMoneyGoesBackThatABankHas(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	order := s.buy("ada", "stalls-A-1", "stalls-A-2")
	events := s.disputeEvents(order.Intent, 2*bookingtest.AdultA, "needs_response", "under_review", "lost")
	back := booking.SeatsBack{OrderID: order.ID, Seats: []string{"stalls-A-1"}, Actor: "buyer", IdempotencyKey: "give-it-back"}
	s.giveUp(order, "before-it-began", "stalls-A-2")
	s.apply(events[0])
	var refused *booking.PolicyError
	if _, err := s.service.RefundSeats(t.Context(), back); !errors.As(err, &refused) {
		t.Errorf("while the bank has it: %v", err)
	}
	troubles, err := s.service.Troubles(t.Context(), bookingtest.Brand)
	if err != nil || len(troubles.Disputes) != 1 || troubles.Disputes[0].Number != order.Number || !troubles.Disputes[0].Dispute.DueWithin(s.clock.Now(), 10*24*time.Hour) {
		t.Errorf("to see to: %+v, %v", troubles, err)
	}
	if other, err := s.service.Troubles(t.Context(), bookingtest.OtherBrand); err != nil || len(other.Disputes) != 0 {
		t.Errorf("another theatre's: %+v, %v", other, err)
	}
	s.apply(events[1:]...)
	s.settle()
	// The bank took more than was left: what went back before is not written off twice.
	if n := s.count("select taken from payment_disputes"); n != bookingtest.AdultA {
		t.Errorf("%d were taken", n)
	}
	s.audit(s.provider, s.holds)
	if troubles, err = s.service.Troubles(t.Context(), ""); err != nil || len(troubles.Disputes) != 0 || len(troubles.Over) != 1 {
		t.Errorf("afterwards: %+v, %v", troubles, err)
	}
}

// A refund that is decided when the bank takes the money waits, and is the bank's if that keeps it.
func TestARefundThatABankOvertakes(t *testing.T) {
	t.Parallel()
	for _, end := range []string{"won", "lost"} {
		t.Run(end, func(t *testing.T) {
			t.Parallel()
			s := newStage(t)
			order := s.buy("ada", "stalls-A-1")
			_, err := s.service.RefundSeats(t.Context(), booking.SeatsBack{OrderID: order.ID, Seats: []string{"stalls-A-1"}, Actor: "buyer", IdempotencyKey: "give-it-back"})
			if err != nil {
				t.Fatal(err)
			}
			events := s.disputeEvents(order.Intent, bookingtest.AdultA, "needs_response", end)
			s.apply(events[0])
			s.settle()
			s.wantState(order.ID, booking.RefundDue)
			s.audit(s.provider, s.holds)
			s.apply(events[1])
			s.settle()
			s.wantState(order.ID, booking.Refunded)
			if n := len(s.provider.Refunds()); n != map[string]int{"won": 1, "lost": 0}[end] {
				t.Errorf("%d refunds were sent", n)
			}
			s.audit(s.provider, s.holds)
		})
	}
}

// failedRefund buys a seat, gives it back, and has the buyer's bank refuse the money. The webhooks of it are returned.
func (s *stage) failedRefund() (booking.Order, []payment.Event) {
	s.t.Helper()
	order := s.buy("ada", "stalls-A-1")
	if _, err := s.service.RefundSeats(s.t.Context(), booking.SeatsBack{OrderID: order.ID, Actor: "buyer", IdempotencyKey: "give-it-back"}); err != nil {
		s.t.Fatal(err)
	}
	s.sweep()
	s.wantState(order.ID, booking.Refunded)
	if !s.provider.SendBack(s.provider.Refunds()[0].ID) {
		s.t.Fatal("the bank sent nothing back")
	}
	return order, s.provider.Events()
}

func TestARefundThatFailsIsSeenAndSeenTo(t *testing.T) {
	t.Parallel()
	for _, how := range arrivals {
		for _, remedy := range []string{"sent anew", "by hand", "in the provider's dashboard"} {
			t.Run(remedy+", "+how.name, func(t *testing.T) {
				t.Parallel()
				s := newStage(t)
				order, events := s.failedRefund()
				s.applyAll(how.arrange(s, events))
				order = s.wantState(order.ID, booking.RefundDue)
				troubles, err := s.service.Troubles(t.Context(), bookingtest.Brand)
				if err != nil || len(troubles.Failed) != 1 || troubles.Failed[0].Refund.Amount != bookingtest.AdultA {
					t.Fatalf("to see to: %+v, %v", troubles, err)
				}
				failed := troubles.Failed[0].Refund
				again := booking.Remedy{OrderID: order.ID, RefundID: failed.ID, Tries: failed.Tries, Actor: booking.StaffActor("colleague-7")}
				sent := 2
				switch remedy {
				case "by hand":
					var invalid *booking.InvalidError
					again.ByHand = true
					if err := s.service.RemedyRefund(t.Context(), again); !errors.As(err, &invalid) {
						t.Errorf("without saying how: %v", err)
					}
					again.How, sent = "bank transfer of 3 May", 1
					fallthrough
				case "sent anew":
					if err := s.service.RemedyRefund(t.Context(), again); err != nil {
						t.Fatal(err)
					}
					var refused *booking.PolicyError
					if err := s.service.RemedyRefund(t.Context(), again); !errors.As(err, &refused) {
						t.Errorf("pressed twice: %v", err)
					}
				default:
					if !s.provider.GiveBack(order.Intent) {
						t.Fatal("the provider gave nothing back")
					}
				}
				s.apply(events...) // and once more, when it is long over
				s.settle()
				s.wantState(order.ID, booking.Refunded)
				if n := len(s.provider.Refunds()); n != sent {
					t.Errorf("%d refunds were sent, want %d", n, sent)
				}
				if n := s.count("select count(*) from refunds where state = 'failed'"); n != 0 {
					t.Errorf("%d are still to be seen to", n)
				}
				s.audit(s.provider, s.holds)
				t.Logf("injected: a refund that failed after it was said to have succeeded, its events %s", how.name)
				t.Logf("users saw: their refund is due again, then done: %s", remedy)
			})
		}
	}
}

func TestARefundThatFailsAgain(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	order, events := s.failedRefund()
	s.applyAll(events)
	line := s.order(order.ID).Refunds[0]
	remedy := booking.Remedy{OrderID: order.ID, RefundID: line.ID, Actor: booking.StaffActor("colleague-7")}
	if err := s.service.RemedyRefund(t.Context(), remedy); err != nil {
		t.Fatal(err)
	}
	s.settle()
	s.wantState(order.ID, booking.Refunded)
	for _, r := range s.provider.Refunds() {
		s.provider.SendBack(r.ID)
	}
	s.settle()
	s.wantState(order.ID, booking.RefundDue)
	if line = s.order(order.ID).Refunds[0]; line.State != "failed" || line.Tries != 1 {
		t.Errorf("the refund: %+v", line)
	}
	if err := s.service.RemedyRefund(t.Context(), booking.Remedy{OrderID: uuid.Nil, RefundID: line.ID}); !errors.Is(err, booking.ErrNotFound) {
		t.Errorf("of no order: %v", err)
	}
	remedy.Tries = 1
	if err := s.service.RemedyRefund(t.Context(), remedy); err != nil {
		t.Fatal(err)
	}
	s.settle()
	s.wantState(order.ID, booking.Refunded)
	s.audit(s.provider, s.holds)
}

// Part of an order's money that comes back leaves the order as it is, and is in everybody's sight.
func TestAPartThatFails(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	order := s.buy("ada", "stalls-A-1", "stalls-A-2")
	s.giveUp(order, "one-of-them", "stalls-A-1")
	s.provider.SendBack(s.provider.Refunds()[0].ID)
	s.settle()
	s.wantState(order.ID, booking.Paid)
	line := s.order(order.ID).Refunds[0]
	if line.State != "failed" {
		t.Fatalf("the refund: %+v", line)
	}
	// Somebody gives it back at the provider, and the rest with it.
	s.provider.GiveBack(order.Intent)
	s.settle()
	s.wantState(order.ID, booking.Refunded)
	s.audit(s.provider, s.holds)
}

// A refund of seats that others were exchanged for fails: it is the new order whose buyer waits for money.
func TestARefundAfterAnExchangeFails(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	old := s.buy("ada", "stalls-A-1")
	kept := s.hold("ada", "stalls-A-9")
	placed, err := s.service.Exchange(t.Context(), booking.ExchangeSeats{
		OrderID: old.ID, Seats: []string{"stalls-A-1"}, HoldID: kept.ID, Session: "ada", Choices: adults("stalls-A-9"), Actor: "buyer", IdempotencyKey: "exchange-it",
	})
	if err != nil {
		t.Fatal(err)
	}
	s.settle()
	s.giveUp(placed.Order, "after-all-not")
	s.wantState(placed.Order.ID, booking.Refunded)
	s.provider.SendBack(s.provider.Refunds()[0].ID)
	s.settle()
	s.wantState(placed.Order.ID, booking.RefundDue)
	s.wantState(old.ID, booking.Exchanged)
}

// Who refunds in the provider's dashboard may find that it fails as well. An old webhook of it ends nobody's tickets.
func TestARefundInTheDashboardFails(t *testing.T) {
	t.Parallel()
	for _, how := range arrivals {
		t.Run(how.name, func(t *testing.T) {
			t.Parallel()
			s := newStage(t)
			order := s.buy("ada", "stalls-A-1")
			s.provider.GiveBack(order.Intent)
			s.provider.SendBack(s.provider.Refunds()[0].ID)
			s.applyAll(how.arrange(s, s.provider.Events()))
			s.wantState(order.ID, booking.Paid)
			s.admits(order, true)
			s.audit(s.provider, s.holds)
		})
	}
	t.Run("when it had been told", func(t *testing.T) {
		t.Parallel()
		s := newStage(t)
		order := s.buy("ada", "stalls-A-1")
		s.provider.GiveBack(order.Intent)
		s.settle()
		s.wantState(order.ID, booking.Refunded)
		s.provider.SendBack(s.provider.Refunds()[0].ID)
		s.settle()
		s.wantState(order.ID, booking.RefundDue)
		if troubles, err := s.service.Troubles(t.Context(), ""); err != nil || len(troubles.Failed) != 1 {
			t.Errorf("to see to: %+v, %v", troubles, err)
		}
	})
}

// An order whose seats were exchanged shows disputes of the money that came along, and what a bank keeps of it.
func TestADisputeAfterAnExchange(t *testing.T) {
	t.Parallel()
	for _, how := range arrivals {
		t.Run(how.name, func(t *testing.T) {
			t.Parallel()
			s := newStage(t)
			old := s.buy("ada", "stalls-A-1", "stalls-A-2")
			kept := s.hold("ada", "stalls-A-9")
			placed, err := s.service.Exchange(t.Context(), booking.ExchangeSeats{
				OrderID: old.ID, Seats: []string{"stalls-A-1"}, HoldID: kept.ID, Session: "ada", Choices: adults("stalls-A-9"), Actor: "buyer", IdempotencyKey: "exchange-it",
			})
			if err != nil {
				t.Fatal(err)
			}
			s.settle()
			s.applyAll(how.arrange(s, s.disputeEvents(old.Intent, 2*bookingtest.AdultA, "needs_response", "lost")))
			for _, id := range []uuid.UUID{old.ID, placed.Order.ID} {
				order := s.wantState(id, booking.Paid)
				missing, err := s.service.Missing(t.Context(), order)
				if err != nil || missing != bookingtest.AdultA {
					t.Errorf("%s misses %d, %v", order.Number, missing, err)
				}
				if disputes, err := s.service.Disputes(t.Context(), id); err != nil || len(disputes) != 1 || !disputes[0].Lost() {
					t.Errorf("%s shows %+v, %v", order.Number, disputes, err)
				}
				s.admits(order, true)
			}
			s.audit(s.provider, s.holds)
		})
	}
}

// An older version kept a lost dispute and left the books as they were: no money could go back for the order ever after.
func TestADisputeThatWasLostLongAgo(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	order := s.buy("ada", "stalls-A-1", "stalls-A-2")
	lost := s.disputeEvents(order.Intent, bookingtest.AdultA, "needs_response", "lost")
	if _, err := s.db.Exec(t.Context(), `insert into payment_disputes (id, intent_id, order_id, amount, currency, reason, status, opened_at, updated_at)
		values ($1, $2, $3, $4, 'GBP', 'fraudulent', 'lost', now(), now())`, lost[1].Dispute.ID, order.Intent, order.ID, bookingtest.AdultA); err != nil {
		t.Fatal(err)
	}
	s.settle()
	if n := s.count("select taken from payment_disputes"); n != bookingtest.AdultA {
		t.Errorf("%d were taken, want %d", n, bookingtest.AdultA)
	}
	s.applyAll(lost) // once more: nothing is taken twice
	if missing, err := s.service.Missing(t.Context(), s.order(order.ID)); err != nil || missing != bookingtest.AdultA {
		t.Errorf("%d are missing, %v", missing, err)
	}
	s.audit(s.provider, s.holds)
	if returned := s.giveUp(order, "all-of-it-then", "stalls-A-1", "stalls-A-2"); returned.Amount != bookingtest.AdultA {
		t.Errorf("%d went back", returned.Amount)
	}
	s.audit(s.provider, s.holds)
}
