package panel

import (
	"net/http"
	"slices"

	"github.com/stagedoor/stagedoor/origin/payment/sandbox/api"
	"github.com/stagedoor/stagedoor/origin/payment/sandbox/ledger"
	"github.com/stagedoor/stagedoor/origin/payment/sandbox/wire"
)

// These make up a payment's own page.
type (
	shownRefund struct {
		ID      string `json:"id"`
		Created int64  `json:"created"`
		Status  string `json:"status"`
		Amount  string `json:"amount"` // in words
		Reason  string `json:"reason,omitempty"`
		Failure string `json:"failure,omitempty"`
	}
	shownDispute struct {
		ID          string            `json:"id"`
		Created     int64             `json:"created"`
		Status      string            `json:"status"`
		Reason      string            `json:"reason"`
		Amount      string            `json:"amount"` // in words
		DueBy       int64             `json:"due_by"`
		Open        bool              `json:"open"`
		Inquiry     bool              `json:"inquiry"`
		Withdrawn   bool              `json:"withdrawn"`
		Submissions int               `json:"submissions"`
		Evidence    map[string]string `json:"evidence"`
	}
	paymentData struct {
		Payment payment       `json:"payment"`
		Refunds []shownRefund `json:"refunds"`
		Dispute *shownDispute `json:"dispute"`
		Events  []shownEvent  `json:"events"`
		// Left is what may still be given back, in words; empty if nothing.
		Left       string `json:"left,omitempty"`
		Disputable bool   `json:"disputable"`

		Reasons  []string `json:"-"`
		Failures []string `json:"-"`
	}
)

func (p *Panel) showPayment(w http.ResponseWriter, r *http.Request) {
	intent, ok := p.Ledger.Intent(r.PathValue("id"))
	if !ok {
		p.fail(w, r, http.StatusNotFound, "There is no payment of that name.")
		return
	}
	data := paymentData{Payment: p.payment(intent), Refunds: []shownRefund{}, Reasons: api.DisputeReasons, Failures: api.FailureReasons}
	refunds, _ := p.Ledger.Refunds(ledger.Query[*ledger.Refund]{Limit: mostRows, Keep: func(r *ledger.Refund) bool { return r.Intent == intent.ID }})
	for _, r := range refunds {
		data.Refunds = append(data.Refunds, shownRefund{r.ID, r.Created, r.Status, wire.Money(r.Amount, r.Currency), r.Reason, r.Failure})
	}
	if charge, ok := p.Ledger.Charge(intent.Charge); ok {
		data.Disputable = charge.Captured > charge.Refunded && charge.Dispute == ""
		withBank := false
		if d, ok := p.Ledger.Dispute(charge.Dispute); ok {
			withBank = d.Withdrawn
			data.Dispute = &shownDispute{
				d.ID, d.Created, d.Status, d.Reason, wire.Money(d.Amount, d.Currency), d.DueBy, d.Open(), d.Open() && !d.Withdrawn, d.Withdrawn, d.Submissions, d.Evidence,
			}
		}
		if left := charge.Captured - charge.Refunded; left > 0 && !withBank {
			data.Left = wire.Money(left, charge.Currency)
		}
	}
	data.Events = p.events(func(e *ledger.Event) bool { return intentOf(e) == intent.ID })
	p.page(w, r, "payment", data)
}

// intentOf is the payment that an event is about.
func intentOf(e *ledger.Event) string {
	switch o := e.Object.(type) {
	case *ledger.Intent:
		return o.ID
	case *ledger.Charge:
		return o.Intent
	case *ledger.Refund:
		return o.Intent
	case *ledger.Dispute:
		return o.Intent
	}
	return ""
}

// shownEvent is an event and how its delivery went.
type shownEvent struct {
	ID      string           `json:"id"`
	Type    string           `json:"type"`
	Created int64            `json:"created"`
	Payment string           `json:"payment,omitempty"`
	State   string           `json:"state"` // delivered, waiting, held, given_up or unsent
	Tries   []ledger.Attempt `json:"tries"`
}

// events are the latest that keep selects.
func (p *Panel) events(keep func(*ledger.Event) bool) []shownEvent {
	found, _ := p.Ledger.Events(ledger.Query[*ledger.Event]{Limit: mostRows, Keep: keep})
	var held []*ledger.Event
	if p.Courier != nil {
		held = p.Courier.State().Held
	}
	out := make([]shownEvent, 0, len(found))
	for _, e := range found {
		row := shownEvent{ID: e.ID, Type: e.Type, Created: e.Created, Payment: intentOf(e), Tries: p.Ledger.Tries(e.ID)}
		owed, _, _ := p.Ledger.Delivery(e.ID)
		switch {
		case slices.ContainsFunc(held, func(h *ledger.Event) bool { return h.ID == e.ID }):
			row.State = "held"
		case owed:
			row.State = "waiting"
		case len(row.Tries) == 0:
			row.State = "unsent"
		case row.Tries[len(row.Tries)-1].Fault != "":
			row.State = "given_up"
		default:
			row.State = "delivered"
		}
		if row.Tries == nil {
			row.Tries = []ledger.Attempt{}
		}
		out = append(out, row)
	}
	return out
}

func (p *Panel) showWebhooks(w http.ResponseWriter, r *http.Request) {
	data := struct {
		Receiver bool         `json:"receiver"`
		Holding  bool         `json:"holding"`
		Held     int          `json:"held"`
		Waiting  int          `json:"waiting"`
		Quiet    bool         `json:"quiet"` // all is delivered but what is held
		Delay    int          `json:"delay"` // seconds
		Copies   int          `json:"copies"`
		Events   []shownEvent `json:"events"`
	}{Events: p.events(nil), Quiet: true, Copies: 1}
	if p.Courier != nil {
		s := p.Courier.State()
		data.Receiver, data.Holding, data.Held, data.Waiting = true, s.Holding, len(s.Held), s.Waiting+s.Moving
		data.Quiet, data.Delay, data.Copies = data.Waiting == 0, int(s.Plan.Delay.Seconds()), s.Plan.Copies+1
	}
	p.page(w, r, "webhooks", data)
}
