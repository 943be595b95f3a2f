package sandbox_test

import (
	"context"
	"encoding/base64"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/stagedoor/stagedoor/origin/payment/sandbox"
)

func TestWhoMayCall(t *testing.T) {
	h := open(t, sandbox.Config{})
	id, secret := h.intent()
	_, otherSecret := h.intent()
	withSecret := params("client_secret", secret)
	basic := header{"Authorization", "Basic " + base64.StdEncoding.EncodeToString([]byte(h.Keys().Secret+":"))}
	cases := []struct {
		name   string
		got    answer
		status int
		says   string
	}{
		{"nobody", h.get("/v1/payment_intents", nil, header{"Authorization", ""}), 401, "did not provide an API key"},
		{"a stranger", h.get("/v1/payment_intents", nil, header{"Authorization", "Bearer sk_test_stranger"}), 401, "Invalid API Key provided: sk_test_"},
		{"the shop by Basic auth", h.get("/v1/payment_intents", nil, basic), 200, ""},
		{"a browser listing", h.get("/v1/payment_intents", nil, h.publishable()), 403, "publishable API key"},
		{"a browser making an intent", h.post("/v1/payment_intents", intentParams(), h.publishable()), 403, "publishable API key"},
		{"a browser refunding", h.post("/v1/refunds", params("payment_intent", id), h.publishable()), 403, "publishable API key"},
		{"a browser without the client secret", h.get("/v1/payment_intents/"+id, nil, h.publishable()), 400, "client_secret"},
		{"a browser with another's client secret", h.get("/v1/payment_intents/"+id, params("client_secret", otherSecret), h.publishable()), 400, "does not match"},
		{"a browser with the client secret", h.get("/v1/payment_intents/"+id, withSecret, h.publishable()), 200, ""},
		{"a browser confirming without it", h.post("/v1/payment_intents/"+id+"/confirm", params("payment_method", "pm_card_visa"), h.publishable()), 400, "client_secret"},
		{"a bad version", h.get("/v1/payment_intents", nil, header{"Stripe-Version", "yesterday"}), 400, "Invalid Stripe API version"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			c.got.want(t, c.status)
			if !strings.Contains(c.got.text("error", "message"), c.says) {
				t.Errorf("says %s", c.got.raw)
			}
			if !strings.HasPrefix(c.got.header.Get("Request-Id"), "req_") {
				t.Error("no request ID")
			}
			if strings.Contains(c.got.raw, "sk_test_stranger") {
				t.Error("repeats the key")
			}
		})
	}
	if got := h.get("/v1/payment_intents/"+id, withSecret, h.publishable()); got.at("metadata") != nil || got.at("latest_charge") != nil || got.text("status") == "" {
		t.Errorf("a browser sees %s", got.raw)
	}
}

func TestRequestsThatAreRefused(t *testing.T) {
	h := open(t, sandbox.Config{})
	id, _ := h.intent()
	create := func(pairs ...string) answer { return h.post("/v1/payment_intents", params(pairs...)) }
	cases := []struct {
		name        string
		got         answer
		status      int
		code, param string
	}{
		{"no amount", create("currency", "gbp"), 400, "parameter_missing", "amount"},
		{"no currency", create("amount", "100"), 400, "parameter_missing", "currency"},
		{"amount in words", create("amount", "ten", "currency", "gbp"), 400, "parameter_invalid_integer", "amount"},
		{"amount with a fraction", create("amount", "10.50", "currency", "gbp"), 400, "parameter_invalid_integer", "amount"},
		{"amount too small", create("amount", "29", "currency", "gbp"), 400, "amount_too_small", "amount"},
		{"amount negative", create("amount", "-500", "currency", "gbp"), 400, "parameter_invalid_integer", "amount"},
		{"amount too large", create("amount", "100000000", "currency", "gbp"), 400, "amount_too_large", "amount"},
		{"amount beyond an int64", create("amount", "99999999999999999999", "currency", "gbp"), 400, "parameter_invalid_integer", "amount"},
		{"a currency there is not", create("amount", "100", "currency", "xyz"), 400, "", "currency"},
		{"an unknown parameter", create("amount", "100", "currency", "gbp", "colour", "red"), 400, "parameter_unknown", "colour"},
		{"an unknown nested parameter", create("amount", "100", "currency", "gbp", "automatic_payment_methods[colour]", "red"), 400, "parameter_unknown", "automatic_payment_methods[colour]"},
		{"a bad e-mail address", create("amount", "100", "currency", "gbp", "receipt_email", "nobody"), 400, "email_invalid", "receipt_email"},
		{"a bad boolean", create("amount", "100", "currency", "gbp", "confirm", "maybe"), 400, "", "confirm"},
		{"a type we don't have", create("amount", "100", "currency", "gbp", "payment_method_types[]", "bancontact"), 400, "payment_intent_invalid_parameter", "payment_method_types"},
		{"a long metadata key", create("amount", "100", "currency", "gbp", "metadata["+strings.Repeat("k", 41)+"]", "v"), 400, "", "metadata"},
		{"confirming with nowhere to return to", create("amount", "100", "currency", "gbp", "confirm", "true", "payment_method", "pm_card_visa"), 400, "", ""},
		{"confirming without a card", h.post("/v1/payment_intents/"+id+"/confirm", nil), 400, "payment_intent_unexpected_state", ""},
		{"a card there is not", h.post("/v1/payment_intents/"+id+"/confirm", params("payment_method", "pm_nope")), 404, "resource_missing", "payment_method"},
		{"an intent there is not", h.get("/v1/payment_intents/pi_nope", nil), 404, "resource_missing", "intent"},
		{"a URL there is not", h.get("/v1/unicorns", nil), 404, "", ""},
		{"a method there is not", h.call("DELETE", "/v1/payment_intents/"+id, nil), 404, "", ""},
		{"JSON", h.post("/v1/payment_intents", params("amount", "100"), header{"Content-Type", "application/json"}), 400, "", ""},
		{"brackets that don't match", h.post("/v1/payment_intents", params("amount[", "100")), 400, "", ""},
		{"a body without end", h.post("/v1/payment_intents", params("description", strings.Repeat("x", 200<<10))), 413, "", ""},
		{"a description without end", create("amount", "100", "currency", "gbp", "description", strings.Repeat("x", 6000)), 400, "", "description"},
		{"a limit of nothing", h.get("/v1/payment_intents", params("limit", "0")), 400, "parameter_invalid_integer", "limit"},
		{"a page after nothing", h.get("/v1/payment_intents", params("starting_after", "pi_nope")), 400, "resource_missing", "starting_after"},
		{"expanding what can't be", h.get("/v1/payment_intents/"+id, params("expand[]", "amount")), 400, "", "expand"},
		{"an idempotency key without end", h.post("/v1/payment_intents", intentParams(), key(strings.Repeat("k", 256))), 400, "", ""},
	}
	before := len(h.get("/v1/payment_intents", params("limit", "100")).at("data").([]any))
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			c.got.want(t, c.status)
			if c.got.text("error", "type") != "invalid_request_error" || c.got.text("error", "code") != c.code || c.got.text("error", "param") != c.param ||
				c.got.text("error", "message") == "" {
				t.Errorf("got %s", c.got.raw)
			}
		})
	}
	if after := len(h.get("/v1/payment_intents", params("limit", "100")).at("data").([]any)); after != before {
		t.Errorf("%d intents were made by requests that were refused", after-before)
	}
}

func TestIdempotencyKeys(t *testing.T) {
	h := open(t, sandbox.Config{})
	first := h.post("/v1/payment_intents", intentParams(), key("one")).want(t, 200)
	again := h.post("/v1/payment_intents", intentParams(), key("one")).want(t, 200)
	if again.raw != first.raw || again.header.Get("Idempotent-Replayed") != "true" || again.header.Get("Original-Request") != first.header.Get("Request-Id") {
		t.Errorf("not the same answer: %s", again.raw)
	}
	// Declines are kept as well: the same attempt is not a second attempt.
	id := first.text("id")
	pay := func(k string) answer {
		return h.post("/v1/payment_intents/"+id+"/confirm", params("payment_method", "pm_card_chargeDeclined"), key(k))
	}
	declined := pay("two").want(t, 402)
	if again := pay("two").want(t, 402); again.raw != declined.raw {
		t.Errorf("not the same decline:\n%s\n%s", declined.raw, again.raw)
	}
	if n := len(h.get("/v1/charges", params("payment_intent", id)).at("data").([]any)); n != 1 {
		t.Errorf("%d charges for one key", n)
	}
	for name, got := range map[string]answer{
		"other parameters": h.post("/v1/payment_intents", intentParams("description", "other"), key("one")),
		"another URL":      h.post("/v1/refunds", params("payment_intent", id), key("one")),
	} {
		if got.want(t, 400).text("error", "type") != "idempotency_error" {
			t.Errorf("%s: %s", name, got.raw)
		}
	}
	// Parameters that were refused are not kept: the mistake can be mended.
	h.post("/v1/payment_intents", params("amount", "x"), key("three")).want(t, 400)
	h.post("/v1/payment_intents", intentParams(), key("three")).want(t, 200)
	// A restart forgets none of it.
	h = h.restart()
	if again := h.post("/v1/payment_intents", intentParams(), key("one")).want(t, 200); again.raw != first.raw {
		t.Errorf("another answer after a restart:\n%s\n%s", first.raw, again.raw)
	}
	h.post("/v1/payment_intents", intentParams("description", "other"), key("one")).want(t, 400)
}

func TestIdempotencyKeysAreForgottenAfterADay(t *testing.T) {
	now := time.Date(2026, 11, 21, 10, 0, 0, 0, time.UTC)
	h := open(t, sandbox.Config{Now: func() time.Time { return now }})
	first := h.post("/v1/payment_intents", intentParams(), key("one"))
	now = now.Add(24*time.Hour + time.Second)
	if again := h.post("/v1/payment_intents", intentParams(), key("one")).want(t, 200); again.text("id") == first.text("id") {
		t.Error("still remembered")
	}
}

// abandon sends a request whose caller leaves when ctx ends, before the answer.
func (h *house) abandon(ctx context.Context, path string, p url.Values, k string) {
	h.t.Helper()
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, h.url+path, strings.NewReader(p.Encode()))
	if err != nil {
		h.t.Error(err)
		return
	}
	r.Header.Set("Authorization", "Bearer "+h.Keys().Secret)
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Idempotency-Key", k)
	if answer, err := http.DefaultClient.Do(r); err == nil {
		answer.Body.Close()
		h.t.Errorf("answered %s", answer.Status)
	}
}

func TestTheSuccessBehindATimeout(t *testing.T) {
	h := open(t, sandbox.Config{})
	h.Inject(sandbox.Fault{Path: "/v1/payment_intents", Effect: true, Delay: time.Hour})
	ctx, leave := context.WithCancel(t.Context())
	gone := make(chan struct{})
	go func() {
		defer close(gone)
		h.abandon(ctx, "/v1/payment_intents", intentParams(), "slow")
	}()
	for len(h.get("/v1/events", nil).at("data").([]any)) == 0 { // until it has taken effect
		time.Sleep(time.Millisecond)
	}
	leave()
	<-gone
	found := h.post("/v1/payment_intents", intentParams(), key("slow")).want(t, 200)
	if found.header.Get("Idempotent-Replayed") != "true" {
		t.Error("made a second intent")
	}
}

func TestAKeyThatIsBeingWorkedOn(t *testing.T) {
	h := open(t, sandbox.Config{})
	for attempt := range 20 {
		k := key("slow-" + sprint(attempt))
		h.Inject(sandbox.Fault{Path: "/v1/payment_intents", Delay: time.Hour})
		ctx, leave := context.WithCancel(t.Context())
		gone := make(chan struct{})
		go func() {
			defer close(gone)
			h.abandon(ctx, "/v1/payment_intents", intentParams(), k.value)
		}()
		for h.PendingFaults() > 0 {
			time.Sleep(time.Millisecond)
		}
		got := h.post("/v1/payment_intents", intentParams(), k)
		leave()
		<-gone
		if got.status != http.StatusConflict {
			continue // we came between the fault and the key
		}
		if got.text("error", "code") != "idempotency_key_in_use" || got.header.Get("Stripe-Should-Retry") != "true" {
			t.Fatalf("got %s", got.raw)
		}
		// Its caller left, and it is done all the same.
		for got.status == http.StatusConflict {
			got = h.post("/v1/payment_intents", intentParams(), k)
		}
		if got.want(t, 200).header.Get("Idempotent-Replayed") != "true" {
			t.Error("done twice")
		}
		return
	}
	t.Error("never met a key in use")
}

func TestRefunds(t *testing.T) {
	h := open(t, sandbox.Config{})
	id, _ := h.intent()
	refund := func(pairs ...string) answer {
		return h.post("/v1/refunds", params(append([]string{"payment_intent", id}, pairs...)...))
	}
	refund().want(t, 400) // not paid
	h.post("/v1/payment_intents/"+id+"/confirm", params("payment_method", "pm_card_visa")).want(t, 200)
	refund("amount", "0").want(t, 400)
	refund("reason", "bored").want(t, 400)
	part := refund("amount", "950", "metadata[why]", "one seat").want(t, 200)
	if part.number("amount") != 950 || part.text("status") != "succeeded" || part.text("metadata", "why") != "one seat" {
		t.Errorf("got %s", part.raw)
	}
	if got := refund("amount", "8001").want(t, 400).text("error", "message"); !strings.Contains(got, "£80.01") || !strings.Contains(got, "£80.00") {
		t.Errorf("says %s", got)
	}
	refund().want(t, 200)
	if got := refund().want(t, 400).text("error", "code"); got != "charge_already_refunded" {
		t.Errorf("code %s", got)
	}
	charge := h.get("/v1/payment_intents/"+id, params("expand[]", "latest_charge"))
	if charge.number("latest_charge", "amount_refunded") != 8950 || charge.at("latest_charge", "refunded") != true || charge.text("status") != "succeeded" {
		t.Errorf("charge: %s", charge.raw)
	}
	if list := h.get("/v1/refunds", params("payment_intent", id)).at("data").([]any); len(list) != 2 {
		t.Errorf("%d refunds", len(list))
	}
	if got := h.get("/v1/refunds/"+part.text("id"), params("expand[]", "payment_intent")); got.text("payment_intent", "id") != id {
		t.Errorf("got %s", got.raw)
	}
}

func TestManualCapture(t *testing.T) {
	h := open(t, sandbox.Config{})
	made := h.post("/v1/payment_intents", intentParams("capture_method", "manual", "confirm", "true", "payment_method", "pm_card_visa")).want(t, 200)
	id := made.text("id")
	if made.text("status") != "requires_capture" || made.number("amount_capturable") != 8950 || made.number("amount_received") != 0 {
		t.Fatalf("got %s", made.raw)
	}
	h.post("/v1/payment_intents/"+id+"/capture", params("amount_to_capture", "9000")).want(t, 400)
	taken := h.post("/v1/payment_intents/"+id+"/capture", params("amount_to_capture", "5000")).want(t, 200)
	if taken.text("status") != "succeeded" || taken.number("amount_received") != 5000 {
		t.Errorf("got %s", taken.raw)
	}
	h.post("/v1/payment_intents/"+id+"/capture", nil).want(t, 400)
}

func TestUpdate(t *testing.T) {
	h := open(t, sandbox.Config{})
	id, _ := h.intent()
	h.post("/v1/payment_intents/"+id+"/confirm", params("payment_method", "pm_card_chargeDeclined")).want(t, 402)
	changed := h.post("/v1/payment_intents/"+id, params("amount", "5000", "description", "one ticket", "metadata[order_id]", "", "metadata[seat]", "F12")).want(t, 200)
	if changed.number("amount") != 5000 || changed.text("description") != "one ticket" || changed.text("metadata", "seat") != "F12" ||
		changed.at("metadata", "order_id") != nil || changed.at("last_payment_error") != nil {
		t.Errorf("got %s", changed.raw)
	}
	h.post("/v1/payment_intents/"+id, params("amount", "1")).want(t, 400)
	h.post("/v1/payment_intents/"+id, params("payment_method", "pm_card_visa")).want(t, 200)
	h.post("/v1/payment_intents/"+id+"/confirm", nil).want(t, 200)
	if got := h.post("/v1/payment_intents/"+id, params("amount", "6000")).want(t, 400).text("error", "code"); got != "payment_intent_unexpected_state" {
		t.Errorf("code %s", got)
	}
	h.post("/v1/payment_intents/"+id, params("metadata[note]", "still possible")).want(t, 200)
}

func TestLists(t *testing.T) {
	now := time.Date(2026, 11, 21, 10, 0, 0, 0, time.UTC)
	h := open(t, sandbox.Config{Now: func() time.Time { return now }})
	var made []string
	for range 5 {
		id, _ := h.intent()
		made = append(made, id)
		now = now.Add(time.Minute)
	}
	ids := func(p url.Values) (list []string, more bool) {
		got := h.get("/v1/payment_intents", p).want(t, 200)
		for _, o := range got.at("data").([]any) {
			list = append(list, o.(map[string]any)["id"].(string))
		}
		return list, got.at("has_more") == true
	}
	first, more := ids(params("limit", "2"))
	if !more || first[0] != made[4] || first[1] != made[3] {
		t.Errorf("first page: %v %v", first, more)
	}
	rest, more := ids(params("limit", "3", "starting_after", first[1]))
	if more || len(rest) != 3 || rest[2] != made[0] {
		t.Errorf("rest: %v %v", rest, more)
	}
	since := time.Date(2026, 11, 21, 10, 3, 0, 0, time.UTC).Unix()
	if late, _ := ids(params("created[gte]", sprint(since))); len(late) != 2 {
		t.Errorf("since: %v", late)
	}
	if early, _ := ids(params("created[lt]", sprint(since))); len(early) != 3 {
		t.Errorf("before: %v", early)
	}
	if exact, _ := ids(params("created", sprint(since))); len(exact) != 1 || exact[0] != made[3] {
		t.Errorf("at: %v", exact)
	}
	h.post("/v1/payment_intents/"+made[0]+"/cancel", params("cancellation_reason", "abandoned")).want(t, 200)
	events := h.get("/v1/events", params("type", "payment_intent.canceled"))
	data := events.at("data").([]any)
	if len(data) != 1 {
		t.Fatalf("events: %s", events.raw)
	}
	event := data[0].(map[string]any)
	if got := h.get("/v1/events/"+event["id"].(string), nil); got.text("data", "object", "cancellation_reason") != "abandoned" || got.number("pending_webhooks") != 0 {
		t.Errorf("event: %s", got.raw)
	}
}

func TestDisputes(t *testing.T) {
	h := open(t, sandbox.Config{})
	id, _ := h.intent()
	if _, ok := h.Dispute(id, "fraudulent"); ok {
		t.Error("disputed what is not paid")
	}
	h.post("/v1/payment_intents/"+id+"/confirm", params("payment_method", "pm_card_visa")).want(t, 200)
	dispute, ok := h.Dispute(id, "product_not_received")
	if _, again := h.Dispute(id, "fraudulent"); !ok || again {
		t.Fatalf("disputed: %v, and again: %v", ok, again)
	}
	if got := h.get("/v1/disputes/"+dispute, params("expand[]", "charge")); got.text("payment_intent") != id || got.text("reason") != "product_not_received" || got.at("charge", "disputed") != true {
		t.Errorf("got %s", got.raw)
	}
	if got := h.post("/v1/refunds", params("payment_intent", id)).want(t, 400).text("error", "code"); got != "charge_disputed" {
		t.Errorf("code %s", got)
	}
	if got := h.post("/v1/disputes/"+dispute+"/close", nil).want(t, 200).text("status"); got != "lost" {
		t.Errorf("closed as %s", got)
	}
	h.post("/v1/disputes/"+dispute+"/close", nil).want(t, 400)
	if got := h.get("/v1/disputes", params("payment_intent", id)).at("data").([]any); len(got) != 1 {
		t.Errorf("%d disputes", len(got))
	}
}
