package api_test

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/stagedoor/stagedoor/origin/api/apigen"
	"github.com/stagedoor/stagedoor/origin/booking"
	"github.com/stagedoor/stagedoor/origin/booking/bookingtest"
	"github.com/stagedoor/stagedoor/origin/limit"
	"github.com/stagedoor/stagedoor/origin/show"
)

// The rules of a sale, as a client meets them: all of it through HTTP, with the real stores, in one house that has them
// all. Every part has evenings of its own.
func TestTheRulesOfASale(t *testing.T) {
	t.Parallel()
	v := newTheatre(t)
	v.strict.Store(true)
	terms := booking.StandardTerms("GB")
	terms.Limit = limit.Limit{Performance: 4}
	if err := v.orders.SetTerms(t.Context(), bookingtest.Brand, uuid.Nil, terms, "test"); err != nil {
		t.Fatal(err)
	}
	now := time.Now()
	soon := func(in time.Duration) uuid.UUID {
		return v.house.PerformanceAt(now.Add(-time.Hour), now.Add(in), "on_sale")
	}
	far, another, tonight, tomorrow := v.house.Performance(now), v.house.Performance(now), soon(time.Hour), soon(12*time.Hour)
	crowded, limited, standing := v.house.Performance(now), v.house.Performance(now), v.standing()
	t.Run("the best there are", func(t *testing.T) { v.theBest(t, far) })
	t.Run("the best for wheelchair users", func(t *testing.T) { v.theBestWithSpace(t, another) })
	t.Run("a crowd asks for the best", func(t *testing.T) { v.theBestOfACrowd(t, crowded) })
	t.Run("a seat left alone", func(t *testing.T) { v.leftAlone(t, v.evening, tonight) })
	t.Run("accessible places", func(t *testing.T) { v.accessible(t, far, tomorrow) })
	t.Run("places without numbers", func(t *testing.T) { v.withoutNumbers(t, standing) })
	t.Run("more than one person can have", func(t *testing.T) { v.moreThanTheLimit(t, limited) })
	v.untilSettled()
	v.wantBooksAgree()
}

// wish is what is asked of /holds/best.
type wish struct {
	PerformanceID uuid.UUID `json:"performance_id"`
	Count         int       `json:"count"`
	Band          string    `json:"band,omitempty"`
	Section       string    `json:"section,omitempty"`
	Wheelchairs   int       `json:"wheelchairs,omitempty"`
}

const best = "/api/v1/holds/best"

func (b *buyer) best(w wish, headers ...string) apigen.Hold {
	b.t.Helper()
	var kept apigen.Hold
	w.PerformanceID = b.evening
	answer := b.want(http.StatusCreated, http.MethodPost, best, w, headers...)
	answer.into(b.t, &kept)
	if len(kept.Seats) != w.Count || answer.Header.Get("Location") != "/api/v1/holds/"+kept.Id {
		b.t.Fatalf("%+v: %+v at %s", w, kept, answer.Header.Get("Location"))
	}
	return kept
}

func (b *buyer) noneLeft(w wish) {
	b.t.Helper()
	w.PerformanceID = b.evening
	b.refused("none_left", http.MethodPost, best, w)
}

// taken is what everybody sees of an evening.
func (b *buyer) taken() map[string]apigen.SeatState {
	b.t.Helper()
	var shown apigen.Seats
	b.want(http.StatusOK, http.MethodGet, "/api/v1/performances/"+b.evening.String()+"/seats", nil).into(b.t, &shown)
	return shown.Seats
}

func (v *theatre) theBest(t *testing.T, evening uuid.UUID) {
	want := func(kept apigen.Hold, seats ...string) {
		t.Helper()
		if !slices.Equal(slices.Sorted(slices.Values(kept.Seats)), slices.Sorted(slices.Values(seats))) {
			t.Errorf("%v were kept, want %v", kept.Seats, seats)
		}
	}
	ada, bob := v.buyerOf(t, evening), v.buyerOf(t, evening)
	kept := ada.best(wish{Count: 5}, "Idempotency-Key", "five-of-the-best")
	want(kept, "stalls-A-1", "stalls-A-2", "stalls-A-3", "stalls-A-4", "stalls-A-5") // the dearest, beside each other
	if again := ada.best(wish{Count: 5}, "Idempotency-Key", "five-of-the-best"); again.Id != kept.Id {
		t.Errorf("the same key kept %s and %s", kept.Id, again.Id)
	}
	bobs := bob.best(wish{Count: 2, Section: "balcony"})
	want(bobs, "balcony-A-1", "balcony-A-2")
	cecily := v.buyerOf(t, evening)
	want(cecily.best(wish{Count: 2, Band: "B"}), "balcony-A-3", "balcony-A-4")

	// Nothing that fits: not elsewhere, not fewer, not what is kept for those who need it; and what one has one keeps.
	bob.noneLeft(wish{Count: 12})
	bob.noneLeft(wish{Count: 1, Band: "A", Section: "balcony"})
	bob.noneLeft(wish{Count: 3, Section: "balcony"}) // two are their own
	bob.noneLeft(wish{Count: 1, Section: "gods"})
	v.buyerOf(t, evening).noneLeft(wish{Count: 1, Band: "B"})
	bob.want(http.StatusOK, http.MethodGet, "/api/v1/holds/"+bobs.Id, nil)
	// Eleven stalls are left. Ten leave one alone wherever they sit, so they get them.
	if kept := v.buyerOf(t, evening).best(wish{Count: 10}); slices.ContainsFunc(kept.Seats, func(s string) bool { return !strings.HasPrefix(s, "stalls-A-") }) {
		t.Errorf("ten: %v", kept.Seats)
	}
	v.buyerOf(t, evening).best(wish{Count: 1})
	v.buyerOf(t, evening).noneLeft(wish{Count: 1})
	for _, bad := range []struct {
		wish
		field string
	}{
		{wish{Count: 0}, "count"}, {wish{Count: 13}, "count"}, {wish{Count: 1, Wheelchairs: 2}, "wheelchairs"}, {wish{Count: 1, Wheelchairs: -1}, "wheelchairs"},
	} {
		bad.PerformanceID = evening
		if p := bob.refused("invalid", http.MethodPost, best, bad.wish); p.Errors == nil || len(*p.Errors) != 1 || (*p.Errors)[0].Field != bad.field {
			t.Errorf("%+v: %+v", bad, p.Errors)
		}
	}
}

func (v *theatre) theBestWithSpace(t *testing.T, evening uuid.UUID) {
	ada := v.buyerOf(t, evening)
	kept := ada.best(wish{Count: 4, Wheelchairs: 1})
	count := map[string]int{}
	for _, seat := range kept.Seats {
		count[seat[:len("stalls-W")]]++
	}
	if count["stalls-W"] != 2 || count["stalls-A"] != 2 {
		t.Errorf("a party of four with a wheelchair sits in %v", kept.Seats)
	}
	v.buyerOf(t, evening).best(wish{Count: 2, Wheelchairs: 1})
	v.buyerOf(t, evening).noneLeft(wish{Count: 1, Wheelchairs: 1})
}

// There are ten pairs of seats. Of fourteen who want one at once ten have one, and nobody is refused while two are free.
func (v *theatre) theBestOfACrowd(t *testing.T, evening uuid.UUID) {
	const crowd, pairs = 14, 10
	buyers := make([]*buyer, crowd)
	for i := range buyers {
		buyers[i] = v.buyerOf(t, evening)
	}
	told := atOnce(crowd, func(i int) string {
		return buyers[i].send(http.MethodPost, best, wish{PerformanceID: evening, Count: 2}).code()
	})
	if told[""] != pairs || told["none_left"] != crowd-pairs {
		t.Errorf("they were told %v", told)
	}
	if taken := v.buyerOf(t, evening).taken(); len(taken) != 2*pairs {
		t.Errorf("%d seats are taken: %v", len(taken), taken)
	}
}

// send is call for any goroutine: what goes wrong fails the test and does not end it.
func (b *buyer) send(method, path string, body any, headers ...string) answer {
	got, err := b.try(method, path, body, headers...)
	if err != nil {
		b.t.Error(err)
	}
	return got
}

// atOnce lets n people do something at once and counts what they were told.
func atOnce(n int, act func(int) string) map[string]int {
	codes := make(chan string, n)
	start := make(chan struct{})
	for i := range n {
		go func() {
			<-start
			codes <- act(i)
		}()
	}
	close(start)
	told := map[string]int{}
	for range n {
		told[<-codes]++
	}
	return told
}

func (v *theatre) leftAlone(t *testing.T, evening, tonight uuid.UUID) {
	ada, bob := v.buyerOf(t, evening), v.buyerOf(t, evening)
	alone := func(b *buyer, chosen, left, instead []string) {
		t.Helper()
		p := b.refused("seat_left_alone", http.MethodPost, "/api/v1/holds", map[string]any{"performance_id": b.evening, "seats": chosen})
		if p.Seats == nil || !slices.Equal(*p.Seats, left) || p.Instead == nil || !slices.Equal(slices.Sorted(slices.Values(*p.Instead)), instead) {
			t.Fatalf("%v: %+v, want %v left and %v instead", chosen, p, left, instead)
		}
		for _, seat := range slices.Concat(left, instead) {
			if name := "Stalls A" + strings.TrimPrefix(seat, "stalls-A-"); !strings.Contains(p.Detail, name) {
				t.Errorf("%q does not name %s", p.Detail, name)
			}
		}
	}
	alone(ada, []string{"stalls-A-2", "stalls-A-3"}, []string{"stalls-A-1"}, []string{"stalls-A-1", "stalls-A-2"})
	if taken := bob.taken(); len(taken) != 0 {
		t.Errorf("a refusal kept %v", taken)
	}
	ada.hold("stalls-A-1", "stalls-A-2") // as it was told
	alone(bob, []string{"stalls-A-4"}, []string{"stalls-A-3"}, []string{"stalls-A-3"})
	var most []string
	for n := 3; n <= 13; n++ {
		most = append(most, fmt.Sprintf("stalls-A-%d", n))
	}
	bob.hold(most...)
	v.buyerOf(t, evening).hold("stalls-A-15", "stalls-A-16") // of three that are left: one is alone whatever one does
	// An hour before the curtain an odd seat that is sold is better than one that is not.
	v.buyerOf(t, tonight).hold("stalls-A-2", "stalls-A-3")
}

func (v *theatre) accessible(t *testing.T, evening, tomorrow uuid.UUID) {
	ada, bob := v.buyerOf(t, evening), v.buyerOf(t, evening)
	ask := func(needed bool, seats ...string) map[string]any {
		return map[string]any{"performance_id": evening, "seats": seats, "accessible": needed}
	}
	refused := func(body map[string]any, field, reason string) {
		t.Helper()
		p := bob.refused("invalid", http.MethodPost, "/api/v1/holds", body)
		if p.Errors == nil || len(*p.Errors) != 1 || (*p.Errors)[0].Field != field || !strings.Contains((*p.Errors)[0].Reason, reason) {
			t.Errorf("%v: %+v", body, p.Errors)
		}
	}
	refused(ask(false, "stalls-W-1", "stalls-W-2"), "seats[0]", "Stalls W1 is kept for wheelchair users")
	refused(map[string]any{"performance_id": evening, "seats": []string{"stalls-W-2"}}, "seats[0]", "say so and it is yours")
	refused(ask(true, "stalls-W-4"), "seats[0]", "choose the space beside it")
	refused(ask(true, "stalls-W-1", "stalls-W-2", "stalls-W-4"), "seats[2]", "choose the space beside it")
	var kept apigen.Hold
	ada.want(http.StatusCreated, http.MethodPost, "/api/v1/holds", ask(true, "stalls-W-1", "stalls-W-2")).into(t, &kept)
	order := orderBody(kept)
	order.Email = "accessible@example.org"
	order.Seats[slices.Index(kept.Seats, "stalls-W-2")].PriceType = show.Companion
	var placed apigen.PlacedOrder
	ada.want(http.StatusCreated, http.MethodPost, "/api/v1/orders", order, "Idempotency-Key", "with-a-companion").into(t, &placed)
	if placed.Order.Total != bookingtest.AdultB {
		t.Errorf("a wheelchair user and their companion pay %d", placed.Order.Total)
	}
	ada.want(http.StatusNoContent, http.MethodDelete, "/api/v1/holds/"+kept.Id, nil)

	// From the day before they are everybody's: to choose, and as the best of what is left.
	v.buyerOf(t, tomorrow).hold("stalls-W-1", "stalls-W-2")
	rest := v.buyerOf(t, tomorrow).best(wish{Count: 2, Section: "stalls", Band: "B"})
	if !slices.Equal(slices.Sorted(slices.Values(rest.Seats)), []string{"stalls-W-3", "stalls-W-4"}) {
		t.Errorf("what was left: %v", rest.Seats)
	}
}
