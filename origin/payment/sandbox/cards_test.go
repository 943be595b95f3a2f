package sandbox_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/stagedoor/stagedoor/origin/payment/sandbox"
	"github.com/stagedoor/stagedoor/origin/payment/sandbox/testcard"
)

func cardParams(number string, more ...string) url.Values {
	cvc := "123"
	if strings.HasPrefix(number, "37") {
		cvc = "1234"
	}
	return params(append([]string{
		"payment_method_data[type]", "card", "payment_method_data[card][number]", number,
		"payment_method_data[card][exp_month]", "12", "payment_method_data[card][exp_year]", "2034",
		"payment_method_data[card][cvc]", cvc, "payment_method_data[billing_details][name]", "Ellen Terry",
		"payment_method_data[billing_details][address][postal_code]", "WC2E 7RQ", "use_stripe_sdk", "true",
	}, more...)...)
}

// confirmAsBrowser pays as the card form does: with the publishable key, the client
// secret and the number.
func (h *house) confirmAsBrowser(id, secret, number string) answer {
	h.t.Helper()
	p := cardParams(number)
	p.Set("client_secret", secret)
	return h.post("/v1/payment_intents/"+id+"/confirm", p, h.publishable(), header{"Origin", h.url})
}

// end checks how an intent ended, as the shop's server sees it.
func (h *house) end(id string, card testcard.Card) {
	h.t.Helper()
	now := h.get("/v1/payment_intents/"+id, params("expand[]", "latest_charge"))
	if card.Decline == nil {
		if now.text("status") != "succeeded" || now.number("amount_received") != 8950 || now.at("last_payment_error") != nil {
			h.t.Errorf("should have succeeded: %s", now.raw)
		}
		if now.text("latest_charge", "status") != "succeeded" || now.at("latest_charge", "captured") != true {
			h.t.Errorf("charge: %v", now.at("latest_charge"))
		}
		if got := now.text("latest_charge", "payment_method_details", "card", "last4"); got != card.Last4() {
			h.t.Errorf("last4 is %q", got)
		}
		authenticated := now.at("latest_charge", "payment_method_details", "card", "three_d_secure") != nil
		if authenticated != card.Authenticate {
			h.t.Errorf("3-D Secure on the charge: %v", authenticated)
		}
		return
	}
	if now.text("status") != "requires_payment_method" || now.number("amount_received") != 0 || now.at("payment_method") != nil {
		h.t.Errorf("should have failed: %s", now.raw)
	}
	for field, want := range map[string]string{
		"code": card.Decline.Code, "decline_code": card.Decline.DeclineCode, "message": card.Decline.Message, "type": "card_error",
	} {
		if got := now.text("last_payment_error", field); got != want {
			h.t.Errorf("last_payment_error.%s is %q, want %q", field, got, want)
		}
	}
	if now.text("latest_charge", "status") != "failed" || now.text("latest_charge", "failure_code") != card.Decline.Code {
		h.t.Errorf("charge: %v", now.at("latest_charge"))
	}
}

func TestEveryTestCardTypedInABrowser(t *testing.T) {
	h := open(t, sandbox.Config{})
	for _, card := range testcard.All() {
		t.Run(card.Number+" "+card.Title, func(t *testing.T) {
			h := &house{Sandbox: h.Sandbox, t: t, url: h.url}
			id, secret := h.intent()
			got := h.confirmAsBrowser(id, secret, card.Number)
			if card.Authenticate {
				if got.want(t, http.StatusOK).text("status") != "requires_action" || got.text("next_action", "type") != "use_stripe_sdk" {
					t.Fatalf("no check: %s", got.raw)
				}
				h.decide(got.text("next_action", "use_stripe_sdk", "stripe_js"), "complete")
			} else if card.Decline != nil {
				if got.want(t, http.StatusPaymentRequired).text("error", "payment_intent", "id") != id {
					t.Errorf("the intent is not in the error: %s", got.raw)
				}
			} else {
				got.want(t, http.StatusOK)
			}
			h.end(id, card)
		})
	}
}

func TestEveryTokenConfirmedByAServer(t *testing.T) {
	h := open(t, sandbox.Config{})
	for _, card := range testcard.All() {
		for _, token := range card.Tokens {
			t.Run(token, func(t *testing.T) {
				h := &house{Sandbox: h.Sandbox, t: t, url: h.url}
				id, _ := h.intent()
				got := h.post("/v1/payment_intents/"+id+"/confirm", params("payment_method", token, "return_url", "http://shop.test/return?order=7"))
				if card.Authenticate {
					if got.text("next_action", "redirect_to_url", "return_url") != "http://shop.test/return?order=7" {
						t.Fatalf("no redirect: %s", got.raw)
					}
					back := h.decide(got.text("next_action", "redirect_to_url", "url"), "complete")
					outcome := "succeeded"
					if card.Decline != nil {
						outcome = "failed"
					}
					query := back.Query()
					if back.Host != "shop.test" || query.Get("order") != "7" || query.Get("payment_intent") != id ||
						query.Get("redirect_status") != outcome || query.Get("payment_intent_client_secret") == "" {
						t.Errorf("sent back to %s", back)
					}
				}
				h.end(id, card)
			})
		}
	}
}

// decide presses a button on the page of a 3-D Secure check and returns where the buyer
// is sent, if anywhere.
func (h *house) decide(page, outcome string) *url.URL {
	h.t.Helper()
	client := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	shown, err := client.Get(page)
	if err != nil {
		h.t.Fatal(err)
	}
	shown.Body.Close()
	if shown.StatusCode != http.StatusOK {
		h.t.Fatalf("%s: %s", page, shown.Status)
	}
	done, err := client.PostForm(page, params("outcome", outcome))
	if err != nil {
		h.t.Fatal(err)
	}
	done.Body.Close()
	if done.StatusCode != http.StatusOK && done.StatusCode != http.StatusSeeOther {
		h.t.Fatalf("%s: %s", outcome, done.Status)
	}
	back, _ := done.Location()
	return back
}

func TestThreeDSecureFailed(t *testing.T) {
	h := open(t, sandbox.Config{})
	id, secret := h.intent()
	first := h.confirmAsBrowser(id, secret, "4000002500003155").text("next_action", "use_stripe_sdk", "stripe_js")
	h.decide(first, "fail")
	now := h.get("/v1/payment_intents/"+id, nil)
	if now.text("status") != "requires_payment_method" || now.text("last_payment_error", "code") != "payment_intent_authentication_failure" ||
		now.at("next_action") != nil || now.number("amount_received") != 0 {
		t.Errorf("after failing: %s", now.raw)
	}
	// Deciding again changes nothing, not even for the better.
	h.decide(first, "complete")
	if got := h.get("/v1/payment_intents/"+id, nil).text("status"); got != "requires_payment_method" {
		t.Errorf("a check that was over could be completed: %s", got)
	}
	// Another attempt has a check of its own, and overtakes the one before it.
	second := h.confirmAsBrowser(id, secret, "4000002500003155").text("next_action", "use_stripe_sdk", "stripe_js")
	third := h.confirmAsBrowser(id, secret, "4000002500003155").text("next_action", "use_stripe_sdk", "stripe_js")
	h.decide(second, "complete")
	if got := h.get("/v1/payment_intents/"+id, nil).text("status"); got != "requires_action" {
		t.Errorf("an overtaken check counted: %s", got)
	}
	h.decide(third, "complete")
	if got := h.get("/v1/payment_intents/"+id, nil).text("status"); got != "succeeded" {
		t.Errorf("the latest check did not count: %s", got)
	}
}

func TestCardDetailsThatCannotBeRight(t *testing.T) {
	h := open(t, sandbox.Config{})
	cases := []struct {
		name, number, month, year, cvc, code, param string
	}{
		{"a mistyped digit", "4242424242424241", "12", "2034", "123", "incorrect_number", "number"},
		{"letters", "4242x", "12", "2034", "123", "invalid_number", "number"},
		{"too short", "42", "12", "2034", "123", "incorrect_number", "number"},
		{"no such month", "4242424242424242", "13", "2034", "123", "invalid_expiry_month", "exp_month"},
		{"not a month", "4242424242424242", "x", "2034", "123", "invalid_expiry_month", "exp_month"},
		{"last year", "4242424242424242", "12", "2024", "123", "invalid_expiry_year", "exp_year"},
		{"a short year long gone", "4242424242424242", "12", "20", "123", "invalid_expiry_year", "exp_year"},
		{"far away", "4242424242424242", "12", "3034", "123", "invalid_expiry_year", "exp_year"},
		{"two digits of CVC", "4242424242424242", "12", "2034", "12", "invalid_cvc", "cvc"},
		{"three for American Express", "378282246310005", "12", "2034", "123", "invalid_cvc", "cvc"},
		{"a real card", "4111111111111111", "12", "2034", "123", "card_declined", ""},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			h := &house{Sandbox: h.Sandbox, t: t, url: h.url}
			id, secret := h.intent()
			p := cardParams(c.number)
			p.Set("client_secret", secret)
			p.Set("payment_method_data[card][exp_month]", c.month)
			p.Set("payment_method_data[card][exp_year]", c.year)
			p.Set("payment_method_data[card][cvc]", c.cvc)
			got := h.post("/v1/payment_intents/"+id+"/confirm", p, h.publishable()).want(t, http.StatusPaymentRequired)
			if got.text("error", "type") != "card_error" || got.text("error", "code") != c.code || got.text("error", "param") != c.param {
				t.Errorf("got %s", got.raw)
			}
			if c.name == "a real card" && (got.text("error", "decline_code") != "test_mode_live_card" || strings.Contains(got.raw, c.number)) {
				t.Errorf("got %s", got.raw)
			}
		})
	}
}

func TestNumbersComeFromTheCardFormOnly(t *testing.T) {
	h := open(t, sandbox.Config{})
	id, secret := h.intent()
	p := cardParams("4242424242424242", "client_secret", secret)
	for name, got := range map[string]answer{
		"a server":          h.post("/v1/payment_intents/"+id+"/confirm", p),
		"a page of a shop":  h.post("/v1/payment_intents/"+id+"/confirm", p, h.publishable(), header{"Origin", "http://lyceum.localhost:8787"}),
		"a method's maker":  h.post("/v1/payment_methods", params("type", "card", "card[number]", "4242424242424242")),
		"an opaque context": h.post("/v1/payment_intents/"+id+"/confirm", p, h.publishable(), header{"Origin", "null"}),
	} {
		if got.status != http.StatusPaymentRequired || got.text("error", "type") != "invalid_request_error" {
			t.Errorf("%s could send a number: %s", name, got.raw)
		}
	}
	if got := h.get("/v1/payment_intents/"+id, nil).text("status"); got != "requires_payment_method" {
		t.Errorf("status is %s", got)
	}
}
