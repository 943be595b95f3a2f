package storefront

import (
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/stagedoor/stagedoor/origin/booking"
	"github.com/stagedoor/stagedoor/origin/booking/idempotency"
	"github.com/stagedoor/stagedoor/origin/hold"
	"github.com/stagedoor/stagedoor/origin/show"
	"github.com/stagedoor/stagedoor/origin/storefront/page"
	"github.com/stagedoor/stagedoor/origin/storefront/wording"
)

// exchangeCookie remembers, while a visitor chooses other seats, which tickets they give for them.
const exchangeCookie = "sd_exchange"

// exchangeLasts is how long it is remembered.
const exchangeLasts = 30 * time.Minute

// mostNights is how many performances are offered to exchange for.
const mostNights = 60

// wanting is what that cookie holds. The key opens the order: who has the cookie has the order's page too.
type wanting struct {
	Number     string   `json:"n"`
	Key        string   `json:"k"`
	Production string   `json:"p"`
	Seats      []string `json:"s"`
}

func (w wanting) orderURL() string {
	return "/orders/" + url.PathEscape(w.Number) + "?key=" + url.QueryEscape(w.Key)
}

// exchanging reads the cookie; nil when nothing is being exchanged for seats of this production.
func (v *visit) exchanging(d show.Detail) *wanting {
	cookie, err := v.r.Cookie(exchangeCookie)
	if err != nil {
		return nil
	}
	raw, err := base64.RawURLEncoding.DecodeString(cookie.Value)
	var w wanting
	if err != nil || json.Unmarshal(raw, &w) != nil || w.Production != d.Production.ID.String() || len(w.Seats) == 0 {
		return nil
	}
	return &w
}

func (v *visit) rememberExchange(w *wanting) {
	cookie := &http.Cookie{Name: exchangeCookie, Path: "/", MaxAge: -1, HttpOnly: true, SameSite: http.SameSiteLaxMode, Secure: v.secure()}
	if w != nil {
		raw, _ := json.Marshal(w) // of strings
		cookie.Value, cookie.MaxAge = base64.RawURLEncoding.EncodeToString(raw), int(exchangeLasts/time.Second)
	}
	http.SetCookie(v.w, cookie)
}

// secret keeps a page whose address opens an order out of caches and logs of others.
func (v *visit) secret() {
	v.w.Header().Set("Cache-Control", "private, no-store")
	v.w.Header().Set("Referrer-Policy", "no-referrer")
}

// exchange asks which tickets are given, and for which performance.
func (s *Store) exchange(v *visit) error {
	order, d, err := s.openOrder(v)
	if err != nil {
		return err
	}
	if order.BrandID != v.brand.ID {
		return v.redirect(s.BrandOrigin(v.ctx, order.BrandID) + s.orderURL(order))
	}
	return s.exchangeStart(v, order, d, problems[v.r.URL.Query().Get("problem")])
}

func (s *Store) exchangeStart(v *visit, order booking.Order, d show.Detail, problem string) error {
	key := "?key=" + url.QueryEscape(s.Orders.AccessKey(order.ID))
	e := page.ExchangeStart{Frame: v.frame(), OrderURL: s.orderURL(order), Number: order.Number, Title: d.Production.Title, Problem: problem}
	e.Action = "/orders/" + url.PathEscape(order.Number) + "/exchange" + key
	e.Frame.Title, e.NoIndex, e.NoReferrer, e.NavShort, e.Sheets = "Exchange tickets", true, true, true, []string{"css/buy.css"}
	_, fee, err := s.Orders.Exchangeable(v.ctx, order.ID, nil)
	var policy *booking.PolicyError
	switch {
	case errors.As(err, &policy):
		e.Why = policy.Why
	case err != nil:
		return err
	}
	if fee > 0 {
		e.Fee = wording.Money(fee, order.Currency)
	}
	for _, seat := range order.Kept() {
		e.Seats = append(e.Seats, exchangeSeat(seat, d, order.Currency))
	}
	if len(e.Seats) == 1 {
		e.Seats[0].Chosen = true
	}
	nights, err := s.Shows.Performances(v.ctx, d.Production.ID, v.now)
	if err != nil {
		return err
	}
	for _, p := range nights {
		if !p.Bookable(v.now) || len(e.Nights) == mostNights {
			continue
		}
		night := page.ExchangeNight{ID: p.ID.String(), Text: v.words.When(p.StartsAt.In(d.Venue.Location()))}
		for _, a := range v.words.AccessOf(p.Access) {
			night.Access = strings.TrimPrefix(night.Access+", "+a.Name, ", ")
		}
		if p.ID == d.ID {
			night.Text += " (the one you have)"
		}
		e.Nights = append(e.Nights, night)
	}
	if e.Why == "" && len(e.Nights) == 0 {
		e.Why = "There is no other performance that can be booked."
	}
	v.secret()
	return v.show(http.StatusOK, page.ExchangeStartPage(e))
}

// exchangeSeat says what was paid for a seat, and what that was made of.
func exchangeSeat(seat booking.Seat, d show.Detail, currency string) page.ExchangeSeat {
	kind := seat.PriceType
	for _, t := range d.Prices.Types {
		if t.ID == seat.PriceType {
			kind = t.Name
		}
	}
	made := []string{kind + " " + wording.Money(seat.Price.Face, currency)}
	for _, share := range seat.Price.Promos {
		made = append(made, share.Code+" −"+wording.Money(share.Share, currency))
	}
	if seat.Price.Fee > 0 {
		made = append(made, "fees "+wording.Money(seat.Price.Fee, currency))
	}
	if seat.Price.TaxAdded && seat.Price.Tax > 0 {
		made = append(made, "tax "+wording.Money(seat.Price.Tax, currency))
	}
	return page.ExchangeSeat{
		ID: seat.SeatID, Text: seatText(seat.Section, seat.Row, seat.Label, ""), Paid: wording.Money(seat.Amount, currency), Made: strings.Join(made, ", "),
	}
}

// beginExchange leads to the seat map of the performance that was chosen.
func (s *Store) beginExchange(v *visit) error {
	order, d, err := s.openOrder(v)
	if err != nil {
		return err
	}
	v.r.Body = http.MaxBytesReader(v.w, v.r.Body, 16<<10)
	if err := v.r.ParseForm(); err != nil {
		return errNoPage
	}
	seats := v.r.PostForm["seat"]
	if len(seats) == 0 {
		return s.exchangeStart(v, order, d, "Please choose the tickets you want to exchange.")
	}
	var policy *booking.PolicyError
	var invalid *booking.InvalidError
	if _, _, err := s.Orders.Exchangeable(v.ctx, order.ID, seats); errors.As(err, &policy) || errors.As(err, &invalid) {
		return s.exchangeStart(v, order, d, problems["changed"])
	} else if err != nil {
		return err
	}
	id, err := parseID(v.r.PostForm.Get("performance"))
	if err != nil {
		return s.exchangeStart(v, order, d, "Please choose a performance.")
	}
	to, err := s.Shows.Performance(v.ctx, id)
	if err != nil {
		return err
	}
	if to.Production.ID != d.Production.ID || !to.Bookable(v.now) {
		return s.exchangeStart(v, order, d, "That performance can’t be booked any more. Please choose another.")
	}
	v.rememberExchange(&wanting{Number: order.Number, Key: s.Orders.AccessKey(order.ID), Production: d.Production.ID.String(), Seats: seats})
	return v.redirect("/performances/" + id.String())
}

// exchangeNote is what a seat map says of an exchange.
func (v *visit) exchangeNote(d show.Detail) *page.Exchanging {
	w := v.exchanging(d)
	if w == nil {
		return nil
	}
	return &page.Exchanging{
		Tickets: wording.Plural(len(w.Seats), "ticket", "tickets"), Number: w.Number, OrderURL: w.orderURL(),
		StopURL: "/orders/" + url.PathEscape(w.Number) + "/exchange/stop?key=" + url.QueryEscape(w.Key),
	}
}

// stopExchange forgets what was to be exchanged. The seats that were held for it run out by themselves.
func (s *Store) stopExchange(v *visit) error {
	order, _, err := s.openOrder(v)
	if err != nil {
		return err
	}
	v.rememberExchange(nil)
	return v.redirect(s.orderURL(order))
}

// dealOf reads the exchange that an address is about: seats of an order for those of a hold.
func (s *Store) dealOf(v *visit, form url.Values) (order booking.Order, to show.Detail, e booking.ExchangeSeats, err error) {
	order, d, err := s.openOrder(v)
	if err != nil {
		return order, to, e, err
	}
	holdID := v.r.PathValue("hold")
	performanceID, err := hold.PerformanceOf(holdID)
	if err != nil {
		return order, to, e, errNoPage
	}
	if to, err = s.Shows.Performance(v.ctx, performanceID); err != nil {
		return order, to, e, err
	}
	w := v.exchanging(to)
	if order.BrandID != v.brand.ID || to.Brand.ID != v.brand.ID || w == nil || w.Number != order.Number || to.Production.ID != d.Production.ID {
		return order, to, e, errNotExchanging
	}
	kept, err := s.Holds.Get(v.ctx, holdID)
	switch {
	case errors.Is(err, hold.ErrGone), err == nil && kept.Session != v.session():
		return order, to, e, booking.ErrHoldGone
	case err != nil:
		return order, to, e, err
	}
	plan, err := s.Shows.Plan(v.ctx, to.PlanID)
	if err != nil {
		return order, to, e, err
	}
	e = booking.ExchangeSeats{OrderID: order.ID, Seats: w.Seats, HoldID: holdID, Session: v.session(), Actor: "buyer"}
	usual, _ := checkoutSeats(kept, plan.Index(), to.Prices, booking.Order{})
	for _, seat := range usual {
		chosen := form.Get("type." + seat.ID)
		if !slices.ContainsFunc(seat.Types, func(t page.CheckoutType) bool { return t.ID == chosen }) {
			chosen = seat.Chosen
		}
		e.Choices = append(e.Choices, booking.SeatChoice{SeatID: seat.ID, PriceType: chosen})
	}
	return order, to, e, nil
}

// errNotExchanging: the visitor does not exchange anything for these seats (any more).
var errNotExchanging = errors.New("storefront: no exchange")

// deal shows what an exchange comes to.
func (s *Store) deal(v *visit) error {
	order, to, e, err := s.dealOf(v, v.r.URL.Query())
	if err != nil {
		return s.noDeal(v, order, to, err)
	}
	return s.showDeal(v, order, to, e, "")
}

func (s *Store) showDeal(v *visit, order booking.Order, to show.Detail, e booking.ExchangeSeats, problem string) error {
	kept, err := s.Holds.Get(v.ctx, e.HoldID)
	if err != nil {
		return s.noDeal(v, order, to, err)
	}
	plan, err := s.Shows.Plan(v.ctx, to.PlanID)
	if err != nil {
		return err
	}
	key := url.QueryEscape(s.Orders.AccessKey(order.ID))
	view := page.ExchangeDeal{
		Frame: v.frame(), OrderURL: s.orderURL(order), Number: order.Number, Title: to.Production.Title, When: v.words.When(to.StartsAt.In(to.Venue.Location())),
		Problem: problem, MapURL: "/performances/" + to.ID.String(), Intention: rand.Text(), ExpiresIn: v.left(kept.ExpiresAt),
		Action: "/orders/" + url.PathEscape(order.Number) + "/exchange/" + url.PathEscape(e.HoldID) + "?key=" + key,
		Hidden: []page.Field{{Name: "key", Value: s.Orders.AccessKey(order.ID)}},
	}
	view.Frame.Title, view.NoIndex, view.NoReferrer, view.NavShort = "Exchange tickets", true, true, true
	view.Sheets, view.Scripts = []string{"css/buy.css"}, append(view.Scripts, "js/exchange.js")
	quote, err := s.Orders.QuoteExchange(v.ctx, e)
	var policy *booking.PolicyError
	var invalid *booking.InvalidError
	switch {
	case errors.As(err, &policy):
		view.Why = policy.Why
	case errors.As(err, &invalid) && len(invalid.Fields) > 0:
		view.Why = "These seats can’t be exchanged like this: they " + invalid.Fields[0].Reason + "."
	case err != nil:
		return s.noDeal(v, order, to, err)
	default:
		s.fillDeal(&view, quote, order, to)
	}
	view.Seats, _ = checkoutSeats(kept, plan.Index(), to.Prices, chosenBefore(e.Choices))
	v.secret()
	s.passCheckout(v, kept.ExpiresAt.Add(checkoutGrace))
	return v.show(http.StatusOK, page.ExchangeDealPage(view))
}

// chosenBefore makes choices look like those of an order.
func chosenBefore(choices []booking.SeatChoice) booking.Order {
	var o booking.Order
	for _, c := range choices {
		o.Seats = append(o.Seats, booking.Seat{SeatID: c.SeatID, PriceType: c.PriceType})
	}
	return o
}

func (s *Store) fillDeal(view *page.ExchangeDeal, quote booking.ExchangeQuote, order booking.Order, to show.Detail) {
	money := func(amount int64) string { return wording.Money(amount, order.Currency) }
	for _, seat := range quote.Gives {
		view.Gives = append(view.Gives, exchangeSeat(seat, to, order.Currency))
	}
	for _, seat := range quote.Seats {
		if priced := exchangeSeat(seat, to, order.Currency); strings.Contains(priced.Made, ",") {
			view.Made = append(view.Made, page.OrderLine{Text: priced.Text + ": " + priced.Made, Price: priced.Paid})
		}
	}
	view.Total, view.Credit = money(quote.Total), money(quote.Credit+quote.Back+quote.Fee)
	if quote.Fee > 0 {
		view.Fee = money(quote.Fee)
	}
	if quote.Due > 0 {
		view.Due = money(quote.Due)
	}
	if quote.Back > 0 {
		view.Back = money(quote.Back)
	}
}

// noDeal says why there is nothing to agree to.
func (s *Store) noDeal(v *visit, order booking.Order, to show.Detail, err error) error {
	back := []page.Link{{URL: "/performances/" + to.ID.String(), Text: "Choose seats again"}, {URL: s.orderURL(order), Text: "Back to the order"}}
	switch {
	case errors.Is(err, errNotExchanging):
		return &refusal{
			status: http.StatusConflict, heading: "Nothing is being exchanged", text: "Too much time has passed, or the exchange was begun in another browser. Your tickets are as they were.",
			actions: []page.Link{{URL: s.orderURL(order), Text: "Back to the order"}}, testID: "no-exchange",
		}
	case errors.Is(err, hold.ErrGone), errors.Is(err, booking.ErrHoldGone), errors.Is(err, booking.ErrNotYours):
		return &refusal{
			status: http.StatusGone, heading: "The new seats are no longer held", text: "The time ran out, so they are on sale again. Your tickets are as they were.",
			actions: back, testID: "hold-over",
		}
	case errors.Is(err, booking.ErrNotOnSale):
		return &refusal{
			status: http.StatusConflict, heading: "That performance can’t be booked any more", text: "Your tickets are as they were.", actions: back[1:], testID: "not-on-sale",
		}
	}
	var lost *booking.SeatsLostError
	if errors.As(err, &lost) {
		return &refusal{
			status: http.StatusConflict, heading: "Somebody else has those seats by now", text: "Your tickets are as they were.", actions: back, testID: "seats-lost",
		}
	}
	return err
}

// agree exchanges, or leads to the payment of the rest.
func (s *Store) agree(v *visit) error {
	v.r.Body = http.MaxBytesReader(v.w, v.r.Body, 16<<10)
	if err := v.r.ParseForm(); err != nil {
		return errNoPage
	}
	order, to, e, err := s.dealOf(v, v.r.PostForm)
	if err != nil {
		return s.noDeal(v, order, to, err)
	}
	e.IdempotencyKey = "web-" + v.r.PostForm.Get("intention")
	placed, err := s.Orders.Exchange(v.ctx, e)
	var policy *booking.PolicyError
	var invalid *booking.InvalidError
	var busy *idempotency.InProgressError
	switch {
	case errors.As(err, &policy), errors.As(err, &invalid), errors.Is(err, booking.ErrKeyMissing):
		return s.showDeal(v, order, to, e, "")
	case errors.As(err, &busy), errors.Is(err, idempotency.ErrReused):
		return s.showDeal(v, order, to, e, "That was sent before, and something may have come of it. Please look at your order, or try once more.")
	case errors.Is(err, booking.ErrPricesChanged):
		return s.showDeal(v, order, to, e, "The prices of the new seats have just changed. Nothing has happened yet: please look this over again.")
	case errors.Is(err, booking.ErrPaymentUnavailable):
		return s.showDeal(v, order, to, e, "We can’t reach our payment provider just now. Nothing has changed; please try again in a moment.")
	case err != nil:
		return s.noDeal(v, order, to, err)
	}
	s.forgetCheckout(v)
	if placed.Order.State == booking.AwaitingPayment {
		return v.redirect(s.payURL(placed.Order))
	}
	v.rememberExchange(nil)
	return v.redirect(s.orderURL(placed.Order) + "&said=exchanged")
}
