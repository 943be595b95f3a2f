package stripe_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stagedoor/stagedoor/origin/payment"
	"github.com/stagedoor/stagedoor/origin/payment/paymenttest"
	"github.com/stagedoor/stagedoor/origin/payment/sandbox"
	"github.com/stagedoor/stagedoor/origin/payment/stripe"
)

func retries(n int) *int { return &n }

// counting counts requests.
type counting struct {
	http.RoundTripper
	sent atomic.Int32
}

func (c *counting) RoundTrip(r *http.Request) (*http.Response, error) {
	c.sent.Add(1)
	return c.RoundTripper.RoundTrip(r)
}

func TestFaultsOfStripe(t *testing.T) {
	const path = "/v1/payment_intents"
	cases := []struct {
		name     string
		fault    sandbox.Fault
		retries  int
		category payment.Category // empty: the call succeeds
		unknown  bool
		sent     int32
	}{
		{name: "a 503 is tried again", fault: sandbox.Fault{Status: 503}, retries: 2, sent: 2},
		{name: "a cut connection is tried again", fault: sandbox.Fault{Drop: true}, retries: 2, sent: 2},
		{name: "a cut connection after the effect is tried again", fault: sandbox.Fault{Drop: true, Effect: true}, retries: 2, sent: 2},
		{name: "a locked object is tried again", fault: sandbox.Fault{Status: 409}, retries: 2, sent: 2},
		{name: "503s without end", fault: sandbox.Fault{Status: 503, Times: 9}, retries: 1, category: payment.Retryable, unknown: true, sent: 2},
		{name: "a 500 is not tried again", fault: sandbox.Fault{Status: 500}, retries: 2, category: payment.Retryable, unknown: true, sent: 1},
		{name: "a 429 is not tried again", fault: sandbox.Fault{Status: 429}, retries: 2, category: payment.Retryable, sent: 1},
		{name: "connections cut without end", fault: sandbox.Fault{Drop: true, Times: 9}, category: payment.Retryable, unknown: true, sent: 1},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			s, baseURL := openSandbox(t, sandbox.Config{})
			transport := &counting{RoundTripper: http.DefaultTransport}
			g := newGateway(t, stripe.Config{SecretKey: s.Keys().Secret, BaseURL: baseURL, MaxNetworkRetries: retries(c.retries), Transport: transport})
			c.fault.Path = path
			s.Inject(c.fault)
			order := paymenttest.Order(8950, "GBP")
			made, err := g.CreateIntent(t.Context(), order)
			if sent := transport.sent.Load(); sent != c.sent {
				t.Errorf("%d requests, want %d", sent, c.sent)
			}
			if c.category == "" {
				if err != nil {
					t.Fatal(err)
				}
			} else {
				var e *payment.Error
				if !errors.As(err, &e) || e.Category != c.category || e.OutcomeUnknown != c.unknown {
					t.Fatalf("got %#v", err)
				}
			}
			// Whatever happened, asking again with the same key makes one intent.
			s.ClearFaults()
			again, err := g.CreateIntent(t.Context(), order)
			if err != nil || made.ID != "" && again.ID != made.ID {
				t.Fatalf("again: %v %v", again.ID, err)
			}
			page, err := g.ListIntents(t.Context(), time.Unix(0, 0), "")
			if err != nil || len(page.Intents) != 1 {
				t.Errorf("%d intents, %v", len(page.Intents), err)
			}
		})
	}
	t.Logf("injected: %d ways of failing: 500, 503, 429, 409, connections cut before and after the effect", len(cases))
	t.Log("users saw: tried again by itself where that is safe; otherwise payments are not available just now")
	t.Log("found: one payment at the provider each time")
}

func TestReadingIsTriedAgainAfterA500(t *testing.T) {
	s, baseURL := openSandbox(t, sandbox.Config{})
	g := newGateway(t, stripe.Config{SecretKey: s.Keys().Secret, BaseURL: baseURL})
	made, err := g.CreateIntent(t.Context(), paymenttest.Order(8950, "GBP"))
	if err != nil {
		t.Fatal(err)
	}
	s.Inject(sandbox.Fault{Method: http.MethodGet, Status: 500})
	if got, err := g.GetIntent(t.Context(), made.ID); err != nil || got.ID != made.ID {
		t.Errorf("got %+v %v", got, err)
	}
	t.Log("injected: a 500 in answer to a question")
	t.Log("users saw: nothing")
	t.Log("found: the answer of the second try")
}

// A 500 of Stripe's own is kept for the idempotency key although it took effect: the
// same call fails for a day, and the truth is found by looking.
func TestA500ThatIsKept(t *testing.T) {
	s, baseURL := openSandbox(t, sandbox.Config{})
	g := newGateway(t, stripe.Config{SecretKey: s.Keys().Secret, BaseURL: baseURL})
	s.Inject(sandbox.Fault{Path: "/v1/payment_intents", Status: 500, Effect: true, Keep: true})
	order := paymenttest.Order(8950, "GBP")
	for range 2 {
		_, err := g.CreateIntent(t.Context(), order)
		var e *payment.Error
		if !errors.As(err, &e) || !e.OutcomeUnknown || e.Category != payment.Retryable || e.RequestID == "" {
			t.Fatalf("got %v", err)
		}
	}
	page, err := g.ListIntents(t.Context(), time.Unix(0, 0), "")
	if err != nil || len(page.Intents) != 1 || page.Intents[0].OrderID != order.OrderID {
		t.Errorf("%+v %v", page, err)
	}
	t.Log("injected: a 500 that took effect and is kept for its idempotency key")
	t.Log("users saw: payments are not available just now")
	t.Logf("found: %d payment, found by looking", len(page.Intents))
}

func TestATimeoutWithSuccessBehindIt(t *testing.T) {
	s, baseURL := openSandbox(t, sandbox.Config{})
	impatient := newGateway(t, stripe.Config{SecretKey: s.Keys().Secret, BaseURL: baseURL, Timeout: 200 * time.Millisecond, MaxNetworkRetries: retries(0)})
	s.Inject(sandbox.Fault{Method: http.MethodPost, Path: "/v1/payment_intents", Effect: true, Delay: time.Hour})
	order := paymenttest.Order(8950, "GBP")
	_, err := impatient.CreateIntent(t.Context(), order)
	var e *payment.Error
	if !errors.As(err, &e) || e.Category != payment.Retryable || !e.OutcomeUnknown {
		t.Fatalf("got %v", err)
	}
	patient := newGateway(t, stripe.Config{SecretKey: s.Keys().Secret, BaseURL: baseURL})
	made, err := patient.CreateIntent(t.Context(), order)
	if err != nil {
		t.Fatal(err)
	}
	page, err := patient.ListIntents(t.Context(), time.Unix(0, 0), "")
	if err != nil || len(page.Intents) != 1 || page.Intents[0].ID != made.ID {
		t.Errorf("%+v %v", page, err)
	}
	t.Log("injected: a call that took effect and was not answered in time")
	t.Log("users saw: the repeat found the same payment")
	t.Logf("found: %d payment at the provider", len(page.Intents))
}

func TestACallerInAHurry(t *testing.T) {
	s, baseURL := openSandbox(t, sandbox.Config{})
	g := newGateway(t, stripe.Config{SecretKey: s.Keys().Secret, BaseURL: baseURL})
	s.Inject(sandbox.Fault{Delay: time.Hour})
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if _, err := g.GetIntent(ctx, "pi_1"); !payment.IsRetryable(err) || !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("got %v", err)
	}
}

func TestTheWrongKey(t *testing.T) {
	_, baseURL := openSandbox(t, sandbox.Config{})
	const wrong = "sk_test_wrongwrongwrong"
	g := newGateway(t, stripe.Config{SecretKey: wrong, BaseURL: baseURL})
	_, err := g.GetIntent(t.Context(), "pi_1")
	if !payment.IsPermanent(err) || strings.Contains(err.Error(), "wrongwrong") {
		t.Errorf("got %v", err)
	}
}

// Answers that no Stripe would give: a proxy's page, garbage, a flood.
func TestAnswersThatAreNotStripes(t *testing.T) {
	flood := strings.Repeat(" ", 1<<20)
	for name, handler := range map[string]http.HandlerFunc{
		"a proxy's page": func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(http.StatusBadGateway)
			w.Write([]byte("<html>pi_1_secret_x</html>"))
		},
		"a login page":    func(w http.ResponseWriter, _ *http.Request) { w.Write([]byte("<html>pi_1_secret_x</html>")) },
		"an empty object": func(w http.ResponseWriter, _ *http.Request) { w.Write([]byte("{}")) },
		"another object":  func(w http.ResponseWriter, _ *http.Request) { w.Write([]byte(`{"id":"cus_1","object":"customer"}`)) },
		"an unknown status": func(w http.ResponseWriter, _ *http.Request) {
			w.Write([]byte(`{"id":"pi_1","status":"dreaming","amount":100,"currency":"gbp"}`))
		},
		"an error of no one": func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(400); w.Write([]byte(`{"error":null}`)) },
		"a flood": func(w http.ResponseWriter, _ *http.Request) {
			for range 64 {
				if _, err := w.Write([]byte(flood)); err != nil {
					return
				}
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			server := httptest.NewServer(handler)
			defer server.Close()
			g := newGateway(t, stripe.Config{SecretKey: "sk_test_x", BaseURL: server.URL, MaxNetworkRetries: retries(0)})
			_, err := g.CreateIntent(t.Context(), paymenttest.Order(8950, "GBP"))
			var e *payment.Error
			if !errors.As(err, &e) || e.Category != payment.Retryable || !e.OutcomeUnknown {
				t.Fatalf("got %v", err)
			}
			if strings.Contains(err.Error(), "_secret_") {
				t.Errorf("the error repeats the answer: %v", err)
			}
		})
	}
	t.Log("injected: pages, garbage and a flood in Stripe's place")
	t.Log("users saw: payments are not available just now")
	t.Log("found: no answer was taken for a payment")
}

// What is logged and what errors say must not hold what only the buyer may know.
func TestNothingSecretIsLogged(t *testing.T) {
	var log bytes.Buffer
	s, baseURL := openSandbox(t, sandbox.Config{Logger: slog.New(slog.NewJSONHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))})
	g := newGateway(t, stripe.Config{SecretKey: s.Keys().Secret, BaseURL: baseURL, Logger: slog.New(slog.NewJSONHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))})
	order := paymenttest.Order(8950, "GBP")
	made, err := g.CreateIntent(t.Context(), order)
	if err != nil {
		t.Fatal(err)
	}
	paymenttest.Confirmer(baseURL, s.Keys().Secret)(t, made.ID, "pm_card_visa")
	s.Inject(sandbox.Fault{Status: 503})
	if _, err := g.GetIntent(t.Context(), made.ID); err != nil {
		t.Fatal(err)
	}
	_, err = g.CancelIntent(t.Context(), made.ID, "cancel")
	told := log.String() + err.Error() + errors.Unwrap(err).Error()
	if !strings.Contains(told, "Initiating retry") {
		t.Errorf("a retry is not logged: %s", told)
	}
	for name, secret := range map[string]string{
		"the client secret": made.ClientSecret, "the key": s.Keys().Secret, "the e-mail address": order.Email, "the webhook secret": s.Keys().Webhook,
	} {
		if strings.Contains(told, secret) {
			t.Errorf("%s is told: %s", name, told)
		}
	}
}

func TestListingManyPages(t *testing.T) {
	s, baseURL := openSandbox(t, sandbox.Config{})
	g := newGateway(t, stripe.Config{SecretKey: s.Keys().Secret, BaseURL: baseURL})
	const many = 205
	for range many {
		if _, err := g.CreateIntent(t.Context(), paymenttest.Order(100, "GBP")); err != nil {
			t.Fatal(err)
		}
	}
	seen, pages := map[string]bool{}, 0
	for cursor := ""; ; {
		page, err := g.ListIntents(t.Context(), time.Unix(0, 0), cursor)
		if err != nil {
			t.Fatal(err)
		}
		pages++
		for _, i := range page.Intents {
			seen[i.ID] = true
		}
		if cursor = page.Next; cursor == "" {
			break
		}
	}
	if len(seen) != many || pages != 3 {
		t.Errorf("%d intents on %d pages", len(seen), pages)
	}
	if _, err := g.ListIntents(t.Context(), time.Unix(0, 0), "pi_nope"); !payment.IsPermanent(err) {
		t.Errorf("a cursor there is not: %v", err)
	}
}

func TestConfig(t *testing.T) {
	cases := []struct {
		name   string
		config stripe.Config
		says   string // empty: valid
	}{
		{"Stripe itself", stripe.Config{SecretKey: "sk_live_x"}, ""},
		{"a restricted key", stripe.Config{SecretKey: "rk_test_x"}, ""},
		{"a sandbox", stripe.Config{SecretKey: "sk_test_x", BaseURL: "http://127.0.0.1:8789"}, ""},
		{"no key", stripe.Config{}, "SecretKey should start with"},
		{"a publishable key", stripe.Config{SecretKey: "pk_test_x"}, "SecretKey should start with"},
		{"a key with a line feed", stripe.Config{SecretKey: "sk_test_x\n"}, "white space"},
		{"no URL", stripe.Config{SecretKey: "sk_test_x", BaseURL: "stripe"}, "BaseURL"},
		{"a live key in the clear", stripe.Config{SecretKey: "sk_live_x", BaseURL: "http://127.0.0.1:8789"}, "plain http"},
		{"time running backwards", stripe.Config{SecretKey: "sk_test_x", Timeout: -1}, "Timeout"},
		{"fewer than no retries", stripe.Config{SecretKey: "sk_test_x", MaxNetworkRetries: retries(-1)}, "MaxNetworkRetries"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			_, err := stripe.New(c.config)
			if c.says == "" && err != nil || c.says != "" && (err == nil || !strings.Contains(err.Error(), c.says)) {
				t.Errorf("got %v", err)
			}
		})
	}
}
