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
	"github.com/stagedoor/stagedoor/origin/hold/seating"
	"github.com/stagedoor/stagedoor/origin/show"
	"github.com/stagedoor/stagedoor/origin/staff"
)

// deskHold is how long seats are kept while a colleague speaks with somebody.
const deskHold = 30 * time.Minute

// seats is the house of a performance, to choose from.
func (p *Pages) seats(v *frame.Visit) error {
	view, err := p.house(v)
	if err != nil {
		return err
	}
	return v.Show("Sell: "+view.Detail.Production.Title, seatsPage(v, view))
}

// exchangeOf is an exchange that a sale is part of.
type exchangeOf struct {
	Order uuid.UUID
	Seats []string
}

// exchanging reads from the address which seats of which order are given up for those that are chosen.
func exchanging(v *frame.Visit) *exchangeOf {
	q := v.Request().URL.Query()
	id, err := uuid.Parse(q.Get("exchange"))
	if err != nil {
		return nil
	}
	return &exchangeOf{id, q["give"]}
}

// query carries an exchange along.
func (e *exchangeOf) query() string {
	if e == nil {
		return ""
	}
	return "?" + url.Values{"exchange": {e.Order.String()}, "give": e.Seats}.Encode()
}

// keep holds the seats that were ticked, or the best there are.
func (p *Pages) keep(v *frame.Visit) error {
	d, err := p.performance(v, v.Request().PathValue("performance"))
	if err != nil {
		return err
	}
	form, err := v.Form()
	if err != nil {
		return err
	}
	sale, err := uuid.NewV7()
	if err != nil {
		return err
	}
	var kept hold.Hold
	if form.Get("do") == "best" {
		count, err := strconv.Atoi(form.Get("count"))
		if err != nil {
			return staff.Refused{Reason: "How many seats is a whole number."}
		}
		spaces, _ := strconv.Atoi(form.Get("spaces")) // none when it is no number
		kept, err = p.Holds().Best(v.Context(), hold.BestRequest{
			PerformanceID: d.ID, Session: boxoffice.Session(sale), Channel: hold.BoxOffice, For: deskHold,
			Wish: seating.Wish{Count: count, Band: form.Get("band"), Section: form.Get("section"), Spaces: spaces},
		})
		if err != nil {
			return refused(err)
		}
	} else {
		kept, err = p.Holds().Acquire(v.Context(), hold.Request{
			PerformanceID: d.ID, Session: boxoffice.Session(sale), Seats: form["seat"], General: standingPlaces(form), Channel: hold.BoxOffice, For: deskHold, Accessible: true,
		})
		if err != nil {
			return refused(err)
		}
	}
	return v.Redirect(saleAt(v, d.ID, sale, kept.ID) + exchanging(v).query())
}

// standingPlaces are the places without numbers that a form asks for.
func standingPlaces(form url.Values) []hold.AnyOf {
	var list []hold.AnyOf
	for name, values := range form {
		section, ok := strings.CutPrefix(name, "places.")
		if n, err := strconv.Atoi(values[0]); ok && err == nil && n > 0 {
			list = append(list, hold.AnyOf{Section: section, Count: n})
		}
	}
	slices.SortFunc(list, func(a, b hold.AnyOf) int { return strings.Compare(a.Section, b.Section) })
	return list
}

func saleAt(v *frame.Visit, performance, sale uuid.UUID, holdID string) string {
	return home(v) + "/sale/" + performance.String() + "/" + sale.String() + "/" + url.PathEscape(holdID)
}

// open reads the sale of the address, whose seats are still kept.
func (p *Pages) open(v *frame.Visit) (saleView, error) {
	view, err := p.begun(v)
	if err != nil {
		return view, err
	}
	if view.Kept, err = p.keptFor(v.Context(), view, view.Hold); err != nil {
		return view, err
	}
	if r, err := p.Book.Reservation(v.Context(), view.Sale); err == nil {
		view.Reserved = &r
	}
	return view, nil
}

// begun reads the sale of the address, whatever became of its seats.
func (p *Pages) begun(v *frame.Visit) (saleView, error) {
	view := saleView{Hold: v.Request().PathValue("hold"), Exchange: exchanging(v)}
	var err error
	if view.Detail, err = p.performance(v, v.Request().PathValue("performance")); err != nil {
		return view, err
	}
	if view.Sale, err = uuid.Parse(v.Request().PathValue("sale")); err != nil {
		return view, frame.ErrNotFound
	}
	plan, err := p.Shows.Plan(v.Context(), view.Detail.PlanID)
	if err != nil {
		return view, err
	}
	view.Index = plan.Index()
	return view, nil
}

// keptFor is a hold of a sale, or errNotKept.
func (p *Pages) keptFor(ctx context.Context, view saleView, holdID string) (hold.Hold, error) {
	kept, err := p.Holds().Get(ctx, holdID)
	if errors.Is(err, hold.ErrGone) || err == nil && (kept.Session != boxoffice.Session(view.Sale) || kept.PerformanceID != view.Detail.ID) {
		err = errNotKept
	}
	return kept, err
}

var errNotKept = staff.Refused{Reason: "These seats are not kept any more. Choose them again."}

// choices are the price types chosen for the seats of a hold; the usual one where none is said.
func (view saleView) choices(form url.Values) []booking.SeatChoice {
	list := make([]booking.SeatChoice, len(view.Kept.Seats))
	for i, seat := range view.Kept.Seats {
		kind := form.Get("type." + seat)
		if kind == "" {
			if offered := view.Detail.Prices.Offered(view.Index[seat].Seat); len(offered) > 0 {
				kind = offered[0].ID
			}
		}
		list[i] = booking.SeatChoice{SeatID: seat, PriceType: kind}
	}
	return list
}

// sale is where price types are chosen and it is paid.
func (p *Pages) sale(v *frame.Visit) error {
	view, err := p.open(v)
	if err != nil {
		return err
	}
	form := v.Request().URL.Query()
	view.Choices, view.Promo, view.Form = view.choices(form), strings.TrimSpace(form.Get("promo")), form
	if view.Exchange != nil {
		o, err := p.Orders.OrderByID(v.Context(), view.Exchange.Order)
		if err != nil {
			return refused(err)
		}
		view.Order = &o
		q, err := p.Orders.QuoteExchange(v.Context(), p.exchangeFor(v, view, form))
		if err != nil {
			return refused(err)
		}
		view.Swap = &q
	} else {
		q, err := p.Orders.Quote(v.Context(), booking.PlaceOrder{
			HoldID: view.Hold, Session: boxoffice.Session(view.Sale), SiteBrandID: view.Detail.Brand.ID, Seats: view.Choices, Promos: promos(view.Promo),
		})
		if err != nil {
			return refused(err)
		}
		view.Quote = &q
	}
	return v.Show("Sale: "+view.Detail.Production.Title, salePage(v, view))
}

func promos(text string) []string {
	if text == "" {
		return nil
	}
	return strings.Fields(strings.ReplaceAll(text, ",", " "))
}

func (p *Pages) exchangeFor(v *frame.Visit, view saleView, form url.Values) booking.ExchangeSeats {
	e := booking.ExchangeSeats{
		OrderID: view.Exchange.Order, Seats: view.Exchange.Seats, HoldID: view.Hold, Session: boxoffice.Session(view.Sale), Choices: view.Choices,
		Actor: booking.StaffActor(v.Person().ID.String()), IdempotencyKey: "desk-" + view.Sale.String(),
	}
	if form.Get("fee") == "none" {
		free := int64(0)
		e.KeepFee = &free
	}
	switch form.Get("tender") {
	case "cash":
		e.Tender = booking.Tender{Method: booking.MethodCash}
	case "terminal":
		e.Tender = booking.Tender{Method: booking.MethodTerminal, Reference: strings.TrimSpace(form.Get("reference"))}
	}
	return e
}

// finish ends a sale: sold, given away, exchanged, reserved or given back.
func (p *Pages) finish(v *frame.Visit) error {
	form, err := v.Form()
	if err != nil {
		return err
	}
	if form.Get("do") == "bill" {
		return p.bill(v, form)
	}
	view, err := p.open(v)
	if err != nil {
		return err
	}
	view.Choices = view.choices(form)
	switch do := form.Get("do"); {
	case do == "release":
		return p.release(v, view)
	case do == "reserve":
		return p.reserve(v, view, form)
	case view.Exchange != nil:
		return p.swap(v, view, form)
	}
	return p.sell(v, view, form)
}

func (p *Pages) release(v *frame.Visit, view saleView) error {
	if err := p.Orders.EndBill(v.Context(), view.Hold, boxoffice.Session(view.Sale), "the desk gave the seats back"); err != nil {
		return refused(err)
	}
	if err := p.Holds().Release(v.Context(), view.Hold, boxoffice.Session(view.Sale)); err != nil {
		return refused(err)
	}
	if err := p.Book.End(v.Context(), v.Person().Email, view.Detail.Brand.ID, view.Sale, "given back"); err != nil {
		return err
	}
	return v.Done(home(v), frame.Good("The seats are free again."))
}

// reserve keeps the seats for longer, by name.
func (p *Pages) reserve(v *frame.Visit, view saleView, form url.Values) error {
	hours, err := strconv.Atoi(form.Get("hours"))
	if err != nil || hours < 1 || time.Duration(hours)*time.Hour > boxoffice.MostReserved {
		return staff.Refused{Reason: "Seats can be reserved for 1 to 168 hours."}
	}
	if strings.TrimSpace(form.Get("name")) == "" {
		return staff.Refused{Reason: "A reservation needs a name."}
	}
	lasting := min(time.Duration(hours)*time.Hour, view.Detail.StartsAt.Sub(v.Now()))
	kept, err := p.Holds().Acquire(v.Context(), hold.Request{
		PerformanceID: view.Detail.ID, Session: boxoffice.Session(view.Sale), Seats: view.Kept.Seats, Channel: hold.BoxOffice, For: lasting, Accessible: true,
	})
	if err != nil {
		return refused(err)
	}
	err = p.Book.Reserve(v.Context(), v.Person().Email, boxoffice.Reservation{
		ID: view.Sale, PerformanceID: view.Detail.ID, BrandID: view.Detail.Brand.ID, HoldID: kept.ID, Seats: kept.Seats, Name: form.Get("name"), Contact: form.Get("contact"), ExpiresAt: kept.ExpiresAt,
	})
	if err != nil { // nobody could find the seats again
		return refused(errors.Join(err, p.Holds().Release(context.WithoutCancel(v.Context()), kept.ID, boxoffice.Session(view.Sale))))
	}
	return v.Done(home(v), frame.Good("Reserved until "+when(kept.ExpiresAt, view.Detail)+"."))
}

func (p *Pages) sell(v *frame.Visit, view saleView, form url.Values) error {
	tender := booking.Tender{Reference: strings.TrimSpace(form.Get("reference"))}
	reason := strings.TrimSpace(form.Get("reason"))
	switch form.Get("tender") {
	case "cash":
		tender.Method = booking.MethodCash
	case "terminal":
		tender.Method = booking.MethodTerminal
	case "comp":
		tender.Method = booking.Comp
		if reason == "" {
			return staff.Refused{Reason: "Say why the tickets are given away: it is written down."}
		}
	default:
		return staff.Refused{Reason: "Say how it is paid: in cash, by the card machine, or given away."}
	}
	order, err := p.Orders.SellAtDesk(v.Context(), booking.DeskSale{
		HoldID: view.Hold, Session: boxoffice.Session(view.Sale), BrandID: view.Detail.Brand.ID, Seats: view.Choices, Promos: promos(strings.TrimSpace(form.Get("promo"))),
		Name: strings.TrimSpace(form.Get("name")), Email: strings.TrimSpace(form.Get("email")), Tender: tender, Staff: v.Person().ID.String(), Reason: reason,
		IdempotencyKey: "desk-" + view.Sale.String(),
	})
	if err != nil {
		return refused(err)
	}
	said := map[string]any{"order": order.Number, "seats": order.SeatIDs(), "total": order.Total, "currency": order.Currency, "tender": tender.Method, "reason": reason}
	p.after(v, "boxoffice.sell", order, said)
	if err := p.Book.End(v.Context(), v.Person().Email, view.Detail.Brand.ID, view.Sale, "sold"); err != nil {
		p.Logger.ErrorContext(v.Context(), "a reservation that was sold is still in the book", "reservation", view.Sale, "error", err)
	}
	return v.Done(orderAt(v, order.ID), frame.Good("Sold: order "+order.Number+", "+money(order.Total, order.Currency)+"."))
}

func (p *Pages) swap(v *frame.Visit, view saleView, form url.Values) error {
	placed, err := p.Orders.Exchange(v.Context(), p.exchangeFor(v, view, form))
	if err != nil {
		return refused(err)
	}
	p.after(v, "boxoffice.exchange", placed.Order, map[string]any{"of": view.Exchange.Order, "gave": view.Exchange.Seats, "order": placed.Order.Number, "seats": placed.Order.SeatIDs()})
	return v.Done(orderAt(v, placed.Order.ID), frame.Good("Exchanged: the new order is "+placed.Order.Number+"."))
}

// after notes what was done in the audit log. It is done, whatever becomes of the note: the order's own history has it.
func (p *Pages) after(v *frame.Visit, action string, order booking.Order, said any) {
	if err := p.Book.Note(v.Context(), v.Person().Email, action, order.BrandID, said); err != nil {
		p.Logger.ErrorContext(v.Context(), "not noted in the audit log", "action", action, "order", order.ID, "error", err)
	}
}

// offered are the price types of a seat with their prices, as a colleague chooses among them.
func offered(d show.Detail, view saleView, seat string) []offeredType {
	at := view.Index[seat]
	var list []offeredType
	for _, t := range d.Prices.Offered(at.Seat) {
		amount, _ := d.Prices.Amount(at.Band, t.ID)
		list = append(list, offeredType{t.ID, t.Name + " " + money(amount, d.Prices.Currency)})
	}
	return list
}

type offeredType struct{ ID, Text string }
