package booking_test

import (
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stagedoor/stagedoor/origin/booking"
	"github.com/stagedoor/stagedoor/origin/booking/bookingtest"
	"github.com/stagedoor/stagedoor/origin/promo"
	"github.com/stagedoor/stagedoor/origin/venue"
)

func (s *stage) code(c promo.Code) {
	s.t.Helper()
	if c.BrandID == "" {
		c.BrandID = bookingtest.Brand
	}
	if c.StartsAt.IsZero() {
		c.StartsAt = s.clock.Now().Add(-time.Hour)
	}
	book := promo.Book{DB: s.db, Now: s.clock.Now}
	if _, err := book.Create(s.t.Context(), c, "test"); err != nil {
		s.t.Fatal(err)
	}
}

func (s *stage) withCodes(kept string, session string, codes []string, seats ...string) (booking.Placed, error) {
	s.keys++
	return s.service.Place(s.t.Context(), booking.PlaceOrder{
		HoldID: kept, Session: session, SiteBrandID: bookingtest.Brand, Name: "Ada Bracknell", Email: session + "@example.org",
		Seats: adults(seats...), Promos: codes, IdempotencyKey: fmt.Sprintf("promo-key-%d", s.keys),
	})
}

func TestPromoCodesAtTheCheckout(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	now := s.clock.Now()
	s.code(promo.Code{Code: "TENTH", Rate: 100_000, Stackable: true})
	s.code(promo.Code{Code: "FIVER", Amount: 500, Currency: "GBP", Stackable: true})
	s.code(promo.Code{Code: "ALONE", Rate: 200_000})
	s.code(promo.Code{Code: "LATER", Rate: 200_000, StartsAt: now.Add(time.Hour)})
	s.code(promo.Code{Code: "OVER", Rate: 200_000, StartsAt: now.Add(-2 * time.Hour), EndsAt: now.Add(-time.Hour)})
	s.code(promo.Code{Code: "ELSEWHERE", Rate: 200_000, BrandID: bookingtest.OtherBrand})
	s.code(promo.Code{Code: "EVERYWHERE", Rate: 500_000, BrandID: venue.GroupBrand})
	s.code(promo.Code{Code: "DOLLARS", Amount: 500, Currency: "USD"})
	s.code(promo.Code{Code: "PER-HEAD", Rate: 100_000, MostPerEmail: 1})
	for i, c := range []struct {
		codes []string
		total int64
		fault string
	}{
		{[]string{" tenth "}, 9000, ""},
		{[]string{"TENTH", "FIVER"}, 8500, ""},
		{[]string{"FIVER", "TENTH"}, 8550, ""},
		{[]string{"EVERYWHERE"}, 5000, ""},
		{[]string{"ALONE", "TENTH"}, 0, "promo_codes[0] ALONE can’t be used together"},
		{[]string{"NO-SUCH"}, 0, "promo_codes[0] NO-SUCH is not a code we know"},
		{[]string{"TENTH", "LATER"}, 0, "promo_codes[1] LATER can’t be used yet"},
		{[]string{"OVER"}, 0, "has run out"},
		{[]string{"ELSEWHERE"}, 0, "is for another theatre"},
		{[]string{"DOLLARS"}, 0, "is in another currency"},
	} {
		s.evening = s.house.Performance(s.clock.Now())
		session := fmt.Sprintf("buyer-%d", i)
		kept := s.hold(session, "stalls-A-1", "stalls-A-2")
		placed, err := s.withCodes(kept.ID, session, c.codes, kept.Seats...)
		var invalid *booking.InvalidError
		switch {
		case c.fault == "" && (err != nil || placed.Order.Total != c.total || placed.Order.Total != placed.Order.Sum().Amount):
			t.Errorf("%v: total %d, %v; want %d", c.codes, placed.Order.Total, err, c.total)
		case c.fault != "" && (!errors.As(err, &invalid) || !strings.Contains(err.Error(), c.fault)):
			t.Errorf("%v: %v, want %q", c.codes, err, c.fault)
		}
	}
	// One use for an address, given back with the order.
	s.evening = s.house.Performance(s.clock.Now())
	kept := s.hold("zoe", "stalls-A-1")
	first, err := s.withCodes(kept.ID, "zoe", []string{"PER-HEAD"}, "stalls-A-1")
	if err != nil {
		t.Fatal(err)
	}
	s.provider.Pay(first.Order.Intent)
	s.deliver()
	next := s.hold("zoe", "stalls-A-2")
	if _, err = s.withCodes(next.ID, "zoe", []string{"PER-HEAD"}, "stalls-A-2"); err == nil || !strings.Contains(err.Error(), "as often as it may be") {
		t.Errorf("used twice with one address: %v", err)
	}
	if _, err := s.service.RefundSeats(t.Context(), booking.SeatsBack{OrderID: first.Order.ID, Actor: "buyer", IdempotencyKey: "give-them-back"}); err != nil {
		t.Fatal(err)
	}
	if _, err = s.withCodes(next.ID, "zoe", []string{"PER-HEAD"}, "stalls-A-2"); err != nil {
		t.Errorf("after the first was refunded: %v", err)
	}
	s.settle()
	s.audit(s.provider, nil)
}

// Many buyers race for the last use of a code, on seats that have nothing to do with each other: one wins, the others
// are told, and the count is right. What is given up is there for the next.
func TestTheLastUseOfACodeHasOneWinner(t *testing.T) {
	t.Parallel()
	const buyers = 16
	s := newStage(t)
	s.code(promo.Code{Code: "LAST-ONE", Rate: 500_000, MostUses: 1})
	type result struct {
		placed booking.Placed
		err    error
	}
	results := make([]result, buyers)
	requests := make([]booking.PlaceOrder, buyers)
	for n := range buyers {
		request := s.request(s.hold(fmt.Sprintf("buyer-%d", n), fmt.Sprintf("stalls-A-%d", n+1)))
		request.Promos = []string{"LAST-ONE"}
		requests[n] = request
	}
	start := make(chan struct{})
	var group sync.WaitGroup
	for n := range buyers {
		group.Go(func() {
			<-start
			results[n].placed, results[n].err = s.service.Place(t.Context(), requests[n])
		})
	}
	close(start)
	group.Wait()
	var won []booking.Order
	for _, r := range results {
		if r.err == nil {
			won = append(won, r.placed.Order)
		} else if !strings.Contains(r.err.Error(), "has been used up") {
			t.Errorf("a loser was told %v", r.err)
		}
	}
	if len(won) != 1 || s.count("select uses from promo_codes where code = 'LAST-ONE'") != 1 || s.count("select count(*) from orders") != 1 {
		t.Fatalf("%d buyers won", len(won))
	}
	// The winner changes their mind about the price type: the use is theirs still.
	s.clock.Advance(bookingtest.HoldFor + time.Minute)
	s.settle()
	s.wantState(won[0].ID, booking.Expired)
	if uses := s.count("select uses from promo_codes where code = 'LAST-ONE'"); uses != 0 {
		t.Errorf("%d uses are counted after the order ran out", uses)
	}
	kept := s.hold("next", "stalls-A-5")
	if _, err := s.withCodes(kept.ID, "next", []string{"LAST-ONE"}, "stalls-A-5"); err != nil {
		t.Errorf("the next buyer: %v", err)
	}
	s.settle()
	s.audit(s.provider, s.holds)
}
