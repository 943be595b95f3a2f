package api

import (
	"github.com/stagedoor/stagedoor/origin/payment/sandbox/ledger"
	"github.com/stagedoor/stagedoor/origin/payment/sandbox/wire"
)

func (a *API) createRefund(c *call) (action, *Problem) {
	p := c.params()
	intentID, chargeID := p.text("payment_intent"), p.text("charge")
	amount, given := p.integer("amount")
	reason := p.choice("reason", "duplicate", "fraudulent", "requested_by_customer")
	metadata := p.metadata(nil)
	switch {
	case intentID == "" && chargeID == "":
		p.fail(invalid("parameter_missing", "payment_intent", "One of the following params should be provided for this request: payment_intent or charge."))
	case intentID != "" && chargeID != "":
		p.fail(invalid("", "charge", "You may only specify one of these parameters: charge, payment_intent."))
	case given && amount < 1:
		p.fail(invalid("parameter_invalid_integer", "amount", "Invalid positive integer"))
	}
	return func(tx *ledger.Tx) (any, *Problem) {
		charge, problem := refundable(tx, intentID, chargeID)
		if problem != nil {
			return nil, problem
		}
		left := charge.Captured - charge.Refunded
		if !given {
			amount = left
		}
		if amount > left {
			return nil, invalid("", "amount", "Refund amount (%s) is greater than unrefunded amount on charge (%s)",
				wire.Money(amount, charge.Currency), wire.Money(left, charge.Currency))
		}
		refund := &ledger.Refund{
			ID: tx.NewID("re"), Created: tx.Now(), Status: "succeeded", Amount: amount, Currency: charge.Currency,
			Charge: charge.ID, Intent: charge.Intent, Reason: reason, Metadata: metadata,
		}
		charge.Refunded += amount
		tx.PutRefund(refund)
		tx.PutCharge(charge)
		c.emit(tx, "refund.created", refund)
		c.emit(tx, "charge.refunded", charge)
		return refund, nil
	}, p.problem
}

// refundable finds the charge to give back, if there is anything to give.
func refundable(tx *ledger.Tx, intentID, chargeID string) (*ledger.Charge, *Problem) {
	if intentID != "" {
		intent, ok := tx.Intent(intentID)
		if !ok {
			return nil, missing("payment_intent", intentID, "payment_intent")
		}
		if intent.Status != "succeeded" {
			return nil, invalid("", "payment_intent", "This PaymentIntent (%s) does not have a successful charge to refund.", intentID)
		}
		chargeID = intent.Charge
	}
	charge, ok := tx.Charge(chargeID)
	switch {
	case !ok:
		return nil, missing("charge", chargeID, "charge")
	case charge.Captured == 0:
		return nil, invalid("", "charge", "Charge %s has not been captured, so there is nothing to refund.", charge.ID)
	case charge.Dispute != "":
		return nil, invalid("charge_disputed", "charge", "Charge %s has been charged back; cannot issue a refund.", charge.ID)
	case charge.Refunded == charge.Captured:
		return nil, invalid("charge_already_refunded", "charge", "Charge %s has already been refunded.", charge.ID)
	}
	return charge, nil
}

// dispute lets the buyer's bank take a charge back.
func (c *call) dispute(tx *ledger.Tx, charge *ledger.Charge, reason string) *ledger.Dispute {
	copied := *charge
	dispute := &ledger.Dispute{
		ID: tx.NewID("dp"), Created: tx.Now(), Status: "needs_response", Reason: reason,
		Amount: charge.Captured, Currency: charge.Currency, Charge: charge.ID, Intent: charge.Intent,
		DueBy: tx.Now() + 9*24*3600,
	}
	copied.Dispute = dispute.ID
	tx.PutDispute(dispute)
	tx.PutCharge(&copied)
	c.emit(tx, "charge.dispute.created", dispute)
	return dispute
}

// Dispute opens a dispute about a succeeded payment. It returns the dispute's ID, and
// false if there is no such payment or it is disputed already.
func (a *API) Dispute(intentID, reason string) (string, bool) {
	c, id := &call{api: a}, ""
	err := a.Ledger.Update(func(tx *ledger.Tx) error {
		intent, ok := tx.Intent(intentID)
		if !ok {
			return nil
		}
		if charge, ok := tx.Charge(intent.Charge); ok && charge.Captured > 0 && charge.Dispute == "" {
			id = c.dispute(tx, charge, reason).ID
		}
		return nil
	})
	return id, err == nil && id != ""
}

func (a *API) closeDispute(c *call) (action, *Problem) {
	return func(tx *ledger.Tx) (any, *Problem) {
		dispute, ok := tx.Dispute(c.id())
		if !ok {
			return nil, missing("dispute", c.id(), "dispute")
		}
		if dispute.Status != "needs_response" {
			return nil, invalid("", "", "This dispute is already closed.")
		}
		dispute.Status = "lost"
		tx.PutDispute(dispute)
		c.emit(tx, "charge.dispute.closed", dispute)
		return dispute, nil
	}, nil
}
