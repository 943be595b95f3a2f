package boxoffice

import (
	"context"
	"errors"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/stagedoor/stagedoor/origin/booking"
	"github.com/stagedoor/stagedoor/origin/boxoffice"
	"github.com/stagedoor/stagedoor/origin/console/frame"
	"github.com/stagedoor/stagedoor/origin/hold"
	"github.com/stagedoor/stagedoor/origin/staff"
)

// billed is a bill as a form asks for it. A form sent twice is told from another one by it.
type billed struct {
	Performance, Sale uuid.UUID
	Hours             int
	Choices           []booking.SeatChoice
	Promos            []string
	Name, Email       string
}

// bill sends the buyer a link to pay by. The seats are kept until the hold ends, by name like a reservation. The hold that the
// form was made for ends with it: its name is the form's, and whatever somebody died over is gone on with when the form is
// sent again.
func (p *Pages) bill(v *frame.Visit, form url.Values) error {
	view, err := p.begun(v)
	if err != nil {
		return err
	}
	if kept, err := p.keptFor(v.Context(), view, view.Hold); err == nil {
		view.Kept = kept
	} else if !errors.Is(err, errNotKept) {
		return err
	} else if view.Kept.Seats = seatsIn(form); len(view.Kept.Seats) == 0 {
		return err
	}
	hours, err := strconv.Atoi(form.Get("hours"))
	if err != nil || hours < 1 || time.Duration(hours)*time.Hour > boxoffice.MostReserved {
		return staff.Refused{Reason: "A link can be paid for 1 to 168 hours."}
	}
	b := billed{
		Performance: view.Detail.ID, Sale: view.Sale, Hours: hours, Choices: view.choices(form), Promos: promos(strings.TrimSpace(form.Get("promo"))),
		Name: strings.TrimSpace(form.Get("name")), Email: strings.TrimSpace(form.Get("email")),
	}
	if b.Name == "" || b.Email == "" {
		return staff.Refused{Reason: "A payment link needs a name and an e-mail address."}
	}
	order, err := p.Orders.BillOnce(v.Context(), v.Person().ID.String(), "hold-"+view.Hold, b, func(ctx context.Context) (booking.Order, error) {
		return p.sendBill(ctx, v, view, b)
	})
	if err != nil {
		return refused(err)
	}
	if order.State != booking.AwaitingPayment {
		return v.Done(orderAt(v, order.ID), frame.Good("The link was sent before, and the order has moved on since."))
	}
	return v.Done(orderAt(v, order.ID), frame.Good("A link to pay "+money(order.Total, order.Currency)+" is on its way to "+b.Email+". The seats are kept until "+when(order.ExpiresAt, view.Detail)+"."))
}

// seatsIn are the seats that a form of a sale is about.
func seatsIn(form url.Values) []string {
	var seats []string
	for name := range form {
		if seat, ok := strings.CutPrefix(name, "type."); ok && seat != "" {
			seats = append(seats, seat)
		}
	}
	slices.Sort(seats)
	return seats
}

// sendBill takes the steps of a bill, from where an earlier try stopped.
func (p *Pages) sendBill(ctx context.Context, v *frame.Visit, view saleView, b billed) (booking.Order, error) {
	session := boxoffice.Session(view.Sale)
	kept, done, err := p.resumeBill(ctx, view, b, session)
	if err != nil || done != nil {
		return orderOr(done), err
	}
	if kept == nil {
		if kept, err = p.keepForBill(ctx, v, view, b, session); err != nil {
			return booking.Order{}, err
		}
	}
	order, err := p.Orders.SendBill(ctx, booking.Bill{
		HoldID: kept.ID, Session: session, BrandID: view.Detail.Brand.ID, Seats: b.Choices, Promos: b.Promos,
		Name: b.Name, Email: b.Email, Staff: v.Person().ID.String(), IdempotencyKey: "bill-" + kept.ID,
	})
	if err != nil {
		return order, err // the seats stay reserved: the colleague may put it right
	}
	p.after(v, "boxoffice.bill", order, map[string]any{"order": order.Number, "seats": order.SeatIDs(), "total": order.Total, "currency": order.Currency, "until": order.ExpiresAt})
	return order, nil
}

func orderOr(found *booking.Order) booking.Order {
	if found == nil {
		return booking.Order{}
	}
	return *found
}

// resumeBill finds what an earlier try with the same form came to: the order, or the seats that were reserved for it. Neither:
// there was none, or it did not come so far.
func (p *Pages) resumeBill(ctx context.Context, view saleView, b billed, session string) (*hold.Hold, *booking.Order, error) {
	if view.Kept.ID != "" {
		return nil, nil, nil // the form's own hold stands: nothing was begun
	}
	r, err := p.Book.Reservation(ctx, view.Sale)
	if errors.Is(err, boxoffice.ErrNotFound) || err == nil && (r.HoldID == view.Hold || r.Name != b.Name || r.Contact != b.Email) {
		return nil, nil, nil
	}
	if err != nil {
		return nil, nil, err
	}
	order, err := p.Orders.OrderOfHold(ctx, r.HoldID, session)
	switch {
	case err == nil && order.Name == b.Name && order.Email == b.Email && (order.State == booking.AwaitingPayment || order.State == booking.Paid):
		return nil, &order, nil
	case err != nil && !errors.Is(err, booking.ErrNotFound):
		return nil, nil, err
	}
	kept, err := p.keptFor(ctx, view, r.HoldID)
	if errors.Is(err, errNotKept) {
		return nil, nil, nil
	}
	return &kept, nil, err
}

// keepForBill keeps the seats for as long as the link can be paid, by name. Whoever has a hold of this sale takes it anew.
func (p *Pages) keepForBill(ctx context.Context, v *frame.Visit, view saleView, b billed, session string) (*hold.Hold, error) {
	if err := p.Orders.EndBill(ctx, view.Hold, session, "another bill was sent instead"); err != nil {
		return nil, err
	}
	kept, err := p.Holds().Acquire(ctx, hold.Request{
		PerformanceID: view.Detail.ID, Session: session, Seats: view.Kept.Seats, Channel: hold.BoxOffice,
		For: min(time.Duration(b.Hours)*time.Hour, view.Detail.StartsAt.Sub(v.Now())), Accessible: true,
	})
	if err != nil {
		return nil, err
	}
	err = p.Book.Reserve(ctx, v.Person().Email, boxoffice.Reservation{
		ID: view.Sale, PerformanceID: view.Detail.ID, BrandID: view.Detail.Brand.ID, HoldID: kept.ID, Seats: kept.Seats, Name: b.Name, Contact: b.Email, ExpiresAt: kept.ExpiresAt,
	})
	if err != nil {
		return nil, errors.Join(err, p.Holds().Release(context.WithoutCancel(ctx), kept.ID, session))
	}
	return &kept, nil
}
