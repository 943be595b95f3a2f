package boxoffice

import (
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/stagedoor/stagedoor/origin/booking"
	"github.com/stagedoor/stagedoor/origin/console/frame"
	"github.com/stagedoor/stagedoor/origin/staff"
)

// soonDue is when an answer to a bank becomes urgent.
const soonDue = 3 * 24 * time.Hour

// money lists what banks question, and refunds that they sent back.
func (p *Pages) money(v *frame.Visit) error {
	view, err := p.Orders.Troubles(v.Context(), brand(v))
	if err != nil {
		return err
	}
	return v.Show("Money to see to", moneyPage(v, view))
}

// remedy sends a refund that failed once more, or notes that the buyer has the money.
func (p *Pages) remedy(v *frame.Visit) error {
	o, err := p.found(v)
	if err != nil {
		return err
	}
	form, err := v.Form()
	if err != nil {
		return err
	}
	id, err := uuid.Parse(v.Request().PathValue("refund"))
	if err != nil {
		return frame.ErrNotFound
	}
	tries, err := strconv.Atoi(form.Get("tries"))
	if err != nil {
		return staff.Refused{Reason: "Look at the order again: this form is not whole."}
	}
	r := booking.Remedy{OrderID: o.ID, RefundID: id, Tries: tries, Actor: booking.StaffActor(v.Person().ID.String())}
	said := "The money is sent once more."
	switch form.Get("do") {
	case "again":
	case "hand":
		r.ByHand, r.How = true, strings.TrimSpace(form.Get("how"))
		if r.How == "" {
			return staff.Refused{Reason: "Write down how the buyer got the money: it is kept in the order’s history."}
		}
		said = "It is written down that the buyer has the money."
	default:
		return staff.Refused{Reason: "Choose what is to be done about the refund."}
	}
	if err := p.Orders.RemedyRefund(v.Context(), r); err != nil {
		return refused(err)
	}
	p.after(v, "boxoffice.remedy", o, map[string]any{"order": o.Number, "refund": id, "by_hand": r.ByHand, "how": r.How})
	return v.Done(orderAt(v, o.ID), frame.Good(said))
}

func spaced(words string) string { return strings.ReplaceAll(words, "_", " ") }

// dueText is when a bank wants an answer, if it waits for one.
func dueText(v *frame.Visit, d booking.Dispute) string {
	if !d.Open() || d.RespondBy.IsZero() {
		return ""
	}
	if d.RespondBy.Before(v.Now()) {
		return "evidence was due " + v.Local(d.RespondBy)
	}
	return "evidence is due " + v.Local(d.RespondBy)
}

// troubleText counts what there is to see to; "" is nothing.
func troubleText(t booking.Troubles) string {
	var parts []string
	if n := len(t.Failed); n > 0 {
		parts = append(parts, count(n, "refund failed", "refunds failed"))
	}
	if n := len(t.Disputes); n > 0 {
		parts = append(parts, count(n, "payment is questioned", "payments are questioned"))
	}
	return strings.Join(parts, ", ")
}
