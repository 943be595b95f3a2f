package storefront

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/stagedoor/stagedoor/origin/booking"
	"github.com/stagedoor/stagedoor/origin/show"
	"github.com/stagedoor/stagedoor/origin/storefront/calendarfile"
	"github.com/stagedoor/stagedoor/origin/storefront/page"
	"github.com/stagedoor/stagedoor/origin/storefront/wording"
	"github.com/stagedoor/stagedoor/origin/ticket"
	"github.com/stagedoor/stagedoor/origin/venue"
)

// orderURL is the page of an order on this site, with the key that opens it.
func (s *Store) orderURL(o booking.Order) string {
	return "/orders/" + url.PathEscape(o.Number) + "?key=" + url.QueryEscape(s.Orders.AccessKey(o.ID))
}

// openOrder reads the order of the address, for whoever has its key or placed it in this browser. To everyone else
// it does not exist.
func (s *Store) openOrder(v *visit) (booking.Order, show.Detail, error) {
	number, key := v.r.PathValue("number"), v.r.URL.Query().Get("key")
	var order booking.Order
	err := booking.ErrNotFound
	if key != "" {
		order, err = s.Orders.Order(v.ctx, number, key)
	}
	if errors.Is(err, booking.ErrNotFound) && v.session() != "" {
		order, err = s.Orders.OrderOf(v.ctx, number, v.session())
	}
	if err != nil {
		return order, show.Detail{}, err
	}
	if order.BrandID != v.brand.ID && !v.brand.Group {
		return order, show.Detail{}, errNoPage
	}
	detail, err := s.Shows.Performance(v.ctx, order.PerformanceID)
	return order, detail, err
}

func (s *Store) order(v *visit) error {
	order, d, err := s.openOrder(v)
	if err != nil {
		return err
	}
	if order.BrandID != v.brand.ID {
		return v.redirect(s.BrandOrigin(v.ctx, order.BrandID) + s.orderURL(order))
	}
	plan, err := s.Shows.Plan(v.ctx, d.PlanID)
	if err != nil {
		return err
	}
	if order.State == booking.Paid && s.Completed != nil {
		s.Completed(v.ctx, order.PerformanceID, order.CreatedAt)
	}
	at := d.Venue.Location()
	o := page.Order{
		Frame: v.frame(), Order: order, Detail: d, Poster: v.posterURL(d.Brand.ID, d.Production.Slug),
		When: v.words.When(d.StartsAt.In(at)), Placed: v.words.When(order.CreatedAt.In(at)),
		ShowURL: "/shows/" + d.Production.Slug, Total: wording.Money(order.Total, order.Currency),
	}
	if order.Refund != nil {
		o.Refund = wording.Money(order.Refund.Amount, order.Refund.Currency)
	}
	key := url.QueryEscape(s.Orders.AccessKey(order.ID))
	o.Calendar = "/orders/" + order.Number + "/calendar.ics?key=" + key
	o.Poll = "/api/v1/orders/" + order.Number + "?key=" + key
	if d.Bookable(v.now) {
		o.MapURL = "/performances/" + d.ID.String()
	}
	if order.State == booking.AwaitingPayment && v.now.Before(order.ExpiresAt) {
		if h, err := s.Holds.Get(v.ctx, order.HoldID); err == nil && h.Session == v.session() {
			o.PayURL = "/checkout/" + h.ID
		}
	}
	if byLink(order) && v.now.Before(order.ExpiresAt) {
		o.PayURL = s.payURL(order)
	}
	if err := v.fillSeats(&o, plan.Index()); err != nil {
		return err
	}
	o.Base, o.WithKey = "/orders/"+url.PathEscape(order.Number), "?key="+key
	if err := s.fillMoney(v, &o); err != nil {
		return err
	}
	s.ticketExtras(&o, key)
	o.Title, o.NoIndex, o.NoReferrer, o.NavShort = "Order "+order.Number, true, true, true
	o.Sheets, o.Scripts = []string{"css/buy.css"}, append(o.Scripts, "js/order.js", "js/ticket.js")
	v.w.Header().Set("Cache-Control", "private, no-store")
	v.w.Header().Set("Referrer-Policy", "no-referrer")
	return v.show(http.StatusOK, page.OrderPage(o))
}

// fillSeats adds the lines and the tickets, in the order of the seats.
func (v *visit) fillSeats(o *page.Order, index map[string]venue.Located) error {
	names := map[string]string{}
	for _, kind := range o.Detail.Prices.Types {
		names[kind.ID] = kind.Name
	}
	tickets := map[string]booking.Ticket{}
	for _, t := range o.Order.Tickets {
		tickets[t.SeatID] = t // a seat's newest ticket comes last
	}
	for _, seat := range o.Order.Seats {
		kind := names[seat.PriceType]
		if kind == "" {
			kind = seat.PriceType
		}
		text := seatText(seat.Section, seat.Row, seat.Label, index[seat.SeatID].Kind)
		if seat.Gone != "" {
			kind += ", " + seat.Gone
		}
		o.Lines = append(o.Lines, page.OrderLine{Text: text, Type: kind, Price: wording.Money(seat.Amount, o.Order.Currency)})
		if seat.Gone != "" {
			continue
		}
		t, issued := tickets[seat.SeatID]
		if !issued {
			continue
		}
		qr, err := ticket.QRSVG(t.Code, "Ticket code: "+text)
		if err != nil {
			return fmt.Errorf("ticket %s: %w", t.ID, err)
		}
		o.Tickets = append(o.Tickets, page.Ticket{
			ID: seat.SeatID, Section: seat.Section, Row: seat.Row, Seat: seat.Label, Type: kind, QR: qr, State: t.State,
		})
	}
	return nil
}

// calendar is the performance as a file for the visitor's calendar.
func (s *Store) calendar(v *visit) error {
	order, d, err := s.openOrder(v)
	if err != nil {
		return err
	}
	if order.State != booking.Paid {
		return errNoPage
	}
	seats := ""
	for _, seat := range order.Seats {
		seats += venue.PlaceName(seat.Section, seat.Row, seat.Label) + "\n"
	}
	body := calendarfile.Write(calendarfile.Event{
		UID: order.ID.String() + "@stagedoor", Stamp: v.now, Start: d.StartsAt,
		End:     d.StartsAt.Add(time.Duration(d.Production.RunningMinutes) * time.Minute),
		Summary: d.Production.Title + " at " + d.Venue.Name, Location: d.Venue.Name + ", " + d.Venue.Address + ", " + d.Venue.City,
		Description: seats + "Order " + order.Number, URL: s.BrandOrigin(v.ctx, order.BrandID) + s.orderURL(order),
		Latitude: strconv.FormatFloat(d.Venue.Latitude, 'f', 5, 64), Longitude: strconv.FormatFloat(d.Venue.Longitude, 'f', 5, 64),
	})
	v.w.Header().Set("Content-Disposition", `attachment; filename="`+d.Production.Slug+`.ics"`)
	return v.file("text/calendar; charset=utf-8", "private, no-store", body)
}
