package booking_test

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/stagedoor/stagedoor/origin/audit"
	"github.com/stagedoor/stagedoor/origin/booking"
	"github.com/stagedoor/stagedoor/origin/booking/bookingtest"
	"github.com/stagedoor/stagedoor/origin/hold"
	"github.com/stagedoor/stagedoor/origin/payment"
	"github.com/stagedoor/stagedoor/origin/postgres/pgtest"
	"github.com/stagedoor/stagedoor/origin/show"
)

// stage is a house with everything a sale needs, on a clock that only tests move.
type stage struct {
	t        tester
	db       *pgxpool.Pool
	house    *bookingtest.House
	clock    *bookingtest.Clock
	holds    *bookingtest.Holds
	provider *bookingtest.Provider
	service  *booking.Service
	evening  uuid.UUID
	keys     int
}

// tester is a testing.T or a rapid.T.
type tester interface {
	Helper()
	Fatal(args ...any)
	Fatalf(format string, args ...any)
	Logf(format string, args ...any)
	Context() context.Context
}

func newStage(t testing.TB) *stage {
	t.Helper()
	db := pgtest.Pool(t)
	clock := bookingtest.NewClock()
	s := &stage{
		t: t, db: db, clock: clock, house: bookingtest.Build(t, db),
		holds: bookingtest.NewHolds(clock.Now), provider: bookingtest.NewProvider(clock.Now),
	}
	s.service = s.start()
	s.evening = s.house.Performance(clock.Now())
	return s
}

// start makes a service as a freshly started process would.
func (s *stage) start() *booking.Service { return s.startWith(s.holds) }

func (s *stage) startWith(holds booking.Holds) *booking.Service {
	s.t.Helper()
	service, err := booking.New(booking.Config{
		DB: s.db, Holds: holds, Payments: s.provider, Shows: show.NewRepository(s.db), Signer: bookingtest.Signer{},
		LinkKey: bytes.Repeat([]byte("k"), 32), Logger: slog.New(slog.DiscardHandler), Now: s.clock.Now,
		RepeatWait: 100 * time.Millisecond, Workers: 1,
	})
	if err != nil {
		s.t.Fatal(err)
	}
	return service
}

// wish asks to hold seats of the evening.
func (s *stage) wish(session string, seats ...string) hold.Request {
	return hold.Request{PerformanceID: s.evening, Session: session, Seats: seats}
}

func (s *stage) hold(session string, seats ...string) hold.Hold {
	s.t.Helper()
	kept, err := s.holds.Acquire(s.t.Context(), s.wish(session, seats...))
	if err != nil {
		s.t.Fatal(err)
	}
	return kept
}

// request asks for adults in every seat of a hold, under a fresh key.
func (s *stage) request(kept hold.Hold) booking.PlaceOrder {
	s.keys++
	p := booking.PlaceOrder{
		HoldID: kept.ID, Session: kept.Session, SiteBrandID: bookingtest.Brand,
		Name: "Ada Bracknell", Email: "ada@example.org", IdempotencyKey: fmt.Sprintf("test-key-%d", s.keys),
	}
	for _, seat := range kept.Seats {
		p.Seats = append(p.Seats, booking.SeatChoice{SeatID: seat, PriceType: show.Adult})
	}
	return p
}

func (s *stage) place(session string, seats ...string) booking.Placed {
	s.t.Helper()
	placed, err := s.service.Place(s.t.Context(), s.request(s.hold(session, seats...)))
	if err != nil {
		s.t.Fatal(err)
	}
	return placed
}

// deliver applies every webhook that waits.
func (s *stage) deliver() []booking.Outcome {
	s.t.Helper()
	return s.apply(s.provider.Events()...)
}

func (s *stage) apply(events ...payment.Event) []booking.Outcome {
	s.t.Helper()
	var outcomes []booking.Outcome
	for _, event := range events {
		outcome, err := s.service.ApplyPayment(s.t.Context(), event)
		if err != nil {
			s.t.Fatalf("apply %s: %v", event.Kind, err)
		}
		outcomes = append(outcomes, outcome)
	}
	return outcomes
}

// crowd lets somebody hold every seat of the stalls that is free, so that nobody can be offered another.
func (s *stage) crowd() {
	s.t.Helper()
	snapshot, err := s.holds.Snapshot(s.t.Context(), s.evening)
	if err != nil {
		s.t.Fatal(err)
	}
	wanted := s.wanted()
	var rest []string
	for n := 1; n <= 16; n++ {
		if seat := fmt.Sprintf("stalls-A-%d", n); snapshot.Seats[seat] == "" && !slices.Contains(wanted, seat) {
			rest = append(rest, seat)
		}
	}
	if rest != nil {
		s.hold("crowd", rest...)
	}
}

// wanted lists every seat that an order is for.
func (s *stage) wanted() []string {
	s.t.Helper()
	var seats []string
	err := s.db.QueryRow(s.t.Context(), `select coalesce(array_agg(l.seat_id), '{}') from order_seats l join orders o on o.id = l.order_id where o.performance_id = $1`, s.evening).Scan(&seats)
	if err != nil {
		s.t.Fatal(err)
	}
	return seats
}

// settle sweeps and delivers until nothing is left to do.
func (s *stage) settle() {
	s.t.Helper()
	for range 20 {
		s.clock.Advance(2 * time.Minute) // past every claim and the first waits
		s.deliver()
		if n, err := s.service.Sweep(s.t.Context()); err != nil {
			s.t.Fatalf("sweep: %v", err)
		} else if n == 0 {
			return
		}
	}
	s.t.Fatal("the sweep does not come to an end")
}

func (s *stage) sweep() {
	s.t.Helper()
	if _, err := s.service.Sweep(s.t.Context()); err != nil {
		s.t.Fatalf("sweep: %v", err)
	}
}

func (s *stage) order(id uuid.UUID) booking.Order {
	s.t.Helper()
	order, err := s.service.OrderByID(s.t.Context(), id)
	if err != nil {
		s.t.Fatal(err)
	}
	return order
}

func (s *stage) wantState(id uuid.UUID, want booking.State) booking.Order {
	s.t.Helper()
	order := s.order(id)
	if order.State != want {
		s.t.Fatalf("order %s is %q, want %q", order.Number, order.State, want)
	}
	return order
}

// audit compares all the books there are.
func (s *stage) audit(payments audit.Payments, seats audit.SeatMap) {
	s.t.Helper()
	ctx := context.WithoutCancel(s.t.Context())
	if _, err := s.db.Exec(ctx, "insert into outbox_relayed (id, stream_seq) select id, id from outbox_waiting"); err != nil {
		s.t.Fatal(err)
	}
	report, err := audit.Run(ctx, audit.Deps{DB: s.db, Payments: payments, SeatMap: seats, Now: s.clock.Now})
	if err != nil {
		s.t.Fatal(err)
	}
	if !report.OK() {
		var table strings.Builder
		_ = report.WriteTable(&table)
		s.t.Fatalf("the audit says:\n%s", table.String())
	}
	s.t.Logf("audit: clean: %d checks, 0 broken", len(report.Checks))
}

// count asks the database for a number.
func (s *stage) count(sql string, args ...any) int {
	s.t.Helper()
	var n int
	if err := s.db.QueryRow(context.WithoutCancel(s.t.Context()), sql, args...).Scan(&n); err != nil {
		s.t.Fatalf("%s: %v", sql, err)
	}
	return n
}

// staleHolds answers with a hold as it was read some time ago.
type staleHolds struct {
	*bookingtest.Holds
	kept hold.Hold
}

func (h *staleHolds) Get(context.Context, string) (hold.Hold, error) { return h.kept, nil }
