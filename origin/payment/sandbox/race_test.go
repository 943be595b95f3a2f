package sandbox_test

import (
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"

	"github.com/stagedoor/stagedoor/origin/payment/sandbox"
)

// impatient repeats nothing by itself: Go does, with an Idempotency-Key and a connection it used before.
var impatient = &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}

// status posts without failing the test, for use by many goroutines.
func (h *house) status(path string, p url.Values, headers ...header) int {
	r, err := http.NewRequest(http.MethodPost, h.url+path, strings.NewReader(p.Encode()))
	if err != nil {
		return -1
	}
	r.Header.Set("Authorization", "Bearer "+h.Keys().Secret)
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	for _, x := range headers {
		r.Header.Set(x.name, x.value)
	}
	answer, err := impatient.Do(r)
	if err != nil {
		return -1
	}
	answer.Body.Close()
	return answer.StatusCode
}

// race runs f many times at once and counts what it returned.
func race(n int, f func(i int) int) map[int]int {
	var mu sync.Mutex
	var wg sync.WaitGroup
	counts := map[int]int{}
	start := make(chan struct{})
	for i := range n {
		wg.Go(func() {
			<-start
			got := f(i)
			mu.Lock()
			defer mu.Unlock()
			counts[got]++
		})
	}
	close(start)
	wg.Wait()
	return counts
}

func TestOneIntentIsChargedOnce(t *testing.T) {
	m := newMailbox(t)
	h := open(t, sandbox.Config{WebhookURL: m.URL})
	id, _ := h.intent()
	counts := race(40, func(i int) int {
		if i%4 == 0 {
			return h.status("/v1/payment_intents/"+id+"/cancel", nil)
		}
		return h.status("/v1/payment_intents/"+id+"/confirm", params("payment_method", "pm_card_visa"))
	})
	if counts[200] != 1 || counts[400] != 39 {
		t.Errorf("answers: %v", counts)
	}
	if n := len(h.get("/v1/charges", params("payment_intent", id)).at("data").([]any)); n > 1 {
		t.Errorf("%d charges", n)
	}
}

func TestRefundsNeverExceedThePayment(t *testing.T) {
	h := open(t, sandbox.Config{})
	id := h.pay("pm_card_visa")
	counts := race(40, func(int) int {
		return h.status("/v1/refunds", params("payment_intent", id, "amount", "1000"))
	})
	charge := h.get("/v1/payment_intents/"+id, params("expand[]", "latest_charge"))
	if counts[200] != 8 || charge.number("latest_charge", "amount_refunded") != 8000 {
		t.Errorf("answers: %v; refunded %d of 8950", counts, charge.number("latest_charge", "amount_refunded"))
	}
}

func TestOneKeyIsUsedOnce(t *testing.T) {
	h := open(t, sandbox.Config{})
	counts := race(40, func(int) int {
		return h.status("/v1/payment_intents", intentParams(), key("same"))
	})
	if counts[200]+counts[409] != 40 || counts[200] == 0 {
		t.Errorf("answers: %v", counts)
	}
	if n := len(h.get("/v1/payment_intents", nil).at("data").([]any)); n != 1 {
		t.Errorf("%d intents for one key", n)
	}
}

func TestManyBuyersAtOnce(t *testing.T) {
	m := newMailbox(t)
	h := open(t, sandbox.Config{WebhookURL: m.URL, WebhookEvents: []string{"payment_intent.succeeded"}})
	counts := race(60, func(int) int {
		return h.status("/v1/payment_intents", intentParams("confirm", "true", "payment_method", "pm_card_visa"))
	})
	if counts[200] != 60 {
		t.Errorf("answers: %v", counts)
	}
	h.quiet()
	events := map[string]int{}
	for _, d := range m.all() {
		events[d.id]++
	}
	if len(events) != 60 || len(m.all()) != 60 {
		t.Errorf("%d deliveries of %d events", len(m.all()), len(events))
	}
}
