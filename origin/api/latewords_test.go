package api_test

import (
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/stagedoor/stagedoor/origin/booking"
	"github.com/stagedoor/stagedoor/origin/booking/bookingtest"
)

// Stripe tells three times that a refund failed, each time under another name. Two of the three are late: when they come the
// refund was sent anew, and somebody has given back as much for another seat in the dashboard. They are about neither.
func TestLateWordsOfARefundThatFailed(t *testing.T) {
	t.Parallel()
	v := newTheatre(t)
	ada := v.buyer()
	placed := ada.place(ada.hold("stalls-A-1", "stalls-A-2", "stalls-A-3"))
	if err := ada.card(placed.ClientSecret, "pm_card_visa"); err != nil {
		t.Fatal(err)
	}
	v.untilSettled()
	id := v.orderID(placed.Order.Number)
	if _, err := v.orders.RefundSeats(t.Context(), booking.SeatsBack{OrderID: id, Seats: []string{"stalls-A-1"}, Actor: "buyer", IdempotencyKey: "give-it-back"}); err != nil {
		t.Fatal(err)
	}
	v.untilSettled()
	intent := v.theIntent().ID
	v.sandbox.HoldWebhooks()
	v.press("/control/refunds/"+v.paymentPage(intent).Refunds[0].ID+"/settle", url.Values{"outcome": {"failed"}, "failure_reason": {"expired_or_canceled_card"}})
	held := v.heldEvents(intent)
	if len(held) != 3 {
		t.Fatalf("told %v", held)
	}
	v.press("/control/events/"+held[0]+"/deliver", nil)
	failed := v.until(id, func(r booking.RefundLine) bool { return r.State == "failed" })
	if err := v.orders.RemedyRefund(t.Context(), booking.Remedy{OrderID: id, RefundID: failed.ID, Actor: booking.StaffActor("colleague-7")}); err != nil {
		t.Fatal(err)
	}
	v.until(id, func(r booking.RefundLine) bool { return r.ID == failed.ID && r.State == "succeeded" })
	sent := v.heldEvents(intent)
	v.press("/control/payments/"+intent+"/refund", url.Values{"money": {"£50.00"}})
	for _, event := range v.heldEvents(intent) { // what is new of the dashboard's refund
		if !slices.Contains(sent, event) {
			v.press("/control/events/"+event+"/deliver", nil)
		}
	}
	v.until(id, func(r booking.RefundLine) bool { return r.Kind == "elsewhere" && r.Amount == bookingtest.AdultA })
	v.sandbox.ReleaseWebhooks(nil)
	v.untilSettled()
	if n := v.count("select count(*) from payment_events where kind = 'refund_updated' and payload->'refund'->>'status' = 'failed'"); n != 3 {
		t.Errorf("%d words of the failure came, want 3", n)
	}
	if n := v.count("select count(*) from refunds where state = 'succeeded'"); n != 2 || n != v.count("select count(*) from refunds") {
		t.Errorf("%d refunds have gone through, want all of two", n)
	}
	v.wantBooksAgree()
}

func (v *theatre) orderID(number string) (id uuid.UUID) {
	v.t.Helper()
	if err := v.db.QueryRow(v.t.Context(), "select id from orders where number = $1", number).Scan(&id); err != nil {
		v.t.Fatal(err)
	}
	return id
}

// until waits until an order has such a refund.
func (v *theatre) until(id uuid.UUID, such func(booking.RefundLine) bool) booking.RefundLine {
	v.t.Helper()
	for range 6000 { // two minutes
		order, err := v.orders.OrderByID(v.t.Context(), id)
		if err != nil {
			v.t.Fatal(err)
		}
		if i := slices.IndexFunc(order.Refunds, such); i >= 0 {
			return order.Refunds[i]
		}
		time.Sleep(20 * time.Millisecond)
	}
	v.t.Fatal("the order never has such a refund")
	return booking.RefundLine{}
}

// paymentPage is what the sandbox shows of a payment.
type paymentPage struct {
	Refunds []struct{ ID string }
	Events  []struct{ ID, State string }
}

func (v *theatre) paymentPage(intent string) paymentPage {
	v.t.Helper()
	var page paymentPage
	if err := json.Unmarshal(v.panel(http.MethodGet, "/payments/"+intent, nil), &page); err != nil {
		v.t.Fatalf("%+v, %v", page, err)
	}
	return page
}

// heldEvents are those of a payment that the sandbox keeps back, the first first.
func (v *theatre) heldEvents(intent string) (ids []string) {
	v.t.Helper()
	for _, event := range slices.Backward(v.paymentPage(intent).Events) {
		if event.State == "held" {
			ids = append(ids, event.ID)
		}
	}
	return ids
}

// press presses a button of the sandbox's panel.
func (v *theatre) press(path string, form url.Values) {
	v.t.Helper()
	v.panel(http.MethodPost, path, form)
}

func (v *theatre) panel(method, path string, form url.Values) []byte {
	v.t.Helper()
	r, err := http.NewRequestWithContext(v.t.Context(), method, v.pay+path, strings.NewReader(form.Encode()))
	if err != nil {
		v.t.Fatal(err)
	}
	r.Header.Set("Accept", "application/json")
	r.Header.Set("Authorization", "Bearer "+v.sandbox.Keys().Secret)
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	got, err := http.DefaultClient.Do(r)
	if err != nil {
		v.t.Fatal(err)
	}
	defer func() { _ = got.Body.Close() }()
	text, err := io.ReadAll(got.Body)
	if err != nil || got.StatusCode != http.StatusOK {
		v.t.Fatalf("%s %s: %d %s, %v", method, path, got.StatusCode, text, err)
	}
	return text
}
