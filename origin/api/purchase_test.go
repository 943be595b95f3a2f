package api_test

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/stagedoor/stagedoor/origin/api/apigen"
	"github.com/stagedoor/stagedoor/origin/booking/bookingtest"
)

func TestBuyingATicket(t *testing.T) {
	t.Parallel()
	v := newTheatre(t)
	ada, bob := v.buyer(), v.buyer()
	evening := "/api/v1/performances/" + v.evening.String()

	kept := ada.hold("stalls-A-1", "stalls-A-2")
	if kept.ExpiresIn < 290 || kept.ExpiresIn > 300 || kept.Extended {
		t.Errorf("hold %+v", kept)
	}
	p := bob.refused("seats_taken", http.MethodPost, "/api/v1/holds", map[string]any{"performance_id": v.evening, "seats": []string{"stalls-A-3", "stalls-A-2"}})
	if p.Seats == nil || !slices.Equal(*p.Seats, []string{"stalls-A-2"}) || !strings.Contains(p.Detail, "Stalls A2") {
		t.Errorf("taken: %+v", p)
	}
	var seats apigen.Seats
	bob.want(http.StatusOK, http.MethodGet, evening+"/seats", nil).into(t, &seats)
	if len(seats.Seats) != 2 || seats.Seats["stalls-A-1"] != apigen.SeatStateHeld {
		t.Errorf("seats %+v", seats)
	}
	path := "/api/v1/holds/" + kept.Id
	bob.refused("not_your_hold", http.MethodGet, path, nil)
	bob.refused("not_your_hold", http.MethodPost, path+"/extend", nil)
	bob.refused("not_your_hold", http.MethodDelete, path, nil)
	bob.refused("not_your_hold", http.MethodPost, "/api/v1/orders", orderBody(kept), "Idempotency-Key", "bobs-own-key")
	ada.want(http.StatusOK, http.MethodPost, path+"/extend", nil).into(t, &kept)
	if !kept.Extended || kept.ExpiresIn <= 300 || kept.ExpiresIn > 600 {
		t.Errorf("extended %+v", kept)
	}
	ada.refused("hold_extended", http.MethodPost, path+"/extend", nil)
	ada.want(http.StatusOK, http.MethodGet, path, nil)

	placed := ada.place(kept)
	if placed.Order.Total != 2*bookingtest.AdultA || placed.ClientSecret == "" || placed.PublishableKey == "" || !strings.HasSuffix(placed.PaymentScript, "/v3/") {
		t.Errorf("placed %+v", placed)
	}
	if want := "http://lyceum.localhost:8787/orders/" + placed.Order.Number + "?key=" + placed.AccessKey; placed.OrderUrl != want {
		t.Errorf("order URL %s, want %s", placed.OrderUrl, want)
	}
	if err := ada.card(placed.ClientSecret, "pm_card_visa_chargeDeclinedInsufficientFunds"); err != nil {
		t.Fatal(err)
	}
	declined, err := ada.await(placed.Order.Number, func(o apigen.Order) bool { return o.PaymentDecline != nil })
	if err != nil || declined.State != apigen.OrderStateAwaitingPayment || !strings.Contains(*declined.PaymentDecline, "enough money") {
		t.Fatalf("declined %+v, %v", declined, err)
	}
	var payment apigen.Payment
	ada.want(http.StatusOK, http.MethodGet, "/api/v1/orders/"+placed.Order.Number+"/payment", nil).into(t, &payment)
	if payment.ClientSecret != placed.ClientSecret || payment.Decline == nil {
		t.Errorf("payment %+v", payment)
	}
	if err := ada.card(payment.ClientSecret, "pm_card_visa"); err != nil {
		t.Fatal(err)
	}
	order, err := ada.await(placed.Order.Number, isPaid)
	if err != nil || order.State != apigen.OrderStatePaid || len(order.Tickets) != 2 {
		t.Fatalf("order %+v, %v", order, err)
	}
	if claim, err := v.keys.Verify(order.Tickets[0].Code); err != nil || claim.SeatID != order.Tickets[0].SeatId {
		t.Errorf("ticket %v, %v", claim, err)
	}
	ada.refused("nothing_to_pay", http.MethodGet, "/api/v1/orders/"+placed.Order.Number+"/payment", nil)
	ada.refused("order_paid", http.MethodDelete, path, nil)
	bob.refused("seats_taken", http.MethodPost, "/api/v1/holds", map[string]any{"performance_id": v.evening, "seats": []string{"stalls-A-1"}})
	bob.refused("not_found", http.MethodGet, "/api/v1/orders/"+placed.Order.Number, nil)
	bob.refused("not_found", http.MethodGet, "/api/v1/orders/"+placed.Order.Number+"?key=nope", nil)
	bob.want(http.StatusOK, http.MethodGet, "/api/v1/orders/"+strings.ToLower(placed.Order.Number)+"?key="+placed.AccessKey, nil)
	bob.site = bookingtest.OtherBrand
	bob.refused("not_found", http.MethodGet, "/api/v1/orders/"+placed.Order.Number+"?key="+placed.AccessKey, nil)
	var keys apigen.TicketKeys
	bob.want(http.StatusOK, http.MethodGet, "/api/v1/ticket-keys", nil).into(t, &keys)
	if len(keys.Keys) != 1 || len(keys.Keys[0].PublicKey) != 32 || !strings.Contains(order.Tickets[0].Code, keys.Keys[0].Id) {
		t.Errorf("keys %+v", keys)
	}
}

func TestGivingSeatsBack(t *testing.T) {
	t.Parallel()
	v := newTheatre(t)
	ada, bob := v.buyer(), v.buyer()
	kept := ada.hold("stalls-A-1")
	placed := ada.place(kept)
	ada.want(http.StatusNoContent, http.MethodDelete, "/api/v1/holds/"+kept.Id, nil)
	ada.want(http.StatusNoContent, http.MethodDelete, "/api/v1/holds/"+kept.Id, nil)
	ada.refused("hold_gone", http.MethodGet, "/api/v1/holds/"+kept.Id, nil)
	ada.refused("hold_gone", http.MethodPost, "/api/v1/orders", orderBody(kept), "Idempotency-Key", "a-later-key")
	var order apigen.Order
	ada.want(http.StatusOK, http.MethodGet, "/api/v1/orders/"+placed.Order.Number, nil).into(t, &order)
	if order.State != apigen.OrderStateCancelled || order.ExpiresIn != 0 {
		t.Errorf("order %+v", order)
	}
	bob.hold("stalls-A-1")
	// Choosing seats anew ends the order for the seats chosen before.
	first := ada.place(ada.hold("stalls-A-5"))
	ada.hold("stalls-A-6")
	ada.want(http.StatusOK, http.MethodGet, "/api/v1/orders/"+first.Order.Number, nil).into(t, &order)
	if order.State != apigen.OrderStateCancelled {
		t.Errorf("the earlier order is %s", order.State)
	}
	bob.hold("stalls-A-5")
}

func TestRepeatingRequests(t *testing.T) {
	t.Parallel()
	v := newTheatre(t)
	ada := v.buyer()
	ask := map[string]any{"performance_id": v.evening, "seats": []string{"stalls-A-1"}}
	var first, again apigen.Hold
	ada.want(http.StatusCreated, http.MethodPost, "/api/v1/holds", ask, "Idempotency-Key", "hold-once-only").into(t, &first)
	ada.want(http.StatusCreated, http.MethodPost, "/api/v1/holds", ask, "Idempotency-Key", "hold-once-only").into(t, &again)
	if first.Id != again.Id {
		t.Errorf("the same key held %s and %s", first.Id, again.Id)
	}
	ask["seats"] = []string{"stalls-A-2"}
	ada.refused("idempotency_key_reused", http.MethodPost, "/api/v1/holds", ask, "Idempotency-Key", "hold-once-only")
	placed := ada.place(first)
	replay := ada.want(http.StatusCreated, http.MethodPost, "/api/v1/orders", orderBody(first), "Idempotency-Key", "key-of-"+first.Id)
	var same apigen.PlacedOrder
	replay.into(t, &same)
	if same.Order.Number != placed.Order.Number || same.ClientSecret != placed.ClientSecret || replay.Header.Get("Idempotent-Replayed") != "true" {
		t.Errorf("replayed %+v, %v", same, replay.Header)
	}
	if cache := replay.Header.Get("Cache-Control"); cache != "private, no-store" {
		t.Errorf("an order with its secret may be kept: %q", cache)
	}
	other := orderBody(first)
	other.Name = "Somebody Else"
	ada.refused("idempotency_key_reused", http.MethodPost, "/api/v1/orders", other, "Idempotency-Key", "key-of-"+first.Id)
	ada.refused("idempotency_key_missing", http.MethodPost, "/api/v1/orders", other)
}

func TestBadRequestsChangeNothing(t *testing.T) {
	t.Parallel()
	v := newTheatre(t)
	ada := v.buyer()
	kept := ada.hold("stalls-A-1")
	evening := v.evening.String()
	holds, orders := "/api/v1/holds", "/api/v1/orders"
	thirteen := make([]string, 13)
	for i := range thirteen {
		thirteen[i] = fmt.Sprintf("stalls-A-%d", i+1)
	}
	cases := []struct {
		name, code, method, path string
		body                     any
		headers                  []string
		fields                   []string
	}{
		{name: "no such route", code: "not_found", method: "GET", path: "/api/v1/nothing"},
		{name: "another version", code: "not_found", method: "GET", path: "/api/v2/shows"},
		{name: "a method that isn't", code: "method_not_allowed", method: "DELETE", path: "/api/v1/shows"},
		{name: "not a UUID", code: "bad_request", method: "GET", path: "/api/v1/performances/7", fields: []string{"id"}},
		{name: "a page that is no number", code: "bad_request", method: "GET", path: "/api/v1/shows?page=x", fields: []string{"page"}},
		{name: "page zero", code: "bad_request", method: "GET", path: "/api/v1/shows?page=0", fields: []string{"page"}},
		{name: "an endless page", code: "bad_request", method: "GET", path: "/api/v1/shows?per_page=101", fields: []string{"per_page"}},
		{name: "a show there isn't", code: "not_found", method: "GET", path: "/api/v1/shows/hamlet-on-ice"},
		{name: "a performance there isn't", code: "not_found", method: "GET", path: "/api/v1/performances/" + v.house.PlanID.String()},
		{name: "another plan", code: "not_found", method: "GET", path: "/api/v1/performances/" + evening + "/plan?v=" + evening},
		{name: "no body", code: "malformed_json", method: "POST", path: holds, body: ""},
		{name: "half a body", code: "malformed_json", method: "POST", path: holds, body: `{"performance_id":`},
		{name: "the wrong type", code: "malformed_json", method: "POST", path: holds, body: `{"performance_id":"` + evening + `","seats":"stalls-A-2"}`, fields: []string{"seats"}},
		{name: "nothing", code: "invalid", method: "POST", path: holds, body: "{}", fields: []string{"performance_id", "seats"}},
		{name: "no performance", code: "invalid", method: "POST", path: holds, body: map[string]any{"seats": []string{"stalls-A-2"}}, fields: []string{"performance_id"}},
		{name: "a performance that is no UUID", code: "invalid", method: "POST", path: holds, body: map[string]any{"performance_id": "tonight", "seats": []string{"stalls-A-2"}}, fields: []string{"performance_id"}},
		{name: "a UUID in braces", code: "invalid", method: "POST", path: holds, body: map[string]any{"performance_id": "{" + evening + "}", "seats": []string{"stalls-A-2"}}, fields: []string{"performance_id"}},
		{name: "a performance of no type", code: "malformed_json", method: "POST", path: holds, body: `{"performance_id":7,"seats":["stalls-A-2"]}`, fields: []string{"performance_id"}},
		{name: "a UUID there isn't", code: "not_found", method: "POST", path: holds, body: map[string]any{"performance_id": v.house.PlanID, "seats": []string{"stalls-A-2"}}},
		{name: "two bodies", code: "malformed_json", method: "POST", path: holds, body: `{"performance_id":"` + evening + `","seats":["stalls-A-2"]}{"seats":[]}`},
		{name: "a body and a tail", code: "malformed_json", method: "POST", path: holds, body: `{"performance_id":"` + evening + `","seats":["stalls-A-2"]} x`},
		{name: "a form", code: "unsupported_media_type", method: "POST", path: holds, body: "seats=x", headers: []string{"Content-Type", "application/x-www-form-urlencoded"}},
		{name: "JSON in disguise", code: "unsupported_media_type", method: "POST", path: holds, body: "{}", headers: []string{"Content-Type", "text/plain"}},
		{name: "another alphabet", code: "unsupported_media_type", method: "POST", path: holds, body: "{}", headers: []string{"Content-Type", "application/json; charset=utf-16"}},
		{name: "a huge body", code: "body_too_large", method: "POST", path: orders, body: `{"name":"` + strings.Repeat("a", 70_000) + `"}`},
		{name: "from another site", code: "cross_origin", method: "POST", path: holds, body: "{}", headers: []string{"Sec-Fetch-Site", "cross-site"}},
		{name: "from another origin", code: "cross_origin", method: "POST", path: holds, body: "{}", headers: []string{"Origin", "http://evil.example"}},
		{name: "no seats", code: "invalid", method: "POST", path: holds, body: map[string]any{"performance_id": evening, "seats": []string{}}, fields: []string{"seats"}},
		{name: "seats left out", code: "invalid", method: "POST", path: holds, body: map[string]any{"performance_id": evening}, fields: []string{"seats"}},
		{name: "too many seats", code: "invalid", method: "POST", path: holds, body: map[string]any{"performance_id": evening, "seats": thirteen}, fields: []string{"seats"}},
		{name: "seats there aren't, and one twice", code: "invalid", method: "POST", path: holds, body: map[string]any{"performance_id": evening, "seats": []string{"stalls-Z-1", "stalls-A-2", "stalls-A-2", "../../etc"}}, fields: []string{"seats[0]", "seats[2]", "seats[3]"}},
		{name: "a hold there isn't", code: "hold_gone", method: "GET", path: holds + "/nothing"},
		{name: "an empty order", code: "invalid", method: "POST", path: orders, body: map[string]any{"hold_id": kept.Id}, headers: []string{"Idempotency-Key", "an-empty-order"}, fields: []string{"name", "email", "seats"}},
		{name: "an order with faults", code: "invalid", method: "POST", path: orders,
			body: map[string]any{"hold_id": kept.Id, "name": "Ada", "email": "nobody", "seats": []map[string]string{{"seat_id": "stalls-A-1", "price_type": "adult"}}}, headers: []string{"Idempotency-Key", "an-order-with-faults"}, fields: []string{"email"}},
		{name: "a price type that isn't", code: "invalid", method: "POST", path: orders,
			body: map[string]any{"hold_id": kept.Id, "name": "Ada", "email": "ada@example.org", "seats": []map[string]string{{"seat_id": "stalls-A-1", "price_type": "free"}}}, headers: []string{"Idempotency-Key", "an-order-with-faults"}, fields: []string{"seats[0].price_type"}},
		{name: "a hold key too short", code: "bad_request", method: "POST", path: holds, body: map[string]any{"performance_id": evening, "seats": []string{"stalls-A-2"}}, headers: []string{"Idempotency-Key", "short"}, fields: []string{"Idempotency-Key"}},
		{name: "a hold key of stray bytes", code: "bad_request", method: "POST", path: holds, body: map[string]any{"performance_id": evening, "seats": []string{"stalls-A-2"}}, headers: []string{"Idempotency-Key", "key-\xff\xfe-key"}, fields: []string{"Idempotency-Key"}},
		{name: "an order of a hold that never was", code: "hold_gone", method: "POST", path: orders,
			body: map[string]any{"hold_id": "\x00x", "name": "Ada", "email": "ada@example.org", "seats": []map[string]string{{"seat_id": "stalls-A-1", "price_type": "adult"}}}, headers: []string{"Idempotency-Key", "an-order-of-nothing"}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			p := ada.refused(c.code, c.method, c.path, c.body, c.headers...)
			var fields []string
			if p.Errors != nil {
				for _, e := range *p.Errors {
					fields = append(fields, e.Field)
				}
			}
			if !slices.Equal(fields, c.fields) {
				t.Errorf("fields %v, want %v", fields, c.fields)
			}
		})
	}
	if allow := ada.call(http.MethodPost, "/api/v1/shows", "{}").Header["Allow"]; !slices.Equal(allow, []string{"GET, HEAD"}) {
		t.Errorf("Allow: %v", allow)
	}
	var seats apigen.Seats
	ada.want(http.StatusOK, http.MethodGet, "/api/v1/performances/"+evening+"/seats", nil).into(t, &seats)
	if len(seats.Seats) != 1 {
		t.Errorf("seats %v", seats.Seats)
	}
	// A page of the site itself may, though the Host header here is not what the browser sees.
	ada.want(http.StatusCreated, http.MethodPost, holds, map[string]any{"performance_id": evening, "seats": []string{"stalls-A-3"}},
		"Origin", "http://lyceum.localhost:8787")
}
