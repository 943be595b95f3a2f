package api_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"
	"github.com/getkin/kin-openapi/routers/legacy"
	"github.com/google/uuid"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/stagedoor/stagedoor/origin/api"
	"github.com/stagedoor/stagedoor/origin/api/apigen"
	"github.com/stagedoor/stagedoor/origin/booking"
	"github.com/stagedoor/stagedoor/origin/booking/bookingtest"
	"github.com/stagedoor/stagedoor/origin/booking/idempotency"
	"github.com/stagedoor/stagedoor/origin/hold"
	"github.com/stagedoor/stagedoor/origin/hold/holdredis"
	"github.com/stagedoor/stagedoor/origin/hold/holdredis/redistest"
	"github.com/stagedoor/stagedoor/origin/hold/holdtest"
	"github.com/stagedoor/stagedoor/origin/payment"
	"github.com/stagedoor/stagedoor/origin/payment/sandbox"
	"github.com/stagedoor/stagedoor/origin/payment/stripe"
	"github.com/stagedoor/stagedoor/origin/postgres/pgtest"
	"github.com/stagedoor/stagedoor/origin/session"
	"github.com/stagedoor/stagedoor/origin/show"
	"github.com/stagedoor/stagedoor/origin/ticket"
)

// theatre is a house that sells through the API: Postgres, Redis, the payment sandbox with its webhooks, and HTTP
// between all of them. Only the edge is missing: a header says which site is asked.
type theatre struct {
	t       *testing.T
	db      *pgxpool.Pool
	house   *bookingtest.House
	evening uuid.UUID
	redis   *redistest.Server
	holds   *holdredis.Store
	orders  *booking.Service
	sandbox *sandbox.Sandbox
	pay     string // address of the sandbox
	gateway payment.Gateway
	keys    *ticket.Keyring
	url     string
	spec    routers.Router
	search  api.Search
	log     *bytes.Buffer

	seatings holdtest.Seatings
	strict   atomic.Bool
}

// siteHeader stands in for the edge's signed hop.
const siteHeader = "Test-Site"

func newTheatre(t *testing.T, change ...func(*api.Deps)) *theatre {
	t.Helper()
	return newTheatreOn(t, pgtest.Pool(t), change...)
}

func newTheatreOn(t *testing.T, db *pgxpool.Pool, change ...func(*api.Deps)) *theatre {
	t.Helper()
	v := &theatre{t: t, db: db, redis: redistest.Start(t)}
	v.house = bookingtest.Build(t, v.db)
	v.evening = v.house.Performance(time.Now())
	ctx, stop := context.WithCancel(context.Background())
	t.Cleanup(stop)
	logger := slog.New(slog.DiscardHandler)

	shows := show.NewRepository(v.db)
	sold := &judge{}
	var err error
	if v.holds, err = holdredis.New(holdredis.Config{Client: v.redis.Client(), Sold: sold, Logger: logger}); err != nil {
		t.Fatal(err)
	}
	if v.keys, err = ticket.OpenKeyring(t.TempDir(), rand.Reader); err != nil {
		t.Fatal(err)
	}
	front := httptest.NewUnstartedServer(nil)
	v.url = "http://" + front.Listener.Addr().String()
	bank := httptest.NewUnstartedServer(nil)
	v.pay = "http://" + bank.Listener.Addr().String()
	v.sandbox, err = sandbox.Open(sandbox.Config{
		Dir: t.TempDir(), PublicURL: v.pay, WebhookURL: v.url + "/webhooks/stripe",
		Backoff: func(int) (time.Duration, bool) { return 20 * time.Millisecond, true },
	})
	if err != nil {
		t.Fatal(err)
	}
	bank.Config.Handler = v.sandbox.Handler()
	bank.Start()
	t.Cleanup(func() { bank.Close(); _ = v.sandbox.Close() })
	if v.gateway, err = stripe.New(stripe.Config{SecretKey: v.sandbox.Keys().Secret, BaseURL: v.pay}); err != nil {
		t.Fatal(err)
	}
	v.orders, err = booking.New(booking.Config{
		DB: v.db, Holds: v.holds, Payments: v.gateway, Shows: shows, Signer: v.keys,
		LinkKey: bytes.Repeat([]byte("k"), 32), Logger: logger,
	})
	if err != nil {
		t.Fatal(err)
	}
	sold.Service = v.orders
	deps := api.Deps{
		Shows: shows, Holds: v.buyers(shows), Feed: v.holds, Orders: v.orders, Keys: v.keys,
		Repeats:        &idempotency.Keys{DB: v.db, Now: time.Now, Wait: time.Second},
		PublishableKey: v.sandbox.Keys().Publishable, PaymentScript: v.pay + "/v3/", Logger: logger,
	}
	for _, c := range change {
		c(&deps)
	}
	front.Config.Handler = v.handler(deps, logger)
	front.Start()
	t.Cleanup(front.Close)
	for _, run := range []func(context.Context){v.holds.Run, func(ctx context.Context) { _ = v.orders.Run(ctx) }} {
		done := make(chan struct{})
		go func() { defer close(done); run(ctx) }()
		t.Cleanup(func() { stop(); <-done })
	}
	v.spec = specRouter(t)
	return v
}

// buyers keeps holds by the rules of the house; of those about choices, which most tests can do without, where strict says
// so: until two hours before a performance no seat is left alone, and until the day before accessible places are kept.
func (v *theatre) buyers(shows *show.Repository) *hold.Service {
	return &hold.Service{Store: v.holds, Feed: v.holds, Finder: v.holds, Plans: holdtest.Sales(func(ctx context.Context, id uuid.UUID) (hold.Sale, error) {
		detail, err := shows.Performance(ctx, id)
		if err != nil {
			return hold.Sale{}, err
		}
		plan, err := shows.Plan(ctx, detail.PlanID)
		if err != nil {
			return hold.Sale{}, err
		}
		sale := hold.Sale{OpensAt: detail.OnSaleAt, ClosesAt: detail.StartsAt, Seating: v.seatings.Of(plan), LoneSeatsFrom: time.Unix(1, 0)}
		if v.strict.Load() {
			sale.LoneSeatsFrom, sale.AccessibleFrom = detail.StartsAt.Add(-2*time.Hour), detail.StartsAt.Add(-24*time.Hour)
		}
		return sale, nil
	})}
}

// judge breaks the circle between the seat map, which asks for sold seats, and booking, which holds the map.
type judge struct{ *booking.Service }

func (v *theatre) handler(deps api.Deps, logger *slog.Logger) http.Handler {
	v.t.Helper()
	routes, err := api.New(deps)
	if err != nil {
		v.t.Fatal(err)
	}
	webhook, err := api.NewWebhook(api.WebhookDeps{
		Events: v.orders, Secret: func() string { return v.sandbox.Keys().Webhook }, Logger: logger,
	})
	if err != nil {
		v.t.Fatal(err)
	}
	mux := http.NewServeMux()
	mux.Handle("/webhooks/stripe", webhook)
	mux.Handle("/api/", session.Visitor(rand.Reader, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		site := r.Header.Get(siteHeader)
		if site == "" {
			site = bookingtest.Brand
		}
		routes.ServeHTTP(w, r.WithContext(session.WithSite(r.Context(), site, "http://"+site+".localhost:8787")))
	})))
	return mux
}

func specRouter(t *testing.T) routers.Router {
	t.Helper()
	doc, err := apigen.GetSpec()
	if err != nil {
		t.Fatal(err)
	}
	if err := doc.Validate(t.Context(), openapi3.DisableExamplesValidation()); err != nil {
		t.Fatalf("openapi.yaml: %v", err)
	}
	router, err := legacy.NewRouter(doc)
	if err != nil {
		t.Fatal(err)
	}
	return router
}

// buyer is one browser, of the test that looks through it.
type buyer struct {
	*theatre
	t       *testing.T
	client  *http.Client
	site    string
	evening uuid.UUID // the one they want to see
}

func (v *theatre) buyer() *buyer { return v.buyerOf(v.t, v.evening) }

// buyerOf is a buyer of a part of a test, who wants to see another evening.
func (v *theatre) buyerOf(t *testing.T, evening uuid.UUID) *buyer {
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	transport := http.DefaultTransport.(*http.Transport).Clone()
	t.Cleanup(transport.CloseIdleConnections)
	return &buyer{theatre: v, t: t, client: &http.Client{Jar: jar, Transport: transport}, evening: evening}
}

// answer is what came back.
type answer struct {
	Status int
	Header http.Header
	Body   []byte
}

func (a answer) into(t *testing.T, value any) {
	t.Helper()
	if err := json.Unmarshal(a.Body, value); err != nil {
		t.Fatalf("%d %s: %v", a.Status, a.Body, err)
	}
}

func (a answer) code() string {
	var p apigen.Problem
	_ = json.Unmarshal(a.Body, &p)
	return p.Code
}

// call sends a request and holds the answer against the OpenAPI document.
func (b *buyer) call(method, path string, body any, headers ...string) answer {
	b.t.Helper()
	got, err := b.try(method, path, body, headers...)
	if err != nil {
		b.t.Fatalf("%s %s: %v", method, path, err)
	}
	return got
}

func (b *buyer) try(method, path string, body any, headers ...string) (answer, error) {
	var reader io.Reader
	switch body := body.(type) {
	case nil:
	case string:
		reader = strings.NewReader(body)
	default:
		text, err := json.Marshal(body)
		if err != nil {
			return answer{}, err
		}
		reader = bytes.NewReader(text)
	}
	r, err := http.NewRequestWithContext(b.t.Context(), method, b.url+path, reader)
	if err != nil {
		return answer{}, err
	}
	if reader != nil {
		r.Header.Set("Content-Type", "application/json")
	}
	r.Header.Set(siteHeader, b.site)
	for i := 0; i+1 < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	got, err := b.client.Do(r)
	if err != nil {
		return answer{}, err
	}
	defer func() { _ = got.Body.Close() }()
	text, err := io.ReadAll(got.Body)
	if err != nil {
		return answer{}, err
	}
	return answer{got.StatusCode, got.Header, text}, b.conforms(r, got, text)
}

// conforms checks an answer against the document. What the document does not know is not looked at.
func (b *buyer) conforms(r *http.Request, got *http.Response, text []byte) error {
	relative := *r
	relative.URL = &url.URL{Path: r.URL.Path, RawQuery: r.URL.RawQuery}
	route, params, err := b.spec.FindRoute(&relative)
	if err != nil {
		return nil
	}
	input := &openapi3filter.ResponseValidationInput{
		RequestValidationInput: &openapi3filter.RequestValidationInput{Request: &relative, PathParams: params, Route: route},
		Status:                 got.StatusCode, Header: got.Header,
		Options: &openapi3filter.Options{IncludeResponseStatus: true},
	}
	input.SetBodyBytes(text)
	return openapi3filter.ValidateResponse(b.t.Context(), input)
}

// want calls and checks the status.
func (b *buyer) want(status int, method, path string, body any, headers ...string) answer {
	b.t.Helper()
	got := b.call(method, path, body, headers...)
	if got.Status != status {
		b.t.Fatalf("%s %s: %d %s, want %d", method, path, got.Status, got.Body, status)
	}
	return got
}

// refused calls and checks the code of the problem.
func (b *buyer) refused(code, method, path string, body any, headers ...string) apigen.Problem {
	b.t.Helper()
	got := b.call(method, path, body, headers...)
	if got.code() != code || got.Header.Get("Content-Type") != "application/problem+json" || got.Header.Get("Cache-Control") != "no-store" {
		b.t.Fatalf("%s %s: %d %s (%v), want the problem %s", method, path, got.Status, got.Body, got.Header, code)
	}
	var p apigen.Problem
	got.into(b.t, &p)
	if p.Status != got.Status || p.Detail == "" || p.Title == "" || p.Type != "/api/docs#"+code {
		b.t.Errorf("problem %+v", p)
	}
	return p
}

func (b *buyer) hold(seats ...string) apigen.Hold {
	b.t.Helper()
	var kept apigen.Hold
	b.want(http.StatusCreated, http.MethodPost, "/api/v1/holds", map[string]any{"performance_id": b.evening, "seats": seats}).into(b.t, &kept)
	return kept
}

func orderBody(kept apigen.Hold) apigen.OrderRequest {
	body := apigen.OrderRequest{HoldId: kept.Id, Name: "Ada Bracknell", Email: "ada@example.org"}
	for _, seat := range kept.Seats {
		body.Seats = append(body.Seats, apigen.SeatChoice{SeatId: seat, PriceType: show.Adult})
	}
	return body
}

func (b *buyer) place(kept apigen.Hold) apigen.PlacedOrder {
	b.t.Helper()
	var placed apigen.PlacedOrder
	b.want(http.StatusCreated, http.MethodPost, "/api/v1/orders", orderBody(kept), "Idempotency-Key", "key-of-"+kept.Id).into(b.t, &placed)
	return placed
}

// card confirms a payment as the provider's form in the browser does.
func (b *buyer) card(clientSecret, method string) error {
	intent, _, _ := strings.Cut(clientSecret, "_secret")
	form := url.Values{"payment_method": {method}, "client_secret": {clientSecret}, "return_url": {b.url}}
	r, err := http.NewRequestWithContext(b.t.Context(), http.MethodPost, b.pay+"/v1/payment_intents/"+intent+"/confirm", strings.NewReader(form.Encode()))
	if err != nil {
		return err
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Authorization", "Bearer "+b.sandbox.Keys().Publishable)
	got, err := b.client.Do(r)
	if err != nil {
		return err
	}
	_, err = io.Copy(io.Discard, got.Body)
	_ = got.Body.Close()
	return err
}

// await reads the order until it is no longer waiting, or until tells.
func (b *buyer) await(number string, until func(apigen.Order) bool) (apigen.Order, error) {
	for {
		var order apigen.Order
		got, err := b.try(http.MethodGet, "/api/v1/orders/"+number, nil)
		if err != nil {
			return order, err
		}
		if err := json.Unmarshal(got.Body, &order); err != nil {
			return order, err
		}
		if until(order) {
			return order, nil
		}
		select {
		case <-b.t.Context().Done():
			return order, b.t.Context().Err()
		case <-time.After(20 * time.Millisecond):
		}
	}
}

func isPaid(o apigen.Order) bool { return o.State != apigen.OrderStateAwaitingPayment }
