package api_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/google/uuid"

	"github.com/stagedoor/stagedoor/origin/api/apigen"
)

// orderAs asks for an order under an address of one's own.
func (b *buyer) orderAs(email string, kept apigen.Hold) answer {
	body := orderBody(kept)
	body.Email = email
	return b.send(http.MethodPost, "/api/v1/orders", body, "Idempotency-Key", "key-of-"+kept.Id)
}

// moreThanTheLimit is about an evening of which one person may have four seats.
func (v *theatre) moreThanTheLimit(t *testing.T, evening uuid.UUID) {
	var kept []func() // to be given back
	hold := func(b *buyer, seats ...string) apigen.Hold {
		t.Helper()
		h := b.hold(seats...)
		kept = append(kept, func() { b.want(http.StatusNoContent, http.MethodDelete, "/api/v1/holds/"+h.Id, nil) })
		return h
	}
	ordered := func(got answer) {
		t.Helper()
		if got.Status != http.StatusCreated {
			t.Errorf("%d %s", got.Status, got.Body)
		}
	}
	refused := func(got answer, words string) {
		t.Helper()
		var p apigen.Problem
		if got.into(t, &p); got.Status != http.StatusConflict || p.Code != "limit_reached" || p.Type != "/api/docs#limit_reached" || !strings.Contains(p.Detail, words) ||
			got.Header.Get("Content-Type") != "application/problem+json" {
			t.Errorf("%d %s, want it to say that %s", got.Status, got.Body, words)
		}
	}
	ada, elsewhere, again := v.buyerOf(t, evening), v.buyerOf(t, evening), v.buyerOf(t, evening)
	ordered(ada.orderAs("ada.limit@example.org", hold(ada, "stalls-A-1", "stalls-A-2", "stalls-A-3")))
	// Another browser, the same mailbox.
	two := hold(elsewhere, "stalls-A-4", "stalls-A-5")
	refused(elsewhere.orderAs("Ada.Limit+again@Example.org", two), "at most 4 seats for this performance. You have 3 already, so you can have 1 more.")
	elsewhere.want(http.StatusOK, http.MethodGet, "/api/v1/holds/"+two.Id, nil) // it goes on
	ordered(elsewhere.orderAs("Ada.Limit+again@Example.org", hold(elsewhere, "stalls-A-4")))
	refused(again.orderAs("ada.limit@example.org", hold(again, "stalls-A-5")), "you have 4 already")

	// Seven browsers at once, one mailbox: four of them have a seat.
	const tries, most = 7, 4
	browsers, held := make([]*buyer, tries), make([]apigen.Hold, tries)
	for i := range tries {
		browsers[i] = v.buyerOf(t, evening)
		held[i] = hold(browsers[i], fmt.Sprintf("stalls-A-%d", 6+i))
	}
	told := atOnce(tries, func(i int) string { return browsers[i].orderAs(fmt.Sprintf("bob+%d@example.org", i), held[i]).code() })
	if told[""] != most || told["limit_reached"] != tries-most {
		t.Errorf("they were told %v", told)
	}
	for _, giveBack := range kept {
		giveBack()
	}
}
