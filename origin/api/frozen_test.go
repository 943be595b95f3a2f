package api_test

import (
	"net/http"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/stagedoor/stagedoor/origin/api/apigen"
	"github.com/stagedoor/stagedoor/origin/postgres/pgtest"
)

// Postgres stands still in mid-sale: really stopped, with its connections open. Everyone is told to come back in a
// moment while it stands still, nothing is half done, and the sale goes on when it does.
func TestWithPostgresFrozen(t *testing.T) {
	t.Parallel()
	server, db := pgtest.Own(t)
	v := newTheatreOn(t, db)
	ada, bob := v.buyer(), v.buyer()
	kept := ada.hold("stalls-A-1")
	placed := ada.place(ada.hold("stalls-A-1", "stalls-A-2"))
	if err := server.Freeze(); err != nil {
		t.Fatal(err)
	}
	var all sync.WaitGroup
	for _, c := range []struct {
		who          *buyer
		method, path string
		body         any
	}{
		{bob, http.MethodGet, "/api/v1/shows", nil},
		{bob, http.MethodGet, "/api/v1/shows/earnest", nil},
		{bob, http.MethodGet, "/api/v1/performances/" + v.house.PlanID.String(), nil},
		{ada, http.MethodGet, "/api/v1/orders/" + placed.Order.Number, nil},
		{ada, http.MethodPost, "/api/v1/orders", orderBody(kept)},
		{ada, http.MethodDelete, "/api/v1/holds/" + kept.Id, nil},
	} {
		all.Go(func() {
			began := time.Now()
			got, err := c.who.try(c.method, c.path, c.body, "Idempotency-Key", "while-it-is-frozen")
			if err != nil {
				t.Errorf("%s %s: %v", c.method, c.path, err)
				return
			}
			after, _ := strconv.Atoi(got.Header.Get("Retry-After"))
			if got.Status != http.StatusServiceUnavailable || got.code() != "unavailable" || after < 1 {
				t.Errorf("%s %s: %d %s, Retry-After %d", c.method, c.path, got.Status, got.Body, after)
			}
			t.Logf("%s %s: %d after %s", c.method, c.path, got.Status, time.Since(began).Round(time.Millisecond))
		})
	}
	all.Wait()
	if err := server.Thaw(); err != nil {
		t.Fatal(err)
	}
	if err := ada.card(placed.ClientSecret, "pm_card_visa"); err != nil {
		t.Fatal(err)
	}
	for { // the connections come back one by one
		got, err := ada.try(http.MethodGet, "/api/v1/orders/"+placed.Order.Number, nil)
		if err != nil {
			t.Fatal(err)
		}
		var order apigen.Order
		if got.Status == http.StatusOK {
			if got.into(t, &order); order.State == apigen.OrderStatePaid {
				break
			}
		}
		time.Sleep(20 * time.Millisecond)
	}
	v.untilSettled()
	v.wantBooksAgree()
	t.Log("injected: SIGSTOP of every process of Postgres")
	t.Log("users saw: 503 with Retry-After, on every page and call")
}
