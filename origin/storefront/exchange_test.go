package storefront_test

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/google/uuid"

	"github.com/stagedoor/stagedoor/origin/booking"
	"github.com/stagedoor/stagedoor/origin/hold"
	"github.com/stagedoor/stagedoor/origin/pricing"
	"github.com/stagedoor/stagedoor/origin/venue"
)

// swaps is what the house says of exchanges.
type swaps struct {
	mayNot error
	quote  booking.ExchangeQuote
	placed booking.Placed
	err    error
	asked  []booking.ExchangeSeats
}

func (o *ordersDouble) Exchangeable(context.Context, uuid.UUID, []string) ([]booking.Seat, int64, error) {
	return nil, 250, o.swaps.mayNot
}

func (o *ordersDouble) QuoteExchange(_ context.Context, e booking.ExchangeSeats) (booking.ExchangeQuote, error) {
	o.swaps.asked = append(o.swaps.asked, e)
	return o.swaps.quote, o.swaps.err
}

func (o *ordersDouble) Exchange(_ context.Context, e booking.ExchangeSeats) (booking.Placed, error) {
	o.swaps.asked = append(o.swaps.asked, e)
	return o.swaps.placed, o.swaps.err
}

// The way of an exchange: choose tickets and a performance, choose seats, see what it comes to, pay the rest.
func TestAnExchange(t *testing.T) {
	t.Parallel()
	h := newTheatre(t)
	v := h.visitor("lyceum")
	seats := h.seats(venue.Standard, 2)
	order := h.order(v, booking.Paid, seats...)
	order.Seats[0].Price = pricing.Line{Seat: pricing.Seat{Face: 10000}, Promos: []pricing.Share{{Code: "SPRING", Share: 500}}, Amount: 9500}
	h.orders.put(order, v.id)
	key := "?key=" + accessKey
	v.get("/orders/LYC-7K4QPWR" + key).want(http.StatusOK).has(`data-testid="exchange"`)
	path := "/orders/LYC-7K4QPWR/exchange" + key
	v.get(path).want(http.StatusOK).has(seats[0], "SPRING −£5", "£2.50 of each is kept", "the one you have")
	v.post(path, "performance="+order.PerformanceID.String()).want(http.StatusOK).has("Please choose the tickets")
	v.post(path, "seat="+seats[0]).want(http.StatusOK).has("Please choose a performance")
	v.post(path, "seat="+seats[0]+"&performance="+h.shows.night("shubert", "candida", 0).ID.String()).want(http.StatusOK).has("can’t be booked any more")

	other := h.shows.night("lyceum", "hamlet", 1)
	to := v.post(path, "seat="+seats[0]+"&performance="+other.ID.String()).want(http.StatusSeeOther).header.Get("Location")
	if to != "/performances/"+other.ID.String() {
		t.Fatalf("leads to %q", to)
	}
	v.get(to).want(http.StatusOK).has("You are exchanging 1 ticket")
	h.visitor("lyceum").get(to).want(http.StatusOK).lacks("You are exchanging")
	checkout := v.post(to+"/best", "count=1").want(http.StatusSeeOther).header.Get("Location")
	deal := v.get(checkout).want(http.StatusSeeOther).header.Get("Location")
	holdID := strings.TrimPrefix(checkout, "/checkout/")
	if deal != "/orders/LYC-7K4QPWR/exchange/"+holdID+key {
		t.Fatalf("the checkout leads to %q", deal)
	}
	h.orders.swaps.quote = booking.ExchangeQuote{Gives: order.Seats[:1], Seats: order.Seats[:1], Total: 12000, Credit: 9250, Fee: 250, Due: 2750}
	v.get(deal).want(http.StatusOK).has("£120", "£2.50", "−£95", "£27.50", "Go on to pay")
	asked := h.orders.swaps.asked[len(h.orders.swaps.asked)-1]
	if len(asked.Seats) != 1 || asked.Seats[0] != seats[0] || asked.HoldID != holdID || asked.Actor != "buyer" || asked.Session != v.id || len(asked.Choices) != 1 {
		t.Errorf("asked for %+v", asked)
	}
	kept, err := h.holds.Get(t.Context(), holdID)
	if err != nil {
		t.Fatal(err)
	}
	v.get(deal + "&" + url.Values{"type." + kept.Seats[0]: {"concession"}}.Encode()).want(http.StatusOK)
	if asked = h.orders.swaps.asked[len(h.orders.swaps.asked)-1]; asked.Choices[0].PriceType != "concession" {
		t.Errorf("chosen: %+v", asked.Choices)
	}
	h.visitor("lyceum").get(deal).want(http.StatusConflict).has("Nothing is being exchanged")
	rest := booking.Order{ID: uuid.New(), Number: "LYC-NEW", BrandID: "lyceum", State: booking.AwaitingPayment, ExchangeOf: order.ID, PerformanceID: other.ID, Currency: "GBP", Total: 12000, Credit: 9250, ExpiresAt: kept.ExpiresAt, Channel: booking.Web}
	h.orders.swaps.placed = booking.Placed{Order: rest}
	if to := v.post(deal, "intention=abcdefgh").want(http.StatusSeeOther).header.Get("Location"); to != "/orders/LYC-NEW/pay"+key {
		t.Errorf("leads to %q", to)
	}
	if asked = h.orders.swaps.asked[len(h.orders.swaps.asked)-1]; asked.IdempotencyKey != "web-abcdefgh" {
		t.Errorf("under the key %q", asked.IdempotencyKey)
	}
	h.orders.put(rest, "")
	v.get("/orders/LYC-NEW/pay"+key).want(http.StatusOK).has("Pay the rest", "£27.50", `"payment_url":"/api/v1/orders/LYC-NEW/payment`, "js/pay")
	v.get("/orders/LYC-NEW/pay").want(http.StatusNotFound)
	rest.State, rest.ExchangeOf = booking.Paid, order.ID
	h.orders.put(rest, "")
	if to := v.get("/orders/LYC-NEW/pay" + key).want(http.StatusSeeOther).header.Get("Location"); to != "/orders/LYC-NEW"+key {
		t.Errorf("a paid order's payment leads to %q", to)
	}
	order.Seats[0].Gone, order.Became = "exchanged", []booking.OrderName{{ID: rest.ID, Number: rest.Number}}
	for _, state := range []booking.State{booking.Paid, booking.Exchanged} { // of one seat, and of the last
		order.State = state
		h.orders.put(order, v.id)
		v.get("/orders/LYC-7K4QPWR" + key).want(http.StatusOK).has(`href="/orders/LYC-NEW` + key + `" data-testid="became"`)
	}
	v.get(to).want(http.StatusOK).lacks("You are exchanging") // it is forgotten where the rest is paid
}

func TestExchangesThatCannotBe(t *testing.T) {
	t.Parallel()
	h := newTheatre(t)
	v := h.visitor("lyceum")
	order := h.order(v, booking.Paid, h.seats(venue.Standard, 1)...)
	path := "/orders/LYC-7K4QPWR/exchange?key=" + accessKey
	other := h.shows.night("lyceum", "hamlet", 1).ID.String()
	v.post(path, "seat="+order.Seats[0].SeatID+"&performance="+other).want(http.StatusSeeOther)
	deal := v.get(v.post("/performances/"+other+"/best", "count=1").header.Get("Location")).want(http.StatusSeeOther).header.Get("Location")
	for _, c := range []struct {
		name   string
		err    error
		status int
		says   string
	}{
		{"not by the terms", &booking.PolicyError{Why: "It is too late."}, http.StatusOK, "It is too late."},
		{"sold meanwhile", &booking.SeatsLostError{Seats: []string{"x"}}, http.StatusConflict, "Somebody else has those seats"},
		{"not on sale", booking.ErrNotOnSale, http.StatusConflict, "can’t be booked any more"},
		{"run out", booking.ErrHoldGone, http.StatusGone, "no longer held"},
		{"run out before it was read", hold.ErrGone, http.StatusGone, "no longer held"},
	} {
		h.orders.swaps.err = c.err
		v.get(deal).want(c.status).has(c.says).lacks(`data-testid="exchange-agree"`)
	}
	h.orders.swaps.err = booking.ErrPaymentUnavailable
	v.post(deal, "intention=abcdefgh").want(http.StatusServiceUnavailable)
	h.orders.swaps.mayNot = &booking.PolicyError{Why: "Tickets for this show can’t be exchanged."}
	v.get(path).want(http.StatusOK).has("Tickets for this show can’t be exchanged.").lacks(`data-testid="exchange-start"`)
	v.get("/orders/LYC-7K4QPWR?key=" + accessKey).want(http.StatusOK).lacks(`data-testid="exchange"`)
	v.post("/orders/LYC-7K4QPWR/exchange/stop?key="+accessKey, "").want(http.StatusSeeOther)
	v.get("/performances/" + other).want(http.StatusOK).lacks("You are exchanging")
	h.visitor("lyceum").get("/orders/LYC-7K4QPWR/exchange").want(http.StatusNotFound)
}
