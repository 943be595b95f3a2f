// Package paymenttest holds what every payment.Gateway must do, as one suite of tests.
// It runs on the sandbox, on stripe-mock, and on Stripe's own test mode where a key is
// at hand, so that the sandbox can't drift away from what it stands for.
package paymenttest

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/stagedoor/stagedoor/origin/payment"
)

// Provider is a gateway under test.
type Provider struct {
	Gateway payment.Gateway
	// Stateful is false for stripe-mock, which checks requests and answers with
	// fixtures: only what doesn't depend on memory is tested then.
	Stateful bool
	// Confirm does what the buyer's browser does: it pays an intent with one of
	// Stripe's test cards, such as "pm_card_visa".
	Confirm func(t *testing.T, intentID, card string)
}

// Run runs the suite.
func Run(t *testing.T, p Provider) {
	t.Run("every call is well formed", p.wellFormed)
	t.Run("requests that break a rule are not sent", p.invalid)
	if p.Stateful {
		t.Run("an intent is what was asked for", p.create)
		t.Run("one key, one intent", p.idempotent)
		t.Run("unknown intents", p.unknown)
		t.Run("paying", p.pay)
		t.Run("a declined card, then another", p.decline)
		t.Run("3-D Secure waits for the buyer", p.authenticate)
		t.Run("canceling", p.cancel)
		t.Run("refunding", p.refund)
		t.Run("listing", p.list)
		t.Run("a caller that has left", p.left)
	}
}

// Order makes a request for a new order.
func Order(amount int64, currency string) payment.CreateIntent {
	id := uuid.NewString()
	return payment.CreateIntent{
		OrderID: id, OrderNumber: "LY-" + id[:6], Amount: amount, Currency: currency, BrandID: "lyceum",
		Email: "buyer@example.com", Description: "2 tickets, Hamlet, Lyceum Theatre", IdempotencyKey: "order-" + id,
	}
}

// Confirmer pays through Stripe's API at baseURL, as a browser would.
func Confirmer(baseURL, secretKey string) func(*testing.T, string, string) {
	return func(t *testing.T, intentID, card string) {
		t.Helper()
		body := url.Values{"payment_method": {card}}.Encode()
		r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, baseURL+"/v1/payment_intents/"+intentID+"/confirm", strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Authorization", "Bearer "+secretKey)
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		answer, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		answer.Body.Close()
		if answer.StatusCode != http.StatusOK && answer.StatusCode != http.StatusPaymentRequired {
			t.Fatalf("confirming %s with %s: %s", intentID, card, answer.Status)
		}
	}
}

func (p Provider) make(t *testing.T, amount int64) payment.Intent {
	t.Helper()
	intent, err := p.Gateway.CreateIntent(t.Context(), Order(amount, "GBP"))
	if err != nil {
		t.Fatal(err)
	}
	return intent
}

func (p Provider) get(t *testing.T, id string) payment.Intent {
	t.Helper()
	intent, err := p.Gateway.GetIntent(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	return intent
}

func (p Provider) wellFormed(t *testing.T) {
	ctx := t.Context()
	made, err := p.Gateway.CreateIntent(ctx, Order(8950, "GBP"))
	if err != nil {
		t.Fatalf("CreateIntent: %v", err)
	}
	if made.ID == "" || made.ClientSecret == "" || !made.Status.Known() || made.Amount <= 0 || len(made.Currency) != 3 || made.CreatedAt.IsZero() {
		t.Errorf("CreateIntent: incomplete: %+v", made)
	}
	if _, err := p.Gateway.GetIntent(ctx, made.ID); err != nil {
		t.Errorf("GetIntent: %v", err)
	}
	if _, err := p.Gateway.ListIntents(ctx, time.Now().Add(-time.Hour), ""); err != nil {
		t.Errorf("ListIntents: %v", err)
	}
	if page, err := p.Gateway.ListRefunds(ctx, time.Now().Add(-time.Hour), ""); err != nil {
		t.Errorf("ListRefunds: %v", err)
	} else if len(page.Refunds) > 0 && (page.Refunds[0].ID == "" || page.Refunds[0].Currency == "") {
		t.Errorf("ListRefunds: %+v", page.Refunds[0])
	}
	p.Confirm(t, made.ID, "pm_card_visa")
	key := "refund-" + uuid.NewString()
	refund := payment.Refund{IntentID: made.ID, Amount: 100, Reason: payment.RequestedByCustomer, IdempotencyKey: key}
	if got, err := p.Gateway.Refund(ctx, refund); err != nil || got.ID == "" || got.Amount <= 0 {
		t.Errorf("Refund: %+v %v", got, err)
	}
	other, err := p.Gateway.CreateIntent(ctx, Order(30, "GBP"))
	if err != nil {
		t.Fatalf("CreateIntent of the least: %v", err)
	}
	if got, err := p.Gateway.CancelIntent(ctx, other.ID, "cancel-"+uuid.NewString()); err != nil || !got.Status.Known() {
		t.Errorf("CancelIntent: %+v %v", got, err)
	}
}

func (p Provider) invalid(t *testing.T) {
	if _, err := p.Gateway.CreateIntent(t.Context(), payment.CreateIntent{}); !errors.Is(err, payment.ErrInvalid) || !payment.IsPermanent(err) {
		t.Errorf("CreateIntent: %v", err)
	}
	if _, err := p.Gateway.Refund(t.Context(), payment.Refund{}); !errors.Is(err, payment.ErrInvalid) || !payment.IsPermanent(err) {
		t.Errorf("Refund: %v", err)
	}
	for _, id := range []string{"", "pi_", "ch_1", "pi_1/../../refunds", "pi_1?x=1"} {
		if _, err := p.Gateway.GetIntent(t.Context(), id); !errors.Is(err, payment.ErrNotFound) {
			t.Errorf("GetIntent(%q): %v", id, err)
		}
	}
}

func (p Provider) unknown(t *testing.T) {
	const id = "pi_doesnotexist"
	_, getErr := p.Gateway.GetIntent(t.Context(), id)
	_, cancelErr := p.Gateway.CancelIntent(t.Context(), id, "cancel-"+uuid.NewString())
	_, refundErr := p.Gateway.Refund(t.Context(), payment.Refund{IntentID: id, IdempotencyKey: "refund-" + uuid.NewString()})
	for name, err := range map[string]error{"GetIntent": getErr, "CancelIntent": cancelErr, "Refund": refundErr} {
		if !errors.Is(err, payment.ErrNotFound) || !payment.IsPermanent(err) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func (p Provider) left(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := p.Gateway.GetIntent(ctx, "pi_1")
	if !payment.IsRetryable(err) || !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}
