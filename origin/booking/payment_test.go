package booking_test

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stagedoor/stagedoor/origin/booking"
	"github.com/stagedoor/stagedoor/origin/booking/bookingtest"
	"github.com/stagedoor/stagedoor/origin/payment"
)

func TestADeclinedCardLeavesTheSeatsHeld(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	placed := s.place("ada", "stalls-A-1")
	s.provider.Decline(placed.Order.Intent)
	declined := s.deliver()
	order := s.wantState(placed.Order.ID, booking.AwaitingPayment)
	if !slices.Equal(declined, []booking.Outcome{booking.OutcomeNoted}) || !strings.Contains(order.PaymentDecline, "enough money") {
		t.Errorf("outcomes %v, decline %q", declined, order.PaymentDecline)
	}
	if n := s.count("select count(*) from outbox where subject = $1", booking.SubjectPaymentFailed); n != 1 {
		t.Errorf("%d facts of a failed payment", n)
	}
	secret, err := s.service.ClientSecret(t.Context(), order)
	if err != nil || secret != placed.ClientSecret {
		t.Errorf("another card has the secret %q, %v", secret, err)
	}
	s.provider.Process(order.Intent)
	s.deliver()
	if order = s.order(order.ID); order.PaymentDecline != "" {
		t.Errorf("while another card is checked the page still says %q", order.PaymentDecline)
	}
	s.provider.Pay(order.Intent)
	s.deliver()
	s.wantState(order.ID, booking.Paid)
}

func TestEventsMayComeTwiceAndInAnyOrder(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	placed := s.place("ada", "stalls-A-1")
	s.provider.Decline(placed.Order.Intent)
	s.provider.Process(placed.Order.Intent)
	s.provider.Pay(placed.Order.Intent)
	events := s.provider.Events()
	slices.Reverse(events)
	outcomes := s.apply(append(events, events...)...)
	want := []booking.Outcome{
		booking.OutcomeConfirmed, booking.OutcomeNoted, booking.OutcomeNoted,
		booking.OutcomeDuplicate, booking.OutcomeDuplicate, booking.OutcomeDuplicate,
	}
	if !slices.Equal(outcomes, want) {
		t.Errorf("outcomes %v\nwant     %v", outcomes, want)
	}
	order := s.wantState(placed.Order.ID, booking.Paid)
	if len(order.Tickets) != 1 || s.count("select count(*) from outbox where subject = $1", booking.SubjectOrderPaid) != 1 {
		t.Errorf("tickets %v", order.Tickets)
	}
	// Another event that says the same, as a webhook and a look at the provider can.
	twin := events[0]
	twin.ID = "evt_twin"
	if got := s.apply(twin); got[0] != booking.OutcomeRepeated {
		t.Errorf("a twin event: %v", got)
	}
	s.audit(s.provider, nil)
	t.Logf("injected: %d webhooks came last first, and all of them again", len(events))
	t.Logf("users saw: %d ticket", len(order.Tickets))
	t.Logf("found: outcomes %v", outcomes)
}

func TestPaymentAfterTheHold(t *testing.T) {
	t.Parallel()
	// Each case starts with an order for two seats whose time ran out, and whose money then comes.
	cases := []struct {
		name      string
		meanwhile func(s *stage)
		want      booking.State
	}{
		{"the seats are still free", func(*stage) {}, booking.Paid},
		{"expired and still free", func(s *stage) { s.clock.Advance(time.Minute); s.expireOnly() }, booking.Paid},
		{"another buyer holds one in the grace", func(s *stage) { s.hold("bob", "stalls-A-2") }, booking.Paid},
		{"another buyer holds one", func(s *stage) { s.clock.Advance(time.Minute); s.hold("bob", "stalls-A-2") }, booking.Refunded},
		{"another buyer holds one, and expired", func(s *stage) { s.clock.Advance(time.Minute); s.expireOnly(); s.hold("bob", "stalls-A-2") }, booking.Refunded},
		{"another buyer ordered one", func(s *stage) { s.clock.Advance(time.Minute); s.place("bob", "stalls-A-2") }, booking.Refunded},
		{"another buyer bought one", func(s *stage) {
			s.clock.Advance(time.Minute)
			bob := s.place("bob", "stalls-A-2")
			late := s.provider.Events()
			s.provider.Pay(bob.Order.Intent)
			s.deliver()
			s.apply(late...)
		}, booking.Refunded},
		{"another buyer ordered one and let it go", func(s *stage) {
			s.clock.Advance(time.Minute)
			s.place("bob", "stalls-A-2")
			s.clock.Advance(10 * time.Minute)
			s.expireOnly()
		}, booking.Paid},
		{"Redis is down", func(s *stage) { s.holds.Break(true) }, booking.Paid},
		{"Redis is down and another buyer ordered one", func(s *stage) {
			s.clock.Advance(time.Minute)
			s.place("bob", "stalls-A-2")
			s.holds.Break(true)
		}, booking.Refunded},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			s := newStage(t)
			ada := s.place("ada", "stalls-A-1", "stalls-A-2")
			s.provider.Pay(ada.Order.Intent)
			late := s.provider.Events() // the webhook is on its way for long
			s.clock.Advance(bookingtest.HoldFor + time.Second)
			c.meanwhile(s)
			if c.want == booking.Refunded && !strings.HasPrefix(c.name, "Redis") {
				s.crowd()
			}
			s.apply(late...)
			s.holds.Break(false)
			s.settle()
			order := s.wantState(ada.Order.ID, c.want)
			intent := s.provider.Intents()[0]
			if kept := intent.Received - intent.Refunded; (c.want == booking.Paid) != (kept == order.Total) || (c.want != booking.Paid) != (kept == 0) {
				t.Errorf("the provider keeps %d of %d", kept, order.Total)
			}
			if n := s.count("select count(*) from tickets where order_id = $1 and state = 'valid'", order.ID); (n == 2) != (c.want == booking.Paid) {
				t.Errorf("%d tickets", n)
			}
			s.audit(s.provider, nil)
			t.Logf("injected: the money came when the hold was over, and %s", c.name)
			t.Logf("users saw: the order is %s", order.State)
		})
	}
}

// expireOnly expires what is overdue, without calling off the payments.
func (s *stage) expireOnly() {
	s.t.Helper()
	if _, err := s.service.ExpireOverdue(s.t.Context()); err != nil {
		s.t.Fatal(err)
	}
}

func TestExpiryCallsTheIntentOff(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	placed := s.place("ada", "stalls-A-1")
	s.clock.Advance(bookingtest.HoldFor + 29*time.Second)
	s.sweep()
	s.wantState(placed.Order.ID, booking.AwaitingPayment) // a card may be with its bank
	s.clock.Advance(2 * time.Second)
	s.sweep()
	s.wantState(placed.Order.ID, booking.Expired)
	if s.provider.Pay(placed.Order.Intent) {
		t.Error("an expired order could still be paid")
	}
	s.place("bob", "stalls-A-1")
}

func TestAWebhookThatNeverCame(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	placed := s.place("ada", "stalls-A-1")
	s.provider.Pay(placed.Order.Intent)
	s.provider.Events() // lost
	s.clock.Advance(bookingtest.HoldFor + time.Minute)
	s.settle()
	s.wantState(placed.Order.ID, booking.Paid)
	s.audit(s.provider, s.holds)
	t.Log("injected: the webhook of a payment was lost")
	t.Logf("users saw: the order is %s", s.order(placed.Order.ID).State)
}

// The provider's list tells what its webhooks did not, while the seats are still held.
func TestLostWebhooksAreFound(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	ctx := t.Context()
	found := func(want int) {
		t.Helper()
		s.provider.Events() // all of them lost
		s.clock.Advance(20 * time.Second)
		if n, err := s.service.Reconcile(ctx, s.clock.Now().Add(-time.Hour)); err != nil || n != want {
			t.Fatalf("found %d, %v; want %d", n, err, want)
		}
		if n, err := s.service.Reconcile(ctx, s.clock.Now().Add(-time.Hour)); err != nil || n != 0 {
			t.Fatalf("found %d once more, %v", n, err)
		}
	}
	placed := s.place("ada", "stalls-A-1")
	found(0)
	s.provider.Pay(placed.Order.Intent)
	found(1)
	s.wantState(placed.Order.ID, booking.Paid)
	s.provider.GiveBack(placed.Order.Intent)
	found(1)
	s.wantState(placed.Order.ID, booking.Refunded)

	second := s.place("bob", "stalls-A-1")
	if _, err := s.provider.CancelIntent(ctx, second.Order.Intent, "in the dashboard"); err != nil {
		t.Fatal(err)
	}
	found(1)
	s.wantState(second.Order.ID, booking.Cancelled)

	third := s.buy("eve", "stalls-A-2")
	if _, err := s.service.RefundSeats(ctx, booking.SeatsBack{OrderID: third.ID, Actor: "buyer", IdempotencyKey: "give-them-back"}); err != nil {
		t.Fatal(err)
	}
	s.settle()
	for _, r := range s.provider.Refunds() {
		if r.IntentID == third.Intent {
			s.provider.SendBack(r.ID)
		}
	}
	found(1)
	s.wantState(third.ID, booking.RefundDue)
	t.Log("injected: every webhook was lost, of payments, refunds and cancellations")
	t.Log("users saw: paid, refunded or cancelled by the provider's own list, half a minute later at most")
	t.Logf("found: %d orders are as the provider says, and a refund that failed there is shown as failed", s.count("select count(*) from orders"))
}

func TestAnExtendedHoldGivesTheOrderItsTime(t *testing.T) {
	t.Parallel()
	for _, told := range []bool{true, false} {
		s := newStage(t)
		ctx := t.Context()
		placed := s.place("ada", "stalls-A-1")
		s.clock.Advance(bookingtest.HoldFor - time.Second)
		extended, err := s.holds.Extend(ctx, placed.Order.HoldID, "ada")
		if err != nil {
			t.Fatal(err)
		}
		if told {
			if err := s.service.Extended(ctx, extended.ID, extended.ExpiresAt); err != nil {
				t.Fatal(err)
			}
		} // else the process died before it told us
		s.clock.Advance(time.Minute)
		s.sweep()
		if order := s.wantState(placed.Order.ID, booking.AwaitingPayment); !order.ExpiresAt.Equal(extended.ExpiresAt) {
			t.Errorf("told %t: waits until %s, want %s", told, order.ExpiresAt, extended.ExpiresAt)
		}
	}
}

func TestGivingUp(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	ctx := t.Context()
	placed := s.place("ada", "stalls-A-1")
	if err := s.service.GiveUp(ctx, placed.Order.HoldID, "bob"); !errors.Is(err, booking.ErrNotYours) {
		t.Errorf("by another session: %v", err)
	}
	if err := s.service.GiveUp(ctx, "no such hold", "ada"); err != nil {
		t.Errorf("without an order: %v", err)
	}
	for range 2 {
		if err := s.service.GiveUp(ctx, placed.Order.HoldID, "ada"); err != nil {
			t.Fatal(err)
		}
		s.wantState(placed.Order.ID, booking.Cancelled)
	}

	paid := s.place("ada", "stalls-A-2")
	s.provider.Pay(paid.Order.Intent) // the webhook is on its way
	if err := s.service.GiveUp(ctx, paid.Order.HoldID, "ada"); !errors.Is(err, booking.ErrPaid) {
		t.Errorf("when the money is taken: %v", err)
	}
	s.wantState(paid.Order.ID, booking.Paid)

	// The provider can't be asked, and the buyer pays in another tab after giving up: the money goes back.
	racing := s.place("ada", "stalls-A-3")
	s.provider.Down(true)
	if err := s.service.GiveUp(ctx, racing.Order.HoldID, "ada"); err != nil {
		t.Fatal(err)
	}
	s.wantState(racing.Order.ID, booking.Cancelled)
	s.provider.Down(false)
	s.provider.Pay(racing.Order.Intent)
	s.settle()
	s.wantState(racing.Order.ID, booking.Refunded)
	if n := s.count("select count(*) from order_events where order_id = $1 and kind = 'moved'", racing.Order.ID); n != 4 {
		t.Errorf("%d lines of history, want placed, cancelled, refund due and refunded", n)
	}
}

func TestMoneyThatIsNotWhatWasAskedFor(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	placed := s.place("ada", "stalls-A-1")
	intent := s.provider.Intents()[0]
	intent.Status, intent.Received = payment.Succeeded, intent.Amount-1
	if got := s.apply(payment.Event{ID: "evt_short", Kind: payment.PaymentSucceeded, Intent: intent}); got[0] != booking.OutcomeRefundDue {
		t.Errorf("short: %v", got)
	}
	s.wantState(placed.Order.ID, booking.RefundDue)

	stray := s.place("ada", "stalls-A-2")
	s.provider.Pay(stray.Order.Intent)
	s.deliver()
	second := payment.Intent{ID: "pi_second", Status: payment.Succeeded, Amount: 5000, Received: 5000, Currency: "GBP", OrderID: stray.Order.ID.String()}
	if got := s.apply(payment.Event{ID: "evt_second", Kind: payment.PaymentSucceeded, Intent: second}); got[0] != booking.OutcomeStray {
		t.Errorf("second payment: %v", got)
	}
	s.wantState(stray.Order.ID, booking.Paid)
	if n := s.count("select count(*) from refunds where intent_id = 'pi_second' and state = 'due' and amount = 5000"); n != 1 {
		t.Errorf("%d refunds of the second payment are due", n)
	}

	for name, event := range map[string]payment.Event{
		"another program's payment": {ID: "evt_other", Kind: payment.PaymentSucceeded, Intent: payment.Intent{ID: "pi_other", Received: 1}},
		"an order there isn't":      {ID: "evt_lost", Kind: payment.PaymentSucceeded, Intent: payment.Intent{ID: "pi_lost", Received: 1, OrderID: "01890000-0000-7000-8000-000000000000"}},
		"nothing for us":            {ID: "evt_nothing", Kind: payment.Ignored},
	} {
		got := s.apply(event)
		if got[0] != booking.OutcomeNotOurs && got[0] != booking.OutcomeUnknown && got[0] != booking.OutcomeIgnored {
			t.Errorf("%s: %v", name, got)
		}
	}
}

func TestRefundsMadeElsewhere(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	placed := s.place("ada", "stalls-A-1")
	s.provider.Pay(placed.Order.Intent)
	s.provider.GiveBack(placed.Order.Intent) // by staff, in the provider's dashboard
	events := s.provider.Events()
	slices.Reverse(events) // the refund is told before the payment
	if got := s.apply(events...); !slices.Equal(got, []booking.Outcome{booking.OutcomeEarly, booking.OutcomeConfirmed}) {
		t.Errorf("outcomes %v", got)
	}
	s.settle()
	order := s.wantState(placed.Order.ID, booking.Refunded)
	if len(order.Tickets) != 1 || order.Tickets[0].State != booking.TicketVoid {
		t.Errorf("tickets %v, want one that is void", order.Tickets)
	}
	if sold := s.holds.Sold(s.evening); len(sold) != 0 {
		t.Errorf("%v still shown as sold", sold)
	}
	again := s.place("bob", "stalls-A-1")
	s.provider.Pay(again.Order.Intent)
	s.deliver()
	s.wantState(again.Order.ID, booking.Paid)
}

func TestARefundTheBankSendsBack(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	ada := s.place("ada", "stalls-A-1")
	s.clock.Advance(bookingtest.HoldFor + time.Minute)
	s.hold("bob", "stalls-A-1")
	s.crowd()
	s.provider.Pay(ada.Order.Intent)
	s.deliver()
	s.wantState(ada.Order.ID, booking.RefundDue)
	s.provider.Down(true)
	if _, err := s.service.Sweep(t.Context()); err == nil {
		t.Error("the sweep says nothing of a refund that could not be sent")
	}
	s.provider.Down(false)
	s.wantState(ada.Order.ID, booking.RefundDue)
	s.settle()
	s.wantState(ada.Order.ID, booking.Refunded)
	if n := len(s.provider.Refunds()); n != 1 {
		t.Fatalf("%d refunds were made", n)
	}
	s.provider.SendBack(s.provider.Refunds()[0].ID)
	s.settle()
	s.wantState(ada.Order.ID, booking.RefundDue)
	if n := s.count("select count(*) from refunds where state = 'failed'"); n != 1 {
		t.Errorf("%d failed refunds for a person to see to", n)
	}
}
