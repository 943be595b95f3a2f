// Package scantest is a theatre with a performance whose doors are open, and tickets to it, for tests of the door.
package scantest

import (
	"crypto/rand"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/stagedoor/stagedoor/origin/booking/bookingtest"
	"github.com/stagedoor/stagedoor/origin/postgres/pgtest"
	"github.com/stagedoor/stagedoor/origin/show"
	"github.com/stagedoor/stagedoor/origin/ticket"
	"github.com/stagedoor/stagedoor/origin/ticket/scan"
)

// Theatre is bookingtest's house with its door.
type Theatre struct {
	DB      *pgxpool.Pool
	House   *bookingtest.House
	Ring    *ticket.Keyring
	Desk    *scan.Desk
	Evening uuid.UUID // begins in an hour

	t      testing.TB
	now    func() time.Time
	orders int
}

// Issued is a ticket somebody has.
type Issued struct {
	ID, Order uuid.UUID
	Code      string
}

// Open builds the theatre in a database of its own.
func Open(t testing.TB, now func() time.Time) *Theatre {
	t.Helper()
	db := pgtest.Pool(t)
	ring, err := ticket.OpenKeyring(t.TempDir(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	house := bookingtest.Build(t, db)
	return &Theatre{
		DB: db, House: house, Ring: ring, t: t, now: now, Desk: &scan.Desk{DB: db, Keys: ring, Shows: show.NewRepository(db), Now: now},
		Evening: house.PerformanceAt(now().Add(-time.Hour), now().Add(time.Hour), "on_sale"),
	}
}

// Exec changes the database.
func (h *Theatre) Exec(sql string, args ...any) {
	h.t.Helper()
	if _, err := h.DB.Exec(h.t.Context(), sql, args...); err != nil {
		h.t.Fatal(err)
	}
}

// Issue sells a seat of a performance; label is what is painted on it, in row A of the stalls.
func (h *Theatre) Issue(performance uuid.UUID, seat, label string) Issued {
	h.t.Helper()
	h.orders++
	order, id := uuid.New(), uuid.New()
	h.Exec(`insert into orders (id, number, brand_id, performance_id, state, buyer_name, buyer_email, currency, total, session_hash, hold_id, hold_token, traceparent, created_at, updated_at, expires_at)
		values ($1, $2, 'lyceum', $3, 'paid', 'Ada Bracknell', 'ada@example.org', 'GBP', 5000, '\x00', $4, $5, '', now(), now(), now())`,
		order, "LYC-"+order.String()[:7], performance, order.String(), h.orders)
	h.Exec(`insert into order_seats (order_id, performance_id, seat_id, section, row_label, seat_label, band, price_type, amount)
		values ($1, $2, $3, 'Stalls', 'A', $4, 'A', 'adult', 5000)`, order, performance, seat, label)
	code, key, err := h.Ring.SignTicket(id, performance, seat, h.now())
	if err != nil {
		h.t.Fatal(err)
	}
	h.Exec(`insert into tickets (id, order_id, performance_id, seat_id, key_id, code, issued_at) values ($1, $2, $3, $4, $5, $6, $7)`,
		id, order, performance, seat, key, code, h.now())
	return Issued{id, order, code}
}
