package boxoffice

import (
	"strconv"
	"strings"

	"github.com/google/uuid"

	"github.com/stagedoor/stagedoor/origin/booking"
	"github.com/stagedoor/stagedoor/origin/console/frame"
	"github.com/stagedoor/stagedoor/origin/staff"
	"github.com/stagedoor/stagedoor/origin/ticket/wallet"
)

func (p *Pages) order(v *frame.Visit) error {
	o, err := p.found(v)
	if err != nil {
		return err
	}
	view := orderView{Order: o}
	if view.Detail, err = p.Shows.Performance(v.Context(), o.PerformanceID); err != nil {
		return err
	}
	if view.History, err = p.Orders.History(v.Context(), o.ID); err != nil {
		return err
	}
	if view.Cards, err = p.Orders.CardsOf(v.Context(), o.ID); err != nil {
		return err
	}
	if view.Disputes, err = p.Orders.Disputes(v.Context(), o.ID); err != nil {
		return err
	}
	if view.Missing, err = p.Orders.Missing(v.Context(), o); err != nil {
		return err
	}
	return v.Show("Order "+o.Number, orderPage(v, view))
}

// back reads what is to be refunded: the same from the page that shows what it comes to and from the form that does it.
func back(v *frame.Visit, o booking.Order, seats []string, fee, reason, key string) (booking.SeatsBack, error) {
	if len(seats) == 0 {
		return booking.SeatsBack{}, staff.Refused{Reason: "Tick the seats whose money goes back."}
	}
	r := booking.SeatsBack{
		OrderID: o.ID, Seats: seats, Actor: booking.StaffActor(v.Person().ID.String()), Reason: strings.TrimSpace(reason), IdempotencyKey: key,
	}
	switch fee {
	case "", "terms":
	case "none":
		free := int64(0)
		r.KeepFee = &free
	default:
		amount, err := strconv.ParseInt(fee, 10, 64)
		if err != nil || amount < 0 {
			return r, staff.Refused{Reason: "The fee is what the terms say, or none."}
		}
		r.KeepFee = &amount
	}
	return r, nil
}

// refund shows what a refund would come to, and asks for the reason.
func (p *Pages) refund(v *frame.Visit) error {
	o, err := p.found(v)
	if err != nil {
		return err
	}
	form := v.Request().URL.Query()
	key, err := uuid.NewV7()
	if err != nil {
		return err
	}
	asked, err := back(v, o, form["seat"], form.Get("fee"), "", "desk-"+key.String())
	if err != nil {
		return err
	}
	view := refundView{Order: o, Asked: asked, Fee: form.Get("fee")}
	if view.Comes, err = p.Orders.QuoteRefund(v.Context(), asked); err != nil {
		return refused(err)
	}
	return v.Show("Refund "+o.Number, refundPage(v, view))
}

func (p *Pages) giveBack(v *frame.Visit) error {
	o, err := p.found(v)
	if err != nil {
		return err
	}
	form, err := v.Form()
	if err != nil {
		return err
	}
	if strings.TrimSpace(form.Get("reason")) == "" {
		return staff.Refused{Reason: "A refund needs a reason: it is written down."}
	}
	asked, err := back(v, o, form["seat"], form.Get("fee"), form.Get("reason"), form.Get("key"))
	if err != nil {
		return err
	}
	came, err := p.Orders.RefundSeats(v.Context(), asked)
	if err != nil {
		return refused(err)
	}
	p.after(v, "boxoffice.refund", o, map[string]any{"order": o.Number, "seats": came.Seats, "amount": came.Amount, "kept": came.Fee, "reason": asked.Reason})
	return v.Done(orderAt(v, o.ID), frame.Good(money(came.Amount, o.Currency)+" goes back for "+count(len(came.Seats), "seat", "seats")+"."))
}

// exchange leads to the performances from which the new seats come.
func (p *Pages) exchange(v *frame.Visit) error {
	o, err := p.found(v)
	if err != nil {
		return err
	}
	seats := v.Request().URL.Query()["seat"]
	if len(seats) == 0 {
		return staff.Refused{Reason: "Tick the seats that are given up."}
	}
	view := exchangeView{Order: o, Give: &exchangeOf{o.ID, seats}}
	if view.Evenings, err = p.Door.Evenings(v.Context(), o.BrandID, v.Now(), v.Now().Add(listedAhead)); err != nil {
		return err
	}
	return v.Show("Exchange "+o.Number, exchangePage(v, view))
}

// reissue puts a new ticket in the place of one that was lost.
func (p *Pages) reissue(v *frame.Visit) error {
	o, err := p.found(v)
	if err != nil {
		return err
	}
	form, err := v.Form()
	if err != nil {
		return err
	}
	for _, t := range o.Tickets {
		if t.ID.String() != form.Get("ticket") {
			continue
		}
		if _, err := p.Door.Reissue(v.Context(), v.Person().Email, t.ID, strings.TrimSpace(form.Get("reason"))); err != nil {
			return refused(err)
		}
		return v.Done(orderAt(v, o.ID), frame.Good("A new ticket stands in its place. The old one does not admit any more; the order’s page shows the new one."))
	}
	return staff.Refused{Reason: "That ticket is not of this order."}
}

// print is all living tickets of an order as a PDF.
func (p *Pages) print(v *frame.Visit) error {
	o, err := p.found(v)
	if err != nil {
		return err
	}
	d, err := p.Shows.Performance(v.Context(), o.PerformanceID)
	if err != nil {
		return err
	}
	asks, err := p.Door.Policy(v.Context(), o.PerformanceID)
	if err != nil {
		return err
	}
	passes := wallet.OfOrder(o, d, asks.ScreensOnly, p.SecretOf)
	if len(passes) == 0 {
		return staff.Refused{Reason: "This order has no valid tickets to print."}
	}
	printed, err := wallet.Paper(passes, o.CreatedAt)
	if err != nil {
		return err
	}
	p.after(v, "boxoffice.print", o, map[string]any{"order": o.Number, "tickets": len(passes)})
	h := v.Writer().Header()
	h.Set("Content-Type", "application/pdf")
	h.Set("Content-Disposition", `inline; filename="tickets-`+o.Number+`.pdf"`)
	_, _ = v.Writer().Write(printed) // they left: nothing to do
	return nil
}
