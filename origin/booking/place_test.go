package booking_test

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stagedoor/stagedoor/origin/booking"
	"github.com/stagedoor/stagedoor/origin/booking/bookingtest"
	"github.com/stagedoor/stagedoor/origin/booking/idempotency"
	"github.com/stagedoor/stagedoor/origin/hold"
	"github.com/stagedoor/stagedoor/origin/show"
)

func TestOneSale(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	ctx := t.Context()
	request := s.request(s.hold("ada", "stalls-A-1", "stalls-A-2"))
	request.Seats[1].PriceType = show.Child
	request.Name = "  Ada\t Bracknell "
	placed, err := s.service.Place(ctx, request)
	if err != nil {
		t.Fatal(err)
	}
	order := placed.Order
	if order.State != booking.AwaitingPayment || order.Total != bookingtest.AdultA+bookingtest.ChildA || order.Currency != "GBP" {
		t.Errorf("placed %q for %d %s", order.State, order.Total, order.Currency)
	}
	if order.Name != "Ada Bracknell" || placed.ClientSecret == "" || !strings.HasPrefix(order.Number, "LYC-") || len(order.Tickets) != 0 {
		t.Errorf("placed %+v", placed)
	}
	if !order.ExpiresAt.Equal(s.clock.Now().Add(bookingtest.HoldFor)) {
		t.Errorf("waits until %s, want as long as the hold", order.ExpiresAt)
	}
	s.provider.Pay(order.Intent)
	if got := s.deliver(); !slices.Equal(got, []booking.Outcome{booking.OutcomeConfirmed}) {
		t.Fatalf("outcomes %v", got)
	}
	paid, err := s.service.Order(ctx, strings.ToLower(order.Number), placed.AccessKey)
	if err != nil {
		t.Fatal(err)
	}
	if paid.State != booking.Paid || len(paid.Tickets) != 2 || paid.Tickets[0].Code == paid.Tickets[1].Code {
		t.Errorf("paid order: %+v", paid)
	}
	if sold := s.holds.Sold(s.evening); !slices.Equal(sold, []string{"stalls-A-1", "stalls-A-2"}) {
		t.Errorf("the seat map shows %v as sold", sold)
	}
	if sold, err := s.service.SoldSeats(ctx, s.evening); err != nil || len(sold) != 2 {
		t.Errorf("assigned %v, %v", sold, err)
	}
	for subject, want := range map[string]int{booking.SubjectOrderPaid: 1, booking.SubjectSeatsSold: 1} {
		if got := s.count("select count(*) from outbox where subject = $1", subject); got != want {
			t.Errorf("%d facts %s, want %d", got, subject, want)
		}
	}
	if got := s.count("select count(*) from order_events where order_id = $1", order.ID); got != 2 {
		t.Errorf("%d lines of history, want 2", got)
	}
	if _, err := s.service.Place(ctx, s.request(hold.Hold{ID: request.HoldID, Session: "ada", Seats: []string{"stalls-A-1"}})); !errors.Is(err, booking.ErrPaid) {
		t.Errorf("ordering a paid hold again: %v", err)
	}
}

func TestWhoMaySeeAnOrder(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	ctx := t.Context()
	placed := s.place("ada", "stalls-A-1")
	other := s.place("bob", "stalls-A-2")
	number := placed.Order.Number
	for name, look := range map[string]func() (booking.Order, error){
		"another order's key":   func() (booking.Order, error) { return s.service.Order(ctx, number, other.AccessKey) },
		"no key":                func() (booking.Order, error) { return s.service.Order(ctx, number, "") },
		"a key and more":        func() (booking.Order, error) { return s.service.Order(ctx, number, placed.AccessKey+"0") },
		"no such number":        func() (booking.Order, error) { return s.service.Order(ctx, "LYC-XXXXXXX", placed.AccessKey) },
		"another session":       func() (booking.Order, error) { return s.service.OrderOf(ctx, number, "bob") },
		"no session":            func() (booking.Order, error) { return s.service.OrderOf(ctx, number, "") },
		"another session, hold": func() (booking.Order, error) { return s.service.OrderOfHold(ctx, placed.Order.HoldID, "bob") },
	} {
		if _, err := look(); !errors.Is(err, booking.ErrNotFound) {
			t.Errorf("%s: %v, want ErrNotFound", name, err)
		}
	}
	for name, look := range map[string]func() (booking.Order, error){
		"with the key":      func() (booking.Order, error) { return s.service.Order(ctx, number, placed.AccessKey) },
		"from the session":  func() (booking.Order, error) { return s.service.OrderOf(ctx, number, "ada") },
		"from the checkout": func() (booking.Order, error) { return s.service.OrderOfHold(ctx, placed.Order.HoldID, "ada") },
	} {
		if got, err := look(); err != nil || got.ID != placed.Order.ID {
			t.Errorf("%s: %v, %v", name, got.Number, err)
		}
	}
	if len(placed.AccessKey) != 25 || strings.ContainsAny(placed.AccessKey, "-_+/=") {
		t.Errorf("access key %q", placed.AccessKey)
	}
}

func TestPlaceRefuses(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	kept := s.hold("ada", "stalls-A-1", "stalls-A-2")
	gone := s.hold("zoe", "stalls-A-3")
	if err := s.holds.Release(t.Context(), gone.ID, "zoe"); err != nil {
		t.Fatal(err)
	}
	elsewhere := s.evening
	s.evening = s.house.PerformanceAt(s.clock.Now().Add(time.Hour), s.clock.Now().Add(48*time.Hour), "on_sale")
	early := s.hold("ada", "stalls-A-1")
	s.evening = s.house.PerformanceAt(s.clock.Now().Add(-time.Hour), s.clock.Now().Add(49*time.Hour), "cancelled")
	off := s.hold("ada", "stalls-A-1")
	s.evening = elsewhere
	cases := []struct {
		name   string
		hold   hold.Hold
		change func(*booking.PlaceOrder)
		want   error
		fields []string
	}{
		{name: "a key that is missing", change: func(p *booking.PlaceOrder) { p.IdempotencyKey = "" }, want: booking.ErrKeyMissing},
		{name: "a key of control characters", change: func(p *booking.PlaceOrder) { p.IdempotencyKey = "12345678\n" }, want: booking.ErrKeyMissing},
		{name: "a hold that is over", hold: gone, want: booking.ErrHoldGone},
		{name: "somebody else's hold", change: func(p *booking.PlaceOrder) { p.Session = "bob" }, want: booking.ErrNotYours},
		{name: "nobody's session", change: func(p *booking.PlaceOrder) { p.Session = "" }, want: booking.ErrNotYours},
		{name: "another theatre's site", change: func(p *booking.PlaceOrder) { p.SiteBrandID = bookingtest.OtherBrand }, want: booking.ErrNotSoldHere},
		{name: "before the sale", hold: early, want: booking.ErrNotOnSale},
		{name: "a cancelled evening", hold: off, want: booking.ErrNotOnSale},
		{name: "no name", change: func(p *booking.PlaceOrder) { p.Name = " \t" }, fields: []string{"name"}},
		{name: "a name with a bell in it", change: func(p *booking.PlaceOrder) { p.Name = "Ada\x07" }, fields: []string{"name"}},
		{name: "an endless name", change: func(p *booking.PlaceOrder) { p.Name = strings.Repeat("a", 101) }, fields: []string{"name"}},
		{name: "no address", change: func(p *booking.PlaceOrder) { p.Email = "" }, fields: []string{"email"}},
		{name: "an address that is none", change: func(p *booking.PlaceOrder) { p.Email = "ada@localhost" }, fields: []string{"email"}},
		{name: "two addresses", change: func(p *booking.PlaceOrder) { p.Email = "a@example.org, b@example.org" }, fields: []string{"email"}},
		{name: "a header in the address", change: func(p *booking.PlaceOrder) { p.Email = "a@example.org\r\nBcc: b@example.org" }, fields: []string{"email"}},
		{name: "several faults at once", change: func(p *booking.PlaceOrder) { p.Name, p.Email, p.Seats = "", "x", nil }, fields: []string{"name", "email", "seats"}},
		{name: "a seat too few", change: func(p *booking.PlaceOrder) { p.Seats = p.Seats[:1] }, fields: []string{"seats"}},
		{name: "a seat not held", change: func(p *booking.PlaceOrder) { p.Seats[0].SeatID = "stalls-A-9" }, fields: []string{"seats[0].seat_id", "seats"}},
		{name: "a seat twice", change: func(p *booking.PlaceOrder) { p.Seats[1] = p.Seats[0] }, fields: []string{"seats[1].seat_id", "seats"}},
		{name: "a price type there isn't", change: func(p *booking.PlaceOrder) { p.Seats[1].PriceType = "staff" }, fields: []string{"seats[1].price_type"}},
		{name: "a companion price in the stalls", change: func(p *booking.PlaceOrder) { p.Seats[0].PriceType = show.Companion }, fields: []string{"seats[0].price_type"}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			if c.hold.ID == "" {
				c.hold = kept
			}
			request := s.request(c.hold)
			if c.change != nil {
				c.change(&request)
			}
			_, err := s.service.Place(t.Context(), request)
			var invalid *booking.InvalidError
			if c.fields == nil {
				if !errors.Is(err, c.want) {
					t.Fatalf("got %v, want %v", err, c.want)
				}
			} else if !errors.As(err, &invalid) {
				t.Fatalf("got %v, want faults in %v", err, c.fields)
			} else {
				var fields []string
				for _, f := range invalid.Fields {
					fields = append(fields, f.Field)
				}
				if !slices.Equal(fields, c.fields) {
					t.Fatalf("faults %v, want %v: %v", fields, c.fields, err)
				}
			}
		})
	}
	if n := s.count("select count(*) from orders") + s.count("select count(*) from idempotency_keys") + s.count("select count(*) from seat_fences"); n != 0 {
		t.Errorf("%d rows were left by refused orders", n)
	}
	group := s.request(kept)
	group.SiteBrandID = bookingtest.Group
	if placed, err := s.service.Place(t.Context(), group); err != nil || placed.Order.BrandID != bookingtest.Brand {
		t.Errorf("on the group's site: %+v, %v", placed.Order, err)
	}
}

func TestCompanionsComeWithAWheelchairSpace(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	cases := []struct {
		name  string
		seats map[string]string // seat -> price type
		want  int64             // -1: refused
	}{
		{"a space and its companion", map[string]string{"stalls-W-1": show.Adult, "stalls-W-2": show.Companion}, bookingtest.AdultB},
		{"a companion seat at the adult price", map[string]string{"stalls-W-2": show.Adult}, bookingtest.AdultB},
		{"a companion alone", map[string]string{"stalls-W-2": show.Companion}, -1},
		{"two companions of one space", map[string]string{"stalls-W-1": show.Adult, "stalls-W-2": show.Companion, "stalls-W-4": show.Companion}, -1},
		{"a companion in the space itself", map[string]string{"stalls-W-1": show.Companion, "stalls-W-2": show.Companion}, -1},
		{"a companion with seats elsewhere", map[string]string{"stalls-A-1": show.Adult, "stalls-W-2": show.Companion}, -1},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			s.evening = s.house.Performance(s.clock.Now())
			var request booking.PlaceOrder
			var seats []string
			for seat := range c.seats {
				seats = append(seats, seat)
			}
			request = s.request(s.hold("ada", seats...))
			for i := range request.Seats {
				request.Seats[i].PriceType = c.seats[request.Seats[i].SeatID]
			}
			placed, err := s.service.Place(t.Context(), request)
			if refused := err != nil; refused != (c.want < 0) {
				t.Fatalf("placed %d, %v", placed.Order.Total, err)
			}
			if err == nil && placed.Order.Total != c.want {
				t.Errorf("total %d, want %d", placed.Order.Total, c.want)
			}
		})
	}
}

func TestAnOrderThatCostsNothing(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	ctx := t.Context()
	if _, err := s.db.Exec(ctx, "update prices set amount = case price_type when 'child' then 0 else 20 end where band = 'A'"); err != nil {
		t.Fatal(err)
	}
	request := s.request(s.hold("ada", "stalls-A-1"))
	var invalid *booking.InvalidError
	if _, err := s.service.Place(ctx, request); !errors.As(err, &invalid) {
		t.Errorf("20 pence, which no card can be charged: %v", err)
	}
	request.Seats[0].PriceType = show.Child
	for range 2 {
		placed, err := s.service.Place(ctx, request)
		if err != nil || placed.Order.State != booking.Paid || placed.ClientSecret != "" || len(placed.Order.Tickets) != 1 {
			t.Fatalf("a free child's seat: %+v, %v", placed, err)
		}
		request.IdempotencyKey += "-again" // another key, as from a page that was loaded anew
	}
	if n := len(s.provider.Intents()); n != 0 {
		t.Errorf("%d intents for nothing", n)
	}
	if sold := s.holds.Sold(s.evening); !slices.Equal(sold, []string{"stalls-A-1"}) {
		t.Errorf("the seat map shows %v", sold)
	}
	s.audit(s.provider, s.holds)
}

func TestRepeatedRequests(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	ctx := t.Context()
	request := s.request(s.hold("ada", "stalls-A-1"))
	first, err := s.service.Place(ctx, request)
	if err != nil {
		t.Fatal(err)
	}
	again, err := s.service.Place(ctx, request)
	if err != nil || again.Order.ID != first.Order.ID || again.ClientSecret != first.ClientSecret || !again.Replayed || first.Replayed {
		t.Errorf("the same key: %+v, %v", again, err)
	}
	other := request
	other.Email = "bob@example.org"
	if _, err := s.service.Place(ctx, other); !errors.Is(err, idempotency.ErrReused) {
		t.Errorf("the same key for another order: %v", err)
	}
	fresh := request
	fresh.IdempotencyKey = "another-key"
	if same, err := s.service.Place(ctx, fresh); err != nil || same.Order.ID != first.Order.ID {
		t.Errorf("the same order under another key: %s, %v", same.Order.Number, err)
	}
	if n := len(s.provider.Intents()); n != 1 {
		t.Errorf("%d intents, want 1", n)
	}
	s.provider.Pay(first.Order.Intent)
	s.deliver()
	after, err := s.service.Place(ctx, request)
	if err != nil || after.Order.State != booking.Paid || after.ClientSecret != "" {
		t.Errorf("the same key once it is paid: %q, %v", after.Order.State, err)
	}
	var stored string
	if err := s.db.QueryRow(ctx, "select string_agg(response::text, ' ') from idempotency_keys").Scan(&stored); err != nil || strings.Contains(stored, "secret") {
		t.Errorf("kept: %s, %v: a client secret must not be", stored, err)
	}
}

func TestAnotherOrderForTheSameHoldReplacesTheFirst(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	ctx := t.Context()
	kept := s.hold("ada", "stalls-A-1", "stalls-A-2")
	first, err := s.service.Place(ctx, s.request(kept))
	if err != nil {
		t.Fatal(err)
	}
	wrong := s.request(kept)
	wrong.Seats[0].PriceType = "staff"
	if _, err := s.service.Place(ctx, wrong); err == nil {
		t.Fatal("an order with a fault was placed")
	}
	s.wantState(first.Order.ID, booking.AwaitingPayment)
	second := s.request(kept)
	second.Seats[0].PriceType = show.Concession
	replaced, err := s.service.Place(ctx, second)
	if err != nil {
		t.Fatal(err)
	}
	s.wantState(first.Order.ID, booking.Cancelled)
	if replaced.Order.Total != bookingtest.AdultA+bookingtest.ConcessionA {
		t.Errorf("total %d", replaced.Order.Total)
	}
	if s.provider.Pay(first.Order.Intent) {
		t.Error("the first order could still be paid")
	}
	s.provider.Pay(replaced.Order.Intent)
	s.deliver()
	s.wantState(replaced.Order.ID, booking.Paid)
	s.settle()
	s.wantState(first.Order.ID, booking.Cancelled)
}

func TestChoosingSeatsAnewEndsTheEarlierOrder(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	first := s.place("ada", "stalls-A-1", "stalls-A-2")
	second := s.place("ada", "stalls-A-2", "stalls-A-3")
	s.wantState(first.Order.ID, booking.Cancelled)
	if s.provider.Pay(first.Order.Intent) {
		t.Error("the earlier order could still be paid")
	}
	s.place("bob", "stalls-A-1")
	// An order that is paid while its buyer chooses again stands, and keeps its seats.
	s.provider.Pay(second.Order.Intent)
	_, err := s.service.Place(t.Context(), s.request(s.hold("ada", "stalls-A-3", "stalls-A-4")))
	var lost *booking.SeatsLostError
	if !errors.As(err, &lost) || !slices.Equal(lost.Seats, []string{"stalls-A-3"}) {
		t.Errorf("seats of the paid order: %v", err)
	}
	s.wantState(second.Order.ID, booking.Paid)
	third := s.place("ada", "stalls-A-5")
	if third.Order.State != booking.AwaitingPayment {
		t.Errorf("another order of the same buyer is %q", third.Order.State)
	}
	if token, err := s.service.LastToken(t.Context(), s.evening); err != nil || token < 4 {
		t.Errorf("last token %d, %v", token, err)
	}
}
