package payment

import (
	"encoding/json"
	"errors"
	"time"
)

// EventKind is what happened, as far as Stagedoor cares.
type EventKind string

// The kinds of Event.
const (
	PaymentSucceeded      EventKind = "payment_succeeded"
	PaymentFailed         EventKind = "payment_failed"
	PaymentProcessing     EventKind = "payment_processing"
	PaymentRequiresAction EventKind = "payment_requires_action"
	PaymentCanceled       EventKind = "payment_canceled"
	// PaymentRefunded says how much of a payment has been given back in total: see
	// Intent.Refunded.
	PaymentRefunded EventKind = "payment_refunded"
	// RefundUpdated says how a single refund is doing: see Event.Refund.
	RefundUpdated EventKind = "refund_updated"
	// DisputeOpened, DisputeUpdated and DisputeClosed are about money a bank took
	// back: see Event.Dispute.
	DisputeOpened  EventKind = "dispute_opened"
	DisputeUpdated EventKind = "dispute_updated"
	DisputeClosed  EventKind = "dispute_closed"
	// Ignored is an event of a type Stagedoor has no use for. Acknowledge it.
	Ignored EventKind = "ignored"
)

// Event is one verified message from the provider. The same event may arrive twice,
// late, and out of order: deduplicate by ID, and let a final Intent status win over
// one that is not.
type Event struct {
	// ID is unique per event; repeats of a delivery carry the same.
	ID   string
	Kind EventKind
	// Type is the provider's own name for the kind, for logs.
	Type string
	// Intent the event is about, as it was when the event was made. Events about
	// refunds and disputes know only some fields: the ID always, and Amount,
	// Currency, OrderID, Received, Refunded where the provider sends them.
	Intent Intent
	// Refund is set on RefundUpdated.
	Refund *Refunded
	// Dispute is set on DisputeOpened, DisputeUpdated and DisputeClosed.
	Dispute *Dispute
	// CreatedAt is when it happened, in whole seconds; not an order to sort by.
	CreatedAt time.Time
	// APIVersion is the version of the provider's API the body was written in.
	APIVersion string
	// Live is false for test money.
	Live bool
	// Raw is the body as received. It holds personal data (an e-mail address, a
	// billing address): keep it no longer than needed, never log it.
	Raw json.RawMessage
}

// Dispute is a payment that the buyer's bank has questioned.
type Dispute struct {
	ID string
	// Amount disputed, in minor units of Currency.
	Amount   int64
	Currency string
	// Reason in the provider's words, such as "fraudulent".
	Reason string
	// Status in the provider's words, such as "needs_response", "won", "lost".
	Status string
	// RespondBy is when evidence is due; zero if none is.
	RespondBy time.Time
}

// Why a webhook is refused. All three deserve an HTTP 400 and change nothing.
var (
	// ErrWebhookSignature: not signed, or not by the provider.
	ErrWebhookSignature = errors.New("payment: webhook signature is not valid")
	// ErrWebhookStale: signed too long ago, or in the future; perhaps a replay.
	ErrWebhookStale = errors.New("payment: webhook was not signed recently")
	// ErrWebhookMalformed: properly signed, but not a message we can read.
	ErrWebhookMalformed = errors.New("payment: webhook body is not readable")
)
