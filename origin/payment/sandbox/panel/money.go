package panel

import (
	"net/http"

	"github.com/stagedoor/stagedoor/origin/payment/sandbox/api"
)

// These are the buttons of a payment's page.

func paymentPage(id string) string { return "/payments/" + id }

func (p *Panel) dispute(f *form) (done, error) {
	order := api.DisputeOrder{Reason: f.choice("reason", api.DisputeReasons...), Amount: f.amount(), Inquiry: f.ticked("inquiry")}
	if f.err != nil {
		return done{}, f.err
	}
	id, err := p.API.OpenDispute(f.id(), order)
	return done{ID: id, Back: paymentPage(f.id()), Said: "disputed"}, err
}

func (p *Panel) refund(f *form) (done, error) {
	amount, reason := f.amount(), f.choice("reason", "requested_by_customer", "duplicate", "fraudulent")
	if f.err != nil {
		return done{}, f.err
	}
	id, err := p.API.DashboardRefund(f.id(), amount, reason, f.ticked("pending"))
	return done{ID: id, Back: paymentPage(f.id()), Said: "refunded"}, err
}

// ofDispute is the page of the payment that a dispute is about.
func (p *Panel) ofDispute(id, said string) done {
	dispute, ok := p.Ledger.Dispute(id)
	if !ok {
		return done{Back: "/"}
	}
	return done{ID: id, Back: paymentPage(dispute.Intent), Said: said}
}

func (p *Panel) evidence(f *form) (done, error) {
	submit, said := f.ticked("submit"), "evidence"
	if submit {
		said = "sent"
	}
	return p.ofDispute(f.id(), said), p.API.AnswerDispute(f.id(), f.text("text"), submit)
}

func (p *Panel) escalate(f *form) (done, error) {
	return p.ofDispute(f.id(), "escalated"), p.API.EscalateDispute(f.id())
}

func (p *Panel) decide(f *form) (done, error) {
	outcome := f.text("outcome")
	if outcome != "won" && outcome != "lost" {
		return done{}, &refusal{"outcome must be won or lost."}
	}
	return p.ofDispute(f.id(), "decided"), p.API.DecideDispute(f.id(), outcome == "won")
}

func (p *Panel) settle(f *form) (done, error) {
	outcome, why := f.text("outcome"), f.choice("failure_reason", api.FailureReasons...)
	switch {
	case outcome != "succeeded" && outcome != "failed":
		return done{}, &refusal{"outcome must be succeeded or failed."}
	case f.err != nil:
		return done{}, f.err
	}
	if err := p.API.SettleRefund(f.id(), outcome == "failed", why); err != nil {
		return done{}, err
	}
	refund, ok := p.Ledger.Refund(f.id())
	if !ok {
		return done{}, &api.Problem{Status: http.StatusNotFound, Message: "There is no such refund."}
	}
	return done{ID: refund.ID, Back: paymentPage(refund.Intent), Said: "settled"}, nil
}
