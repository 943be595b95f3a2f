package browser_test

import (
	"encoding/json"
	"fmt"
	"html"
	"net/http"
	"net/http/httptest"
	"os/exec"
	"strings"
	"testing"

	"github.com/google/uuid"

	"github.com/stagedoor/stagedoor/origin/browsertest"
	"github.com/stagedoor/stagedoor/origin/payment"
	"github.com/stagedoor/stagedoor/origin/payment/sandbox"
	"github.com/stagedoor/stagedoor/origin/payment/stripe"
)

// TestInABrowser pays in Chromium, on a page of a shop's origin, through the script
// and the frames of the sandbox's origin. The tests are in browser_test.mjs.
// SCREENSHOTS=folder keeps pictures of what they saw.
func TestInABrowser(t *testing.T) {
	shop, stripe := openShop(t)
	browsertest.Script(t, "browser_test.mjs", "SHOP="+shop, "STRIPE="+stripe)
}

func TestFormReadsWhatPeopleType(t *testing.T) {
	node, err := exec.LookPath("node")
	if err != nil {
		t.Skip("the card form's reading of numbers was not tested: no node on PATH")
	}
	if out, err := exec.CommandContext(t.Context(), node, "--test", "number_test.mjs").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
}

// openShop serves a sandbox and a shop with a checkout page, on different origins,
// and returns their addresses.
func openShop(t *testing.T) (shopURL, stripeURL string) {
	t.Helper()
	stripeServer := httptest.NewUnstartedServer(nil)
	receiver := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) }))
	t.Cleanup(receiver.Close)
	s, err := sandbox.Open(sandbox.Config{Dir: t.TempDir(), PublicURL: "http://" + stripeServer.Listener.Addr().String(), WebhookURL: receiver.URL})
	if err != nil {
		t.Fatal(err)
	}
	stripeServer.Config.Handler = s.Handler()
	stripeServer.Start()
	gateway, err := stripe.New(stripe.Config{SecretKey: s.Keys().Secret, BaseURL: stripeServer.URL})
	if err != nil {
		t.Fatal(err)
	}
	shop := httptest.NewServer(checkout{gateway, stripeServer.URL, s.Keys().Publishable})
	t.Cleanup(func() {
		shop.Close()
		stripeServer.Close()
		s.Close()
	})
	return strings.Replace(shop.URL, "127.0.0.1", "lyceum.localhost", 1), stripeServer.URL
}

// checkout is the shop: a page with a new payment each time, as strict about what it
// loads as the real one.
type checkout struct {
	gateway             payment.Gateway
	stripe, publishable string
}

func (c checkout) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if id := r.URL.Query().Get("intent"); id != "" {
		intent, err := c.gateway.GetIntent(r.Context(), id)
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadGateway)
			return
		}
		json.NewEncoder(w).Encode(intent)
		return
	}
	currency := "GBP"
	if r.URL.Path == "/usd" {
		currency = "USD"
	}
	intent, err := c.gateway.CreateIntent(r.Context(), payment.CreateIntent{
		OrderID: uuid.NewString(), OrderNumber: "LY-1042", Amount: 17900, Currency: currency, BrandID: "lyceum",
		Description: "2 tickets for Hamlet, Lyceum Theatre", IdempotencyKey: uuid.NewString(),
	})
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadGateway)
		return
	}
	w.Header().Set("Content-Security-Policy", fmt.Sprintf(
		"default-src 'none'; script-src 'self' 'unsafe-inline' %[1]s; style-src 'unsafe-inline'; frame-src %[1]s; connect-src 'self' %[1]s; base-uri 'none'; form-action 'self'", c.stripe))
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	fmt.Fprintf(w, page, html.EscapeString(c.stripe), c.publishable, intent.ClientSecret)
}

const page = `<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>Checkout</title>
<style>
  :root { color-scheme: light dark }
  body { font: 16px/1.5 system-ui; margin: 0 auto; max-width: 30rem; padding: 1.25rem }
  h1 { font-size: 1.4rem; margin: 0 0 1rem }
  button { font: inherit; font-weight: 600; width: 100%%; min-height: 48px; margin-top: 1rem; border: 0; border-radius: 6px; background: #7a1631; color: #fff }
</style>
<script src="%s/v3/"></script>
<h1>Pay £179.00</h1>
<form><div id="payment"></div><button>Pay now</button></form>
<p id="message" role="alert"></p>
<script>
  const stripe = Stripe(%q), clientSecret = %q, options = Object.fromEntries(new URLSearchParams(location.search));
  const appearance = { theme: options.theme, variables: options.primary ? { colorPrimary: options.primary, borderRadius: "6px" } : {} };
  const elements = stripe.elements({ clientSecret, appearance });
  const element = elements.create("payment", {});
  window.events = [];
  for (const name of ["ready", "change", "focus", "blur", "loaderror"]) element.on(name, (e) => events.push({ name, ...e }));
  element.mount("#payment");
  document.forms[0].addEventListener("submit", async (e) => {
    e.preventDefault();
    const answer = await stripe.confirmPayment({
      elements, redirect: options.redirect ?? "if_required",
      confirmParams: { return_url: location.origin + "/return", payment_method_data: { billing_details: { name: "Ellen Terry", email: "ellen@example.com" } } },
    });
    window.answer = answer;
    document.getElementById("message").textContent = answer.error?.message ?? answer.paymentIntent.status;
  });
</script>`
