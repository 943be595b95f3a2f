// Package boxoffice is the box office in the console: sell, reserve, refund, exchange, give away, look orders up and print.
// It works by keyboard alone: seats are boxes to tick, and every step is a form.
package boxoffice

import (
	"context"
	"errors"
	"log/slog"
	"net/url"
	"time"

	"github.com/google/uuid"

	"github.com/stagedoor/stagedoor/origin/booking"
	"github.com/stagedoor/stagedoor/origin/booking/idempotency"
	"github.com/stagedoor/stagedoor/origin/boxoffice"
	"github.com/stagedoor/stagedoor/origin/console/frame"
	"github.com/stagedoor/stagedoor/origin/hold"
	"github.com/stagedoor/stagedoor/origin/postgres/dbsqlc"
	"github.com/stagedoor/stagedoor/origin/show"
	"github.com/stagedoor/stagedoor/origin/staff"
	"github.com/stagedoor/stagedoor/origin/ticket/scan"
	"github.com/stagedoor/stagedoor/origin/venue"
)

// Orders is what the box office does with orders; a booking.Service is one.
type Orders interface {
	Search(ctx context.Context, f booking.SearchFor) ([]booking.Order, error)
	OrderByID(ctx context.Context, id uuid.UUID) (booking.Order, error)
	History(ctx context.Context, id uuid.UUID) ([]booking.HistoryEvent, error)
	Quote(ctx context.Context, p booking.PlaceOrder) (booking.Quote, error)
	SellAtDesk(ctx context.Context, d booking.DeskSale) (booking.Order, error)
	SendBill(ctx context.Context, b booking.Bill) (booking.Order, error)
	BillOnce(ctx context.Context, staff, form string, request any, work func(context.Context) (booking.Order, error)) (booking.Order, error)
	EndBill(ctx context.Context, holdID, session, why string) error
	OrderOfHold(ctx context.Context, holdID, session string) (booking.Order, error)
	CardsOf(ctx context.Context, orderID uuid.UUID) ([]booking.Card, error)
	Disputes(ctx context.Context, orderID uuid.UUID) ([]booking.Dispute, error)
	Missing(ctx context.Context, order booking.Order) (int64, error)
	Troubles(ctx context.Context, brand string) (booking.Troubles, error)
	RemedyRefund(ctx context.Context, r booking.Remedy) error
	QuoteRefund(ctx context.Context, r booking.SeatsBack) (booking.Returned, error)
	RefundSeats(ctx context.Context, r booking.SeatsBack) (booking.Returned, error)
	QuoteExchange(ctx context.Context, e booking.ExchangeSeats) (booking.ExchangeQuote, error)
	Exchange(ctx context.Context, e booking.ExchangeSeats) (booking.Placed, error)
}

// Holds keeps seats; a hold.Service is one.
type Holds interface {
	Acquire(ctx context.Context, request hold.Request) (hold.Hold, error)
	Best(ctx context.Context, request hold.BestRequest) (hold.Hold, error)
	Get(ctx context.Context, id string) (hold.Hold, error)
	Release(ctx context.Context, id, session string) error
	Snapshot(ctx context.Context, performanceID uuid.UUID) (hold.Snapshot, error)
}

// Shows knows the performances; a show.Repository is one.
type Shows interface {
	Performance(ctx context.Context, id uuid.UUID) (show.Detail, error)
	Plan(ctx context.Context, id uuid.UUID) (*venue.Plan, error)
}

// Door lists performances, knows what is asked of their visitors and issues tickets anew; a scan.Desk is one.
type Door interface {
	Evenings(ctx context.Context, brand string, from, until time.Time) ([]dbsqlc.DoorPerformancesRow, error)
	Policy(ctx context.Context, performance uuid.UUID) (scan.Policy, error)
	Reissue(ctx context.Context, actor string, old uuid.UUID, reason string) (uuid.UUID, error)
}

// Pages are the box office's.
type Pages struct {
	Orders   Orders
	Holds    func() Holds // made after the console
	Shows    Shows
	Door     Door
	Book     *boxoffice.Desk
	SecretOf func(code string) ([]byte, error) // of tickets, to print them
	Logger   *slog.Logger
}

// Pages lists them.
func (p *Pages) Pages() []frame.Page {
	const at = "/sites/{site}/box-office"
	const sell, sale, order = at + "/sell/{performance}", at + "/sale/{performance}/{sale}/{hold}", at + "/orders/{order}"
	const kept = at + "/allocations/{performance}"
	pages := []frame.Page{
		{Route: "GET " + at, Menu: &frame.Menu{Label: "Box office", Order: 4}, Serve: p.front},
		{Route: "GET " + sell, Serve: p.seats},
		{Route: "POST " + sell, Serve: p.keep},
		{Route: "GET " + sale, Serve: p.sale},
		{Route: "POST " + sale, Serve: p.finish},
		{Route: "GET " + kept, Serve: p.allocations},
		{Route: "POST " + kept, Serve: p.allocate},
		{Route: "POST " + kept + "/{allocation}/release", Serve: p.releaseAllocation},
		{Route: "GET " + at + "/money", Serve: p.money},
		{Route: "GET " + order, Serve: p.order},
		{Route: "POST " + order + "/refunds/{refund}", Serve: p.remedy},
		{Route: "GET " + order + "/refund", Serve: p.refund},
		{Route: "POST " + order + "/refund", Serve: p.giveBack},
		{Route: "GET " + order + "/exchange", Serve: p.exchange},
		{Route: "POST " + order + "/reissue", Serve: p.reissue},
		{Route: "GET " + order + "/tickets.pdf", Serve: p.print},
	}
	for i := range pages {
		pages[i].Action = staff.SellTickets
	}
	return pages
}

func home(v *frame.Visit) string { return "/sites/" + url.PathEscape(v.Site()) + "/box-office" }

func orderAt(v *frame.Visit, id uuid.UUID) string { return home(v) + "/orders/" + id.String() }

// brand is the theatre the page is about; "" is all of them.
func brand(v *frame.Visit) string {
	if v.Site() == staff.Group || v.Brand().Group {
		return ""
	}
	return v.Site()
}

// performance reads that of the address: one of the site.
func (p *Pages) performance(v *frame.Visit, text string) (show.Detail, error) {
	id, err := uuid.Parse(text)
	if err != nil {
		return show.Detail{}, frame.ErrNotFound
	}
	d, err := p.Shows.Performance(v.Context(), id)
	switch {
	case errors.Is(err, show.ErrNotFound):
		return d, frame.ErrNotFound
	case err != nil:
		return d, err
	case brand(v) != "" && d.Brand.ID != brand(v):
		return d, frame.ErrNotFound
	}
	return d, nil
}

// found reads the order of the address: one of the site.
func (p *Pages) found(v *frame.Visit) (booking.Order, error) {
	id, err := uuid.Parse(v.Request().PathValue("order"))
	if err != nil {
		return booking.Order{}, frame.ErrNotFound
	}
	o, err := p.Orders.OrderByID(v.Context(), id)
	switch {
	case errors.Is(err, booking.ErrNotFound):
		return o, frame.ErrNotFound
	case err != nil:
		return o, err
	case brand(v) != "" && o.BrandID != brand(v):
		return o, frame.ErrNotFound
	}
	return o, nil
}

// How far ahead the front lists performances. Later ones are found through a search of the month.
const listedAhead = 45 * 24 * time.Hour

// front is where every sale and every search begins.
func (p *Pages) front(v *frame.Visit) error {
	view := frontView{Text: v.Request().FormValue("q")}
	var err error
	if view.Text != "" {
		if view.Orders, err = p.Orders.Search(v.Context(), booking.SearchFor{BrandID: brand(v), Text: view.Text, Most: 50}); err != nil {
			return err
		}
		if len(view.Orders) == 1 && booking.NormaliseNumber(view.Text) == view.Orders[0].Number {
			return v.Redirect(orderAt(v, view.Orders[0].ID))
		}
	}
	from := v.Now()
	if day, err := time.ParseInLocation(time.DateOnly, v.Request().FormValue("from"), v.Brand().Location()); err == nil {
		from, view.From = day, day.Format(time.DateOnly)
	}
	if view.Evenings, err = p.Door.Evenings(v.Context(), brand(v), from, from.Add(listedAhead)); err != nil {
		return err
	}
	if view.Reserved, err = p.Book.Reservations(v.Context(), brand(v)); err != nil {
		return err
	}
	troubles, err := p.Orders.Troubles(v.Context(), brand(v))
	if err != nil {
		return err
	}
	view.Troubles = troubleText(troubles)
	return v.Show("Box office", frontPage(v, view))
}

// refused turns what the domain says no with into a page that says so.
func refused(err error) error {
	var invalid *booking.InvalidError
	var policy *booking.PolicyError
	var lost *booking.SeatsLostError
	var taken *hold.TakenError
	var alone *hold.AloneError
	var full *hold.FullError
	var wrong *hold.InvalidError
	var busy *idempotency.InProgressError
	var book boxoffice.Invalid
	var door scan.Invalid
	no := func(reason string) error { return staff.Refused{Reason: reason} }
	switch {
	case err == nil:
		return nil
	case errors.As(err, &invalid) && len(invalid.Fields) > 0:
		return no(frame.Sentence(fieldName(invalid.Fields[0].Field) + " " + invalid.Fields[0].Reason))
	case errors.As(err, &policy):
		return no(frame.Sentence(policy.Why))
	case errors.As(err, &lost):
		return no("Somebody else has these seats by now. Choose others.")
	case errors.As(err, &taken):
		return no("Somebody was quicker with one of these seats. Choose others.")
	case errors.As(err, &alone):
		return no(frame.Sentence(alone.Reason))
	case errors.As(err, &full):
		return no("There are not that many places left there.")
	case errors.As(err, &wrong):
		return no(frame.Sentence(wrong.Reason))
	case errors.As(err, &busy):
		return no("That is being done already. Look the order up in a moment.")
	case errors.As(err, &book):
		return no(book.Reason)
	case errors.As(err, &door):
		return no(door.Reason)
	case errors.Is(err, hold.ErrNoneFree):
		return no("There are no such seats side by side. Ask for fewer, or for another part of the house.")
	case errors.Is(err, hold.ErrGone), errors.Is(err, booking.ErrHoldGone), errors.Is(err, booking.ErrNotYours), errors.Is(err, hold.ErrNotYours):
		return no("These seats are not kept any more. Choose them again.")
	case errors.Is(err, booking.ErrNotOnSale):
		return no("This performance is not on sale: it has begun, is cancelled, or its booking is not open.")
	case errors.Is(err, idempotency.ErrReused):
		return no("This form was sent before with something else in it. Begin anew.")
	case errors.Is(err, booking.ErrPricesChanged):
		return no("The seating plan was replaced just now, and the prices with it. Load the page again to see the new ones.")
	case errors.Is(err, booking.ErrPaid):
		return no("These seats are paid for already. Look the order up.")
	}
	return err
}

func fieldName(field string) string {
	switch field {
	case "email":
		return "the e-mail address"
	case "name":
		return "the name"
	}
	return field
}
