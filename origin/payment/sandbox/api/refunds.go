package api

import (
	"github.com/stagedoor/stagedoor/origin/payment/sandbox/ledger"
	"github.com/stagedoor/stagedoor/origin/payment/sandbox/testcard"
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
		refund, problem := c.refund(tx, charge, refundOrder{amount: amount, whole: !given, reason: reason, metadata: metadata})
		if problem != nil {
			return nil, problem
		}
		return refund, nil
	}, p.problem
}

// refundOrder says what to give back.
type refundOrder struct {
	amount   int64
	whole    bool // all that is left, whatever amount says
	reason   string
	metadata map[string]string
	pending  bool // the bank takes its time: SettleRefund says how it ends
}

// refund gives back all or part of a charge. What the card does with it may follow at once.
func (c *call) refund(tx *ledger.Tx, charge *ledger.Charge, o refundOrder) (*ledger.Refund, *Problem) {
	left := charge.Captured - charge.Refunded
	if o.whole {
		o.amount = left
	}
	if o.amount > left {
		return nil, invalid("", "amount", "Refund amount (%s) is greater than unrefunded amount on charge (%s)",
			wire.Money(o.amount, charge.Currency), wire.Money(left, charge.Currency))
	}
	refund := &ledger.Refund{
		ID: tx.NewID("re"), Created: tx.Now(), Status: "succeeded", Amount: o.amount, Currency: charge.Currency,
		Charge: charge.ID, Intent: charge.Intent, Reason: o.reason, Metadata: o.metadata,
	}
	card, _ := testcard.ByNumber(charge.Method.TestCard)
	if o.pending || card.Refund == testcard.RefundWaits {
		refund.Status = "pending"
	}
	charge.Refunded += o.amount
	tx.PutRefund(refund)
	tx.PutCharge(charge)
	c.emit(tx, "refund.created", refund)
	c.emit(tx, "charge.refunded", charge)
	if card.Refund == testcard.RefundFails {
		c.refundFailed(tx, refund, "unknown")
	}
	return refund, nil
}

// refundFailed sends a refund's money back to the shop, as a bank does that can't credit the card.
func (c *call) refundFailed(tx *ledger.Tx, refund *ledger.Refund, why string) {
	failed := *refund
	failed.Status, failed.Failure = "failed", why
	tx.PutRefund(&failed)
	if charge, ok := tx.Charge(refund.Charge); ok {
		charge.Refunded -= refund.Amount
		tx.PutCharge(charge)
	}
	for _, kind := range []string{"refund.updated", "refund.failed", "charge.refund.updated"} {
		c.emit(tx, kind, &failed)
	}
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
	case chargedBack(tx, charge):
		return nil, invalid("charge_disputed", "charge", "Charge %s has been charged back; cannot issue a refund.", charge.ID)
	case charge.Refunded == charge.Captured:
		return nil, invalid("charge_already_refunded", "charge", "Charge %s has already been refunded.", charge.ID)
	}
	return charge, nil
}
