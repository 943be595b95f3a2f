package edgeconfig_test

import (
	"encoding/hex"
	"fmt"
	"testing"
	"time"

	"github.com/google/uuid"
)

// stage puts a production with some coming performances on a brand's programme.
func (h *house) stage(t *testing.T, brand string, nights int) (production uuid.UUID, performances []uuid.UUID) {
	t.Helper()
	exec := func(sql string, args ...any) {
		if _, err := h.db.Exec(t.Context(), sql, args...); err != nil {
			t.Fatal(err)
		}
	}
	place, plan := uuid.New(), uuid.New()
	production = uuid.New()
	exec(`insert into venues (id, brand_id, slug, name, city, country, time_zone, latitude, longitude, capacity, opened_year)
		values ($1, $2, 'house', 'House', 'New York', 'US', 'America/New_York', 0, 0, 100, 1913)`, place, brand)
	exec(`insert into seating_plans (id, venue_id, name, version, seats, layout) values ($1, $2, 'Plan', 1, 100, '{}')`, plan, place)
	exec(`insert into productions (id, brand_id, venue_id, slug, title, author, genre, summary, description, running_minutes, poster_seed, opens_on, closes_on)
		values ($1, $2, $3, 'hamlet', 'Hamlet', 'Shakespeare', 'Tragedy', '', '', 180, 1, '2026-11-01', '2027-02-01')`, production, brand, place)
	for i := range nights {
		id := uuid.New()
		exec(`insert into performances (id, production_id, venue_id, plan_id, starts_at, on_sale_at) values ($1, $2, $3, $4, $5, $6)`,
			id, production, place, plan, now.Add(time.Duration(i+1)*24*time.Hour), now)
		performances = append(performances, id)
	}
	return production, performances
}

func hexInto(dst []byte, text string) (int, error) {
	if len(text) != 2*len(dst) {
		return 0, fmt.Errorf("%q is not %d bytes", text, len(dst))
	}
	return hex.Decode(dst, []byte(text))
}
