package api_test

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/stripe/stripe-go/v76/webhook"

	"github.com/stagedoor/stagedoor/origin/api"
	"github.com/stagedoor/stagedoor/origin/payment"
)

// received keeps the events it is given, or fails.
type received struct {
	events []payment.Event
	err    error
}

func (r *received) Receive(_ context.Context, event payment.Event) error {
	if r.err == nil {
		r.events = append(r.events, event)
	}
	return r.err
}

func TestWebhook(t *testing.T) {
	t.Parallel()
	const secret = "whsec_test"
	now := time.Now()
	body := []byte(`{"id":"evt_1","object":"event","type":"payment_intent.payment_failed","created":1,"api_version":"2023-10-16","livemode":false,
		"data":{"object":{"id":"pi_1","object":"payment_intent","amount":500,"currency":"gbp","status":"requires_payment_method","created":1}}}`)
	signing := func(body []byte, at time.Time, with string) string {
		return webhook.GenerateTestSignedPayload(&webhook.UnsignedPayload{Payload: body, Secret: with, Timestamp: at}).Header
	}
	sign := func(at time.Time, with string) string { return signing(body, at, with) }
	cases := []struct {
		name, method, signature string
		body                    string
		down, signed            bool // signed: the body as it is sent
		want                    int
		stored                  int
	}{
		{name: "signed", signature: sign(now, secret), want: 200, stored: 1},
		{name: "not signed", want: 400},
		{name: "signed by somebody else", signature: sign(now, "whsec_other"), want: 400},
		{name: "signed long ago", signature: sign(now.Add(-time.Hour), secret), want: 400},
		{name: "tampered with", signature: sign(now, secret), body: strings.Replace(string(body), "500", "501", 1), want: 400},
		{name: "endless", signature: sign(now, secret), body: strings.Repeat(" ", 1<<20), want: 400},
		{name: "not to be stored now", signature: sign(now, secret), down: true, want: 503},
		{name: "fetched", method: "GET", want: 405},
		{name: "named with a NUL", body: strings.Replace(string(body), "evt_1", `evt_\u00001`, 1), signed: true, want: 400},
		{name: "a NUL in a text", body: strings.Replace(string(body), `"status"`, `"description":"\u0000","status"`, 1), signed: true, want: 200, stored: 1},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			events := &received{}
			if c.down {
				events.err = errors.New("Postgres is away")
			}
			handler, err := api.NewWebhook(api.WebhookDeps{
				Events: events, Secret: func() string { return secret }, Logger: slog.New(slog.DiscardHandler),
			})
			if err != nil {
				t.Fatal(err)
			}
			if c.method == "" {
				c.method = http.MethodPost
			}
			if c.body == "" {
				c.body = string(body)
			}
			r := httptest.NewRequest(c.method, "/webhooks/stripe", strings.NewReader(c.body))
			if c.signed {
				c.signature = signing([]byte(c.body), now, secret)
			}
			r.Header.Set("Stripe-Signature", c.signature)
			w := httptest.NewRecorder()
			handler.ServeHTTP(w, r)
			if w.Code != c.want || len(events.events) != c.stored {
				t.Errorf("%d %s, stored %d; want %d and %d", w.Code, w.Body, len(events.events), c.want, c.stored)
			}
			if strings.Contains(w.Body.String(), "away") {
				t.Errorf("the answer tells our secrets: %s", w.Body)
			}
		})
	}
}
