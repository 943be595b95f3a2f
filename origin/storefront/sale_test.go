package storefront_test

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/stagedoor/stagedoor/origin/booking"
	"github.com/stagedoor/stagedoor/origin/hold"
	"github.com/stagedoor/stagedoor/origin/show"
	"github.com/stagedoor/stagedoor/origin/venue"
)

// hold keeps seats for a visitor as the API would.
func (v *visitor) hold(night *show.Performance, seats ...string) hold.Hold {
	v.h.t.Helper()
	h, err := v.h.holds.Acquire(context.Background(), hold.Request{PerformanceID: night.ID, Session: v.id, Seats: seats})
	if err != nil {
		v.h.t.Fatal(err)
	}
	return h
}

// seats lists the first places of a kind.
func (h *theatre) seats(kind venue.Kind, count int) []string {
	var out []string
	for _, section := range h.shows.plan.Sections {
		for _, row := range section.Rows {
			for _, seat := range row.Seats {
				if seat.Kind == kind && len(out) < count {
					out = append(out, seat.ID)
				}
			}
		}
	}
	return out
}

func TestPerformancePage(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name   string
		change func(*show.Performance)
		status int
		says   string
	}{
		{"on sale", func(*show.Performance) {}, http.StatusOK, `data-testid="hold"`},
		{"cancelled", func(p *show.Performance) { p.Status = show.Cancelled }, http.StatusGone, "This performance is cancelled"},
		{"begun", func(p *show.Performance) { p.StartsAt = now.Add(-time.Minute) }, http.StatusGone, "This performance has begun"},
		{"announced", func(p *show.Performance) { p.Status = show.Scheduled }, http.StatusOK, "not on sale yet"},
		{"before the on-sale", func(p *show.Performance) { p.OnSaleAt = now.Add(time.Hour) }, http.StatusOK, "Booking opens on Saturday 21 November 2026, 11am"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			h := newTheatre(t)
			night := h.shows.night("lyceum", "hamlet", 0)
			c.change(night)
			a := h.visitor("lyceum").get("/performances/" + night.ID.String()).want(c.status).has(c.says)
			if c.name != "on sale" {
				a.lacks(`data-testid="hold"`, "seatmap/page.js")
				return
			}
			a.has(`"plan_url":"/api/v1/performances/`+night.ID.String()+`/plan?v=`, `"max_seats":12`, `"hold":null`, "Let us choose", "<noscript>")
		})
	}
}

func TestBestSeats(t *testing.T) {
	t.Parallel()
	h := newTheatre(t)
	night := h.shows.night("lyceum", "hamlet", 0)
	path := "/performances/" + night.ID.String() + "/best"
	v := h.visitor("lyceum")
	to := v.post(path, "count=3").want(http.StatusSeeOther).header.Get("Location")
	got, err := h.holds.Get(t.Context(), strings.TrimPrefix(to, "/checkout/"))
	if err != nil || len(got.Seats) != 3 || got.Session != v.id {
		t.Fatalf("held %+v, %v", got, err)
	}
	for form, status := range map[string]int{
		"count=0": 422, "count=13": 422, "count=many": 422, "": 422, "count=2&band=Z": 409, "count=2&band=%3Cscript%3E": 409,
	} {
		v.post(path, form).want(status).has(`role="alert"`, "Let us choose").lacks("<script>")
	}
	h.visitor("shubert").post(path, "count=2").want(http.StatusNotFound)
	h.visitor("stagedoor").post(path, "count=2").want(http.StatusNotFound)
	if to := v.get(path).want(http.StatusSeeOther).header.Get("Location"); to != "/performances/"+night.ID.String() {
		t.Errorf("the form's address leads to %q", to)
	}
	night.Status = show.Cancelled
	v.post(path, "count=2").want(http.StatusGone)
}

// Where people stand as they like, the form offers that as well: without scripts there is no other way to a place there.
func TestBestSeatsOffersAreasWithoutNumbers(t *testing.T) {
	t.Parallel()
	h := newTheatre(t)
	h.shows.plan.Sections = append(h.shows.plan.Sections, venue.Section{ID: "pit", Name: "Pit", General: &venue.General{Count: 3, Band: "E"}})
	path := "/performances/" + h.shows.night("lyceum", "hamlet", 0).ID.String()
	v := h.visitor("lyceum")
	v.get(path).want(http.StatusOK).has(`<option value="pit">Pit, no numbers, £35</option>`, "Anywhere with numbered seats", "Places without numbers")
	to := v.post(path+"/best", "count=2&section=pit&band=A").want(http.StatusSeeOther).header.Get("Location")
	got, err := h.holds.Get(t.Context(), strings.TrimPrefix(to, "/checkout/"))
	if err != nil || len(got.Seats) != 2 || !strings.HasPrefix(got.Seats[0], "pit-GA-") {
		t.Fatalf("held %+v, %v", got, err)
	}
	v.get(to).want(http.StatusOK).has("Pit", "£35").lacks("Pit, row")
	h.visitor("lyceum").post(path+"/best", "count=2&section=pit").want(http.StatusConflict).has("room for 1 more person", `<option value="pit" selected>`)
	h.visitor("lyceum").post(path+"/best", "count=1&section=pit&wheelchairs=1").want(http.StatusUnprocessableEntity).has("among the numbered seats")
	h.visitor("lyceum").post(path+"/best", "count=1&section=pit").want(http.StatusSeeOther)
	h.visitor("lyceum").post(path+"/best", "count=1&section=pit").want(http.StatusConflict).has("There is no place left there")
	h.visitor("lyceum").post(path+"/best", "count=1").want(http.StatusSeeOther)
}

// Forty visitors want the best four seats at once: everyone gets some, nobody gets another's.
func TestBestSeatsForManyAtOnce(t *testing.T) {
	t.Parallel()
	h := newTheatre(t)
	night := h.shows.night("lyceum", "hamlet", 0)
	var mu sync.Mutex
	owners := map[string]string{}
	var crowd sync.WaitGroup
	for range 40 {
		crowd.Go(func() {
			v := h.visitor("lyceum")
			a := v.post("/performances/"+night.ID.String()+"/best", "count=4")
			kept, err := h.holds.Get(context.Background(), strings.TrimPrefix(a.header.Get("Location"), "/checkout/"))
			if err != nil {
				t.Errorf("status %d: %v", a.status, err)
				return
			}
			mu.Lock()
			defer mu.Unlock()
			for _, seat := range kept.Seats {
				if owners[seat] != "" {
					t.Errorf("%s is held twice", seat)
				}
				owners[seat] = v.id
			}
		})
	}
	crowd.Wait()
	if len(owners) != 160 {
		t.Errorf("%d seats are held, want four for each of forty", len(owners))
	}
}

func TestCheckout(t *testing.T) {
	t.Parallel()
	h := newTheatre(t)
	night := h.shows.night("lyceum", "hamlet", 0)
	v := h.visitor("lyceum")
	space, companion := h.seats(venue.Wheelchair, 1), h.seats(venue.Companion, 1)
	kept := v.hold(night, space[0], companion[0])
	checkout := "/checkout/" + kept.ID
	a := v.get(checkout).want(http.StatusOK)
	wellMade(t, a)
	a.has("wheelchair space", "Companion, £0", `data-testid="countdown"`, `data-testid="pay"`, `autocomplete="email"`, `"expires_in":300`, "5:00")
	cookie := v.cookies["sd_checkout"]
	if cookie == nil || cookie.Value != kept.ID || !cookie.HttpOnly || cookie.SameSite != http.SameSiteLaxMode || cookie.MaxAge < 300 || cookie.MaxAge > 900 {
		t.Errorf("cookie %+v", cookie)
	}
	if cache := a.header.Get("Cache-Control"); !strings.Contains(cache, "no-store") {
		t.Errorf("Cache-Control %q", cache)
	}
	// The seat map knows the visitor's own hold by that cookie, and nobody else's.
	mapPath := "/performances/" + night.ID.String()
	v.get(mapPath).has("You are holding 2 seats", `"id":"`+kept.ID+`"`)
	other := h.visitor("lyceum")
	other.cookies["sd_checkout"] = cookie
	other.get(mapPath).want(http.StatusOK).lacks("You are holding")

	other.get(checkout).want(http.StatusForbidden).has("held in another browser").lacks(companion[0])
	h.visitor("shubert").get(checkout).want(http.StatusNotFound)
	other.post(checkout+"/release", "").want(http.StatusSeeOther)
	other.post(checkout+"/extend", "").want(http.StatusSeeOther)

	h.clock.pass(2 * time.Minute)
	v.post(checkout+"/extend", "").want(http.StatusSeeOther)
	v.get(checkout).has(`"expires_in":480`, `id="extend-form" hidden`)
	v.post(checkout+"/extend", "").want(http.StatusSeeOther) // once is enough
	h.clock.pass(8*time.Minute + time.Second)
	v.get(checkout).want(http.StatusGone).has("no longer held", "Choose seats again", mapPath)
	if v.cookies["sd_checkout"] != nil {
		t.Error("the cookie of a hold that is over stays")
	}
}

func TestReleasing(t *testing.T) {
	t.Parallel()
	h := newTheatre(t)
	night := h.shows.night("lyceum", "hamlet", 0)
	v := h.visitor("lyceum")
	kept := v.hold(night, h.seats(venue.Standard, 2)...)
	v.get("/checkout/" + kept.ID).want(http.StatusOK)
	if to := v.post("/checkout/"+kept.ID+"/release", "").want(http.StatusSeeOther).header.Get("Location"); to != "/performances/"+night.ID.String() {
		t.Errorf("sent to %q", to)
	}
	if len(h.orders.gaveUp) != 1 || h.orders.gaveUp[0] != kept.ID {
		t.Errorf("orders given up: %v", h.orders.gaveUp)
	}
	if _, err := h.holds.Get(t.Context(), kept.ID); !errors.Is(err, hold.ErrGone) {
		t.Errorf("the hold is still there: %v", err)
	}
	// An order that is paid can't be given up: the visitor is shown it instead.
	kept = v.hold(night, h.seats(venue.Standard, 2)...)
	h.orders.err = booking.ErrPaid
	if to := v.post("/checkout/"+kept.ID+"/release", "").header.Get("Location"); to != "/checkout/"+kept.ID {
		t.Errorf("sent to %q", to)
	}
	if _, err := h.holds.Get(t.Context(), kept.ID); err != nil {
		t.Errorf("the hold is gone: %v", err)
	}
}

// order makes an order of a visitor's hold.
func (h *theatre) order(v *visitor, state booking.State, seats ...string) booking.Order {
	night := h.shows.night("lyceum", "hamlet", 0)
	kept := v.hold(night, seats...)
	index := h.shows.plan.Index()
	order := booking.Order{
		ID: uuid.New(), Number: "LYC-7K4QPWR", BrandID: "lyceum", PerformanceID: night.ID, HoldID: kept.ID, State: state, Name: hostile,
		Email: "ada@example.org", Currency: "GBP", CreatedAt: now, ExpiresAt: kept.ExpiresAt,
	}
	for _, id := range seats {
		order.Seats = append(order.Seats, booking.Seat{
			SeatID: id, Section: index[id].Section, Row: index[id].Row, Label: index[id].Label, Band: index[id].Band, PriceType: "adult", Amount: 9500,
		})
		order.Total += 9500
		if state == booking.Paid || state == booking.Refunded {
			ticket := booking.Ticket{ID: uuid.New(), SeatID: id, State: booking.TicketValid, Code: "SD1.k1.payload.signature", IssuedAt: now}
			if state == booking.Refunded {
				ticket.State = booking.TicketVoid
			}
			order.Tickets = append(order.Tickets, ticket)
		}
	}
	h.orders.put(order, v.id)
	return order
}

func TestOrderPage(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		state         booking.State
		says          string
		tickets, code int
	}{
		{booking.Paid, "You’re going to Hamlet", 2, 2},
		{booking.AwaitingPayment, "Waiting for your payment", 0, 0},
		{booking.Expired, "Time ran out", 0, 0},
		{booking.Cancelled, "This order was given up", 0, 0},
		{booking.RefundDue, "Your money is on its way back", 0, 0},
		{booking.Refunded, "No longer valid", 2, 0},
	} {
		t.Run(string(c.state), func(t *testing.T) {
			t.Parallel()
			h := newTheatre(t)
			v := h.visitor("lyceum")
			h.order(v, c.state, h.seats(venue.Standard, 2)...)
			path := "/orders/LYC-7K4QPWR"
			stranger := h.visitor("lyceum")
			stranger.get(path).want(http.StatusNotFound)
			stranger.get(path + "?key=wrong").want(http.StatusNotFound)
			h.visitor("shubert").get(path + "?key=" + accessKey).want(http.StatusNotFound)
			v.get(path).want(http.StatusOK)
			a := stranger.get(path+"?key="+accessKey).want(http.StatusOK).has(c.says, "£190", `data-state="`+string(c.state)+`"`).lacks("<script>alert")
			wellMade(t, a)
			if got := strings.Count(a.body, `data-testid="ticket"`); got != c.tickets {
				t.Errorf("%d tickets, want %d", got, c.tickets)
			}
			if got := strings.Count(a.body, `aria-label="Ticket code:`); got != c.code {
				t.Errorf("%d codes, want %d", got, c.code)
			}
			if a.header.Get("Referrer-Policy") != "no-referrer" || !strings.Contains(a.header.Get("Cache-Control"), "no-store") {
				t.Errorf("an address that is a secret leaks: %v", a.header)
			}
			to := h.visitor("stagedoor").get(path + "?key=" + accessKey).want(http.StatusSeeOther).header.Get("Location")
			if to != "http://lyceum.localhost:8787"+path+"?key="+accessKey {
				t.Errorf("the group's site sends to %q", to)
			}
			calendar := stranger.get(path + "/calendar.ics?key=" + accessKey)
			if c.state != booking.Paid {
				calendar.want(http.StatusNotFound)
				return
			}
			calendar.want(http.StatusOK).has("BEGIN:VCALENDAR", "DTSTART:20261121T193000Z", "DTEND:20261121T220000Z")
			stranger.get(path + "/calendar.ics").want(http.StatusNotFound)
		})
	}
}

// Whoever had their name and address erased may have kept the link: the tickets are there, and nothing is said of an address.
func TestAnOrderWithoutAnAddress(t *testing.T) {
	t.Parallel()
	for _, state := range []booking.State{booking.Paid, booking.Exchanged} {
		h := newTheatre(t)
		v := h.visitor("lyceum")
		order := h.order(v, state, h.seats(venue.Standard, 2)...)
		const path = "/orders/LYC-7K4QPWR?key=" + accessKey
		v.get(path).want(http.StatusOK).has("sent", order.Email)
		order.Email = ""
		h.orders.put(order, v.id)
		wellMade(t, v.get(path).want(http.StatusOK).lacks("have sent", "E-mail them again", "<dt>E-mail</dt>"))
	}
}

// A reload in the middle resumes: the order that waits is known, one that ended is shown.
func TestComingBackToTheCheckout(t *testing.T) {
	t.Parallel()
	h := newTheatre(t)
	v := h.visitor("lyceum")
	order := h.order(v, booking.AwaitingPayment, h.seats(venue.Standard, 2)...)
	order.Seats[1].PriceType, order.PaymentDecline = "concession", "There isn’t enough money on this card."
	h.orders.put(order, v.id)
	checkout := "/checkout/" + order.HoldID
	v.get(checkout).want(http.StatusOK).has(`"order_number":"LYC-7K4QPWR"`, "ada@example.org", "isn’t enough money", `value="concession" data-amount="8000" selected`)
	for _, state := range []booking.State{booking.Paid, booking.RefundDue, booking.Refunded} {
		order.State = state
		h.orders.put(order, v.id)
		if to := v.get(checkout).want(http.StatusSeeOther).header.Get("Location"); to != "/orders/LYC-7K4QPWR?key="+accessKey {
			t.Errorf("%s: sent to %q", state, to)
		}
	}
	// The hold ended while the bank was thinking: the order's page waits for its word.
	order.State = booking.AwaitingPayment
	h.orders.put(order, v.id)
	h.clock.pass(6 * time.Minute)
	v.get(checkout).want(http.StatusSeeOther)
	order.State = booking.Expired
	h.orders.put(order, v.id)
	v.get(checkout).want(http.StatusGone)
}
