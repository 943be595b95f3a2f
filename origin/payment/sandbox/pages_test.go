package sandbox_test

import (
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/stagedoor/stagedoor/origin/payment/sandbox"
)

func (h *house) fetch(method, path string, headers ...header) (*http.Response, string) {
	h.t.Helper()
	r, err := http.NewRequestWithContext(h.t.Context(), method, h.url+path, nil)
	if err != nil {
		h.t.Fatal(err)
	}
	for _, x := range headers {
		r.Header.Set(x.name, x.value)
	}
	got, err := http.DefaultClient.Do(r)
	if err != nil {
		h.t.Fatal(err)
	}
	defer got.Body.Close()
	body, err := io.ReadAll(got.Body)
	if err != nil {
		h.t.Fatal(err)
	}
	return got, string(body)
}

func TestThePagesLetNothingElseIn(t *testing.T) {
	h := open(t, sandbox.Config{})
	cases := []struct{ path, ancestors string }{
		{"/elements/card", "frame-ancestors http://localhost:* http://*.localhost:* http://127.0.0.1:*"},
		{"/3ds/src_nope", "frame-ancestors http://localhost:*"},
		{"/", "frame-ancestors 'none'"},
	}
	for _, c := range cases {
		got, body := h.fetch(http.MethodGet, c.path)
		policy := got.Header.Get("Content-Security-Policy")
		for _, part := range []string{"default-src 'none'", "script-src 'self'", "base-uri 'none'", c.ancestors} {
			if !strings.Contains(policy, part) {
				t.Errorf("%s: no %q in %s", c.path, part, policy)
			}
		}
		if got.Header.Get("Cache-Control") != "no-store" || got.Header.Get("Referrer-Policy") != "no-referrer" {
			t.Errorf("%s: %v", c.path, got.Header)
		}
		for _, secret := range []string{h.Keys().Secret, h.Keys().Webhook} {
			if strings.Contains(body, secret) {
				t.Errorf("%s shows a secret", c.path)
			}
		}
	}
	shop := open(t, sandbox.Config{FrameAncestors: []string{"https://lyceum.test"}})
	got, _ := shop.fetch(http.MethodGet, "/elements/card")
	if policy := got.Header.Get("Content-Security-Policy"); !strings.Contains(policy, "frame-ancestors https://lyceum.test") {
		t.Errorf("policy %s", policy)
	}
}

func TestTheScript(t *testing.T) {
	h := open(t, sandbox.Config{})
	got, body := h.fetch(http.MethodGet, "/v3/")
	if got.StatusCode != 200 || !strings.HasPrefix(got.Header.Get("Content-Type"), "text/javascript") || !strings.Contains(body, "confirmPayment") {
		t.Errorf("%s %v", got.Status, got.Header)
	}
	if same, _ := h.fetch(http.MethodGet, "/v3", header{"If-None-Match", got.Header.Get("ETag")}); same.StatusCode != http.StatusNotModified {
		t.Errorf("fetched again without need: %s", same.Status)
	}
	if nothing, _ := h.fetch(http.MethodGet, "/v3/unicorn"); nothing.StatusCode != 404 {
		t.Errorf("/v3/unicorn: %s", nothing.Status)
	}
}

func TestTheCheckPageTakesTwoAnswers(t *testing.T) {
	h := open(t, sandbox.Config{})
	if got, body := h.fetch(http.MethodGet, "/3ds/src_nope"); got.StatusCode != 404 || !strings.Contains(body, "This check is over") {
		t.Errorf("a check there is not: %s", got.Status)
	}
	id, secret := h.intent()
	page := h.confirmAsBrowser(id, secret, "4000002500003155").text("next_action", "use_stripe_sdk", "stripe_js")
	for outcome, want := range map[string]int{"": 400, "maybe": 400} {
		got, err := http.PostForm(page, params("outcome", outcome))
		if err != nil {
			t.Fatal(err)
		}
		got.Body.Close()
		if got.StatusCode != want {
			t.Errorf("outcome %q: %s", outcome, got.Status)
		}
	}
	if got := h.get("/v1/payment_intents/"+id, nil).text("status"); got != "requires_action" {
		t.Errorf("status %s", got)
	}
	if got, err := http.PostForm(h.url+"/3ds/src_nope", params("outcome", "complete")); err != nil || got.StatusCode != 404 {
		t.Errorf("a check there is not: %v %v", got, err)
	}
}

func TestBrowsersOfOtherOriginsMayCall(t *testing.T) {
	h := open(t, sandbox.Config{})
	got, _ := h.fetch(http.MethodOptions, "/v1/payment_intents/pi_1", header{"Origin", "http://lyceum.localhost:8787"}, header{"Access-Control-Request-Method", "GET"})
	if got.StatusCode != http.StatusNoContent || got.Header.Get("Access-Control-Allow-Origin") != "*" ||
		!strings.Contains(got.Header.Get("Access-Control-Allow-Headers"), "Authorization") || got.Header.Get("Access-Control-Allow-Credentials") != "" {
		t.Errorf("%s %v", got.Status, got.Header)
	}
}

func TestMethodsAndCharges(t *testing.T) {
	h := open(t, sandbox.Config{})
	made := h.post("/v1/payment_methods", params("type", "card", "card[number]", "4242 4242-4242 4242", "card[exp_month]", "1", "card[exp_year]", "34",
		"billing_details[email]", "ellen@example.com"), h.publishable()).want(t, 200)
	if made.text("card", "brand") != "visa" || made.number("card", "exp_year") != 2034 || made.text("billing_details", "email") != "ellen@example.com" || strings.Contains(made.raw, "4242424242424242") {
		t.Errorf("got %s", made.raw)
	}
	pm := made.text("id")
	if got := h.get("/v1/payment_methods/"+pm, nil).want(t, 200); got.raw != made.raw {
		t.Errorf("got %s", got.raw)
	}
	h.get("/v1/payment_methods/pm_nope", nil).want(t, 404)
	id, _ := h.intent()
	paid := h.post("/v1/payment_intents/"+id+"/confirm", params("payment_method", pm)).want(t, 200)
	charge := h.get("/v1/charges/"+paid.text("latest_charge"), params("expand[]", "payment_intent.payment_method")).want(t, 200)
	if charge.text("payment_intent", "payment_method", "id") != pm {
		t.Errorf("got %s", charge.raw)
	}
	other, _ := h.intent()
	h.post("/v1/payment_intents/"+other+"/confirm", params("payment_method", "pm_card_chargeDeclined")).want(t, 402)
	if got := h.get("/v1/charges", nil).at("data").([]any); len(got) != 2 {
		t.Errorf("%d charges", len(got))
	}
	refund := h.post("/v1/refunds", params("charge", charge.text("id"), "amount", "50")).want(t, 200)
	if got := h.get("/v1/refunds", params("charge", charge.text("id"))).at("data").([]any); len(got) != 1 {
		t.Errorf("%d refunds", len(got))
	}
	if got := h.get("/v1/refunds/"+refund.text("id"), nil); got.raw != refund.raw {
		t.Errorf("got %s", got.raw)
	}
}
