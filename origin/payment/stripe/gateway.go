package stripe

import (
	"context"
	"strings"
	"time"

	sdk "github.com/stripe/stripe-go/v76"

	"github.com/stagedoor/stagedoor/origin/payment"
)

// Metadata keys of every intent we make. Stripe copies them to charges and sends them
// with each event, and staff can search by them.
const (
	orderIDKey     = "order_id"
	orderNumberKey = "order_number"
	brandIDKey     = "brand_id"
)

// pageSize is the largest page Stripe gives.
const pageSize = 100

// CreateIntent implements payment.Gateway. The intent takes cards and the wallets
// built on them (Apple Pay, Google Pay) and nothing that leads the buyer away or
// settles days later: seats are held for minutes.
func (g *Gateway) CreateIntent(ctx context.Context, c payment.CreateIntent) (payment.Intent, error) {
	const op = "create intent"
	if err := c.Validate(); err != nil {
		return payment.Intent{}, &payment.Error{Category: payment.Permanent, Op: op, Err: err}
	}
	params := &sdk.PaymentIntentParams{
		Amount:   sdk.Int64(c.Amount),
		Currency: sdk.String(strings.ToLower(c.Currency)),
		AutomaticPaymentMethods: &sdk.PaymentIntentAutomaticPaymentMethodsParams{
			Enabled:        sdk.Bool(true),
			AllowRedirects: sdk.String("never"),
		},
	}
	if c.Email != "" {
		params.ReceiptEmail = sdk.String(c.Email)
	}
	if c.Description != "" {
		params.Description = sdk.String(c.Description)
	}
	for key, value := range map[string]string{orderIDKey: c.OrderID, orderNumberKey: c.OrderNumber, brandIDKey: c.BrandID} {
		if value != "" {
			params.AddMetadata(key, value)
		}
	}
	params.Context = ctx
	params.SetIdempotencyKey(c.IdempotencyKey)
	made, err := g.intents.New(params)
	if err != nil {
		return payment.Intent{}, translate(op, err)
	}
	return checked(op, made)
}

// GetIntent implements payment.Gateway.
func (g *Gateway) GetIntent(ctx context.Context, id string) (payment.Intent, error) {
	const op = "get intent"
	if err := checkID(op, id); err != nil {
		return payment.Intent{}, err
	}
	params := &sdk.PaymentIntentParams{}
	params.Context = ctx
	params.AddExpand("latest_charge")
	got, err := g.intents.Get(id, params)
	if err != nil {
		return payment.Intent{}, translate(op, err)
	}
	return checked(op, got)
}

// CancelIntent implements payment.Gateway.
func (g *Gateway) CancelIntent(ctx context.Context, id, idempotencyKey string) (payment.Intent, error) {
	const op = "cancel intent"
	if err := checkID(op, id); err != nil {
		return payment.Intent{}, err
	}
	params := &sdk.PaymentIntentCancelParams{CancellationReason: sdk.String("abandoned")}
	params.Context = ctx
	if idempotencyKey != "" {
		params.SetIdempotencyKey(idempotencyKey)
	}
	canceled, err := g.intents.Cancel(id, params)
	if err == nil {
		return checked(op, canceled)
	}
	if now, ok := intentIn(err); ok {
		if now.Status == payment.Canceled {
			return now, nil
		}
		return now, translate(op, err)
	}
	return payment.Intent{}, translate(op, err)
}

// Refund implements payment.Gateway.
func (g *Gateway) Refund(ctx context.Context, r payment.Refund) (payment.Refunded, error) {
	const op = "refund"
	if err := r.Validate(); err != nil {
		return payment.Refunded{}, &payment.Error{Category: payment.Permanent, Op: op, Err: err}
	}
	if err := checkID(op, r.IntentID); err != nil {
		return payment.Refunded{}, err
	}
	params := &sdk.RefundParams{PaymentIntent: sdk.String(r.IntentID)}
	if r.Amount > 0 {
		params.Amount = sdk.Int64(r.Amount)
	}
	if r.Reason != "" {
		params.Reason = sdk.String(string(r.Reason))
	}
	params.Context = ctx
	params.SetIdempotencyKey(r.IdempotencyKey)
	made, err := g.refunds.New(params)
	if err != nil {
		return payment.Refunded{}, translate(op, err)
	}
	return fromRefund(made), nil
}

// ListIntents implements payment.Gateway.
func (g *Gateway) ListIntents(ctx context.Context, since time.Time, cursor string) (payment.Page, error) {
	const op = "list intents"
	params := &sdk.PaymentIntentListParams{
		CreatedRange: &sdk.RangeQueryParams{GreaterThanOrEqual: since.Unix()},
	}
	params.Context = ctx
	params.Limit = sdk.Int64(pageSize)
	params.Single = true // this page only: the caller decides when to fetch the next
	params.AddExpand("data.latest_charge")
	if cursor != "" {
		params.StartingAfter = sdk.String(cursor)
	}
	found := g.intents.List(params)
	var page payment.Page
	for found.Next() {
		intent, err := checked(op, found.PaymentIntent())
		if err != nil {
			return payment.Page{}, err
		}
		page.Intents = append(page.Intents, intent)
	}
	if err := found.Err(); err != nil {
		return payment.Page{}, translate(op, err)
	}
	if n := len(page.Intents); n > 0 && found.Meta().HasMore {
		page.Next = page.Intents[n-1].ID
	}
	return page, nil
}

// ListRefunds implements payment.Gateway.
func (g *Gateway) ListRefunds(ctx context.Context, since time.Time, cursor string) (payment.RefundPage, error) {
	const op = "list refunds"
	params := &sdk.RefundListParams{CreatedRange: &sdk.RangeQueryParams{GreaterThanOrEqual: since.Unix()}}
	params.Context = ctx
	params.Limit = sdk.Int64(pageSize)
	params.Single = true
	if cursor != "" {
		params.StartingAfter = sdk.String(cursor)
	}
	found := g.refunds.List(params)
	var page payment.RefundPage
	for found.Next() {
		page.Refunds = append(page.Refunds, fromRefund(found.Refund()))
	}
	if err := found.Err(); err != nil {
		return payment.RefundPage{}, translate(op, err)
	}
	if n := len(page.Refunds); n > 0 && found.Meta().HasMore {
		page.Next = page.Refunds[n-1].ID
	}
	return page, nil
}

// checkID keeps what is not an intent's ID out of the path of a request.
func checkID(op, id string) error { return checkIDOf(op, "pi_", id) }

func checkIDOf(op, prefix, id string) error {
	rest, ok := strings.CutPrefix(id, prefix)
	for _, r := range rest {
		ok = ok && (r >= '0' && r <= '9' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r == '_')
	}
	if !ok || rest == "" || len(id) > 255 {
		return &payment.Error{Category: payment.Permanent, Op: op, Err: payment.ErrNotFound}
	}
	return nil
}
