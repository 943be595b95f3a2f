package api_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/stagedoor/stagedoor/origin/api/apigen"
	"github.com/stagedoor/stagedoor/origin/booking/bookingtest"
	"github.com/stagedoor/stagedoor/origin/venue"
)

// standing puts on an evening for which five people may stand in the pit, and four sit.
func (v *theatre) standing() uuid.UUID {
	v.t.Helper()
	front := venue.Section{ID: "front", Name: "Front", Rows: []venue.Row{{Label: "A"}}}
	for _, n := range []string{"1", "2", "3", "4"} {
		front.Rows[0].Seats = append(front.Rows[0].Seats, venue.Seat{ID: "front-A-" + n, Label: n, X: 60 * float64(len(front.Rows[0].Seats)), Band: "A", Kind: venue.Standard})
	}
	pit := venue.Section{ID: "pit", Name: "Standing, pit", General: &venue.General{Count: 5, Band: "B", Y: 200, Width: 400, Height: 200}}
	layout, err := json.Marshal(venue.Plan{Name: "With a pit", Width: 1000, Height: 800, Sections: []venue.Section{front, pit}})
	if err != nil {
		v.t.Fatal(err)
	}
	plan, evening := uuid.New(), v.house.Performance(time.Now())
	for _, step := range []struct {
		sql  string
		args []any
	}{
		{"insert into seating_plans (id, venue_id, version, name, seats, layout) values ($1, $2, 2, 'With a pit', 9, $3)", []any{plan, v.house.VenueID, layout}},
		{"update performances set plan_id = $1 where id = $2", []any{plan, evening}},
	} {
		if _, err := v.db.Exec(v.t.Context(), step.sql, step.args...); err != nil {
			v.t.Fatal(err)
		}
	}
	return evening
}

// crowd asks for a number of places in a section, and for seats besides.
func (b *buyer) crowd(section string, count int, seats ...string) map[string]any {
	return map[string]any{"performance_id": b.evening, "seats": append([]string{}, seats...), "general": []apigen.GeneralRequest{{Section: section, Count: count}}}
}

func (v *theatre) withoutNumbers(t *testing.T, evening uuid.UUID) {
	const holds = "/api/v1/holds"
	ada, bob, cecily := v.buyerOf(t, evening), v.buyerOf(t, evening), v.buyerOf(t, evening)
	for _, bad := range []struct {
		body  map[string]any
		field string
	}{
		{bob.crowd("front", 1), "general[0].section"}, // every seat there has a number
		{bob.crowd("gods", 1), "general[0].section"},
		{bob.crowd("pit", 0), "general[0].count"},
		{bob.crowd("pit", 13), "seats"},
	} {
		if p := bob.refused("invalid", http.MethodPost, holds, bad.body); p.Errors == nil || len(*p.Errors) != 1 || (*p.Errors)[0].Field != bad.field {
			t.Errorf("%v: %+v", bad.body, p.Errors)
		}
	}

	// Two stand and one sits, in one order.
	var kept apigen.Hold
	ada.want(http.StatusCreated, http.MethodPost, holds, ada.crowd("pit", 2, "front-A-1")).into(t, &kept)
	if len(kept.Seats) != 3 {
		t.Fatalf("kept %v", kept.Seats)
	}
	order := orderBody(kept)
	order.Email = "standing@example.org"
	var placed apigen.PlacedOrder
	ada.want(http.StatusCreated, http.MethodPost, "/api/v1/orders", order, "Idempotency-Key", "two-stand-one-sits").into(t, &placed)
	if err := ada.card(placed.ClientSecret, "pm_card_visa"); err != nil {
		t.Fatal(err)
	}
	paid, err := ada.await(placed.Order.Number, isPaid)
	if err != nil || paid.State != apigen.OrderStatePaid || len(paid.Tickets) != 3 || paid.Total != bookingtest.AdultA+2*bookingtest.AdultB {
		t.Fatalf("order %+v, %v", paid, err)
	}
	for _, seat := range paid.Seats {
		if strings.HasPrefix(seat.SeatId, "pit-") && (seat.Section != "Standing, pit" || seat.Row != "") {
			t.Errorf("a place in the pit is called %+v", seat)
		}
	}

	// Three are left: not four, and then none.
	if p := bob.refused("none_left", http.MethodPost, holds, bob.crowd("pit", 4)); !strings.Contains(p.Detail, "only 3 places left") {
		t.Errorf("four of three: %q", p.Detail)
	}
	bob.want(http.StatusCreated, http.MethodPost, holds, bob.crowd("pit", 3))
	if p := cecily.refused("none_left", http.MethodPost, holds, cecily.crowd("pit", 1)); !strings.Contains(p.Detail, "no places left") {
		t.Errorf("one of none: %q", p.Detail)
	}
	if taken := cecily.taken(); len(taken) != 6 {
		t.Errorf("taken: %v", taken)
	}
	bob.want(http.StatusCreated, http.MethodPost, holds, bob.crowd("pit", 2)) // one thinks better of it

	// Two race for the last place, again and again: one has it, the other is told that there is none.
	rivals := []*buyer{v.buyerOf(t, evening), v.buyerOf(t, evening)}
	for round := range 8 {
		got := make([]answer, len(rivals))
		told := atOnce(len(rivals), func(i int) string {
			got[i] = rivals[i].send(http.MethodPost, holds, rivals[i].crowd("pit", 1))
			return got[i].code()
		})
		if taken := cecily.taken(); told[""] != 1 || told["none_left"] != 1 || len(taken) != 6 {
			t.Fatalf("round %d: they were told %v, and %v are taken", round, told, taken)
		}
		for i, b := range rivals { // whoever has it gives it back
			if got[i].Status == http.StatusCreated {
				got[i].into(t, &kept)
				b.want(http.StatusNoContent, http.MethodDelete, holds+"/"+kept.Id, nil)
			}
		}
	}
}
