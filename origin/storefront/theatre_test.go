package storefront_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"golang.org/x/net/html"

	"github.com/stagedoor/stagedoor/origin/booking"
	"github.com/stagedoor/stagedoor/origin/hold"
	"github.com/stagedoor/stagedoor/origin/hold/holdtest"
	"github.com/stagedoor/stagedoor/origin/poster"
	"github.com/stagedoor/stagedoor/origin/session"
	"github.com/stagedoor/stagedoor/origin/show"
	"github.com/stagedoor/stagedoor/origin/storefront"
	"github.com/stagedoor/stagedoor/origin/ticket/wallet"
	"github.com/stagedoor/stagedoor/origin/venue"
	"github.com/stagedoor/stagedoor/origin/venue/layout"
	"github.com/stagedoor/stagedoor/search/index"
)

// now is a Saturday in winter time; the clocks go forward on 28 March 2027.
var now = time.Date(2026, 11, 21, 10, 0, 0, 0, time.UTC)

const hostile = `<script>alert(1)</script>"'&`

// theatre is a storefront over a small house: real plan, prices and holds; orders and search say what a test wants.
type theatre struct {
	t         testing.TB
	shows     *showsDouble
	holds     *holdtest.Memory
	orders    *ordersDouble
	customers *customersDouble
	search    *searchDouble
	reading   *readingDouble
	clock     *clock
	store     http.Handler

	seatings holdtest.Seatings
}

type clock struct {
	mu sync.Mutex
	at time.Time
}

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.at
}

func (c *clock) pass(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at = c.at.Add(d)
}

func newTheatre(t testing.TB) *theatre {
	t.Helper()
	h := &theatre{t: t, shows: newShows(t), orders: &ordersDouble{}, customers: &customersDouble{}, search: &searchDouble{}, reading: &readingDouble{}, clock: &clock{at: now}}
	h.holds = holdtest.NewMemory(holdtest.Config{Clock: h.clock.now})
	printer, err := poster.NewPrinter()
	if err != nil {
		t.Fatal(err)
	}
	store, err := storefront.New(storefront.Deps{
		Shows: h.shows, Holds: h.buyers(), Orders: h.orders, Customers: h.customers, Search: h.search, Reading: h.reading, Posters: printer,
		Logger: slog.New(slog.NewTextHandler(t.Output(), nil)), MaxSeats: 12, Now: h.clock.now, Practice: true,
		TicketFiles: storefront.TicketFiles{
			SecretOf: func(code string) ([]byte, error) { return []byte("12345678901234567890"), nil },
			Reissue:  h.orders.reissue,
			Apple:    func(p wallet.Pass) ([]byte, error) { return []byte("PK " + p.Code), nil },
			Google: func(p wallet.Pass, origins []string, _ time.Time) (string, error) {
				return "https://pay.google.com/gp/v/save/" + p.Code + "?" + strings.Join(origins, ","), nil
			},
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	h.store = store
	return h
}

// buyers is what keeps holds, by the rules of the house.
func (h *theatre) buyers() *hold.Service {
	return &hold.Service{Store: h.holds, Feed: h.holds, Finder: h.holds, Clock: h.clock.now, Plans: holdtest.Sales(func(ctx context.Context, id uuid.UUID) (hold.Sale, error) {
		detail, err := h.shows.Performance(ctx, id)
		if err != nil {
			return hold.Sale{}, err
		}
		plan, err := h.shows.Plan(ctx, detail.PlanID)
		if err != nil {
			return hold.Sale{}, err
		}
		return hold.Sale{OpensAt: detail.OnSaleAt, ClosesAt: detail.StartsAt, Seating: h.seatings.Of(plan), AccessibleFrom: detail.StartsAt}, nil
	})}
}

// visitor is one browser on one site.
type visitor struct {
	h       *theatre
	site    string
	id      string
	cookies map[string]*http.Cookie
}

func (h *theatre) visitor(site string) *visitor {
	return &visitor{h: h, site: site, id: strings.ReplaceAll(uuid.NewString(), "-", ""), cookies: map[string]*http.Cookie{}}
}

func (v *visitor) get(path string) *answer { return v.send(http.MethodGet, path, "") }

func (v *visitor) post(path, form string) *answer { return v.send(http.MethodPost, path, form) }

func (v *visitor) send(method, path, form string) *answer {
	v.h.t.Helper()
	r := httptest.NewRequest(method, "http://origin.invalid"+path, strings.NewReader(form))
	if form != "" {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	for _, c := range v.cookies {
		r.AddCookie(c)
	}
	ctx := session.WithID(session.WithSite(r.Context(), v.site, "http://"+v.site+".localhost:8787"), v.id)
	w := httptest.NewRecorder()
	v.h.store.ServeHTTP(w, r.WithContext(ctx))
	for _, c := range w.Result().Cookies() {
		if v.cookies[c.Name] = c; c.MaxAge < 0 {
			delete(v.cookies, c.Name)
		}
	}
	return &answer{t: v.h.t, path: path, status: w.Code, header: w.Result().Header, body: w.Body.String()}
}

type answer struct {
	t      testing.TB
	path   string
	status int
	header http.Header
	body   string
}

func (a *answer) want(status int) *answer {
	a.t.Helper()
	if a.status != status {
		a.t.Fatalf("%s: status %d, want %d\n%.600s", a.path, a.status, status, a.body)
	}
	return a
}

func (a *answer) has(texts ...string) *answer {
	a.t.Helper()
	for _, text := range texts {
		if !strings.Contains(a.body, text) {
			a.t.Errorf("%s does not say %q", a.path, text)
		}
	}
	return a
}

func (a *answer) lacks(texts ...string) *answer {
	a.t.Helper()
	for _, text := range texts {
		if strings.Contains(a.body, text) {
			a.t.Errorf("%s says %q", a.path, text)
		}
	}
	return a
}

// parse reads the page as a browser would.
func (a *answer) parse() *html.Node {
	a.t.Helper()
	document, err := html.Parse(strings.NewReader(a.body))
	if err != nil {
		a.t.Fatal(err)
	}
	return document
}

// all lists the elements of a name, "" for every one.
func all(node *html.Node, name string) []*html.Node {
	var out []*html.Node
	for n := range node.Descendants() {
		if n.Type == html.ElementNode && (name == "" || n.Data == name) {
			out = append(out, n)
		}
	}
	return out
}

func attribute(n *html.Node, name string) (string, bool) {
	for _, a := range n.Attr {
		if a.Key == name {
			return a.Val, true
		}
	}
	return "", false
}

func text(n *html.Node) string {
	var out bytes.Buffer
	for d := range n.Descendants() {
		if d.Type == html.TextNode {
			_, _ = io.WriteString(&out, d.Data)
		}
	}
	return strings.Join(strings.Fields(out.String()), " ")
}

// showsDouble is a house in memory: a theatre in London, one in New York, and the group.
type showsDouble struct {
	brands []venue.Brand
	venues []venue.Venue
	plan   *venue.Plan
	acts   []show.Listing
	nights []show.Performance
	prices map[string]show.PriceTable // by tier
	err    error                      // every answer, when set
}

func newShows(t testing.TB) *showsDouble {
	t.Helper()
	theme := venue.Theme{
		Background: "#fbf8f3", Ink: "#1d1a16", Accent: "#8c1c2b", DarkBackground: "#161311", DarkInk: "#f3ede4", DarkAccent: "#f0a3a8",
		Heading: venue.HeadingDisplay,
	}
	plan, err := layout.Draw("Lyceum Theatre", 460, layout.Spec{
		Style: layout.British, Curve: 0.35, Width: 1, Boxes: 2, Levels: []layout.Level{{Name: "Stalls", Share: 60}, {Name: "Dress Circle", Share: 40}},
	})
	if err != nil {
		t.Fatal(err)
	}
	plan.ID = uuid.NewSHA1(uuid.Nil, []byte("plan"))
	d := &showsDouble{plan: plan, prices: map[string]show.PriceTable{}}
	d.brands = []venue.Brand{
		{ID: venue.GroupBrand, Name: "Stagedoor", Country: "GB", Locale: "en-GB", Currency: "GBP", TimeZone: "Europe/London", Theme: theme, Group: true},
		{ID: "lyceum", Name: "Lyceum Theatre", Country: "GB", Locale: "en-GB", Currency: "GBP", TimeZone: "Europe/London", Theme: theme},
		{ID: "shubert", Name: "Shubert Theatre", Country: "US", Locale: "en-US", Currency: "USD", TimeZone: "America/New_York", Theme: theme},
		{ID: "empty", Name: "Empty House", Country: "GB", Locale: "en-GB", Currency: "GBP", TimeZone: "Europe/London", Theme: theme},
	}
	for i, b := range d.brands[1:] {
		city := []string{"London", "New York", "Bath"}[i]
		d.venues = append(d.venues, venue.Venue{
			ID: uuid.NewSHA1(uuid.Nil, []byte(b.ID)), BrandID: b.ID, Slug: b.ID, Name: b.Name, Address: "21 Wellington Street", City: city,
			Country: b.Country, Latitude: 51.5117, Longitude: -0.1199, TimeZone: b.TimeZone, Capacity: 460, OpenedYear: 1834,
			Architect: "Samuel Beazley", About: "A great portico.",
		})
	}
	for tier, percent := range map[string]int64{"standard": 100, "peak": 120} {
		var prices []show.Price
		for i, band := range []string{"A", "B", "C", "D", "E"} {
			for _, kind := range []show.PriceType{
				{ID: "adult", Name: "Adult"}, {ID: "concession", Name: "Concession", Note: "Students; bring proof"}, {ID: "companion", Name: "Companion", Note: "Free"},
			} {
				amount := int64(9500-1500*i) * percent / 100
				switch kind.ID {
				case "concession":
					amount -= 1500
				case "companion":
					amount = 0
				}
				prices = append(prices, show.Price{Band: band, Type: kind, Amount: amount})
			}
		}
		d.prices[tier] = show.NewPriceTable("GBP", prices)
	}
	d.stage("lyceum", "hamlet", "Hamlet", 19, 12)
	d.stage("lyceum", "tosca", hostile, 19, 3)
	d.stage("shubert", "candida", "Candida", 20, 4)
	return d
}

// stage adds a production with a performance a day, from today, at an hour of the venue's; the second one is captioned.
func (d *showsDouble) stage(brandID, slug, title string, hour, count int) {
	brand, house := d.brand(brandID), d.house(brandID)
	at := house.Location()
	act := show.Listing{
		Production: show.Production{
			ID: uuid.NewSHA1(uuid.Nil, []byte(brandID+slug)), BrandID: brandID, VenueID: house.ID, Slug: slug, Title: title, Author: "William " + title,
			Genre: "Tragedy", Language: "en", Summary: "Summary of " + title, Description: "Description of " + title, FirstStaged: "c. 1600",
			AgeGuidance: "Ages 12+", RunningMinutes: 150, Intervals: 1, PosterSeed: 7,
			OpensOn: now.Truncate(24 * time.Hour), ClosesOn: now.Truncate(24*time.Hour).AddDate(0, 0, count-1),
		},
		Brand: brand, Venue: house, Coming: count, Access: []string{show.Captioned}, PriceFrom: 3500, PriceTo: 9500, OnSaleAt: now.AddDate(0, -1, 0),
	}
	for i := range count {
		day := now.AddDate(0, 0, i)
		p := show.Performance{
			ID: uuid.NewSHA1(uuid.Nil, fmt.Appendf(nil, "%s %s %d", brandID, slug, i)), ProductionID: act.ID, VenueID: house.ID, PlanID: d.plan.ID,
			StartsAt: time.Date(day.Year(), day.Month(), day.Day(), hour, 30, 0, 0, at).UTC(), OnSaleAt: now.AddDate(0, -1, 0), Status: show.OnSale, PriceTier: "standard",
		}
		switch i {
		case 1:
			p.Access = []string{show.Captioned}
		case 2:
			p.PriceTier = "peak"
		}
		d.nights = append(d.nights, p)
	}
	act.FirstAt, act.NextAt = d.nights[len(d.nights)-count].StartsAt, d.nights[len(d.nights)-count].StartsAt
	d.acts = append(d.acts, act)
}

// night is the n-th performance of a production.
func (d *showsDouble) night(brandID, slug string, n int) *show.Performance {
	id := uuid.NewSHA1(uuid.Nil, fmt.Appendf(nil, "%s %s %d", brandID, slug, n))
	return &d.nights[slices.IndexFunc(d.nights, func(p show.Performance) bool { return p.ID == id })]
}

func (d *showsDouble) brand(id string) venue.Brand {
	return d.brands[slices.IndexFunc(d.brands, func(b venue.Brand) bool { return b.ID == id })]
}

func (d *showsDouble) house(brandID string) venue.Venue {
	return d.venues[slices.IndexFunc(d.venues, func(v venue.Venue) bool { return v.BrandID == brandID })]
}

func (d *showsDouble) Brands(context.Context) ([]venue.Brand, error) { return d.brands, d.err }

func (d *showsDouble) Venue(_ context.Context, brandID string) (venue.Venue, error) {
	if brandID == venue.GroupBrand {
		return venue.Venue{}, show.ErrNotFound
	}
	return d.house(brandID), d.err
}

func (d *showsDouble) Venues(context.Context) ([]venue.Venue, error) { return d.venues, d.err }

func (d *showsDouble) Productions(_ context.Context, brandID string, _ time.Time) ([]show.Listing, error) {
	var out []show.Listing
	for _, l := range d.acts {
		if brandID == show.AllBrands || brandID == venue.GroupBrand || brandID == l.BrandID {
			out = append(out, l)
		}
	}
	return out, d.err
}

func (d *showsDouble) Production(_ context.Context, brandID, slug string, _ time.Time) (show.Listing, error) {
	for _, l := range d.acts {
		if l.BrandID == brandID && l.Slug == slug {
			return l, d.err
		}
	}
	return show.Listing{}, show.ErrNotFound
}

func (d *showsDouble) Performances(_ context.Context, id uuid.UUID, from time.Time) ([]show.Performance, error) {
	var out []show.Performance
	for _, p := range d.nights {
		if p.ProductionID == id && !p.StartsAt.Before(from) {
			out = append(out, p)
		}
	}
	return out, d.err
}

func (d *showsDouble) Performance(_ context.Context, id uuid.UUID) (show.Detail, error) {
	for _, p := range d.nights {
		if p.ID != id {
			continue
		}
		for _, l := range d.acts {
			if l.ID == p.ProductionID {
				return show.Detail{Performance: p, Production: l.Production, Venue: l.Venue, Brand: l.Brand, Prices: d.prices[p.PriceTier]}, d.err
			}
		}
	}
	return show.Detail{}, show.ErrNotFound
}

func (d *showsDouble) Plan(context.Context, uuid.UUID) (*venue.Plan, error) { return d.plan, d.err }

// ordersDouble knows one order, if any.
type ordersDouble struct {
	mu      sync.Mutex
	order   *booking.Order
	session string
	gaveUp  []string
	err     error
	swaps   swaps
}

const accessKey = "abcdefghijklmnopqrstuvwxy"

func (o *ordersDouble) put(order booking.Order, session string) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.order, o.session = &order, session
}

func (o *ordersDouble) find(match func(booking.Order) bool) (booking.Order, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.order == nil || !match(*o.order) {
		return booking.Order{}, booking.ErrNotFound
	}
	return *o.order, o.err
}

func (o *ordersDouble) Order(_ context.Context, number, key string) (booking.Order, error) {
	return o.find(func(b booking.Order) bool { return b.Number == number && key == accessKey })
}

func (o *ordersDouble) OrderOf(_ context.Context, number, id string) (booking.Order, error) {
	return o.find(func(b booking.Order) bool { return b.Number == number && id == o.session })
}

func (o *ordersDouble) OrderOfHold(_ context.Context, holdID, id string) (booking.Order, error) {
	return o.find(func(b booking.Order) bool { return b.HoldID == holdID && id == o.session })
}

func (o *ordersDouble) AccessKey(uuid.UUID) string { return accessKey }

func (o *ordersDouble) GiveUp(_ context.Context, holdID, _ string) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.gaveUp = append(o.gaveUp, holdID)
	return o.err
}

func (o *ordersDouble) Quote(context.Context, booking.PlaceOrder) (booking.Quote, error) {
	return booking.Quote{}, booking.ErrPaymentUnavailable // the page then adds up what it knows
}

func (o *ordersDouble) AcceptOffer(context.Context, booking.Order, string) error { return o.err }

func (o *ordersDouble) DeclineOffer(context.Context, booking.Order, string) error { return o.err }

func (o *ordersDouble) Resend(context.Context, booking.Order) error { return o.err }

func (o *ordersDouble) QuoteRefund(context.Context, booking.SeatsBack) (booking.Returned, error) {
	return booking.Returned{Amount: 100}, o.err
}

func (o *ordersDouble) RefundSeats(context.Context, booking.SeatsBack) (booking.Returned, error) {
	return booking.Returned{Amount: 100}, o.err
}

func (o *ordersDouble) Superseded(context.Context, uuid.UUID, string, string) error { return nil }

func (o *ordersDouble) Extended(context.Context, string, time.Time) error { return nil }

// searchDouble finds what it was given.
type searchDouble struct {
	results index.Results
	err     error
	asked   []index.Query
}

func (s *searchDouble) Search(_ context.Context, q index.Query) (index.Results, error) {
	s.asked = append(s.asked, q)
	if q.BrandID == "" {
		return s.results, s.err
	}
	own := index.Results{Facets: s.results.Facets}
	for _, h := range s.results.Hits {
		if h.Show.BrandID == q.BrandID {
			own.Hits = append(own.Hits, h)
			own.Found++
		}
	}
	return own, s.err
}
