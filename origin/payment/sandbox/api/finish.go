package api

import (
	"slices"

	"github.com/stagedoor/stagedoor/origin/payment/sandbox/ledger"
	"github.com/stagedoor/stagedoor/origin/payment/sandbox/wire"
)

var cancelableStatuses = []string{"requires_payment_method", "requires_capture", "requires_confirmation", "requires_action"}

func (a *API) cancelIntent(c *call) (action, *Problem) {
	p := c.params()
	reason := p.choice("cancellation_reason", "duplicate", "fraudulent", "requested_by_customer", "abandoned")
	return func(tx *ledger.Tx) (any, *Problem) {
		intent, ok := tx.Intent(c.id())
		if !ok {
			return nil, missing("payment_intent", c.id(), "intent")
		}
		if !slices.Contains(cancelableStatuses, intent.Status) {
			return nil, unexpectedState("cancel", intent, cancelableStatuses...)
		}
		intent.Status, intent.CanceledAt, intent.CancelReason = "canceled", tx.Now(), reason
		intent.Challenge, intent.Capturable = nil, 0
		tx.PutIntent(intent)
		c.emit(tx, "payment_intent.canceled", intent)
		return intent, nil
	}, p.problem
}

func (a *API) captureIntent(c *call) (action, *Problem) {
	p := c.params()
	amount, given := p.integer("amount_to_capture")
	return func(tx *ledger.Tx) (any, *Problem) {
		intent, ok := tx.Intent(c.id())
		if !ok {
			return nil, missing("payment_intent", c.id(), "intent")
		}
		if intent.Status != "requires_capture" {
			return nil, unexpectedState("capture", intent, "requires_capture")
		}
		if !given {
			amount = intent.Capturable
		}
		if amount < 1 || amount > intent.Capturable {
			return nil, invalid("amount_too_large", "amount_to_capture", "The amount to capture must be between 1 and the capturable %s.", wire.Money(intent.Capturable, intent.Currency))
		}
		charge, _ := tx.Charge(intent.Charge)
		charge.Captured = amount
		intent.Status, intent.Received, intent.Capturable = "succeeded", amount, 0
		tx.PutCharge(charge)
		tx.PutIntent(intent)
		c.emit(tx, "charge.captured", charge)
		c.emit(tx, "payment_intent.succeeded", intent)
		return intent, nil
	}, p.problem
}

// Authenticate ends a 3-D Secure check: the buyer passed it or not. It returns the
// intent as it is then, and false if the check is unknown, over or overtaken.
func (a *API) Authenticate(challenge string, passed bool) (*ledger.Intent, bool) {
	c := &call{api: a} // no request of the shop's: the buyer did it
	open := false
	var id string
	err := a.Ledger.Update(func(tx *ledger.Tx) error {
		intent, ok := tx.IntentOfChallenge(challenge)
		if !ok {
			return nil
		}
		id = intent.ID
		if intent.Challenge == nil || intent.Challenge.ID != challenge || intent.Status != "requires_action" {
			return nil
		}
		open = true
		method, _ := tx.Method(intent.Method)
		if passed {
			c.charge(tx, intent, method, true)
			return nil
		}
		intent.Status, intent.Method, intent.Challenge = "requires_payment_method", "", nil
		intent.LastError = &ledger.CardError{
			Type: "invalid_request_error", Code: "payment_intent_authentication_failure", Method: method,
			Message: "We are unable to authenticate your payment method. Please choose a different payment method and try again.",
		}
		tx.PutIntent(intent)
		c.emit(tx, "payment_intent.payment_failed", intent)
		return nil
	})
	if err != nil {
		a.Logger.Error("a 3-D Secure check could not be recorded", "error", err)
		return nil, false
	}
	intent, ok := a.Ledger.Intent(id)
	return intent, ok && open
}
