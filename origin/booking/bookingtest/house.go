package bookingtest

import (
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/stagedoor/stagedoor/origin/venue"
)

// The brands of the test house. Brand sells it; Group sells for everyone; OtherBrand has nothing to sell.
const (
	Brand      = "lyceum"
	OtherBrand = "apollo"
	Group      = venue.GroupBrand
)

// Prices of the test house in pence: band A is the stalls, band B the balcony and the wheelchair places.
const (
	AdultA, ConcessionA, ChildA = 5000, 3500, 2500
	AdultB                      = 2000 // the balcony has no reductions
)

// House is a theatre with one production.
type House struct {
	VenueID      uuid.UUID
	PlanID       uuid.UUID
	ProductionID uuid.UUID
	t            testing.TB
	db           *pgxpool.Pool
	evenings     int
}

// Build puts a theatre into an empty database: sixteen stalls "stalls-A-1" to "stalls-A-16" in band A, four
// balcony seats "balcony-A-1" to "balcony-A-4" in band B, and two wheelchair spaces "stalls-W-1" and "stalls-W-3" with the
// companion seats "stalls-W-2" and "stalls-W-4", in band B.
func Build(t testing.TB, db *pgxpool.Pool) *House {
	t.Helper()
	h := &House{VenueID: newID(t), PlanID: newID(t), ProductionID: newID(t), t: t, db: db}
	for _, brand := range []string{Brand, OtherBrand, Group} {
		h.exec(`insert into brands (id, name, country, locale, currency, time_zone, is_group)
			values ($1, $1, 'GB', 'en-GB', 'GBP', 'Europe/London', $2)`, brand, brand == Group)
	}
	// As many seats as one likes, where a test says nothing else: a buyer of all tests is the same.
	h.exec(`insert into sale_terms (brand_id, tax_rate, refund_hours, exchange_hours, updated_at, updated_by) values ($1, 200000, 48, 24, 'epoch', 'test')`, Brand)
	h.exec(`insert into venues (id, brand_id, slug, name, address, city, country, latitude, longitude, time_zone, capacity, opened_year)
		values ($1, $2, 'lyceum', 'Lyceum Theatre', '21 Wellington Street', 'London', 'GB', 51.5, -0.1, 'Europe/London', 24, 1834)`, h.VenueID, Brand)
	layout, err := json.Marshal(plan())
	if err != nil {
		t.Fatal(err)
	}
	h.exec(`insert into seating_plans (id, venue_id, version, name, seats, layout) values ($1, $2, 1, 'Main house', 24, $3)`, h.PlanID, h.VenueID, layout)
	h.exec(`insert into productions (id, brand_id, venue_id, slug, title, author, genre, summary, description, running_minutes, poster_seed, opens_on, closes_on)
		values ($1, $2, $3, 'earnest', 'The Importance of Being Earnest', 'Oscar Wilde', 'Comedy', 'Two men, one name.', 'Two men, one name, no Ernest.', 150, 7, current_date - 10, current_date + 400)`,
		h.ProductionID, Brand, h.VenueID)
	for i, price := range []string{"adult", "concession", "child", "companion"} {
		h.exec(`insert into price_types (id, name, sort_order) values ($1, initcap($1), $2) on conflict do nothing`, price, i)
	}
	for _, p := range []struct {
		band, kind string
		amount     int
	}{{"A", "adult", AdultA}, {"A", "concession", ConcessionA}, {"A", "child", ChildA}, {"B", "adult", AdultB}, {"B", "companion", 0}} {
		h.exec(`insert into prices (production_id, tier, band, price_type, amount) values ($1, 'standard', $2, $3, $4)`,
			h.ProductionID, p.band, p.kind, p.amount)
	}
	return h
}

// Performance puts on another evening, on sale since an hour before now and starting a month after it.
func (h *House) Performance(now time.Time) uuid.UUID {
	h.t.Helper()
	h.evenings++
	return h.PerformanceAt(now.Add(-time.Hour), now.Add(30*24*time.Hour+time.Duration(h.evenings)*time.Hour), "on_sale")
}

// Evenings is how many performances were put on so far with Performance.
func (h *House) Evenings() int { return h.evenings }

// PerformanceAt puts on an evening.
func (h *House) PerformanceAt(onSale, starts time.Time, status string) uuid.UUID {
	h.t.Helper()
	id := newID(h.t)
	h.exec(`insert into performances (id, production_id, venue_id, plan_id, starts_at, on_sale_at, status) values ($1, $2, $3, $4, $5, $6, $7)`,
		id, h.ProductionID, h.VenueID, h.PlanID, starts, onSale, status)
	return id
}

func (h *House) exec(sql string, args ...any) {
	h.t.Helper()
	if _, err := h.db.Exec(h.t.Context(), sql, args...); err != nil {
		h.t.Fatalf("build the test house: %v", err)
	}
}

func plan() venue.Plan {
	stalls := venue.Section{ID: "stalls", Name: "Stalls", Rows: []venue.Row{{Label: "A"}, {Label: "W"}}}
	for n := 1; n <= 16; n++ {
		stalls.Rows[0].Seats = append(stalls.Rows[0].Seats, seat("stalls-A", n, "A", venue.Standard))
	}
	for n := 1; n <= 4; n++ {
		kind := venue.Wheelchair
		if n%2 == 0 {
			kind = venue.Companion
		}
		stalls.Rows[1].Seats = append(stalls.Rows[1].Seats, seat("stalls-W", n, "B", kind))
	}
	balcony := venue.Section{ID: "balcony", Name: "Balcony", Rows: []venue.Row{{Label: "A"}}}
	for n := 1; n <= 4; n++ {
		balcony.Rows[0].Seats = append(balcony.Rows[0].Seats, seat("balcony-A", n, "B", venue.Standard))
	}
	return venue.Plan{Name: "Main house", Width: 1000, Height: 800, Sections: []venue.Section{stalls, balcony}}
}

func seat(row string, n int, band string, kind venue.Kind) venue.Seat {
	return venue.Seat{ID: fmt.Sprintf("%s-%d", row, n), Label: fmt.Sprint(n), X: float64(60 * n), Y: 100, Band: band, Kind: kind}
}

func newID(t testing.TB) uuid.UUID {
	t.Helper()
	id, err := uuid.NewV7()
	if err != nil {
		t.Fatal(err)
	}
	return id
}
