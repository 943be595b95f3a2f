package api

import (
	"slices"
	"strings"

	"github.com/stagedoor/stagedoor/origin/payment/sandbox/ledger"
	"github.com/stagedoor/stagedoor/origin/payment/sandbox/wire"
)

// respondWithin is how long a shop has to answer a dispute.
const respondWithin = 9 * 24 * 3600 // seconds

// What evidence decides a dispute in test mode, as Stripe documents it.
const (
	winningEvidence = "winning_evidence"
	losingEvidence  = "losing_evidence"
)

// DisputeOrder says how a charge is questioned.
type DisputeOrder struct {
	// Reason in Stripe's words: one of DisputeReasons.
	Reason string
	// Amount in minor units; 0 is all that was captured.
	Amount int64
	// Inquiry asks first: no money moves. It becomes a dispute with EscalateDispute.
	Inquiry bool
}

// DisputeReasons are the reasons a bank may give.
var DisputeReasons = []string{
	"fraudulent", "product_not_received", "product_unacceptable", "duplicate", "credit_not_processed", "subscription_canceled", "unrecognized", "general",
}

// dispute lets the buyer's bank take a charge back, or ask about it.
func (c *call) dispute(tx *ledger.Tx, charge *ledger.Charge, o DisputeOrder) *ledger.Dispute {
	copied := *charge
	if o.Amount == 0 {
		o.Amount = charge.Captured
	}
	dispute := &ledger.Dispute{
		ID: tx.NewID("dp"), Created: tx.Now(), Status: "needs_response", Reason: o.Reason, Amount: o.Amount, Currency: charge.Currency,
		Charge: charge.ID, Intent: charge.Intent, DueBy: tx.Now() + respondWithin, Withdrawn: !o.Inquiry,
	}
	if o.Inquiry {
		dispute.Status = "warning_needs_response"
	}
	copied.Dispute = dispute.ID
	tx.PutDispute(dispute)
	tx.PutCharge(&copied)
	c.emit(tx, "charge.dispute.created", dispute)
	if dispute.Withdrawn {
		c.emit(tx, "charge.dispute.funds_withdrawn", dispute)
	}
	return dispute
}

// chargedBack reports whether the buyer's bank has the money of a charge.
func chargedBack(tx *ledger.Tx, charge *ledger.Charge) bool {
	dispute, ok := tx.Dispute(charge.Dispute)
	return ok && dispute.Withdrawn
}

// decide ends a dispute.
func (c *call) decide(tx *ledger.Tx, dispute *ledger.Dispute, won bool) {
	inquiry, had := strings.HasPrefix(dispute.Status, "warning_"), dispute.Withdrawn
	switch {
	case inquiry:
		dispute.Status, dispute.Withdrawn = "warning_closed", false
	case won:
		dispute.Status, dispute.Withdrawn = "won", false
	default:
		dispute.Status, dispute.Withdrawn = "lost", true
	}
	tx.PutDispute(dispute)
	c.emit(tx, "charge.dispute.closed", dispute)
	if had && !dispute.Withdrawn {
		c.emit(tx, "charge.dispute.funds_reinstated", dispute)
	}
}

// answerDispute takes evidence, and sends it to the bank. In test mode two words decide the dispute at once.
func (c *call) answerDispute(tx *ledger.Tx, dispute *ledger.Dispute, evidence map[string]string, submit bool) *Problem {
	if !dispute.Open() {
		return invalid("", "", "This dispute is already closed.")
	}
	merged := map[string]string{}
	for field, value := range dispute.Evidence {
		merged[field] = value
	}
	for field, value := range evidence {
		if merged[field] = value; value == "" {
			delete(merged, field)
		}
	}
	dispute.Evidence = merged
	if submit && len(merged) > 0 {
		dispute.Submissions++
		dispute.Status = strings.Replace(dispute.Status, "needs_response", "under_review", 1)
	}
	tx.PutDispute(dispute)
	c.emit(tx, "charge.dispute.updated", dispute)
	if word := merged["uncategorized_text"]; submit && (word == winningEvidence || word == losingEvidence) {
		after := *dispute
		c.decide(tx, &after, word == winningEvidence)
	}
	return nil
}

func (a *API) updateDispute(c *call) (action, *Problem) {
	p := c.params()
	evidence := p.form.Map("evidence")
	for field, value := range evidence {
		switch {
		case !slices.Contains(wire.EvidenceFields, field):
			p.fail(invalid("parameter_unknown", "evidence["+field+"]", "Received unknown parameter: evidence[%s]", clip(field)))
		case len(value) > 20_000:
			p.fail(invalid("", "evidence["+field+"]", "Invalid string: must be at most 20000 characters"))
		}
	}
	submit := p.choice("submit", "true", "false") != "false" // as at Stripe: sent unless it is only kept
	p.metadata(nil)
	return func(tx *ledger.Tx) (any, *Problem) {
		dispute, ok := tx.Dispute(c.id())
		if !ok {
			return nil, missing("dispute", c.id(), "dispute")
		}
		merge := c.params()
		dispute.Metadata = merge.metadata(dispute.Metadata)
		if merge.problem != nil {
			return nil, merge.problem
		}
		if problem := c.answerDispute(tx, dispute, evidence, submit); problem != nil {
			return nil, problem
		}
		after, _ := tx.Dispute(dispute.ID)
		tx.PutDispute(after)
		return after, nil
	}, p.problem
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
		c.decide(tx, dispute, false)
		return dispute, nil
	}, nil
}
