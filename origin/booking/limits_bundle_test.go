package booking_test

import (
	"bytes"
	"errors"
	"fmt"
	"log/slog"
	"testing"

	"github.com/stagedoor/stagedoor/origin/booking"
	"github.com/stagedoor/stagedoor/origin/booking/bookingtest"
	"github.com/stagedoor/stagedoor/origin/limit"
	"github.com/stagedoor/stagedoor/origin/show"
)

// noTerms takes away what the test house has set.
func (s *stage) noTerms() {
	s.t.Helper()
	if _, err := s.db.Exec(s.t.Context(), "delete from sale_terms"); err != nil {
		s.t.Fatal(err)
	}
}

// wants is a request of somebody's own for seats.
func (s *stage) wants(who string, seats ...string) booking.PlaceOrder {
	s.t.Helper()
	request := s.request(s.hold(who, seats...))
	request.Email = who + "@example.org"
	return request
}

// Orders that are written together are judged one by one: whoever has too many is refused, and nobody else.
func TestLimitsInABundle(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	s.most(3, 0)
	if _, err := s.orderAs("ada-before", "ada@example.org", "stalls-A-1", "stalls-A-2"); err != nil {
		t.Fatal(err)
	}
	ada, bob := s.wants("ada", "stalls-A-3", "stalls-A-4"), s.wants("bob", "stalls-A-5", "stalls-A-6")
	eve := s.wants("eve", "stalls-A-7", "stalls-A-8", "stalls-A-9", "stalls-A-10")
	cyd, again := s.wants("cyd", "stalls-A-11", "stalls-A-12"), s.wants("cyd-too", "stalls-A-13", "stalls-A-14")
	again.Email = "Cyd+2@example.org"
	ids, errs := s.service.WriteTogether(t.Context(), ada, bob, eve, cyd, again)
	wantReached(t, errs[0], 3, 2)
	wantReached(t, errs[2], 3, 0)
	wantReached(t, errs[4], 3, 2)
	if errs[1] != nil || errs[3] != nil {
		t.Fatalf("refused for others: %v, %v", errs[1], errs[3])
	}
	s.wantState(ids[1], booking.AwaitingPayment)
	s.wantState(ids[3], booking.AwaitingPayment)
	if n := s.count("select count(*) from orders"); n != 3 {
		t.Errorf("%d orders", n)
	}
	s.audit(s.provider, s.holds)
}

// Where a site has set nothing one buyer can have as many as they can hold at a time, whatever card they pay with.
func TestThereIsALimitWhereNobodySetOne(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	s.noTerms()
	var seats []string
	for n := 1; n <= 12; n++ {
		seats = append(seats, fmt.Sprintf("stalls-A-%d", n))
	}
	ada, err := s.orderAs("ada", "ada@example.org", seats...)
	if err != nil {
		t.Fatal(err)
	}
	_, err = s.orderAs("ada-too", "ada+more@example.org", "stalls-A-13")
	wantReached(t, err, 12, 12)
	bob, err := s.orderAs("bob", "bob@example.org", "stalls-A-14")
	if err != nil {
		t.Fatal(err)
	}
	for _, placed := range []booking.Placed{ada, bob} { // with one card
		if !s.provider.PayWith(placed.Order.Intent, "card-1") {
			t.Fatal("not paid")
		}
	}
	s.settle()
	s.wantState(ada.Order.ID, booking.Paid)
	s.wantState(bob.Order.ID, booking.Paid)
	s.audit(s.provider, s.holds)
}

// In the provider's test mode everybody has the same card: it is the same only for the same address.
func TestTestCardsAreNotOneBuyer(t *testing.T) {
	t.Parallel()
	for _, test := range []bool{false, true} {
		s := newStage(t)
		service, err := booking.New(booking.Config{
			DB: s.db, Holds: s.holds, Payments: s.provider, Shows: show.NewRepository(s.db), Signer: bookingtest.Signer{},
			LinkKey: bytes.Repeat([]byte("k"), 32), Logger: slog.New(slog.DiscardHandler), Now: s.clock.Now, Workers: 1, TestCards: test,
		})
		if err != nil {
			t.Fatal(err)
		}
		s.service = service
		s.most(2, 0)
		var placed []booking.Placed
		for n, who := range []string{"ada", "bob"} {
			p, err := s.orderAs(who, who+"@example.org", fmt.Sprintf("stalls-A-%d", 2*n+1), fmt.Sprintf("stalls-A-%d", 2*n+2))
			if err != nil {
				t.Fatal(err)
			}
			s.provider.PayWith(p.Order.Intent, "4242")
			s.settle()
			placed = append(placed, p)
		}
		want := booking.Refunded
		if test {
			want = booking.Paid
		}
		s.wantState(placed[0].Order.ID, booking.Paid)
		s.wantState(placed[1].Order.ID, want)
		s.audit(s.provider, s.holds)
	}
}

// A refusal among many is found by those who look for it.
func TestRefusalsSayWhatTheyAre(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	s.most(1, 0)
	_, err := s.orderAs("ada", "ada@example.org", "stalls-A-1", "stalls-A-2")
	var reached *limit.ReachedError
	if !errors.As(err, &reached) || reached.Words() == "" {
		t.Fatalf("%v", err)
	}
}
