package booking_test

import (
	"bytes"
	"context"
	"log/slog"
	"testing"
	"time"

	"github.com/stagedoor/stagedoor/origin/booking"
	"github.com/stagedoor/stagedoor/origin/booking/bookingtest"
	"github.com/stagedoor/stagedoor/origin/payment"
	"github.com/stagedoor/stagedoor/origin/show"
)

// slow is the provider as a process sees it that stands still between an answer and what it makes of it: meanwhile others
// go on.
type slow struct {
	*bookingtest.Provider
	asked, refunded func() // called once; may be nil
}

func once(f *func()) {
	if do := *f; do != nil {
		*f = nil
		do()
	}
}

func (p *slow) GetIntent(ctx context.Context, id string) (payment.Intent, error) {
	intent, err := p.Provider.GetIntent(ctx, id)
	once(&p.asked)
	return intent, err
}

func (p *slow) Refund(ctx context.Context, r payment.Refund) (payment.Refunded, error) {
	refunded, err := p.Provider.Refund(ctx, r)
	once(&p.refunded)
	return refunded, err
}

// startSlow makes a service of another process.
func (s *stage) startSlow(p *slow) *booking.Service {
	s.t.Helper()
	service, err := booking.New(booking.Config{
		DB: s.db, Holds: s.holds, Payments: p, Shows: show.NewRepository(s.db), Signer: bookingtest.Signer{},
		LinkKey: bytes.Repeat([]byte("k"), 32), Logger: slog.New(slog.DiscardHandler), Now: s.clock.Now, Workers: 1,
	})
	if err != nil {
		s.t.Fatal(err)
	}
	return service
}

// The provider is asked how much went back, and before its answer is used a refund of ours fails: it must not be taken to be
// made good by what went back at the provider before.
func TestAnAnswerOfTheProviderThatIsOldMakesNothingGood(t *testing.T) {
	t.Parallel()
	const dashboard = 3000
	s := newStage(t)
	order := s.buy("ada", "stalls-A-1", "stalls-A-2", "stalls-A-3")
	s.giveUp(order, "one-of-them", "stalls-A-1")
	s.settle()
	ours := s.provider.Refunds()[0].ID
	if _, err := s.provider.Refund(t.Context(), payment.Refund{IntentID: order.Intent, Amount: dashboard, IdempotencyKey: "dashboard"}); err != nil {
		t.Fatal(err)
	}
	told := s.provider.Events()
	late := s.startSlow(&slow{Provider: s.provider, asked: func() {
		if !s.provider.SendBack(ours) {
			t.Error("the bank sent nothing back")
		}
		s.deliver()
	}})
	for _, event := range told {
		if _, err := late.ApplyPayment(t.Context(), event); err != nil {
			t.Fatal(err)
		}
	}
	s.settle()
	troubles, err := s.service.Troubles(t.Context(), "")
	if err != nil || len(troubles.Failed) != 1 {
		t.Errorf("to see to: %+v, %v, want the refund that failed", troubles.Failed, err)
	}
	if n := s.count("select refunded from payments"); n != dashboard {
		t.Errorf("%d went back, as we know it, and %d did", n, dashboard)
	}
}

// A process sends a refund and stands still. Another writes down that it was sent, it fails, and a person has it sent anew,
// or gives it by hand: what the first then knows is of the try before.
func TestWordOfATryBeforeEndsNoRefund(t *testing.T) {
	t.Parallel()
	for _, byHand := range []bool{false, true} {
		s := newStage(t)
		order := s.buy("ada", "stalls-A-1")
		if _, err := s.service.RefundSeats(t.Context(), booking.SeatsBack{OrderID: order.ID, Actor: "buyer", IdempotencyKey: "give-it-back"}); err != nil {
			t.Fatal(err)
		}
		late := s.startSlow(&slow{Provider: s.provider, refunded: func() {
			s.provider.Events() // nobody is told of it by webhook
			s.clock.Advance(time.Hour)
			s.sweep()
			s.provider.SendBack(s.provider.Refunds()[0].ID)
			s.deliver()
			line := s.order(order.ID).Refunds[0]
			if line.State != "failed" {
				t.Fatalf("the refund: %+v", line)
			}
			remedy := booking.Remedy{OrderID: order.ID, RefundID: line.ID, Tries: line.Tries, ByHand: byHand, How: "in cash", Actor: booking.StaffActor("colleague-7")}
			if err := s.service.RemedyRefund(t.Context(), remedy); err != nil {
				t.Fatal(err)
			}
		}})
		if _, err := late.Sweep(t.Context()); err != nil {
			t.Fatal(err)
		}
		s.settle()
		s.wantState(order.ID, booking.Refunded)
		sent, state := 2, "succeeded"
		if byHand {
			sent, state = 1, "by_hand"
		}
		if line := s.order(order.ID).Refunds[0]; len(s.provider.Refunds()) != sent || line.State != state {
			t.Errorf("sent %d times, want %d; the refund: %+v", len(s.provider.Refunds()), sent, line)
		}
		s.audit(s.provider, s.holds)
	}
}

// A process sends a refund and dies before it has written down what the provider calls it, and the webhook says that all of
// the money went back. When the buyer's bank sends it back after all, that is still this refund.
func TestARefundFailsWhoseNameNobodyWroteDown(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	order := s.buy("ada", "stalls-A-1")
	if _, err := s.service.RefundSeats(t.Context(), booking.SeatsBack{OrderID: order.ID, Actor: "buyer", IdempotencyKey: "give-it-back"}); err != nil {
		t.Fatal(err)
	}
	if !s.dieAt("refund sent", func(service *booking.Service) { _, _ = service.Sweep(t.Context()) }) {
		t.Fatal("nothing was sent")
	}
	s.settle()
	s.wantState(order.ID, booking.Refunded)
	if !s.provider.SendBack(s.provider.Refunds()[0].ID) {
		t.Fatal("the bank sent nothing back")
	}
	s.settle()
	s.wantState(order.ID, booking.RefundDue)
	if troubles, err := s.service.Troubles(t.Context(), ""); err != nil || len(troubles.Failed) != 1 {
		t.Errorf("to see to: %+v, %v", troubles.Failed, err)
	}
}

// A refund fails and is seen to: it is sent anew, or somebody makes it good in the provider's dashboard. Then word comes of
// the try that failed, late or once more: it is about none of the other refunds of that payment, though they come to as much.
func TestASecondWordOfATryThatFailedHitsNoOtherRefund(t *testing.T) {
	t.Parallel()
	for _, remedy := range []string{"sent anew", "in the provider's dashboard"} {
		t.Run(remedy, func(t *testing.T) {
			t.Parallel()
			s := newStage(t)
			order := s.buy("ada", "stalls-A-1", "stalls-A-2", "stalls-A-3")
			s.giveUp(order, "one-of-them", "stalls-A-1")
			s.settle()
			if !s.provider.SendBack(s.provider.Refunds()[0].ID) {
				t.Fatal("the bank sent nothing back")
			}
			words := s.provider.Events()
			s.apply(words...)
			line := s.order(order.ID).Refunds[0]
			if remedy == "sent anew" {
				again := booking.Remedy{OrderID: order.ID, RefundID: line.ID, Tries: line.Tries, Actor: booking.StaffActor("colleague-7")}
				if err := s.service.RemedyRefund(t.Context(), again); err != nil {
					t.Fatal(err)
				}
			} else {
				s.dashboard(order.Intent, bookingtest.AdultA, "it-made-good")
			}
			s.settle()
			s.dashboard(order.Intent, bookingtest.AdultA, "another-of-them")
			s.settle()
			word := words[len(words)-1]
			word.ID += "-once-more"
			s.apply(word)
			if _, err := s.service.Reconcile(t.Context(), s.clock.Now().Add(-24*time.Hour)); err != nil {
				t.Fatal(err)
			}
			s.settle()
			if n := s.count("select count(*) from refunds where state <> 'succeeded'"); n != 0 {
				t.Errorf("%d refunds have not gone through: %+v", n, s.order(order.ID).Refunds)
			}
			s.wantState(order.ID, booking.Paid)
			s.audit(s.provider, s.holds)
		})
	}
}

// dashboard gives an amount of a payment back at the provider.
func (s *stage) dashboard(intent string, amount int64, key string) {
	s.t.Helper()
	if _, err := s.provider.Refund(s.t.Context(), payment.Refund{IntentID: intent, Amount: amount, IdempotencyKey: key}); err != nil {
		s.t.Fatal(err)
	}
}
