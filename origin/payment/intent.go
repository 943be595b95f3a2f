package payment

import "time"

// Status is how far an Intent has come.
type Status string

// The statuses an Intent can have. Succeeded and Canceled are final: an Intent
// never leaves them, whatever arrives later.
const (
	// RequiresPaymentMethod waits for the buyer to give a card, at first or again
	// after a decline.
	RequiresPaymentMethod Status = "requires_payment_method"
	// RequiresAction waits for the buyer to do something more, such as 3-D Secure.
	RequiresAction Status = "requires_action"
	// Processing waits for the bank; the outcome arrives as an Event.
	Processing Status = "processing"
	// Succeeded means the money is taken. It can only be given back by a refund.
	Succeeded Status = "succeeded"
	// Canceled means no money was taken and none can be.
	Canceled Status = "canceled"
)

// Final reports whether no further payment can change the status.
func (s Status) Final() bool { return s == Succeeded || s == Canceled }

// Known reports whether s is one of the statuses above.
func (s Status) Known() bool {
	switch s {
	case RequiresPaymentMethod, RequiresAction, Processing, Succeeded, Canceled:
		return true
	}
	return false
}

// Intent is one attempt to collect the money of one order. A buyer may try
// several cards on the same Intent; at most one of them is charged.
type Intent struct {
	// ID is the provider's name for it.
	ID string
	// ClientSecret lets the buyer's browser confirm this Intent and no other. Give
	// it to that buyer only; never log or store it. It is empty on an Intent that
	// came in an Event.
	ClientSecret string
	Status       Status
	// Amount to collect, in minor units of Currency.
	Amount int64
	// Received is what has been collected, in minor units. It is Amount once the
	// Intent succeeded and zero before.
	Received int64
	// Refunded is what has been given back so far, in minor units.
	Refunded int64
	// Currency is an ISO 4217 code in upper case.
	Currency string
	// OrderID and BrandID are what CreateIntent was given; empty on an Intent that
	// something other than Stagedoor made on the same account.
	OrderID string
	BrandID string
	// Card is the provider's fingerprint of the card that paid: the same for the same card, whoever enters it. It is empty
	// before it was charged, and where only the provider's API tells it and not its webhook.
	Card string
	// LastError is why the latest card did not work, or nil.
	LastError *Decline
	// CardBrand ("visa") and CardLast4, the end of its number, are of the card that was charged; empty where the provider
	// was not asked for them, or it was no card.
	CardBrand, CardLast4 string
	// CreatedAt is when the provider made it, in whole seconds.
	CreatedAt time.Time
}

// Outstanding is what could still be refunded, in minor units.
func (i Intent) Outstanding() int64 { return i.Received - i.Refunded }
