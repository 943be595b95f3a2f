package booking_test

import (
	"errors"
	"sync"
	"testing"

	"github.com/stagedoor/stagedoor/origin/booking"
	"github.com/stagedoor/stagedoor/origin/booking/bookingtest"
	"github.com/stagedoor/stagedoor/origin/hold"
	"github.com/stagedoor/stagedoor/origin/promo"
)

// billFor is a bill for adults in every seat of a hold of the desk.
func billFor(kept hold.Hold, key string) booking.Bill {
	return booking.Bill{
		HoldID: kept.ID, Session: kept.Session, BrandID: bookingtest.Brand, Seats: adults(kept.Seats...),
		Name: "Ada Bracknell", Email: "Ada@Example.org", Staff: "joan", IdempotencyKey: key,
	}
}

func (s *stage) bill(b booking.Bill) booking.Order {
	s.t.Helper()
	order, err := s.service.SendBill(s.t.Context(), b)
	if err != nil {
		s.t.Fatal(err)
	}
	return order
}

const linksToPay = "select count(*) from outbox where subject = '" + booking.SubjectPaymentWanted + "'"

func TestABillIsPaidByItsBuyer(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	kept := s.hold("desk", "stalls-A-1", "stalls-A-2")
	bill := billFor(kept, "the-first-bill")
	order := s.bill(bill)
	if order.State != booking.AwaitingPayment || order.Channel != booking.BoxOffice || order.Total != 2*bookingtest.AdultA || order.Email != "Ada@Example.org" ||
		!order.ExpiresAt.Equal(kept.ExpiresAt) || len(order.Tickets) != 0 {
		t.Fatalf("the bill: %+v", order)
	}
	history, err := s.service.History(t.Context(), order.ID)
	if err != nil || len(history) == 0 || history[0].Actor != booking.StaffActor("joan") {
		t.Errorf("who sent it: %+v, %v", history, err)
	}
	// The very same form, and one under another name that says the same: neither sends a second link.
	again := bill
	again.IdempotencyKey = "another-press"
	for _, b := range []booking.Bill{bill, again} {
		if repeat := s.bill(b); repeat.ID != order.ID {
			t.Errorf("the repeat is %s, want %s", repeat.Number, order.Number)
		}
	}
	if n := s.count(linksToPay); n != 1 {
		t.Errorf("%d links were sent", n)
	}
	if _, err := s.service.ClientSecret(t.Context(), order); err != nil { // its buyer opens the link
		t.Fatal(err)
	}
	s.provider.Pay(s.order(order.ID).Intent)
	s.deliver()
	if paid := s.wantState(order.ID, booking.Paid); len(paid.Tickets) != 2 {
		t.Errorf("%d tickets", len(paid.Tickets))
	}
	if err := s.service.EndBill(t.Context(), kept.ID, "desk", "too late"); err != nil {
		t.Errorf("ending a bill that was paid: %v", err)
	}
	s.settle()
	s.wantState(order.ID, booking.Paid)
	s.audit(s.provider, s.holds)
}

func TestABillThatCantBeSent(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	s.code(promo.Code{Code: "FREE", Rate: 1_000_000})
	kept := s.hold("desk", "stalls-A-1")
	gone := kept
	gone.ID = "never-was"
	for _, c := range []struct {
		name  string
		spoil func(*booking.Bill)
		want  func(error) bool
	}{
		{"without a key", func(b *booking.Bill) { b.IdempotencyKey = "" }, is(booking.ErrKeyMissing)},
		{"by nobody", func(b *booking.Bill) { b.Staff = "" }, func(err error) bool { return err != nil }},
		{"to no address", func(b *booking.Bill) { b.Email = "ada" }, faulty("email")},
		{"to no name", func(b *booking.Bill) { b.Name = " " }, faulty("name")},
		{"for nothing to pay", func(b *booking.Bill) { b.Promos = []string{"free"} }, faulty("seats")},
		{"for seats that another session holds", func(b *booking.Bill) { b.Session = "somebody" }, is(booking.ErrNotYours)},
		{"for a hold that is over", func(b *booking.Bill) { b.HoldID = gone.ID }, is(booking.ErrHoldGone)},
	} {
		bill := billFor(kept, "a-bill-"+c.name)
		c.spoil(&bill)
		if _, err := s.service.SendBill(t.Context(), bill); !c.want(err) {
			t.Errorf("%s: %v", c.name, err)
		}
	}
	if orders, links := s.count("select count(*) from orders"), s.count(linksToPay); orders+links != 0 {
		t.Errorf("%d orders and %d links", orders, links)
	}
	if _, err := s.service.BillOf(t.Context(), kept.ID); !errors.Is(err, booking.ErrNotFound) {
		t.Errorf("the bill of the hold: %v", err)
	}
}

func is(want error) func(error) bool { return func(err error) bool { return errors.Is(err, want) } }

// faulty is for an error that blames one field.
func faulty(field string) func(error) bool {
	return func(err error) bool {
		var invalid *booking.InvalidError
		return errors.As(err, &invalid) && len(invalid.Fields) == 1 && invalid.Fields[0].Field == field
	}
}

func TestABillIsCalledOff(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	ctx := t.Context()
	kept := s.hold("desk", "stalls-A-1")
	if err := s.service.EndBill(ctx, kept.ID, "desk", "there is none"); err != nil {
		t.Errorf("ending no bill: %v", err)
	}
	order := s.bill(billFor(kept, "the-first-bill"))
	if err := s.service.EndBill(ctx, kept.ID, "somebody", "not theirs"); !errors.Is(err, booking.ErrNotYours) {
		t.Errorf("by another session: %v", err)
	}
	if _, err := s.service.ClientSecret(ctx, order); err != nil {
		t.Fatal(err)
	}
	intent := s.order(order.ID).Intent
	s.provider.Down(true)
	if err := s.service.EndBill(ctx, kept.ID, "desk", "nobody knows whether money comes"); !errors.Is(err, booking.ErrPaymentUnavailable) {
		t.Errorf("while the provider does not answer: %v", err)
	}
	s.provider.Down(false)
	s.wantState(order.ID, booking.AwaitingPayment)
	for range 2 { // pressed twice
		if err := s.service.EndBill(ctx, kept.ID, "desk", "the buyer is at the desk"); err != nil {
			t.Fatal(err)
		}
	}
	s.wantState(order.ID, booking.Cancelled)
	if s.provider.Pay(intent) {
		t.Error("a bill that was called off took money")
	}
	// The seats stayed with the desk.
	sold, err := s.service.SellAtDesk(ctx, booking.DeskSale{
		HoldID: kept.ID, Session: "desk", BrandID: bookingtest.Brand, Seats: adults("stalls-A-1"), Tender: booking.Tender{Method: booking.MethodCash}, Staff: "joan", IdempotencyKey: "at-the-desk",
	})
	if err != nil || sold.State != booking.Paid {
		t.Fatalf("sold at the desk: %+v, %v", sold, err)
	}
	s.settle()
	s.audit(s.provider, s.holds)
}

// While a buyer's bank thinks, and once it has paid, the desk can't call the bill off.
func TestABillWhoseBuyerIsPayingStands(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	kept := s.hold("desk", "stalls-A-1")
	order := s.bill(billFor(kept, "the-first-bill"))
	if _, err := s.service.ClientSecret(t.Context(), order); err != nil {
		t.Fatal(err)
	}
	intent := s.order(order.ID).Intent
	s.provider.Process(intent)
	if err := s.service.EndBill(t.Context(), kept.ID, "desk", "changed their mind"); !errors.Is(err, booking.ErrPaid) {
		t.Errorf("while the bank thinks: %v", err)
	}
	s.wantState(order.ID, booking.AwaitingPayment)
	s.provider.Pay(intent) // and no webhook has come
	if err := s.service.EndBill(t.Context(), kept.ID, "desk", "changed their mind"); !errors.Is(err, booking.ErrPaid) {
		t.Errorf("once it is paid: %v", err)
	}
	s.wantState(order.ID, booking.Paid)
	s.settle()
	s.audit(s.provider, s.holds)
}

// The desk calls a bill off from several windows while its buyer pays: either the order is paid and all are told so, or it is
// cancelled and no money was taken.
func TestABillIsPaidOrCalledOff(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	for _, seat := range []string{"stalls-A-1", "stalls-A-2", "stalls-A-3", "stalls-A-4", "stalls-A-5", "stalls-A-6"} {
		kept := s.hold("desk", seat)
		order := s.bill(billFor(kept, "bill-for-"+seat))
		if _, err := s.service.ClientSecret(t.Context(), order); err != nil {
			t.Fatal(err)
		}
		intent := s.order(order.ID).Intent
		start := make(chan struct{})
		var group sync.WaitGroup
		var ended [3]error
		var took bool
		for i := range ended {
			group.Go(func() { <-start; ended[i] = s.service.EndBill(t.Context(), kept.ID, "desk", "from a window") })
		}
		group.Go(func() { <-start; took = s.provider.Pay(intent) })
		close(start)
		group.Wait()
		s.settle()
		want := booking.Cancelled
		if took {
			want = booking.Paid
		}
		s.wantState(order.ID, want)
		for _, err := range ended {
			if err != nil && !(took && errors.Is(err, booking.ErrPaid)) {
				t.Errorf("%s, money taken %t: %v", seat, took, err)
			}
		}
	}
	s.audit(s.provider, s.holds)
}
