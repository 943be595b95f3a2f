package storefront

import (
	"errors"
	"net/http"
	"net/url"
	"slices"
	"time"

	"github.com/stagedoor/stagedoor/origin/booking"
	"github.com/stagedoor/stagedoor/origin/hold"
	"github.com/stagedoor/stagedoor/origin/show"
	"github.com/stagedoor/stagedoor/origin/storefront/page"
	"github.com/stagedoor/stagedoor/origin/storefront/wording"
	"github.com/stagedoor/stagedoor/origin/venue"
)

// checkoutCookie tells the seat map which hold is the visitor's own. Its value is the ID of the hold.
const checkoutCookie = "sd_checkout"

// checkoutGrace is how much longer than the hold the cookie lasts: a payment may be on its way when the hold ends.
const checkoutGrace = 2 * time.Minute

func (s *Store) checkout(v *visit) error {
	held, err := s.heldSeats(v)
	switch {
	case err != nil:
		return err
	case held.sendTo != "":
		return v.redirect(held.sendTo)
	}
	if w := v.exchanging(held.detail); w != nil { // these seats are not bought: they take the place of others
		address := url.URL{Path: "/orders/" + w.Number + "/exchange/" + held.hold.ID, RawQuery: url.Values{"key": {w.Key}}.Encode()}
		return v.redirect(address.String())
	}
	return s.showCheckout(v, held)
}

// heldSeats is what a checkout is about.
type heldSeats struct {
	hold   hold.Hold
	detail show.Detail
	order  booking.Order // zero when none was placed
	sendTo string        // where the visitor should be instead
}

// heldSeats reads the hold of the address and what belongs to it. A hold that is over is a refusal, unless it led to an
// order that is worth showing.
func (s *Store) heldSeats(v *visit) (held heldSeats, err error) {
	holdID := v.r.PathValue("hold")
	performanceID, err := hold.PerformanceOf(holdID)
	if err != nil {
		return held, errNoPage
	}
	if held.detail, err = s.Shows.Performance(v.ctx, performanceID); err != nil {
		return held, err
	}
	if held.detail.Brand.ID != v.brand.ID {
		return held, errNoPage
	}
	held.order, err = s.Orders.OrderOfHold(v.ctx, holdID, v.session())
	switch {
	case errors.Is(err, booking.ErrNotFound):
	case err != nil:
		return held, err
	default:
		switch held.order.State {
		case booking.Paid, booking.RefundDue, booking.Refunded:
			held.sendTo = s.orderURL(held.order)
			return held, nil
		}
	}
	if held.detail.Status == show.Cancelled {
		return held, calledOff(held.detail, "You have not been charged, and there is nothing to pay.")
	}
	held.hold, err = s.Holds.Get(v.ctx, holdID)
	switch {
	case errors.Is(err, hold.ErrGone) && held.order.State == booking.AwaitingPayment:
		held.sendTo = s.orderURL(held.order) // a payment may be on its way
	case errors.Is(err, hold.ErrGone):
		return held, s.holdOver(v, held)
	case err != nil:
		return held, err
	case held.hold.Session != v.session():
		return held, &refusal{
			status: http.StatusForbidden, heading: "These seats are held in another browser",
			text:    "Only the browser that chose the seats can pay for them. Go back to it, or choose other seats here.",
			actions: []page.Link{{URL: "/performances/" + held.detail.ID.String(), Text: "Choose seats"}}, testID: "not-yours",
		}
	}
	return held, nil
}

// calledOff says that nothing is to be paid for a performance that does not take place.
func calledOff(d show.Detail, text string) error {
	return &refusal{
		status: http.StatusConflict, heading: "We are sorry: this performance is cancelled", text: d.Production.Title + " does not take place then. " + text,
		actions: []page.Link{{URL: "/shows/" + d.Production.Slug + "#performances", Text: "Other performances"}}, testID: "called-off",
	}
}

// holdOver says that the time ran out, or that the seats were given back. Once there was something to pay, a payment
// may still be on its way.
func (s *Store) holdOver(v *visit, held heldSeats) error {
	d, money := held.detail, "You have not been charged."
	if held.order.Intent != "" {
		money = "No payment for them has reached us. Should one still arrive, you get the seats if they are free, or all of the money back."
		if held.order.State == booking.Cancelled {
			money = "You have not been charged. Should a payment still arrive, all of it goes back."
		}
	}
	s.forgetCheckout(v)
	actions := []page.Link{{URL: "/shows/" + d.Production.Slug + "#performances", Text: "Other performances"}}
	if d.Bookable(v.now) {
		actions = slices.Insert(actions, 0, page.Link{URL: "/performances/" + d.ID.String(), Text: "Choose seats again"})
	}
	return &refusal{
		status: http.StatusGone, heading: "Your seats are no longer held",
		text:    "The time to pay for " + d.Production.Title + " ran out, or the seats were given back, so they are on sale again. " + money,
		actions: actions, testID: "hold-over",
	}
}

func (s *Store) showCheckout(v *visit, held heldSeats) error {
	h, d, order := held.hold, held.detail, held.order
	plan, err := s.Shows.Plan(v.ctx, d.PlanID)
	if err != nil {
		return err
	}
	at := d.Venue.Location()
	c := page.Checkout{
		Frame: v.frame(), Detail: d, Poster: v.posterURL(d.Brand.ID, d.Production.Slug), When: v.words.When(d.StartsAt.In(at)),
		ShowURL: "/shows/" + d.Production.Slug, MapURL: "/performances/" + d.ID.String(),
		ExpiresIn: v.left(h.ExpiresAt), Extendable: !h.Extended,
	}
	c.Title, c.NoIndex, c.NavShort = "Checkout", true, true
	c.Sheets, c.Scripts = []string{"css/buy.css"}, append(c.Scripts, "js/checkout/page.js")
	c.Seats, c.Total = checkoutSeats(h, plan.Index(), d.Prices, order)
	c.Data = page.CheckoutData{
		HoldID: h.ID, HoldURL: "/api/v1/holds/" + h.ID, OrdersURL: "/api/v1/orders", MapURL: c.MapURL,
		Locale: v.words.Tag(), Currency: d.Prices.Currency, ExpiresIn: c.ExpiresIn,
	}
	if order.State == booking.AwaitingPayment {
		c.Name, c.Email, c.Data.OrderNumber = order.Name, order.Email, order.Number
		c.Problem, c.Data.PromoCodes = order.PaymentDecline, order.Promos
	}
	http.SetCookie(v.w, &http.Cookie{
		Name: checkoutCookie, Value: h.ID, Path: "/", MaxAge: c.ExpiresIn + int(checkoutGrace/time.Second),
		HttpOnly: true, SameSite: http.SameSiteLaxMode, Secure: v.secure(),
	})
	s.passCheckout(v, h.ExpiresAt.Add(checkoutGrace))
	v.w.Header().Set("Cache-Control", "private, no-store")
	return v.show(http.StatusOK, page.CheckoutPage(c))
}

// checkoutSeats lists the seats with the prices they may be sold at. What was chosen before stays chosen; to begin
// with everyone is an adult, and as many companions come free as there are wheelchair spaces in their part of the house.
func checkoutSeats(h hold.Hold, index map[string]venue.Located, table show.PriceTable, order booking.Order) ([]page.CheckoutSeat, string) {
	spaces := map[string]int{}
	for _, id := range h.Seats {
		if index[id].Kind == venue.Wheelchair {
			spaces[index[id].SectionID]++
		}
	}
	before := map[string]string{}
	for _, seat := range order.Seats {
		before[seat.SeatID] = seat.PriceType
	}
	var out []page.CheckoutSeat
	var total int64
	for _, id := range h.Seats {
		located := index[id]
		seat := page.CheckoutSeat{ID: id, Text: seatText(located.Section, located.Row, located.Label, located.Kind), Note: located.Note, Chosen: before[id]}
		companionLeft := spaces[located.SectionID] > 0
		for _, kind := range table.Offered(located.Seat) {
			amount, _ := table.Amount(located.Band, kind.ID)
			seat.Types = append(seat.Types, page.CheckoutType{ID: kind.ID, Name: kind.Name, Amount: amount, Price: wording.Money(amount, table.Currency)})
			if seat.Chosen == "" && (kind.ID != show.Companion || companionLeft) {
				seat.Chosen = kind.ID
			}
		}
		if seat.Chosen == show.Companion {
			spaces[located.SectionID]--
		}
		amount, _ := table.Amount(located.Band, seat.Chosen)
		total += amount
		out = append(out, seat)
	}
	return out, wording.Money(total, table.Currency)
}

// seatText names a place as tickets do.
func seatText(section, row, label string, kind venue.Kind) string {
	if kind == venue.Unnumbered || row == "" {
		return section
	}
	what := "seat"
	if kind == venue.Wheelchair {
		what = "wheelchair space"
	}
	return section + ", row " + row + ", " + what + " " + label
}

// extend gives the hold its full time again: the way without scripts.
func (s *Store) extend(v *visit) error {
	holdID := v.r.PathValue("hold")
	h, err := s.Holds.Extend(v.ctx, holdID, v.session())
	if err == nil {
		// If this fails the sweep finds out from the hold before it ends the order.
		if err := s.Orders.Extended(v.ctx, h.ID, h.ExpiresAt); err != nil {
			s.Logger.WarnContext(v.ctx, "an order was not given its hold's new time", "hold", h.ID, "error", err.Error())
		}
	}
	if err != nil && !errors.Is(err, hold.ErrGone) && !errors.Is(err, hold.ErrNotYours) && !errors.Is(err, hold.ErrExtended) {
		return err
	}
	return v.redirect("/checkout/" + url.PathEscape(holdID)) // which says what is the matter
}

// release gives the seats back and leads to the seat map.
func (s *Store) release(v *visit) error {
	holdID := v.r.PathValue("hold")
	performanceID, err := hold.PerformanceOf(holdID)
	if err != nil {
		return errNoPage
	}
	checkout := "/checkout/" + url.PathEscape(holdID)
	err = s.Orders.GiveUp(v.ctx, holdID, v.session())
	if err == nil {
		err = s.Holds.Release(v.ctx, holdID, v.session())
	}
	switch {
	case errors.Is(err, hold.ErrGone):
	case errors.Is(err, booking.ErrPaid), errors.Is(err, booking.ErrNotYours), errors.Is(err, hold.ErrNotYours):
		return v.redirect(checkout)
	case err != nil:
		return err
	}
	s.forgetCheckout(v)
	return v.redirect("/performances/" + performanceID.String())
}

// passCheckout lets the visitor finish paying until then, although maintenance may begin. Without the pass the sale
// goes on all the same.
func (s *Store) passCheckout(v *visit, until time.Time) {
	if s.CheckoutPass == nil {
		return
	}
	cookie, err := s.CheckoutPass(v.brand.ID, until, v.secure())
	if err != nil {
		s.Logger.WarnContext(v.ctx, "no checkout pass could be made", "error", err.Error())
		return
	}
	http.SetCookie(v.w, cookie)
}

func (s *Store) forgetCheckout(v *visit) {
	http.SetCookie(v.w, &http.Cookie{Name: checkoutCookie, Path: "/", MaxAge: -1, HttpOnly: true, SameSite: http.SameSiteLaxMode, Secure: v.secure()})
}

func (v *visit) secure() bool { return len(v.origin) > 5 && v.origin[:6] == "https:" }
