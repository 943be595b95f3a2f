package booking_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/stagedoor/stagedoor/origin/booking"
	"github.com/stagedoor/stagedoor/origin/booking/bookingtest"
	"github.com/stagedoor/stagedoor/origin/booking/idempotency"
	"github.com/stagedoor/stagedoor/origin/payment"
	"github.com/stagedoor/stagedoor/origin/postgres"
	"github.com/stagedoor/stagedoor/origin/show"
)

// What Postgres can't even be asked is one's own fault: nobody else in the bundle fails for it.
func TestAHoldThatNeverWasIsNotTheOthersFault(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	ada := s.place("ada", "stalls-A-1")
	found, errs := s.service.LookTogether(t.Context(), ada.Order.HoldID, "\x00x", s.hold("bob", "stalls-A-2").ID)
	if errs[0] != nil || errs[1] == nil || errs[2] != nil || !found[0] || found[2] {
		t.Errorf("found %v, %v", found, errs)
	}
	for _, id := range []string{"\x00x", "\xff", "", "nothing", ada.Order.HoldID + "\x00"} {
		request := s.request(s.hold("cyd", "stalls-A-3"))
		request.HoldID = id
		if _, err := s.service.Place(t.Context(), request); !errors.Is(err, booking.ErrHoldGone) {
			t.Errorf("hold %q: %v", id, err)
		}
	}
}

// lock keeps what sql locks until the answer is called, or the test is over.
func (s *stage) lock(sql string, args ...any) (release func()) {
	s.t.Helper()
	tx, err := s.db.Begin(s.t.Context())
	if err != nil {
		s.t.Fatal(err)
	}
	tag, err := tx.Exec(s.t.Context(), sql, args...)
	if err != nil || tag.RowsAffected() != 1 {
		s.t.Fatalf("%s: %s, %v", sql, tag, err)
	}
	return func() {
		if err := tx.Rollback(context.WithoutCancel(s.t.Context())); err != nil && !errors.Is(err, pgx.ErrTxClosed) {
			s.t.Fatal(err)
		}
	}
}

// patient is a context as requests have it, only with more time for each step than a lock is waited for on any machine.
func patient(t *testing.T) context.Context { return postgres.Impatient(t.Context(), 2*time.Minute) }

// Somebody else keeps what one order of a bundle wants, for as long as it pleases them. The others go on without it; it is
// told to come again, and does.
func TestASeatThatIsLockedIsNotTheOthersFault(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	early := s.place("early", "stalls-A-4") // so that the seat has a row to lock
	if err := s.service.GiveUp(t.Context(), early.Order.HoldID, "early"); err != nil {
		t.Fatal(err)
	}
	ada, again := s.request(s.hold("ada", "stalls-A-1")), s.request(s.hold("early", "stalls-A-4"))
	release := s.lock("select 1 from seat_fences where seat_id = 'stalls-A-4' for update")
	defer release()
	ids, errs := s.service.WriteTogether(patient(t), ada, again)
	if errs[0] != nil {
		t.Fatalf("who wants another seat: %v", errs[0])
	}
	if !errors.Is(errs[1], context.DeadlineExceeded) || !postgres.Locked(errs[1]) {
		t.Errorf("who wants the locked seat: %v", errs[1])
	}
	s.wantState(ids[0], booking.AwaitingPayment)
	if _, err := s.service.Place(patient(t), again); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("placed alone while it is locked: %v", err)
	}
	release()
	placed, err := s.service.Place(t.Context(), again)
	if err != nil {
		t.Fatalf("when it is free again: %v", err)
	}
	s.provider.Pay(placed.Order.Intent)
	s.deliver()
	s.wantState(placed.Order.ID, booking.Paid)
}

// The same where orders are given their payments, and where payments are settled.
func TestAnOrderThatIsLockedIsNotTheOthersFault(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	ada, bob := s.place("ada", "stalls-A-1"), s.place("bob", "stalls-A-2")
	ids := []uuid.UUID{ada.Order.ID, bob.Order.ID}
	intents := []payment.Intent{{ID: ada.Order.Intent, Currency: "GBP"}, {ID: bob.Order.Intent, Currency: "GBP"}}
	release := s.lock("select 1 from orders where id = $1 for update", bob.Order.ID)
	defer release()
	errs := s.service.KeepTogether(patient(t), ids, intents)
	if errs[0] != nil || !errors.Is(errs[1], context.DeadlineExceeded) {
		t.Errorf("intents: %v", errs)
	}
	release()
	if err := errors.Join(s.service.KeepTogether(patient(t), ids, intents)...); err != nil {
		t.Errorf("when it is free again: %v", err)
	}
}

// Whoever locks a seat that is being paid for keeps the bundle from being settled, and not the others of it: each is for
// itself then.
func TestASeatLockedWhilePaymentsAreSettled(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	ada, bob := s.place("ada", "stalls-A-1"), s.place("bob", "stalls-A-2")
	s.provider.Pay(ada.Order.Intent)
	s.provider.Pay(bob.Order.Intent)
	events := s.provider.Events()
	for _, e := range events {
		if err := s.service.Receive(t.Context(), e); err != nil {
			t.Fatal(err)
		}
	}
	release := s.lock("select 1 from seat_fences where seat_id = 'stalls-A-2' for update")
	defer release()
	if paid, errs := s.service.SettleTogether(patient(t), events...); errors.Join(errs...) != nil || paid[0] || paid[1] {
		t.Fatalf("settled %v, %v", paid, errs)
	}
	s.apply(events[0])
	s.wantState(ada.Order.ID, booking.Paid)
	release()
	s.apply(events[1])
	s.wantState(bob.Order.ID, booking.Paid)
	s.settle()
	s.audit(s.provider, s.holds)
}

// A colleague's process dies when the link to pay is on its way and before they know. The repeat is told of that bill: its
// buyer gets one link, and it works.
func TestABillIsNotSentAgainAfterACrash(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	ctx := t.Context()
	kept := s.hold("desk", "stalls-A-1")
	bill := booking.Bill{
		HoldID: kept.ID, Session: "desk", BrandID: bookingtest.Brand, Seats: []booking.SeatChoice{{SeatID: "stalls-A-1", PriceType: show.Adult}},
		Name: "Ada Bracknell", Email: "ada@example.org", Staff: "joan", IdempotencyKey: "the-first-bill",
	}
	if !s.dieAt("bill sent", func(service *booking.Service) { _, _ = service.SendBill(ctx, bill) }) {
		t.Fatal("nobody comes by")
	}
	sent, err := s.service.BillOf(ctx, kept.ID)
	if err != nil {
		t.Fatal(err)
	}
	s.clock.Advance(idempotency.Lease + time.Second)
	again, err := s.service.SendBill(ctx, bill)
	if err != nil || again.ID != sent.ID {
		t.Fatalf("the repeat is of order %s, %v; want %s", again.Number, err, sent.Number)
	}
	const links = "select count(*) from outbox where subject = $1"
	if n := s.count(links, booking.SubjectPaymentWanted); n != 1 {
		t.Errorf("%d links were sent", n)
	}
	s.wantState(sent.ID, booking.AwaitingPayment)
	other := bill
	other.Email, other.IdempotencyKey = "bracknell@example.org", "to-another-address"
	instead, err := s.service.SendBill(ctx, other)
	if err != nil || instead.ID == sent.ID {
		t.Fatalf("another bill: %s, %v", instead.Number, err)
	}
	s.wantState(sent.ID, booking.Cancelled)
	if n := s.count(links, booking.SubjectPaymentWanted); n != 2 {
		t.Errorf("%d links were sent of two bills", n)
	}
}
