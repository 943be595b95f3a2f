package sandbox_test

import (
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stagedoor/stagedoor/origin/payment"
	"github.com/stagedoor/stagedoor/origin/payment/sandbox"
)

// press presses a button of the control panel as a program.
func (h *house) press(path string, p url.Values) answer {
	h.t.Helper()
	return h.post(path, p, header{"Accept", "application/json"})
}

// look reads what a page of the panel shows.
func (h *house) look(path string) answer {
	h.t.Helper()
	return h.get(path, nil, header{"Accept", "application/json"})
}

// browse presses a button, or opens a page, as a browser does; it does not follow where that leads.
func (h *house) browse(method, path string, p url.Values, headers ...header) (*http.Response, string) {
	h.t.Helper()
	r, err := http.NewRequestWithContext(h.t.Context(), method, h.url+path, strings.NewReader(p.Encode()))
	if err != nil {
		h.t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Accept", "text/html,*/*;q=0.8")
	for _, x := range headers {
		if r.Header.Set(x.name, x.value); x.name == "Host" {
			r.Host = x.value
		}
	}
	client := http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	got, err := client.Do(r)
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

// told are the types of the events that came since the last call, sorted: deliveries are in no particular order.
func (h *house) told(m *mailbox) []string {
	h.t.Helper()
	h.quiet()
	kinds := m.accepted()
	slices.Sort(kinds)
	m.forget()
	return kinds
}

func (m *mailbox) forget() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.received = nil
}

func TestADisputeFromBeginningToEnd(t *testing.T) {
	for _, c := range []struct{ name, outcome, status, money string }{
		{"won", "won", "won", "the shop has it"}, {"lost", "lost", "lost", "the bank has it"},
	} {
		t.Run(c.name, func(t *testing.T) {
			m := newMailbox(t)
			h := open(t, sandbox.Config{WebhookURL: m.URL})
			id := h.pay("pm_card_visa")
			h.told(m)
			dispute := h.press("/control/payments/"+id+"/dispute", params("reason", "product_not_received", "amount", "5000")).want(t, 200).text("id")
			if got, want := h.told(m), []string{"charge.dispute.created", "charge.dispute.funds_withdrawn"}; !slices.Equal(got, want) {
				t.Errorf("told %q, want %q", got, want)
			}
			h.press("/control/payments/"+id+"/dispute", nil).want(t, 400)
			h.press("/control/disputes/"+dispute+"/evidence", nil).want(t, 400)
			h.press("/control/disputes/"+dispute+"/evidence", params("text", "They were at the door at 19:02.")).want(t, 200)
			if got := h.look("/payments/" + id); got.text("dispute", "status") != "needs_response" || got.text("dispute", "evidence", "uncategorized_text") == "" {
				t.Errorf("after keeping evidence: %s", got.raw)
			}
			h.press("/control/disputes/"+dispute+"/evidence", params("text", "They were let in at 19:02.", "submit", "on")).want(t, 200)
			if got := h.get("/v1/disputes/"+dispute, nil); got.text("status") != "under_review" || got.number("evidence_details", "submission_count") != 1 || got.number("amount") != 5000 ||
				got.text("evidence", "uncategorized_text") != "They were let in at 19:02." || got.at("is_charge_refundable") != false {
				t.Errorf("after sending it: %s", got.raw)
			}
			h.press("/control/disputes/"+dispute+"/escalate", nil).want(t, 400)
			h.press("/control/disputes/"+dispute+"/decide", params("outcome", "maybe")).want(t, 400)
			h.told(m)
			h.press("/control/disputes/"+dispute+"/decide", params("outcome", c.outcome)).want(t, 200)
			want := []string{"charge.dispute.closed"}
			if c.outcome == "won" {
				want = append(want, "charge.dispute.funds_reinstated")
			}
			if got := h.told(m); !slices.Equal(got, want) {
				t.Errorf("told %q, want %q", got, want)
			}
			page := h.look("/payments/" + id)
			if page.text("dispute", "status") != c.status || page.at("dispute", "withdrawn") != (c.outcome == "lost") {
				t.Errorf("in the end: %s", page.raw)
			}
			refund := h.post("/v1/refunds", params("payment_intent", id)) // money that is back may be given back
			if refunded := refund.status == 200; refunded != (c.outcome == "won") {
				t.Errorf("a refund after it: %s", refund.raw)
			}
			h.press("/control/disputes/"+dispute+"/decide", params("outcome", "won")).want(t, 400)
			h = h.restart()
			if got := h.get("/v1/disputes/"+dispute, nil); got.text("status") != c.status || got.number("evidence_details", "submission_count") != 1 {
				t.Errorf("after a restart: %s", got.raw)
			}
		})
	}
}

func TestAnInquiryTakesNoMoney(t *testing.T) {
	m := newMailbox(t)
	h := open(t, sandbox.Config{WebhookURL: m.URL})
	id, other := h.pay("pm_card_visa"), h.pay("pm_card_visa")
	h.told(m)
	inquiry := h.press("/control/payments/"+id+"/dispute", params("inquiry", "on")).want(t, 200).text("id")
	if got := h.told(m); !slices.Equal(got, []string{"charge.dispute.created"}) {
		t.Errorf("told %q", got)
	}
	if got := h.get("/v1/disputes/"+inquiry, nil); got.text("status") != "warning_needs_response" || got.at("is_charge_refundable") != true {
		t.Errorf("an inquiry: %s", got.raw)
	}
	h.press("/control/disputes/"+inquiry+"/decide", params("outcome", "won")).want(t, 200)
	if got := h.told(m); !slices.Equal(got, []string{"charge.dispute.closed"}) {
		t.Errorf("told %q", got)
	}
	worse := h.press("/control/payments/"+other+"/dispute", params("inquiry", "on")).want(t, 200).text("id")
	h.press("/control/disputes/"+worse+"/escalate", nil).want(t, 200)
	if got := h.get("/v1/disputes/"+worse, nil).text("status"); got != "needs_response" {
		t.Errorf("escalated: %s", got)
	}
	if got, want := h.told(m), []string{"charge.dispute.created", "charge.dispute.funds_withdrawn", "charge.dispute.updated"}; !slices.Equal(got, want) {
		t.Errorf("told %q, want %q", got, want)
	}
}

func TestEvidenceThatDecides(t *testing.T) {
	h := open(t, sandbox.Config{})
	for word, want := range map[string]string{"winning_evidence": "won", "losing_evidence": "lost", "a receipt": "under_review"} {
		id := h.pay("pm_card_createDispute")
		dispute := h.get("/v1/disputes", params("payment_intent", id)).at("data").([]any)[0].(map[string]any)["id"].(string)
		kept := h.post("/v1/disputes/"+dispute, params("evidence[uncategorized_text]", word, "submit", "false", "metadata[desk]", "3")).want(t, 200)
		if kept.text("status") != "needs_response" || kept.at("evidence_details", "has_evidence") != true || kept.text("metadata", "desk") != "3" {
			t.Errorf("%s, kept: %s", word, kept.raw)
		}
		if got := h.post("/v1/disputes/"+dispute, params("evidence[uncategorized_text]", word)).want(t, 200).text("status"); got != want {
			t.Errorf("%s, sent: %s, want %s", word, got, want)
		}
		h.post("/v1/disputes/"+dispute, params("evidence[opinion]", "x")).want(t, 400)
	}
}

func TestRefundsThatFailLater(t *testing.T) {
	m := newMailbox(t)
	h := open(t, sandbox.Config{WebhookURL: m.URL})
	refunded := func(intent string) int64 {
		return h.get("/v1/payment_intents/"+intent, params("expand[]", "latest_charge")).number("latest_charge", "amount_refunded")
	}
	id := h.pay("pm_card_visa")
	h.told(m)
	refund := h.press("/control/payments/"+id+"/refund", params("money", "£20.00", "pending", "on")).want(t, 200).text("id")
	if got := h.get("/v1/refunds/"+refund, nil); got.text("status") != "pending" || got.number("amount") != 2000 || refunded(id) != 2000 {
		t.Errorf("a pending refund: %s", got.raw)
	}
	if got, want := h.told(m), []string{"charge.refunded", "refund.created"}; !slices.Equal(got, want) {
		t.Errorf("told %q, want %q", got, want)
	}
	h.press("/control/refunds/"+refund+"/settle", params("outcome", "failed", "failure_reason", "lost_or_stolen_card")).want(t, 200)
	if got := h.get("/v1/refunds/"+refund, nil); got.text("status") != "failed" || got.text("failure_reason") != "lost_or_stolen_card" || refunded(id) != 0 {
		t.Errorf("a failed refund: %s", got.raw)
	}
	h.quiet()
	for _, d := range m.all() {
		if event := h.parse(d, h.Keys().Webhook); event.Kind != payment.RefundUpdated || event.Refund.Status != payment.RefundFailed || event.Refund.IntentID != id {
			t.Errorf("%s was read as %+v", d.kind, event)
		}
	}
	if got, want := h.told(m), []string{"charge.refund.updated", "refund.failed", "refund.updated"}; !slices.Equal(got, want) {
		t.Errorf("told %q, want %q", got, want)
	}
	h.press("/control/refunds/"+refund+"/settle", params("outcome", "succeeded")).want(t, 400)
	again := h.press("/control/payments/"+id+"/refund", nil).want(t, 200).text("id")
	h.press("/control/refunds/"+again+"/settle", params("outcome", "succeeded")).want(t, 400)
	h.press("/control/refunds/"+again+"/settle", params("outcome", "failed")).want(t, 200) // days later
	if got := refunded(id); got != 0 {
		t.Errorf("%d is refunded", got)
	}

	waits := h.post("/v1/refunds", params("payment_intent", h.pay("pm_card_pendingRefund"))).want(t, 200)
	if waits.text("status") != "pending" {
		t.Errorf("refunds of this card wait: %s", waits.raw)
	}
	h.press("/control/refunds/"+waits.text("id")+"/settle", params("outcome", "succeeded")).want(t, 200)
	fails := h.post("/v1/refunds", params("payment_intent", h.pay("pm_card_refundFail")), key("fails")).want(t, 200)
	repeated := h.post("/v1/refunds", params("payment_intent", fails.text("payment_intent")), key("fails")).want(t, 200)
	if fails.text("status") != "succeeded" || repeated.raw != fails.raw || h.get("/v1/refunds/"+fails.text("id"), nil).text("status") != "failed" {
		t.Errorf("refunds of this card fail: %s", fails.raw)
	}
}

func TestWebhooksHeldReleasedReversedTwiceAndADayLate(t *testing.T) {
	m := newMailbox(t)
	h := open(t, sandbox.Config{WebhookURL: m.URL})
	h.press("/control/webhooks/hold", nil).want(t, 200)
	before := time.Now().Unix()
	h.pay("pm_card_visa")
	state := h.look("/webhooks")
	if state.at("holding") != true || state.number("held") != 3 || state.at("quiet") != true {
		t.Fatalf("held: %s", state.raw)
	}
	h.press("/control/webhooks/release", params("order", "sideways")).want(t, 400)
	h.press("/control/webhooks/release", params("order", "reversed", "copies", "2", "late", "on")).want(t, 200)
	h.quiet()
	got := m.accepted()
	if len(got) != 6 {
		t.Fatalf("delivered %q", got)
	}
	var firsts []string
	for _, d := range m.all() {
		if !slices.Contains(firsts, d.kind) {
			firsts = append(firsts, d.kind)
		}
		event := h.parse(d, h.Keys().Webhook) // signed now, or it would be refused as stale
		if age := before - event.CreatedAt.Unix(); age < 23*60*60 || age > 24*60*60 {
			t.Errorf("%s happened %d s ago", d.kind, age)
		}
	}
	if want := []string{"payment_intent.succeeded", "charge.succeeded", "payment_intent.created"}; !slices.Equal(firsts, want) {
		t.Errorf("in the order %q, want %q", firsts, want)
	}
	event := h.look("/webhooks").at("events").([]any)[0].(map[string]any)
	if event["state"] != "delivered" || len(event["tries"].([]any)) != 2 {
		t.Errorf("an event that was delivered twice: %v", event)
	}
	name := event["id"].(string)
	if got := h.get("/v1/events/"+name, nil).number("created"); got > before-23*60*60 {
		t.Errorf("the API says it was created at %d", got)
	}
	m.forget()
	h.press("/control/events/"+name+"/deliver", params("copies", "3")).want(t, 200)
	h.quiet()
	if n := len(m.all()); n != 3 {
		t.Errorf("%d more deliveries of one event, want 3", n)
	}
	h.press("/control/events/evt_nope/deliver", nil).want(t, 404)

	h.press("/control/webhooks/hold", nil)
	h.intent()
	held := h.look("/webhooks").at("events").([]any)[0].(map[string]any)
	m.forget()
	h.press("/control/events/"+held["id"].(string)+"/deliver", params("late", "on")).want(t, 200)
	h.quiet()
	for _, d := range m.all() {
		if age := before - h.parse(d, h.Keys().Webhook).CreatedAt.Unix(); age < 23*60*60 {
			t.Errorf("one of what is held is to come late, and happened %d s ago", age)
		}
	}
	if state := h.look("/webhooks"); held["state"] != "held" || len(m.all()) != 1 || state.number("held") != 0 || state.at("holding") != true {
		t.Errorf("one of what is held: %v, then %s", held, state.raw)
	}
}

func TestHowDeliveriesWentIsShown(t *testing.T) {
	m := newMailbox(t)
	h := open(t, sandbox.Config{WebhookURL: m.URL, WebhookEvents: []string{"payment_intent.created"}})
	m.refuseNext(2)
	h.intent()
	h.quiet()
	tries := h.look("/webhooks").at("events").([]any)[0].(map[string]any)["tries"].([]any)
	if len(tries) != 3 || !strings.Contains(tries[0].(map[string]any)["fault"].(string), "500") || tries[2].(map[string]any)["fault"] != nil || tries[0].(map[string]any)["at"] == nil {
		t.Errorf("tries: %v", tries)
	}
	h.press("/control/webhooks/plan", params("delay", "-1")).want(t, 400)
	h.press("/control/webhooks/plan", params("delay", "3600", "copies", "2")).want(t, 200)
	h.intent()
	if state := h.look("/webhooks"); state.at("quiet") != false || state.number("delay") != 3600 || state.number("copies") != 2 {
		t.Errorf("an hour's delay: %s", state.raw)
	}
	m.forget()
	h.press("/control/webhooks/retry", nil).want(t, 200)
	h.quiet()
	if n := len(m.all()); n != 2 {
		t.Errorf("%d deliveries, want two", n)
	}
}

func TestFaultsFromThePanel(t *testing.T) {
	h := open(t, sandbox.Config{})
	cases := []struct {
		kind         string
		status       int
		made, replay bool // whether it took effect, and what the same key brings then
	}{
		{"500", 500, false, false}, {"500_done", 500, true, true}, {"503", 503, false, false}, {"429", 429, false, false},
		{"slow", 200, true, true},
		{"cut", -1, false, false}, {"cut_done", -1, true, true},
	}
	for i, c := range cases {
		h.press("/control/faults", params("kind", c.kind, "call", "pay", "times", "1", "delay", "1")).want(t, 200)
		if got := h.look("/faults").at("planned").([]any); len(got) != 1 || got[0].(map[string]any)["title"] == "Planned by a test" {
			t.Errorf("%s: planned %v", c.kind, got)
		}
		k := key("fault-" + c.kind)
		if got := h.status("/v1/payment_intents", intentParams(), k); got != c.status {
			t.Errorf("%s: answered %d, want %d", c.kind, got, c.status)
		}
		replayed := h.post("/v1/payment_intents", intentParams(), k).want(t, 200).header.Get("Idempotent-Replayed") == "true"
		if replayed != c.replay {
			t.Errorf("%s: the same key is replayed: %t, want %t", c.kind, replayed, c.replay)
		}
		if n := len(h.get("/v1/payment_intents", params("limit", "100")).at("data").([]any)); n != i+1 {
			t.Errorf("%s: %d payments, want %d", c.kind, n, i+1)
		}
	}
	h.press("/control/faults", params("kind", "500_kept", "call", "pay")).want(t, 200)
	for range 2 { // Stripe keeps its own 500s
		h.post("/v1/payment_intents", intentParams(), key("kept")).want(t, 500)
	}
	h.press("/control/faults", params("kind", "429", "call", "refund", "times", "1000")).want(t, 200)
	if got := h.status("/v1/payment_intents", intentParams()); got != 200 {
		t.Errorf("another call was hit: %d", got)
	}
	h.press("/control/faults/clear", nil).want(t, 200)
	if n := h.PendingFaults(); n != 0 {
		t.Errorf("%d faults are still planned", n)
	}
	for name, p := range map[string]url.Values{"kind": params("kind", "earthquake"), "call": params("call", "collect"), "times": params("times", "0"), "delay": params("delay", "x")} {
		if got := h.press("/control/faults", p).want(t, 400).text("detail"); !strings.HasPrefix(got, name+" must be") {
			t.Errorf("%s: %q", name, got)
		}
	}
}

func TestPagesOfOtherSitesPressNothing(t *testing.T) {
	h := open(t, sandbox.Config{})
	id := h.pay("pm_card_visa")
	own := header{"Origin", h.url}
	cases := []struct {
		name    string
		method  string
		headers []header
		status  int
	}{
		{"another site", "POST", []header{{"Origin", "https://evil.example"}}, 403},
		{"another site, by a modern browser", "POST", []header{{"Sec-Fetch-Site", "cross-site"}, {"Origin", "https://evil.example"}}, 403},
		{"a shop on this machine", "POST", []header{{"Sec-Fetch-Site", "cross-site"}, {"Origin", "http://lyceum.localhost:8787"}}, 403},
		{"another port of this address", "POST", []header{{"Sec-Fetch-Site", "same-site"}, {"Origin", "http://127.0.0.1:1"}}, 403},
		{"no origin to speak of", "POST", []header{{"Origin", "null"}}, 403},
		{"a name that was made to lead here", "POST", []header{{"Host", "evil.example:8789"}, {"Origin", "http://evil.example:8789"}, {"Sec-Fetch-Site", "same-origin"}}, 421},
		{"reading by such a name", "GET", []header{{"Host", "evil.example"}}, 421},
		{"itself", "POST", []header{{"Sec-Fetch-Site", "same-origin"}, own}, 303},
		{"itself, by an old browser", "POST", []header{own}, 303},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			path := "/control/webhooks/hold"
			if c.status == 303 {
				path = "/control/faults/clear"
			}
			if c.status == 403 || c.status == 421 && c.method == "POST" {
				path = "/control/payments/" + id + "/dispute"
			}
			if c.method == "GET" {
				path = "/"
			}
			got, body := h.browse(c.method, path, nil, c.headers...)
			if got.StatusCode != c.status {
				t.Errorf("answered %s", got.Status)
			}
			if c.status != 303 && strings.Contains(body, id) {
				t.Error("it tells of payments")
			}
		})
	}
	if got := h.look("/payments/" + id).at("dispute"); got != nil {
		t.Errorf("it was pressed: %v", got)
	}
}

func TestThePanelSpeaksToPeople(t *testing.T) {
	h := open(t, sandbox.Config{})
	for path, says := range map[string]string{
		"/": "No payments yet", "/webhooks": "Nothing has happened yet", "/faults": "every request is answered as it should be", "/cards": "4242 4242 4242 4242",
	} {
		got, body := h.browse("GET", path, nil)
		if got.StatusCode != 200 || !strings.Contains(body, says) || !strings.Contains(got.Header.Get("Content-Security-Policy"), "frame-ancestors 'none'") {
			t.Errorf("%s: %s, without %q", path, got.Status, says)
		}
	}
	if got, body := h.browse("GET", "/payments/pi_nope", nil); got.StatusCode != 404 || !strings.Contains(body, "There is no payment of that name") {
		t.Errorf("no such payment: %s", got.Status)
	}
	if got, body := h.browse("POST", "/control/webhooks/hold", nil); got.StatusCode != 400 || !strings.Contains(body, "No webhook URL is set") {
		t.Errorf("without a receiver: %s", got.Status)
	}
	id := h.pay("pm_card_visa")
	for money, status := range map[string]int{"12.5": 303, "1,2.005": 400, "twelve": 400, "-3": 400, "0": 400, "1e9": 400, "99999999": 400} {
		if got, body := h.browse("POST", "/control/payments/"+id+"/refund", params("money", money)); got.StatusCode != status || status == 400 && !strings.Contains(body, "Nothing was changed") {
			t.Errorf("%q: %s", money, got.Status)
		}
	}
	got, _ := h.browse("POST", "/control/payments/"+id+"/dispute", params("reason", "fraudulent"))
	if got.Header.Get("Location") != "/payments/"+id+"?said=disputed" {
		t.Fatalf("leads to %q", got.Header.Get("Location"))
	}
	_, body := h.browse("GET", got.Header.Get("Location"), nil)
	for _, text := range []string{"The buyer’s bank questions the payment.", "needs response", "£12.50", "Evidence is due", "Send it to the bank"} {
		if !strings.Contains(body, text) {
			t.Errorf("the page does not say %q", text)
		}
	}
	if _, body := h.browse("GET", "/?said=%3Cb%3Ehello", nil); strings.Contains(body, "hello") {
		t.Error("an address makes the page say anything")
	}
	long := params("text", strings.Repeat("x", 70<<10))
	if got, _ := h.browse("POST", "/control/disputes/dp_nope/evidence", long); got.StatusCode != 400 {
		t.Errorf("a form without end: %s", got.Status)
	}
	var problem map[string]any
	refused := h.press("/control/disputes/dp_nope/decide", params("outcome", "won")).want(t, 404)
	if err := json.Unmarshal([]byte(refused.raw), &problem); err != nil || refused.header.Get("Content-Type") != "application/problem+json" || !strings.Contains(problem["detail"].(string), "No such dispute") {
		t.Errorf("refused: %s", refused.raw)
	}
}
