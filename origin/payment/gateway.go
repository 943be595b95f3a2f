package payment

import (
	"context"
	"time"
)

// Gateway moves money. It is declared here for booking, which uses it, and for
// audit, which compares it with the orders; payment/stripe implements it and
// payment/paymenttest holds what every implementation must do.
//
// Every call may fail with an *Error: branch on its Category and on the sentinels
// beside it. A call that fails as Retryable may still have taken effect; repeating
// it with the same idempotency key is always safe and has one effect.
type Gateway interface {
	// CreateIntent asks for money for an order. It charges nobody: the buyer's
	// browser does, with Intent.ClientSecret.
	CreateIntent(ctx context.Context, c CreateIntent) (Intent, error)

	// GetIntent returns the Intent as it is now, or ErrNotFound.
	GetIntent(ctx context.Context, id string) (Intent, error)

	// CancelIntent makes sure that the Intent can take no money any more. To cancel
	// what is canceled already is a success. If the money was taken first, it
	// returns ErrUnexpectedState together with the Intent as it is, so that the
	// caller can keep the sale or refund it.
	CancelIntent(ctx context.Context, id, idempotencyKey string) (Intent, error)

	// Refund gives back all or part of what an Intent received.
	// ErrAlreadyRefunded says that nothing is left to give back.
	Refund(ctx context.Context, r Refund) (Refunded, error)

	// ListIntents pages through the Intents created at or after since, newest
	// first. Pass "" as the first cursor and Page.Next thereafter. Intents created
	// while paging may be missed: they are newer than the first page, so a later run
	// finds them.
	ListIntents(ctx context.Context, since time.Time, cursor string) (Page, error)

	// ListRefunds pages in the same way through the refunds made at or after since.
	ListRefunds(ctx context.Context, since time.Time, cursor string) (RefundPage, error)
}

// RefundPage is one page of refunds, newest first.
type RefundPage struct {
	Refunds []Refunded
	// Next is the cursor of the following page, or "" on the last.
	Next string
}

// CreateIntent says what money is asked for, and for what.
type CreateIntent struct {
	// OrderID and BrandID come back on the Intent and on each of its Events.
	OrderID string
	// OrderNumber is the number the buyer knows; it helps staff search at the provider.
	OrderNumber string
	// Amount in minor units of Currency, at least MinimumCharge(Currency).
	Amount int64
	// Currency is an ISO 4217 code in upper case.
	Currency string
	// Email is where the provider sends its receipt of payment; may be empty.
	Email string
	// Description is shown to staff at the provider and on its receipt; may be empty.
	Description string
	BrandID     string
	// IdempotencyKey makes repeats of this request one request. Derive it from the
	// order and the attempt, never from the clock. 1 to 255 bytes, no personal data.
	IdempotencyKey string
}

// RefundReason is why money goes back, in the provider's closed vocabulary. Staff's
// own words belong in the order's history.
type RefundReason string

// The reasons there are.
const (
	RequestedByCustomer RefundReason = "requested_by_customer"
	Duplicate           RefundReason = "duplicate"
	Fraudulent          RefundReason = "fraudulent"
)

// Refund asks to give money back.
type Refund struct {
	IntentID string
	// Amount in minor units of the Intent's currency; 0 gives back all that is left.
	Amount int64
	// Reason may be empty.
	Reason RefundReason
	// IdempotencyKey as in CreateIntent: one per decision to refund.
	IdempotencyKey string
}

// RefundStatus is how far a refund has come.
type RefundStatus string

// The statuses of a refund. A card refund that succeeded can still fail days later,
// when the buyer's bank sends it back: watch for RefundUpdated events.
const (
	RefundPending   RefundStatus = "pending"
	RefundSucceeded RefundStatus = "succeeded"
	RefundFailed    RefundStatus = "failed"
	RefundCanceled  RefundStatus = "canceled"
)

// Refunded is a refund the provider has accepted.
type Refunded struct {
	ID       string
	IntentID string
	// Amount in minor units of Currency.
	Amount    int64
	Currency  string
	Status    RefundStatus
	CreatedAt time.Time
}

// Page is one page of Intents, newest first.
type Page struct {
	Intents []Intent
	// Next is the cursor of the following page, or "" on the last.
	Next string
}
