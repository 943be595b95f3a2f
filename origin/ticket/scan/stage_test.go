package scan_test

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

// stage is a theatre with a performance whose doors are open, and tickets to it.
type stage struct {
	t       testing.TB
	db      *pgxpool.Pool
	house   *bookingtest.House
	clock   *bookingtest.Clock
	ring    *ticket.Keyring
	desk    *scan.Desk
	evening uuid.UUID
	order   uuid.UUID
	orders  int
}

type issued struct {
	id   uuid.UUID
	code string
}

func newStage(t testing.TB) *stage {
	t.Helper()
	db := pgtest.Pool(t)
	s := &stage{t: t, db: db, house: bookingtest.Build(t, db), clock: bookingtest.NewClock()}
	ring, err := ticket.OpenKeyring(t.TempDir(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	s.ring = ring
	s.desk = &scan.Desk{DB: db, Keys: ring, Shows: show.NewRepository(db), Now: s.clock.Now}
	s.evening = s.house.PerformanceAt(s.clock.Now().Add(-time.Hour), s.clock.Now().Add(time.Hour), "on_sale")
	return s
}

func (s *stage) exec(sql string, args ...any) {
	s.t.Helper()
	if _, err := s.db.Exec(s.t.Context(), sql, args...); err != nil {
		s.t.Fatal(err)
	}
}

// issue sells a seat of a performance.
func (s *stage) issue(performance uuid.UUID, seat string) issued {
	s.t.Helper()
	s.orders++
	order, id := uuid.New(), uuid.New()
	s.exec(`insert into orders (id, number, brand_id, performance_id, state, buyer_name, buyer_email, currency, total, session_hash, hold_id, hold_token, traceparent, created_at, updated_at, expires_at)
		values ($1, $2, 'lyceum', $3, 'paid', 'Ada', 'ada@example.org', 'GBP', 5000, '\x00', $4, $5, '', now(), now(), now())`,
		order, "LYC-"+order.String()[:7], performance, order.String(), s.orders)
	s.exec(`insert into order_seats (order_id, performance_id, seat_id, section, row_label, seat_label, band, price_type, amount)
		values ($1, $2, $3, 'Stalls', 'A', '1', 'A', 'adult', 5000)`, order, performance, seat)
	code, key, err := s.ring.SignTicket(id, performance, seat, s.clock.Now())
	if err != nil {
		s.t.Fatal(err)
	}
	s.exec(`insert into tickets (id, order_id, performance_id, seat_id, key_id, code, issued_at) values ($1, $2, $3, $4, $5, $6, $7)`,
		id, order, performance, seat, key, code, s.clock.Now())
	s.order = order
	return issued{id, code}
}

// scanOf is a scan of a code at the front door.
func (s *stage) scanOf(code string, direction scan.Result) scan.Scan {
	s.clock.Advance(time.Second)
	return scan.Scan{
		ID: uuid.New(), Performance: s.evening, Code: code, Direction: direction, Device: "device-1", DeviceName: "Front 1", Door: "Front",
		Person: "venue-staff@stagedoor.example", At: s.clock.Now(),
	}
}

func (s *stage) admit(one scan.Scan) scan.Answer {
	s.t.Helper()
	answer, err := s.desk.Admit(s.t.Context(), one)
	if err != nil {
		s.t.Fatal(err)
	}
	return answer
}

// want scans and holds the answer against what was meant.
func (s *stage) want(what string, one scan.Scan, result scan.Result, reason scan.Reason) scan.Answer {
	s.t.Helper()
	answer := s.admit(one)
	if answer.Result != result || answer.Reason != reason {
		s.t.Errorf("%s: %s %s, want %s %s", what, answer.Result, answer.Reason, result, reason)
	}
	return answer
}

func (s *stage) tally() scan.Tally {
	s.t.Helper()
	tally, err := s.desk.Tally(s.t.Context(), s.evening)
	if err != nil {
		s.t.Fatal(err)
	}
	return tally
}

// offline is a fact that a device decided alone.
func (s *stage) offline(ticket uuid.UUID, device string, result scan.Result, at time.Time) scan.Fact {
	return scan.Fact{Scan: uuid.New(), Result: result, Ticket: ticket, Device: device, DeviceName: device, Door: device + "’s door", At: at}
}

func (s *stage) merge(batch ...scan.Fact) scan.Merged {
	s.t.Helper()
	merged, err := s.desk.Merge(s.t.Context(), "venue-staff@stagedoor.example", s.evening, batch)
	if err != nil {
		s.t.Fatal(err)
	}
	return merged
}
