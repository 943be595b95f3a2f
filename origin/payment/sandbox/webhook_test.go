package sandbox_test

import (
	"net/http"
	"net/http/httptest"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stagedoor/stagedoor/origin/payment"
	"github.com/stagedoor/stagedoor/origin/payment/sandbox"
	"github.com/stagedoor/stagedoor/origin/payment/stripe"
)

// pay makes an intent and pays it with a card.
func (h *house) pay(card string) string {
	h.t.Helper()
	id, _ := h.intent()
	h.post("/v1/payment_intents/"+id+"/confirm", params("payment_method", card))
	return id
}

func (h *house) parse(d delivery, secret string) payment.Event {
	h.t.Helper()
	event, err := stripe.ParseWebhook(d.body, d.signature, secret, time.Now(), stripe.DefaultTolerance)
	if err != nil {
		h.t.Fatalf("%s: %v", d.kind, err)
	}
	return event
}

func TestWebhooksTellWhatHappened(t *testing.T) {
	m := newMailbox(t)
	h := open(t, sandbox.Config{WebhookURL: m.URL})
	id := h.pay("pm_card_chargeDeclinedInsufficientFunds")
	h.post("/v1/payment_intents/"+id+"/confirm", params("payment_method", "pm_card_visa")).want(t, 200)
	h.post("/v1/refunds", params("payment_intent", id, "amount", "950")).want(t, 200)
	dispute, _ := h.Dispute(id, "fraudulent")
	h.post("/v1/disputes/"+dispute+"/close", nil).want(t, 200)
	other, _ := h.intent()
	h.post("/v1/payment_intents/"+other+"/cancel", nil).want(t, 200)
	h.pay("pm_card_authenticationRequired")
	h.quiet()

	seen := map[payment.EventKind]payment.Event{}
	for _, d := range m.all() {
		event := h.parse(d, h.Keys().Webhook)
		seen[event.Kind] = event
		if event.ID != d.id || event.Live || event.Type != d.kind || event.APIVersion == "" || len(event.Raw) == 0 || event.Intent.ClientSecret != "" {
			t.Errorf("event: %+v", event)
		}
		if event.Kind != payment.Ignored && event.Intent.ID == "" {
			t.Errorf("%s is about no intent", event.Type)
		}
	}
	failed, paid := seen[payment.PaymentFailed].Intent, seen[payment.PaymentSucceeded].Intent
	if failed.ID != id || failed.LastError == nil || failed.LastError.DeclineCode != "insufficient_funds" || failed.OrderID != "7" {
		t.Errorf("failed: %+v", failed)
	}
	if paid.ID != id || paid.Status != payment.Succeeded || paid.Received != 8950 || paid.Currency != "GBP" || paid.OrderID != "7" {
		t.Errorf("paid: %+v", paid)
	}
	if got := seen[payment.PaymentRefunded].Intent; got.ID != id || got.Refunded != 950 || got.Received != 8950 || got.OrderID != "7" {
		t.Errorf("refunded: %+v", got)
	}
	if got := seen[payment.DisputeOpened]; got.Intent.ID != id || got.Dispute.Amount != 8950 || got.Dispute.Status != "needs_response" || got.Dispute.RespondBy.IsZero() {
		t.Errorf("disputed: %+v %+v", got, got.Dispute)
	}
	if got := seen[payment.DisputeClosed]; got.Dispute == nil || got.Dispute.Status != "lost" {
		t.Errorf("dispute closed: %+v", got)
	}
	if got := seen[payment.PaymentCanceled]; got.Intent.ID != other || got.Intent.Status != payment.Canceled {
		t.Errorf("canceled: %+v", got)
	}
	if got := seen[payment.PaymentRequiresAction]; got.Intent.Status != payment.RequiresAction {
		t.Errorf("requires action: %+v", got)
	}
	if _, ok := seen[payment.Ignored]; !ok {
		t.Error("charge.succeeded should be of no interest")
	}
}

func TestWebhooksAreRepeatedUntilAccepted(t *testing.T) {
	m := newMailbox(t)
	h := open(t, sandbox.Config{WebhookURL: m.URL, WebhookEvents: []string{"payment_intent.succeeded"}})
	m.refuseNext(3)
	h.pay("pm_card_visa")
	h.quiet()
	got := m.all()
	if len(got) != 4 || !got[3].accepted {
		t.Fatalf("%d deliveries", len(got))
	}
	for _, d := range got {
		if d.id != got[0].id || d.kind != "payment_intent.succeeded" || string(d.body) != string(got[0].body) {
			t.Errorf("another event: %s", d.body)
		}
		h.parse(d, h.Keys().Webhook) // each attempt is signed anew
	}
}

func TestARestartLosesNoWebhook(t *testing.T) {
	m := newMailbox(t)
	m.refuseNext(1 << 30)
	never := func(int) (time.Duration, bool) { return time.Hour, true }
	h := open(t, sandbox.Config{WebhookURL: m.URL, Backoff: never})
	id := h.pay("pm_card_visa")
	for len(m.all()) < 3 { // each was tried, and refused
		time.Sleep(time.Millisecond)
	}
	h.HoldWebhooks() // and these were never tried
	other := h.pay("pm_card_visa")

	m.refuseNext(0)
	h = h.restart()
	h.quiet()
	want := []string{"charge.succeeded", "charge.succeeded", "payment_intent.created", "payment_intent.created", "payment_intent.succeeded", "payment_intent.succeeded"}
	got := m.accepted()
	slices.Sort(got)
	if !slices.Equal(got, want) {
		t.Errorf("delivered %q, want %q", got, want)
	}
	for _, intent := range []string{id, other} {
		if got := h.get("/v1/payment_intents/"+intent, nil).text("status"); got != "succeeded" {
			t.Errorf("%s is %s after the restart", intent, got)
		}
	}
	h = h.restart()
	h.quiet()
	if got := len(m.accepted()); got != len(want) {
		t.Errorf("%d deliveries after another restart, want %d", got, len(want))
	}
}

func TestDeadReceiverIsGivenUpInTheEnd(t *testing.T) {
	m := newMailbox(t)
	m.refuseNext(1 << 30)
	twice := func(n int) (time.Duration, bool) { return 0, n < 2 }
	h := open(t, sandbox.Config{WebhookURL: m.URL, WebhookEvents: []string{"payment_intent.created"}, Backoff: twice})
	h.intent()
	h.quiet()
	if got := len(m.all()); got != 2 {
		t.Errorf("%d attempts", got)
	}
	h = h.restart()
	h.quiet()
	if got := len(m.all()); got != 2 {
		t.Errorf("%d attempts after a restart", got)
	}
	// It can still be fetched, and delivered by hand.
	event := h.get("/v1/events", nil).at("data").([]any)[0].(map[string]any)
	m.refuseNext(0)
	if !h.RepeatWebhook(event["id"].(string)) || h.RepeatWebhook("evt_nope") {
		t.Error("repeating by hand")
	}
	h.quiet()
	if got := m.accepted(); len(got) != 1 {
		t.Errorf("accepted %q", got)
	}
}

func TestWebhooksTwiceLateAndOutOfOrder(t *testing.T) {
	m := newMailbox(t)
	h := open(t, sandbox.Config{WebhookURL: m.URL})
	h.HoldWebhooks()
	h.pay("pm_card_visa")
	h.quiet()
	if got := m.all(); len(got) != 0 {
		t.Fatalf("%d deliveries while holding", len(got))
	}
	h.ReleaseWebhooks(sandbox.Reversed)
	if got, want := m.accepted(), []string{"payment_intent.succeeded", "charge.succeeded", "payment_intent.created"}; !slices.Equal(got, want) {
		t.Errorf("delivered %q, want %q", got, want)
	}

	h.PlanWebhooks(sandbox.WebhookPlan{Copies: 2})
	h.intent()
	h.quiet()
	if got := m.all()[3:]; len(got) != 3 || got[0].id != got[1].id || got[1].id != got[2].id {
		t.Errorf("%d copies of one event", len(got))
	}

	h.PlanWebhooks(sandbox.WebhookPlan{Delay: time.Hour})
	h.intent()
	if got := len(m.all()); got != 6 {
		t.Errorf("a late webhook came at once: %d", got)
	}
	h.RetryWebhooks()
	h.quiet()
	if got := len(m.all()); got != 7 {
		t.Errorf("a late webhook never came: %d", got)
	}
}

func TestRollingTheWebhookSecret(t *testing.T) {
	m := newMailbox(t)
	h := open(t, sandbox.Config{WebhookURL: m.URL})
	h.RollWebhookSecret("whsec_new")
	h.intent()
	h.quiet()
	d := m.all()[0]
	h.parse(d, h.Keys().Webhook)
	h.parse(d, "whsec_new")
}

func TestARedirectIsAFailure(t *testing.T) {
	var followed, asked atomic.Int32
	receiver := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/elsewhere" {
			followed.Add(1)
			return
		}
		if asked.Add(1) == 1 {
			http.Redirect(w, r, "/elsewhere", http.StatusFound)
		}
	}))
	t.Cleanup(receiver.Close)
	h := open(t, sandbox.Config{WebhookURL: receiver.URL})
	h.intent()
	h.quiet()
	if followed.Load() != 0 || asked.Load() != 2 {
		t.Errorf("followed %d times, asked %d times", followed.Load(), asked.Load())
	}
}
