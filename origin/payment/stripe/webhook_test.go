package stripe_test

import (
	"errors"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/stagedoor/stagedoor/origin/payment"
	"github.com/stagedoor/stagedoor/origin/payment/sandbox/courier"
	"github.com/stagedoor/stagedoor/origin/payment/stripe"
)

const secret = "whsec_for_tests"

var now = time.Date(2026, 11, 21, 10, 0, 0, 0, time.UTC)

// succeeded is an event as Stripe's API reference shows one, cut to what matters.
const succeeded = `{"id":"evt_1","object":"event","api_version":"2023-10-16","created":1795255200,"livemode":false,"type":"payment_intent.succeeded",` +
	`"data":{"object":{"id":"pi_1","object":"payment_intent","client_secret":"pi_1_secret_x","amount":8950,"amount_received":8950,"currency":"gbp","status":"succeeded",` +
	`"latest_charge":"ch_1","created":1795255100,"metadata":{"order_id":"7","brand_id":"lyceum"}}}}`

func TestParseWebhook(t *testing.T) {
	event, err := stripe.ParseWebhook([]byte(succeeded), courier.Sign([]byte(succeeded), now, secret), secret, now, stripe.DefaultTolerance)
	if err != nil {
		t.Fatal(err)
	}
	want := payment.Intent{
		ID: "pi_1", Status: payment.Succeeded, Amount: 8950, Received: 8950, Currency: "GBP", OrderID: "7", BrandID: "lyceum",
		CreatedAt: time.Unix(1795255100, 0).UTC(),
	}
	if event.Intent != want {
		t.Errorf("intent %+v, want %+v", event.Intent, want)
	}
	if event.ID != "evt_1" || event.Kind != payment.PaymentSucceeded || event.Type != "payment_intent.succeeded" || event.Live ||
		!event.CreatedAt.Equal(time.Unix(1795255200, 0)) || string(event.Raw) != succeeded || event.APIVersion != "2023-10-16" {
		t.Errorf("event %+v", event)
	}
}

func TestWebhooksThatAreRefused(t *testing.T) {
	sign := func(body string, at time.Time, secrets ...string) string {
		return courier.Sign([]byte(body), at, secrets...)
	}
	good := sign(succeeded, now, secret)
	cases := []struct {
		name, body, header string
		secret             string
		want               error
	}{
		{"not signed", succeeded, "", secret, payment.ErrWebhookSignature},
		{"a header of something else", succeeded, "sha256=abc", secret, payment.ErrWebhookSignature},
		{"only an old scheme", succeeded, strings.Replace(good, "v1=", "v0=", 1), secret, payment.ErrWebhookSignature},
		{"signed with another secret", succeeded, sign(succeeded, now, "whsec_other"), secret, payment.ErrWebhookSignature},
		{"no secret configured, signed with none", succeeded, sign(succeeded, now, ""), "", payment.ErrWebhookSignature},
		{"another body", strings.Replace(succeeded, "8950", "1", 1), good, secret, payment.ErrWebhookSignature},
		{"one byte more", succeeded + " ", good, secret, payment.ErrWebhookSignature},
		{"another time than was signed", succeeded, strings.Replace(good, "t=", "t=1", 1), secret, payment.ErrWebhookSignature},
		{"two times", succeeded, "t=1," + good, secret, payment.ErrWebhookSignature},
		{"no time", succeeded, good[strings.Index(good, "v1="):], secret, payment.ErrWebhookSignature},
		{"a replay from ten minutes ago", succeeded, sign(succeeded, now.Add(-10*time.Minute), secret), secret, payment.ErrWebhookStale},
		{"signed in the future", succeeded, sign(succeeded, now.Add(10*time.Minute), secret), secret, payment.ErrWebhookStale},
		{"a long time ago", succeeded, sign(succeeded, time.Unix(0, 0), secret), secret, payment.ErrWebhookStale},
		{"not JSON", "hello", sign("hello", now, secret), secret, payment.ErrWebhookMalformed},
		{"not an event", `{"id":"pi_1","object":"payment_intent"}`, sign(`{"id":"pi_1","object":"payment_intent"}`, now, secret), secret, payment.ErrWebhookMalformed},
		{"too long", strings.Repeat(" ", stripe.MaxWebhook+1), "", secret, payment.ErrWebhookMalformed},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			_, err := stripe.ParseWebhook([]byte(c.body), c.header, c.secret, now, stripe.DefaultTolerance)
			if !errors.Is(err, c.want) {
				t.Errorf("got %v, want %v", err, c.want)
			}
		})
	}
}

func TestWebhooksThatAreTaken(t *testing.T) {
	body := []byte(succeeded)
	good := courier.Sign(body, now, secret)
	for name, c := range map[string]struct{ header, secret string }{
		"the oldest allowed":                    {courier.Sign(body, now.Add(-stripe.DefaultTolerance), secret), secret},
		"a clock that is a little ahead":        {courier.Sign(body, now.Add(time.Minute), secret), secret},
		"two signatures, ours first":            {courier.Sign(body, now, secret, "whsec_other"), secret},
		"two signatures, ours last":             {courier.Sign(body, now, "whsec_other", secret), secret},
		"signatures of schemes yet to come too": {good + ",v2=abc,v1=zz", secret},
	} {
		if _, err := stripe.ParseWebhook(body, c.header, c.secret, now, stripe.DefaultTolerance); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestEventsOfAllKinds(t *testing.T) {
	event := func(kind, object string) string {
		return `{"id":"evt_1","object":"event","api_version":"2031-01-01.future","created":1,"type":"` + kind + `","data":{"object":` + object + `}}`
	}
	intent := func(status string) string {
		return `{"id":"pi_1","amount":100,"currency":"usd","status":"` + status + `","last_payment_error":{"code":"card_declined","decline_code":"lost_card"}}`
	}
	cases := []struct {
		name, body string
		kind       payment.EventKind
		check      func(payment.Event) bool
	}{
		{"declined", event("payment_intent.payment_failed", intent("requires_payment_method")), payment.PaymentFailed,
			func(e payment.Event) bool {
				return e.Intent.LastError != nil && e.Intent.LastError.DeclineCode == "lost_card"
			}},
		{"processing", event("payment_intent.processing", intent("processing")), payment.PaymentProcessing,
			func(e payment.Event) bool { return e.Intent.LastError == nil }},
		{"a refund that failed", event("refund.failed", `{"id":"re_1","amount":50,"currency":"usd","status":"failed","payment_intent":"pi_1"}`), payment.RefundUpdated,
			func(e payment.Event) bool { return e.Refund.Status == payment.RefundFailed && e.Intent.ID == "pi_1" }},
		{"a refund that waits", event("charge.refund.updated", `{"id":"re_1","amount":50,"currency":"usd","status":"requires_action","payment_intent":{"id":"pi_1","amount":100,"currency":"usd","status":"succeeded"}}`), payment.RefundUpdated,
			func(e payment.Event) bool { return e.Refund.Status == payment.RefundPending && e.Intent.ID == "pi_1" }},
		{"a refund of someone else's charge", event("charge.refunded", `{"id":"ch_1","amount":50,"currency":"usd"}`), payment.Ignored, nil},
		{"something new", event("payment_intent.dreaming", intent("dreaming")), payment.Ignored, nil},
		{"something else", event("customer.created", `{"id":"cus_1"}`), payment.Ignored, nil},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			got, err := stripe.ParseWebhook([]byte(c.body), courier.Sign([]byte(c.body), now, secret), secret, now, time.Minute)
			if err != nil {
				t.Fatal(err)
			}
			if got.Kind != c.kind || c.check != nil && !c.check(got) {
				t.Errorf("got %+v", got)
			}
		})
	}
	for name, body := range map[string]string{
		"no object":                event("payment_intent.succeeded", "null"),
		"a bare ID":                event("payment_intent.succeeded", `"pi_1"`),
		"a list":                   event("payment_intent.succeeded", `[]`),
		"no amount":                event("payment_intent.succeeded", `{"id":"pi_1","currency":"gbp","status":"succeeded"}`),
		"no currency":              event("payment_intent.succeeded", `{"id":"pi_1","amount":1,"status":"succeeded"}`),
		"a status there is not":    event("payment_intent.succeeded", intent("dreaming")),
		"an amount in words":       event("payment_intent.succeeded", `{"id":"pi_1","amount":"lots","currency":"gbp","status":"succeeded"}`),
		"a refund without an ID":   event("refund.updated", `{"payment_intent":"pi_1"}`),
		"a charge without an ID":   event("charge.refunded", `{"payment_intent":"pi_1"}`),
		"a dispute without an ID":  event("charge.dispute.created", `{"payment_intent":"pi_1"}`),
		"an event without its own": strings.Replace(event("payment_intent.succeeded", intent("succeeded")), "evt_1", "", 1),
	} {
		_, err := stripe.ParseWebhook([]byte(body), courier.Sign([]byte(body), now, secret), secret, now, time.Minute)
		if !errors.Is(err, payment.ErrWebhookMalformed) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestReadWebhook(t *testing.T) {
	read := func(body string) ([]byte, error) {
		return stripe.ReadWebhook(httptest.NewRecorder(), httptest.NewRequest("POST", "/webhooks/stripe", strings.NewReader(body)))
	}
	if got, err := read(succeeded); err != nil || string(got) != succeeded {
		t.Errorf("got %q %v", got, err)
	}
	if _, err := read(strings.Repeat("x", stripe.MaxWebhook+1)); !errors.Is(err, payment.ErrWebhookMalformed) {
		t.Errorf("a body without end: %v", err)
	}
}

// FuzzParseWebhook signs whatever it is given, so that the reader is reached, and feeds
// it headers of its own, which must never pass.
func FuzzParseWebhook(f *testing.F) {
	f.Add([]byte(succeeded), "t=1,v1=00")
	f.Add([]byte(`{"id":"evt_1","object":"event","type":"charge.refunded","data":{"object":{"id":"ch_1","payment_intent":{"id":"pi_1"}}}}`), "t=1795255200")
	f.Add([]byte(`{"id":"evt_1","object":"event","type":"charge.dispute.created","data":{"object":{"id":"dp_1","evidence_details":null}}}`), ",=,t=,v1")
	f.Add([]byte(`null`), "")
	f.Fuzz(func(t *testing.T, body []byte, header string) {
		if _, err := stripe.ParseWebhook(body, header, secret, now, time.Hour); err == nil {
			t.Fatalf("taken with the header %q", header)
		}
		event, err := stripe.ParseWebhook(body, courier.Sign(body, now, secret), secret, now, time.Hour)
		if err != nil {
			if !errors.Is(err, payment.ErrWebhookMalformed) {
				t.Fatalf("properly signed, and refused with %v", err)
			}
			return
		}
		if event.ID == "" || event.Kind == "" || event.Kind != payment.Ignored && event.Intent.ID == "" || event.Intent.ClientSecret != "" {
			t.Fatalf("incomplete: %+v", event)
		}
	})
}
