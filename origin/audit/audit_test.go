package audit_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/stagedoor/stagedoor/origin/audit"
	"github.com/stagedoor/stagedoor/origin/booking"
	"github.com/stagedoor/stagedoor/origin/booking/bookingtest"
	"github.com/stagedoor/stagedoor/origin/catalogue"
	"github.com/stagedoor/stagedoor/origin/hold"
	"github.com/stagedoor/stagedoor/origin/payment"
	"github.com/stagedoor/stagedoor/origin/postgres/pgtest"
	"github.com/stagedoor/stagedoor/origin/show"
)

// scan lets somebody in with the ticket of a seat.
func (s *season) scan(seat string, performance uuid.UUID) {
	s.t.Helper()
	_, err := s.db.Exec(s.t.Context(), `insert into ticket_scans (scan_id, result, performance_id, ticket_id, device_id, device_name, door, person, device_at, received_at, offline)
		select gen_random_uuid(), 'in', $2, id, 'left', 'Left', 'Main', 'usher@example.org', $3, $3, false from tickets where seat_id = $1 and state <> 'void'`, seat, performance, s.clock.Now())
	if err == nil {
		_, err = s.db.Exec(s.t.Context(), "update tickets set state = 'used', scanned_at = $2 where seat_id = $1 and state = 'valid'", seat, s.clock.Now())
	}
	if err != nil {
		s.t.Fatal(err)
	}
}

// season is a house that has sold a little of everything, with all its books in order.
type season struct {
	t        *testing.T
	db       *pgxpool.Pool
	clock    *bookingtest.Clock
	holds    *bookingtest.Holds
	provider *bookingtest.Provider
	service  *booking.Service
	stream   *stream
	evening  uuid.UUID
	paid     booking.Order
}

func newSeason(t *testing.T) *season {
	t.Helper()
	db, clock := pgtest.Pool(t), bookingtest.NewClock()
	s := &season{t: t, db: db, clock: clock, holds: bookingtest.NewHolds(clock.Now), provider: bookingtest.NewProvider(clock.Now), stream: &stream{db: db}}
	s.evening = bookingtest.Build(t, db).Performance(clock.Now())
	var err error
	s.service, err = booking.New(booking.Config{
		DB: db, Holds: s.holds, Payments: s.provider, Shows: show.NewRepository(db), Signer: bookingtest.Signer{},
		LinkKey: bytes.Repeat([]byte("k"), 32), Logger: slog.New(slog.DiscardHandler), Now: clock.Now,
	})
	if err != nil {
		t.Fatal(err)
	}
	s.paid = s.buy("ada", "stalls-A-1", "stalls-A-2")
	late := s.order("bob", "stalls-A-3")
	s.provider.Pay(late.Intent)
	s.clock.Advance(10 * time.Minute)
	s.buy("eve", "stalls-A-3") // so that Bob is offered another, and would rather have the money
	if err := s.service.DeclineOffer(t.Context(), late, "buyer"); err != nil {
		t.Fatal(err)
	}
	s.scan("stalls-A-1", s.evening)
	s.order("zoe", "stalls-A-4")
	s.clock.Advance(10 * time.Minute) // and Zoe expires
	s.settle()
	s.order("max", "stalls-A-5") // and Max is about to pay
	s.exec(`insert into outbox_relayed (id, stream_seq) select id, id from outbox_waiting`)
	return s
}

func (s *season) order(session string, seats ...string) booking.Order {
	s.t.Helper()
	kept, err := s.holds.Acquire(s.t.Context(), hold.Request{PerformanceID: s.evening, Session: session, Seats: seats})
	if err != nil {
		s.t.Fatal(err)
	}
	request := booking.PlaceOrder{
		HoldID: kept.ID, Session: session, SiteBrandID: bookingtest.Brand, Name: session, Email: session + "@example.org", IdempotencyKey: "key-of-" + session,
	}
	for _, seat := range seats {
		request.Seats = append(request.Seats, booking.SeatChoice{SeatID: seat, PriceType: show.Adult})
	}
	placed, err := s.service.Place(s.t.Context(), request)
	if err != nil {
		s.t.Fatal(err)
	}
	return placed.Order
}

func (s *season) buy(session string, seats ...string) booking.Order {
	s.t.Helper()
	order := s.order(session, seats...)
	s.provider.Pay(order.Intent)
	s.settle()
	return order
}

func (s *season) settle() {
	s.t.Helper()
	for range 3 {
		for _, event := range s.provider.Events() {
			if _, err := s.service.ApplyPayment(s.t.Context(), event); err != nil {
				s.t.Fatal(err)
			}
		}
		if _, err := s.service.Sweep(s.t.Context()); err != nil {
			s.t.Fatal(err)
		}
	}
}

func (s *season) exec(sql string, args ...any) {
	s.t.Helper()
	if _, err := s.db.Exec(s.t.Context(), sql, args...); err != nil {
		s.t.Fatal(err)
	}
}

func (s *season) deps() audit.Deps {
	return audit.Deps{DB: s.db, Payments: s.provider, SeatMap: s.holds, Stream: s.stream, Catalogue: &searchIndex{answers: []catalogue.Differences{{Looked: 1}}}, Now: s.clock.Now}
}

func (s *season) audit() audit.Report {
	s.t.Helper()
	report, err := audit.Run(s.t.Context(), s.deps())
	if err != nil {
		s.t.Fatal(err)
	}
	return report
}

// stream keeps what the outbox says it keeps, but for what a test takes out.
type stream struct {
	db    *pgxpool.Pool
	gone  map[uint64]bool
	first uint64
}

func (s *stream) Range(ctx context.Context) (first, last uint64, err error) {
	err = s.db.QueryRow(ctx, `select coalesce(max(id), 0) from outbox`).Scan(&last)
	return max(1, s.first), last, err
}

func (s *stream) EventID(ctx context.Context, seq uint64) (id string, err error) {
	if s.gone[seq] {
		return "", nil
	}
	err = s.db.QueryRow(ctx, `select event_id::text from outbox where id = $1`, seq).Scan(&id)
	return id, err
}

func TestACleanHouse(t *testing.T) {
	t.Parallel()
	s := newSeason(t)
	s.deliver("done", "", "", s.clock.Now())
	report := s.audit()
	var table bytes.Buffer
	if err := report.WriteTable(&table); err != nil {
		t.Fatal(err)
	}
	if !report.OK() || report.Warnings != 0 || !strings.Contains(table.String(), "clean: 0 broken") {
		t.Fatalf("not clean:\n%s", &table)
	}
	for _, check := range report.Checks {
		if check.Looked == 0 || check.Skipped != "" {
			t.Errorf("%s: looked at %d, skipped %q", check.Name, check.Looked, check.Skipped)
		}
	}
	var text bytes.Buffer
	if err := report.WriteJSON(&text); err != nil {
		t.Fatal(err)
	}
	var back audit.Report
	if err := json.Unmarshal(text.Bytes(), &back); err != nil || len(back.Checks) != len(report.Checks) {
		t.Errorf("JSON: %v, %d checks", err, len(back.Checks))
	}
}

func TestEveryFaultIsFound(t *testing.T) {
	t.Parallel()
	cases := []struct {
		name    string
		inject  func(s *season)
		check   string // part of the check's name
		want    string // part of the fault
		warning bool
	}{
		{name: "a seat of an order that is not paid", check: "sold once", want: "assigned to an order that is awaiting_payment", inject: func(s *season) {
			s.exec(`insert into seat_assignments select performance_id, 'stalls-A-5', id, now() from orders where state = 'awaiting_payment'`)
		}},
		{name: "a fact that says more than was agreed", check: "what was agreed", want: "no OrderFact", inject: func(s *season) {
			s.exec(`update outbox set payload = payload || '{"card": "4242"}' where subject = 'stagedoor.order.paid.v1'`)
		}},
		{name: "a fact of a kind nobody agreed on", check: "what was agreed", want: "no schema", inject: func(s *season) {
			s.exec(`update outbox set subject = 'stagedoor.order.paid.v2' where subject = 'stagedoor.order.paid.v1' and id = (select max(id) from outbox where subject = 'stagedoor.order.paid.v1')`)
		}},
		{name: "a seat nobody ordered", check: "sold once", want: "did not ask for it", inject: func(s *season) {
			s.exec(`insert into seat_assignments values ($1, 'stalls-A-9', $2, now())`, s.evening, s.paid.ID)
			_ = s.holds.MarkSold(s.t.Context(), s.evening, "", []string{"stalls-A-9"})
		}},
		{name: "a paid seat that is not assigned", check: "sold once", want: "paid for and not assigned", inject: func(s *season) {
			s.exec(`delete from seat_assignments where seat_id = 'stalls-A-1'`)
			_ = s.holds.MarkFree(s.t.Context(), s.evening, []string{"stalls-A-1"})
		}},
		{name: "a seat sold twice", check: "sold once", want: "sold 2 times", inject: func(s *season) {
			s.exec(`update order_seats set seat_id = 'stalls-A-2' where seat_id = 'stalls-A-3'`)
		}},
		{name: "a paid seat without a ticket", check: "sold once", want: "has 0 valid tickets", inject: func(s *season) {
			s.exec(`update tickets set state = 'void' where seat_id = 'stalls-A-1'`)
		}},
		{name: "a ticket of an order that was refunded", check: "sold once", want: "admits on a ticket of an order that is refunded", inject: func(s *season) {
			s.exec(`insert into tickets (id, order_id, performance_id, seat_id, key_id, code, issued_at)
				select gen_random_uuid(), id, performance_id, 'stalls-A-16', 'k', 'c', now() from orders where state = 'refunded'`)
		}},
		{name: "a ticket for another seat", check: "sold once", want: "it did not order", inject: func(s *season) {
			s.exec(`update tickets set seat_id = 'stalls-A-16' where seat_id = 'stalls-A-1'`)
		}},
		{name: "let in and not used", check: "the door let in", want: "still counts as not used", inject: func(s *season) {
			s.exec("update tickets set state = 'valid' where order_id = $1", s.paid.ID)
		}},
		{name: "used and not let in", check: "the door let in", want: "no scanner let it in", inject: func(s *season) {
			s.exec("update tickets set state = 'used' where order_id = $1", s.paid.ID)
		}},
		{name: "let in to another evening", check: "the door let in", want: "not for", inject: func(s *season) {
			another := uuid.New()
			s.exec(`insert into performances (id, production_id, venue_id, plan_id, starts_at, on_sale_at)
				select $1, production_id, venue_id, plan_id, starts_at + interval '1 day', on_sale_at from performances limit 1`, another)
			s.scan("stalls-A-2", another)
		}},
		{name: "a total that does not add up", check: "totals the sum", want: "its seats come to", inject: func(s *season) {
			s.exec(`update order_seats set amount = amount - 1, face = face - 1 where seat_id = 'stalls-A-1'`)
		}},
		{name: "a paid order without a payment", check: "kept or given back", want: "its payment is missing", inject: func(s *season) {
			s.exec(`update orders set payment_intent = 'pi_none' where id = $1`, s.paid.ID)
		}},
		{name: "two orders with one payment", check: "kept or given back", want: "shares its payment", inject: func(s *season) {
			s.exec(`update orders set payment_intent = (select payment_intent from orders where id = $1) where state = 'expired'`, s.paid.ID)
		}},
		{name: "a refund nobody decided", check: "kept or given back", want: "no refund", inject: func(s *season) {
			s.exec(`update payments set refunded = 0 where order_id in (select id from orders where state = 'refunded')`)
			s.exec(`delete from refunds`)
		}},
		{name: "a refund that is not sent", check: "kept or given back", want: "has been due since", inject: func(s *season) {
			s.exec(`update refunds set state = 'due', created_at = $1`, s.clock.Now().Add(-time.Hour))
		}},
		{name: "a refund that failed", check: "kept or given back", want: "failed", inject: func(s *season) {
			s.exec(`update refunds set state = 'failed'`)
		}},
		{name: "a step without history", check: "history", want: "its history ends with", inject: func(s *season) {
			s.exec(`update orders set state = 'cancelled' where state = 'expired'`)
		}},
		{name: "a hole in the history", check: "history", want: "history jumps", inject: func(s *season) {
			s.exec(`delete from order_events where to_state = 'awaiting_payment' and order_id = $1`, s.paid.ID)
		}},
		{name: "an order nobody ends", check: "history", want: "is the sweep running", warning: true, inject: func(s *season) {
			s.clock.Advance(time.Hour)
		}},
		{name: "a webhook nobody acts upon", check: "webhook", want: "not acted upon", inject: func(s *season) {
			s.exec(`insert into payment_events (id, kind, payload, received_at, next_attempt_at) values ('evt_stuck', 'payment_failed', '{}', $1, $1)`, s.clock.Now().Add(-time.Hour))
		}},
		{name: "money for an order we lost", check: "webhook", want: "does not exist", inject: func(s *season) {
			if _, err := s.service.ApplyPayment(s.t.Context(), payment.Event{ID: "evt_lost", Kind: payment.PaymentSucceeded, Intent: payment.Intent{ID: "pi_lost", Received: 5, OrderID: uuid.NewString()}}); err != nil {
				s.t.Fatal(err)
			}
		}},
		{name: "money at the provider for an order we lost", check: "the provider has", want: "which does not exist", inject: func(s *season) {
			intent, err := s.provider.CreateIntent(s.t.Context(), payment.CreateIntent{OrderID: uuid.NewString(), Amount: 500, Currency: "GBP", IdempotencyKey: "k"})
			if err != nil {
				s.t.Fatal(err)
			}
			s.provider.Pay(intent.ID)
			s.clock.Advance(2 * time.Minute)
		}},
		{name: "money kept for an order that is over", check: "the provider has", want: "is cancelled and the provider keeps", inject: func(s *season) {
			s.provider.Pay(s.order("sue", "stalls-A-6").Intent)
			s.exec(`update orders set state = 'cancelled' where hold_id in (select hold_id from order_seats join orders on orders.id = order_id where seat_id = 'stalls-A-6')`)
		}},
		{name: "money whose webhook is on its way", check: "the provider has", want: "may be on its way", warning: true, inject: func(s *season) {
			s.provider.Pay(s.order("sue", "stalls-A-6").Intent)
		}},
		{name: "another amount at the provider", check: "the provider has", want: "the provider received", inject: func(s *season) {
			s.exec(`update orders set total = total + 1 where id = $1`, s.paid.ID)
		}},
		{name: "a payment the provider does not know", check: "the provider has", want: "does not know it", inject: func(s *season) {
			s.exec(`insert into payments (intent_id, order_id, amount, currency, status, received, updated_at) values ('pi_dream', $1, 5, 'GBP', 'succeeded', 5, now())`, s.paid.ID)
		}},
		{name: "a sale that was not told", check: "every sale was told", want: "told 0 times", inject: func(s *season) {
			s.exec(`delete from outbox where subject = $1 and key = $2`, booking.SubjectOrderPaid, s.paid.ID.String())
		}},
		{name: "a fact that waits", check: "outbox", want: "waits in the outbox", inject: func(s *season) {
			s.exec(`delete from outbox_relayed where id = 1`)
			s.exec(`update outbox set created_at = $1 where id = 1`, s.clock.Now().Add(-time.Hour))
		}},
		{name: "a fact missing from the stream", check: "outbox", want: "where nothing is", inject: func(s *season) {
			s.stream.gone = map[uint64]bool{1: true}
		}},
		{name: "another fact in its place", check: "outbox", want: "of the stream, where", inject: func(s *season) {
			s.exec(`update outbox_relayed set stream_seq = 2 where id = 1`)
		}},
		{name: "a fact beyond the end", check: "outbox", want: "of a stream that ends at", inject: func(s *season) {
			s.exec(`update outbox_relayed set stream_seq = 999999 where id = 1`)
		}},
		{name: "a fact nobody could handle", check: "outbox", want: "set aside", warning: true, inject: func(s *season) {
			s.exec(`insert into bus_failures (consumer, event_id, subject, key, payload, traceparent, stream_seq, attempts, reason, parked_at)
				values ('notify', gen_random_uuid(), 's', 'k', '', '', 1, 8, 'no', now())`)
		}},
		{name: "a delivery of content that nobody acted upon", check: "what editors published", want: "neither done nor waiting nor parked", inject: func(s *season) {
			s.deliver("due", "", "", s.clock.Now().Add(-time.Hour))
		}},
		{name: "content tried again", check: "what editors published", want: "is tried again: away", warning: true, inject: func(s *season) {
			s.deliver("due", "", "away", s.clock.Now())
			s.exec(`update cms_deliveries set attempts = 3, next_at = $1`, s.clock.Now().Add(time.Minute))
		}},
		{name: "content that is parked", check: "what editors published", want: "is parked: no title", warning: true, inject: func(s *season) {
			s.deliver("parked", "", "no title", s.clock.Now())
		}},
		{name: "content that waits", check: "what editors published", want: "waits for entry v1", warning: true, inject: func(s *season) {
			s.deliver("waiting", "v1", "", s.clock.Now())
		}},
		{name: "content applied twice", check: "what editors published", want: "was applied 2 times", inject: func(s *season) {
			s.deliver("done", "", "", s.clock.Now())
			s.deliver("done", "", "", s.clock.Now())
		}},
		{name: "content that no handler knows", check: "what editors published", want: "no handler knows it", inject: func(s *season) {
			s.exec(`insert into cms_heads values ('umbraco', 'e1', 'venue', false, $1, 0, $1)`, s.clock.Now())
		}},
		{name: "a sold seat that looks free", check: "seat map", want: "not shown so", warning: true, inject: func(s *season) {
			_ = s.holds.MarkFree(s.t.Context(), s.evening, []string{"stalls-A-1"})
		}},
		{name: "a free seat that looks sold", check: "seat map", want: "assigned to nobody", inject: func(s *season) {
			_ = s.holds.MarkSold(s.t.Context(), s.evening, "", []string{"stalls-A-16"})
		}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			s := newSeason(t)
			c.inject(s)
			report := s.audit()
			found, said := false, map[string]bool{}
			for _, check := range report.Checks {
				for _, f := range check.Findings {
					t.Logf("%s: %s: %s (warning %t)", check.Name, f.Thing, f.Fault, f.Warning)
					if once := check.Name + f.Thing + f.Fault; said[once] {
						t.Error("and it says so twice")
					} else {
						said[once] = true
					}
					found = found || strings.Contains(check.Name, c.check) && strings.Contains(f.Fault, c.want) && f.Warning == c.warning
				}
			}
			if !found || report.OK() != c.warning {
				t.Errorf("%d violations, %d warnings; found it: %t", report.Violations, report.Warnings, found)
			}
		})
	}
}

func TestWhatCannotBeChecked(t *testing.T) {
	t.Parallel()
	s := newSeason(t)
	report, err := audit.Run(t.Context(), audit.Deps{DB: s.db, Now: s.clock.Now})
	if err != nil || !report.OK() {
		t.Fatalf("%v, %+v", err, report)
	}
	skipped := 0
	for _, check := range report.Checks {
		if check.Skipped != "" {
			skipped++
		}
	}
	all := len(report.Checks)
	if skipped != 4 {
		t.Errorf("%d checks say that they were skipped, want 4", skipped)
	}
	s.provider.Down(true)
	report, err = audit.Run(t.Context(), s.deps())
	if err == nil || len(report.Checks) != all {
		t.Errorf("with the provider down: %v, %d checks", err, len(report.Checks))
	}
	if _, err := audit.Run(t.Context(), audit.Deps{}); err == nil {
		t.Error("an audit of nothing")
	}
	cancelled, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := audit.Run(cancelled, s.deps()); !errors.Is(err, context.Canceled) {
		t.Errorf("interrupted: %v", err)
	}
}

// deliver is a delivery of content in some state.
func (s *season) deliver(state, waitsFor, reason string, received time.Time) {
	s.t.Helper()
	s.exec(`insert into cms_deliveries (source, way, dedup, topic, entry_id, kind, body, stamp_at, received_at, state, next_at, waits_for, reason, outcome, parked_at, finished_at)
		values ('contentful', 'webhook', gen_random_uuid()::text, 'ContentManagement.Entry.publish', 'e1', 'venue', '{}', '2026-01-01', $1, $2, $1, $3, $4,
			case $2 when 'done' then 'applied' else '' end, case $2 when 'parked' then $1::timestamptz end, case $2 when 'done' then $1::timestamptz end)`, received, state, waitsFor, reason)
}
