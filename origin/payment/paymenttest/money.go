package paymenttest

import (
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/stagedoor/stagedoor/origin/payment"
)

func (p Provider) create(t *testing.T) {
	for _, currency := range []string{"GBP", "USD", "EUR"} {
		want := Order(8950, currency)
		made, err := p.Gateway.CreateIntent(t.Context(), want)
		if err != nil {
			t.Fatal(err)
		}
		got := p.get(t, made.ID)
		for name, i := range map[string]payment.Intent{"as made": made, "as got": got} {
			if i.Status != payment.RequiresPaymentMethod || i.Amount != 8950 || i.Currency != currency ||
				i.OrderID != want.OrderID || i.BrandID != want.BrandID || i.Received != 0 || i.Refunded != 0 || i.LastError != nil {
				t.Errorf("%s: %+v", name, i)
			}
			if age := time.Since(i.CreatedAt); age < -time.Hour || age > time.Hour {
				t.Errorf("%s: made %s ago", name, age)
			}
		}
		if made.ClientSecret == "" || got.ClientSecret != made.ClientSecret {
			t.Error("the client secret is missing or not the same twice")
		}
	}
}

func (p Provider) idempotent(t *testing.T) {
	order := Order(5000, "GBP")
	first, err := p.Gateway.CreateIntent(t.Context(), order)
	if err != nil {
		t.Fatal(err)
	}
	again, err := p.Gateway.CreateIntent(t.Context(), order)
	if err != nil || again.ID != first.ID || again.ClientSecret != first.ClientSecret {
		t.Errorf("the same request again: %v %v", again.ID, err)
	}
	order.Amount++
	if _, err := p.Gateway.CreateIntent(t.Context(), order); !errors.Is(err, payment.ErrIdempotencyConflict) || !payment.IsPermanent(err) {
		t.Errorf("another request with the same key: %v", err)
	}
	p.Confirm(t, first.ID, "pm_card_visa")
	refund := payment.Refund{IntentID: first.ID, Amount: 1000, IdempotencyKey: "refund-" + uuid.NewString()}
	one, err := p.Gateway.Refund(t.Context(), refund)
	if err != nil {
		t.Fatal(err)
	}
	two, err := p.Gateway.Refund(t.Context(), refund)
	if err != nil || two.ID != one.ID {
		t.Errorf("the same refund again: %+v %v", two, err)
	}
	if got := p.get(t, first.ID); got.Refunded != 1000 {
		t.Errorf("refunded %d with one key, want 1000", got.Refunded)
	}
}

func (p Provider) pay(t *testing.T) {
	made := p.make(t, 4200)
	p.Confirm(t, made.ID, "pm_card_visa")
	got := p.get(t, made.ID)
	if got.Status != payment.Succeeded || got.Received != 4200 || got.Outstanding() != 4200 || got.LastError != nil {
		t.Errorf("after paying: %+v", got)
	}
}

func (p Provider) decline(t *testing.T) {
	made := p.make(t, 4200)
	for card, want := range map[string]string{
		"pm_card_visa_chargeDeclined":                  "generic_decline",
		"pm_card_visa_chargeDeclinedInsufficientFunds": "insufficient_funds",
	} {
		p.Confirm(t, made.ID, card)
		got := p.get(t, made.ID)
		if got.Status != payment.RequiresPaymentMethod || got.Received != 0 || got.LastError == nil {
			t.Fatalf("after %s: %+v", card, got)
		}
		if got.LastError.Code != "card_declined" || got.LastError.DeclineCode != want || got.LastError.Message == "" {
			t.Errorf("after %s: %+v", card, got.LastError)
		}
	}
	p.Confirm(t, made.ID, "pm_card_visa")
	if got := p.get(t, made.ID); got.Status != payment.Succeeded || got.LastError != nil {
		t.Errorf("after a good card: %+v", got)
	}
}

func (p Provider) authenticate(t *testing.T) {
	made := p.make(t, 4200)
	p.Confirm(t, made.ID, "pm_card_authenticationRequired")
	if got := p.get(t, made.ID); got.Status != payment.RequiresAction || got.Received != 0 {
		t.Errorf("before the buyer has done anything: %+v", got)
	}
	if got, err := p.Gateway.CancelIntent(t.Context(), made.ID, "cancel-"+uuid.NewString()); err != nil || got.Status != payment.Canceled {
		t.Errorf("canceling in the middle: %+v %v", got, err)
	}
}

func (p Provider) cancel(t *testing.T) {
	made := p.make(t, 4200)
	for i, key := range []string{"cancel-" + made.ID, "cancel-" + made.ID, "again-" + made.ID} {
		got, err := p.Gateway.CancelIntent(t.Context(), made.ID, key)
		if err != nil || got.Status != payment.Canceled || got.ID != made.ID {
			t.Fatalf("time %d: %+v %v", i+1, got, err)
		}
	}
	paid := p.make(t, 4200)
	p.Confirm(t, paid.ID, "pm_card_visa")
	got, err := p.Gateway.CancelIntent(t.Context(), paid.ID, "cancel-"+paid.ID)
	if !errors.Is(err, payment.ErrUnexpectedState) || !payment.IsPermanent(err) {
		t.Errorf("canceling what is paid: %v", err)
	}
	if got.ID != paid.ID || got.Status != payment.Succeeded || got.Received != 4200 {
		t.Errorf("canceling what is paid should return it as it is: %+v", got)
	}
}

func (p Provider) refund(t *testing.T) {
	made := p.make(t, 5000)
	refund := func(amount int64) (payment.Refunded, error) {
		return p.Gateway.Refund(t.Context(), payment.Refund{
			IntentID: made.ID, Amount: amount, Reason: payment.RequestedByCustomer, IdempotencyKey: "refund-" + uuid.NewString(),
		})
	}
	if _, err := refund(100); !payment.IsPermanent(err) {
		t.Errorf("refunding what is not paid: %v", err)
	}
	p.Confirm(t, made.ID, "pm_card_visa")
	part, err := refund(1500)
	if err != nil || part.IntentID != made.ID || part.Amount != 1500 || part.Currency != "GBP" || part.ID == "" ||
		part.Status != payment.RefundSucceeded && part.Status != payment.RefundPending {
		t.Fatalf("refunding a part: %+v %v", part, err)
	}
	if got := p.get(t, made.ID); got.Refunded != 1500 || got.Outstanding() != 3500 || got.Status != payment.Succeeded {
		t.Errorf("after refunding a part: %+v", got)
	}
	if _, err := refund(3501); !payment.IsPermanent(err) {
		t.Errorf("refunding more than is left: %v", err)
	}
	if rest, err := refund(0); err != nil || rest.Amount != 3500 {
		t.Errorf("refunding the rest: %+v %v", rest, err)
	}
	if _, err := refund(0); !errors.Is(err, payment.ErrAlreadyRefunded) {
		t.Errorf("refunding when nothing is left: %v", err)
	}
	if got := p.get(t, made.ID); got.Refunded != 5000 || got.Outstanding() != 0 {
		t.Errorf("after refunding all: %+v", got)
	}
}

func (p Provider) list(t *testing.T) {
	older, newer := p.make(t, 1000), p.make(t, 2000)
	p.Confirm(t, older.ID, "pm_card_visa")
	if _, err := p.Gateway.Refund(t.Context(), payment.Refund{IntentID: older.ID, Amount: 400, IdempotencyKey: "refund-" + older.ID}); err != nil {
		t.Fatal(err)
	}
	page, err := p.Gateway.ListIntents(t.Context(), older.CreatedAt, "")
	if err != nil {
		t.Fatal(err)
	}
	at := func(id string) int {
		return slices.IndexFunc(page.Intents, func(i payment.Intent) bool { return i.ID == id })
	}
	first, second := at(newer.ID), at(older.ID)
	if first < 0 || second < 0 || first > second {
		t.Fatalf("newest first: the newer is at %d, the older at %d", first, second)
	}
	if got := page.Intents[second]; got.Status != payment.Succeeded || got.Received != 1000 || got.Refunded != 400 || got.OrderID != older.OrderID {
		t.Errorf("the older: %+v", got)
	}
	later, err := p.Gateway.ListIntents(t.Context(), time.Now().Add(time.Hour), "")
	if err != nil || len(later.Intents) != 0 || later.Next != "" {
		t.Errorf("intents from the future: %+v %v", later, err)
	}
}
