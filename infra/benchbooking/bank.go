package main

import (
	"context"
	"errors"
	"time"

	"github.com/stagedoor/stagedoor/origin/payment"
)

// bank is a payment provider that answers at once and keeps nothing: what is
// measured is booking. Sales here are told as paid by the driver.
type bank struct{}

var errNotHere = errors.New("the bench has no such call")

func (bank) CreateIntent(_ context.Context, c payment.CreateIntent) (payment.Intent, error) {
	id := "pi_" + c.OrderID
	return payment.Intent{
		ID: id, ClientSecret: id + "_secret", Status: payment.RequiresPaymentMethod, Amount: c.Amount, Currency: c.Currency,
		OrderID: c.OrderID, BrandID: c.BrandID, CreatedAt: time.Now(),
	}, nil
}

func (bank) GetIntent(context.Context, string) (payment.Intent, error) {
	return payment.Intent{}, errNotHere
}

func (bank) CancelIntent(context.Context, string, string) (payment.Intent, error) {
	return payment.Intent{}, errNotHere
}

func (bank) Refund(context.Context, payment.Refund) (payment.Refunded, error) {
	return payment.Refunded{}, errNotHere
}

func (bank) ListIntents(context.Context, time.Time, string) (payment.Page, error) {
	return payment.Page{}, nil
}

func (bank) ListRefunds(context.Context, time.Time, string) (payment.RefundPage, error) {
	return payment.RefundPage{}, nil
}
