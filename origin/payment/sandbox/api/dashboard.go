package api

import (
	"errors"
	"slices"

	"github.com/stagedoor/stagedoor/origin/payment/sandbox/ledger"
)

// What follows is done at Stripe by people in its dashboard, by banks, and by time: no request of the shop's causes it,
// and it hears of it by webhook. Each returns a *Problem when it is not possible.

// Error makes a Problem an error, for those who ask from within.
func (p *Problem) Error() string { return p.Message }

// byItself runs what no request asked for.
func (a *API) byItself(f func(c *call, tx *ledger.Tx) *Problem) error {
	err := a.Ledger.Update(func(tx *ledger.Tx) error {
		if problem := f(&call{api: a}, tx); problem != nil {
			return problem
		}
		return nil
	})
	var problem *Problem
	if err != nil && !errors.As(err, &problem) {
		a.Logger.Error("nothing was changed", "error", err)
		return faulty()
	}
	return err
}

// OpenDispute lets the buyer's bank question a payment, and returns the dispute's ID.
func (a *API) OpenDispute(intentID string, o DisputeOrder) (id string, err error) {
	err = a.byItself(func(c *call, tx *ledger.Tx) *Problem {
		intent, ok := tx.Intent(intentID)
		if !ok {
			return missing("payment_intent", intentID, "intent")
		}
		charge, ok := tx.Charge(intent.Charge)
		switch {
		case !ok || charge.Captured == 0:
			return invalid("", "", "This payment has taken no money, so no bank can question it.")
		case charge.Dispute != "":
			return invalid("", "", "This payment is, or was, disputed already.")
		case charge.Refunded == charge.Captured:
			return invalid("", "", "All of this payment has been given back: there is nothing to dispute.")
		case o.Amount < 0 || o.Amount > charge.Captured:
			return invalid("", "amount", "The amount must be between 1 and what was paid.")
		case !slices.Contains(DisputeReasons, o.Reason):
			return invalid("", "reason", "Invalid reason: %s.", clip(o.Reason))
		}
		id = c.dispute(tx, charge, o).ID
		return nil
	})
	return id, err
}

// Dispute opens a dispute about all of a succeeded payment. It returns the dispute's ID, and false if there is no such
// payment or it is disputed already.
func (a *API) Dispute(intentID, reason string) (string, bool) {
	id, err := a.OpenDispute(intentID, DisputeOrder{Reason: reason})
	return id, err == nil
}

func (a *API) withDispute(id string, f func(*call, *ledger.Tx, *ledger.Dispute) *Problem) error {
	return a.byItself(func(c *call, tx *ledger.Tx) *Problem {
		dispute, ok := tx.Dispute(id)
		if !ok {
			return missing("dispute", id, "dispute")
		}
		if !dispute.Open() {
			return invalid("", "", "This dispute is already closed.")
		}
		return f(c, tx, dispute)
	})
}

// AnswerDispute keeps what the shop has to say, and sends it to the bank if submit says so.
func (a *API) AnswerDispute(id, text string, submit bool) error {
	if text == "" || len(text) > 20_000 {
		return invalid("", "evidence", "Write what speaks for you, in at most 20,000 characters.")
	}
	return a.withDispute(id, func(c *call, tx *ledger.Tx, d *ledger.Dispute) *Problem {
		return c.answerDispute(tx, d, map[string]string{"uncategorized_text": text}, submit)
	})
}

// EscalateDispute turns an inquiry into a dispute: the bank takes the money.
func (a *API) EscalateDispute(id string) error {
	return a.withDispute(id, func(c *call, tx *ledger.Tx, d *ledger.Dispute) *Problem {
		if d.Withdrawn {
			return invalid("", "", "This is a dispute already.")
		}
		d.Status, d.Withdrawn, d.DueBy = "needs_response", true, tx.Now()+respondWithin
		tx.PutDispute(d)
		c.emit(tx, "charge.dispute.updated", d)
		c.emit(tx, "charge.dispute.funds_withdrawn", d)
		return nil
	})
}

// DecideDispute is the bank's last word: the shop wins, or the buyer keeps the money. An inquiry is closed either way.
func (a *API) DecideDispute(id string, won bool) error {
	return a.withDispute(id, func(c *call, tx *ledger.Tx, d *ledger.Dispute) *Problem {
		c.decide(tx, d, won)
		return nil
	})
}

// DashboardRefund gives an amount of a payment back, 0 being all that is left, and returns the refund's ID. A pending one
// waits for SettleRefund.
func (a *API) DashboardRefund(intentID string, amount int64, reason string, pending bool) (id string, err error) {
	err = a.byItself(func(c *call, tx *ledger.Tx) *Problem {
		charge, problem := refundable(tx, intentID, "")
		if problem != nil {
			return problem
		}
		if amount < 0 {
			return invalid("parameter_invalid_integer", "amount", "Invalid positive integer")
		}
		refund, problem := c.refund(tx, charge, refundOrder{amount: amount, whole: amount == 0, reason: reason, pending: pending})
		if problem != nil {
			return problem
		}
		id = refund.ID
		return nil
	})
	return id, err
}

// FailureReasons are why a refund may fail.
var FailureReasons = []string{"lost_or_stolen_card", "expired_or_canceled_card", "declined", "insufficient_funds", "unknown"}

// SettleRefund ends a pending refund well; or has one fail that is pending or went through, which banks do days later.
func (a *API) SettleRefund(id string, fails bool, why string) error {
	return a.byItself(func(c *call, tx *ledger.Tx) *Problem {
		refund, ok := tx.Refund(id)
		switch {
		case !ok:
			return missing("refund", id, "refund")
		case refund.Status == "failed" || refund.Status == "canceled":
			return invalid("", "", "This refund has failed already.")
		case fails && !slices.Contains(FailureReasons, why):
			return invalid("", "failure_reason", "Invalid failure reason: %s.", clip(why))
		case fails:
			c.refundFailed(tx, refund, why)
			return nil
		case refund.Status != "pending":
			return invalid("", "", "This refund has gone through already.")
		}
		refund.Status = "succeeded"
		tx.PutRefund(refund)
		c.emit(tx, "refund.updated", refund)
		c.emit(tx, "charge.refund.updated", refund)
		return nil
	})
}
