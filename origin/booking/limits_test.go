package booking_test

import (
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/stagedoor/stagedoor/origin/booking"
	"github.com/stagedoor/stagedoor/origin/booking/bookingtest"
	"github.com/stagedoor/stagedoor/origin/limit"
)

// most sets the limit of the test house.
func (s *stage) most(performance, production int) {
	s.t.Helper()
	t := booking.StandardTerms("GB")
	t.Limit = limit.Limit{Performance: performance, Production: production}
	s.terms(t)
}

// orderAs asks for an order under an address of one's own.
func (s *stage) orderAs(session, email string, seats ...string) (booking.Placed, error) {
	s.t.Helper()
	request := s.request(s.hold(session, seats...))
	request.Email = email
	return s.service.Place(s.t.Context(), request)
}

func wantReached(t *testing.T, err error, most, had int) {
	t.Helper()
	var reached *limit.ReachedError
	if !errors.As(err, &reached) || reached.Most != most || reached.Had != had {
		t.Fatalf("%v, want a limit of %d with %d had", err, most, had)
	}
}

func TestABuyerHasNoMoreSeatsThanTheLimit(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	s.most(3, 4)
	placed, err := s.orderAs("ada", "ada@example.org", "stalls-A-1", "stalls-A-2")
	if err != nil {
		t.Fatal(err)
	}
	// While it is being paid it counts: for the address, tagged or not, and for the browser.
	_, err = s.orderAs("bob", "Ada+more@Example.org", "stalls-A-3", "stalls-A-4")
	wantReached(t, err, 3, 2)
	s.provider.Pay(placed.Order.Intent)
	s.deliver()
	_, err = s.orderAs("ada", "carol@example.org", "stalls-A-5", "stalls-A-6")
	wantReached(t, err, 3, 2)
	if words := new(limit.ReachedError); !errors.As(err, &words) || !strings.Contains(words.Words(), "you can have 1 more") {
		t.Errorf("it says %v", err)
	}
	last, err := s.orderAs("bob", "ada@example.org", "stalls-A-3")
	if err != nil {
		t.Fatalf("the last one: %v", err)
	}
	// Ordered anew, the same seats count once.
	if last, err = s.orderAs("bob", "ada@example.org", "stalls-A-4"); err != nil {
		t.Fatalf("another one instead: %v", err)
	}
	// Another evening has its own, but all evenings together have one, too.
	s.evening = s.house.Performance(s.clock.Now())
	if _, err := s.orderAs("ada", "ada@example.org", "stalls-A-1", "stalls-A-2"); err == nil {
		t.Fatal("five seats of the show were had")
	} else {
		wantReached(t, err, 4, 3)
	}
	// What was given up, or ran out, counts no more.
	s.clock.Advance(bookingtest.HoldFor + time.Minute)
	s.sweep()
	if _, err := s.orderAs("ada", "ada@example.org", "stalls-A-1", "stalls-A-2"); err != nil {
		t.Fatalf("after one ran out: %v", err)
	}
	s.settle()
	s.wantState(last.Order.ID, booking.Expired)
	s.audit(s.provider, s.holds)
}

// Twenty orders of one buyer at once, from twenty browsers and with as many spellings of their address.
func TestOrdersOfOneBuyerAtOnceStayWithinTheLimit(t *testing.T) {
	t.Parallel()
	const tries, most = 20, 4
	s := newStage(t)
	s.most(most, 0)
	var requests []booking.PlaceOrder
	for n := range tries {
		seats := []string{fmt.Sprintf("stalls-A-%d", n+1)}
		if n >= 16 {
			seats = []string{fmt.Sprintf("balcony-A-%d", n-15)}
		}
		request := s.request(s.hold(fmt.Sprintf("browser-%d", n), seats...))
		request.Email = fmt.Sprintf("ada+%d@example.org", n)
		requests = append(requests, request)
	}
	placed := make([]booking.Placed, tries)
	start := make(chan struct{})
	var group sync.WaitGroup
	for n, request := range requests {
		group.Go(func() {
			<-start
			var err error
			placed[n], err = s.service.Place(t.Context(), request)
			var reached *limit.ReachedError
			if err != nil && !errors.As(err, &reached) {
				t.Errorf("order %d: %v", n, err)
			}
		})
	}
	close(start)
	group.Wait()
	for _, p := range placed {
		if p.Order.ID != uuid.Nil {
			s.provider.Pay(p.Order.Intent)
		}
	}
	s.deliver()
	s.settle()
	if n := s.count("select count(*) from seat_assignments"); n != most {
		t.Errorf("%d seats, want exactly %d", n, most)
	}
	s.audit(s.provider, s.holds)
}

// Twenty people pay with one card at once: the card gets as many seats as the limit, the others their money back.
func TestPaymentsOfOneCardAtOnceStayWithinTheLimit(t *testing.T) {
	t.Parallel()
	const buyers, most = 16, 3
	s := newStage(t)
	s.most(most, 0)
	var orders []uuid.UUID
	for n := range buyers {
		placed, err := s.orderAs(fmt.Sprintf("buyer-%d", n), fmt.Sprintf("buyer%d@example.org", n), fmt.Sprintf("stalls-A-%d", n+1))
		if err != nil {
			t.Fatal(err)
		}
		orders = append(orders, placed.Order.ID)
		s.provider.PayWith(placed.Order.Intent, "one-card")
	}
	start := make(chan struct{})
	var group sync.WaitGroup
	for _, event := range s.provider.Events() {
		group.Go(func() {
			<-start
			if _, err := s.service.ApplyPayment(t.Context(), event); err != nil {
				t.Error(err)
			}
		})
	}
	close(start)
	group.Wait()
	s.settle()
	paid := 0
	for _, id := range orders {
		switch order := s.order(id); order.State {
		case booking.Paid:
			paid++
		case booking.Refunded:
			if order.Refund == nil || order.Refund.Why != booking.RefundOverLimit || order.Refund.Amount != order.Total {
				t.Errorf("refund %+v", order.Refund)
			}
		default:
			t.Errorf("order %s ended %q", order.Number, order.State)
		}
	}
	if paid != most {
		t.Errorf("%d seats with one card, want exactly %d", paid, most)
	}
	if n := s.count(`select count(*) from order_events where to_state = 'refund_due' and detail->>'by' = 'card' and (detail->>'most')::int = $1`, most); n != buyers-most {
		t.Errorf("%d recorded decisions, want %d", n, buyers-most)
	}
	if n := s.count("select count(*) from payments where card like '%one-card%'"); n != 0 {
		t.Errorf("%d fingerprints are kept as they came", n)
	}
	s.audit(s.provider, s.holds)
}

// Money that comes late does not get round the limit: while the order was over, others took its place.
func TestALatePaymentDoesNotGetRoundTheLimit(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	s.most(2, 0)
	late := s.place("ada", "stalls-A-1", "stalls-A-2")
	s.provider.Process(late.Order.Intent) // the bank thinks: the payment can't be called off
	s.clock.Advance(bookingtest.HoldFor + time.Minute)
	s.deliver()
	s.sweep()
	s.wantState(late.Order.ID, booking.Expired)
	s.buy("ada", "stalls-A-3")
	s.provider.Pay(late.Order.Intent)
	s.settle()
	if order := s.wantState(late.Order.ID, booking.Refunded); order.Refund == nil || order.Refund.Why != booking.RefundOverLimit {
		t.Errorf("refund %+v", order.Refund)
	}
	s.audit(s.provider, s.holds)
}

// The provider does not say which card paid: the payment waits a little, and not for ever.
func TestACardThatCantBeReadIsWaitedForALittle(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	s.most(2, 0)
	placed := s.place("ada", "stalls-A-1")
	s.provider.PayWith(placed.Order.Intent, "one-card")
	events := s.provider.Events()
	s.provider.Down(true)
	for _, event := range events {
		if _, err := s.service.ApplyPayment(t.Context(), event); err == nil {
			t.Fatal("it was accepted at once")
		}
	}
	for range 5 {
		s.clock.Advance(2 * time.Minute)
		_, _ = s.service.Sweep(t.Context()) // the provider's other chores fail meanwhile
	}
	s.wantState(placed.Order.ID, booking.Paid)
	s.provider.Down(false)
	s.settle()
	s.audit(s.provider, s.holds)
}

// The box office sells beyond the limit, and what it sold counts for nobody's.
func TestTheBoxOfficeIsNotBoundByTheLimit(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	s.most(2, 2)
	seats := []string{"stalls-A-1", "stalls-A-2", "stalls-A-3", "stalls-A-4"}
	kept := s.hold("box-1", seats...)
	_, err := s.service.SellAtDesk(t.Context(), booking.DeskSale{
		HoldID: kept.ID, Session: "box-1", BrandID: bookingtest.Brand, Seats: adults(seats...), Name: "Ada Bracknell", Email: "ada@example.org",
		Tender: booking.Tender{Method: booking.MethodCash}, Staff: "till", IdempotencyKey: "sale-of-four",
	})
	if err != nil {
		t.Fatal(err)
	}
	s.buy("ada", "stalls-A-5", "stalls-A-6")
	s.audit(s.provider, s.holds)
}

// Seats exchanged for as many others are within the limit, at the limit too; for more they are not.
func TestAnExchangeCountsWhatItGivesUp(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	s.most(2, 2)
	order := s.buy("ada", "stalls-A-1", "stalls-A-2")
	swap := func(give []string, to ...string) error {
		kept := s.hold("ada-again", to...)
		_, err := s.service.Exchange(t.Context(), booking.ExchangeSeats{
			OrderID: order.ID, Seats: give, HoldID: kept.ID, Session: "ada-again", Choices: adults(to...), Actor: "buyer", IdempotencyKey: "swap-" + strings.Join(to, "+"),
		})
		return err
	}
	var policy *booking.PolicyError
	if err := swap([]string{"stalls-A-1"}, "stalls-A-3", "stalls-A-4"); !errors.As(err, &policy) || !strings.Contains(policy.Why, "at most 2 seats") {
		t.Fatalf("one for two: %v", err)
	}
	if err := swap([]string{"stalls-A-1", "stalls-A-2"}, "stalls-A-5", "stalls-A-6"); err != nil {
		t.Fatalf("two for two: %v", err)
	}
	s.settle()
	s.audit(s.provider, s.holds)
}

// Two colleagues open the same terms: who comes second is told, and nothing is lost.
func TestTermsAreNotOverwrittenUnseen(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	s.noTerms()
	ctx := t.Context()
	first, second := booking.StandardTerms("GB"), booking.StandardTerms("GB")
	first.Limit.Performance, second.TicketFee = 4, 150
	if err := s.service.SetTermsSince(ctx, bookingtest.Brand, uuid.Nil, time.Time{}, &first, "ops@example.org"); err != nil {
		t.Fatal(err)
	}
	err := s.service.SetTermsSince(ctx, bookingtest.Brand, uuid.Nil, time.Time{}, &second, "ada@example.org")
	var changed *booking.TermsChangedError
	if !errors.As(err, &changed) || changed.Now.SetBy != "ops@example.org" || changed.Now.Limit.Performance != 4 {
		t.Fatalf("%v", err)
	}
	if err := s.service.SetTermsSince(ctx, bookingtest.Brand, s.house.ProductionID, time.Time{}, &second, "ada@example.org"); err != nil {
		t.Fatal(err)
	}
	list, err := s.service.TermsOfBrand(ctx, bookingtest.Brand)
	if err != nil || len(list) != 2 || list[0].Limit.Performance != 4 || list[1].TicketFee != 150 || list[1].Title == "" {
		t.Fatalf("%+v, %v", list, err)
	}
	if err := s.service.SetTermsSince(ctx, bookingtest.Brand, s.house.ProductionID, list[1].SetAt, nil, "ada@example.org"); err != nil {
		t.Fatal(err)
	}
	if n := s.count("select count(*) from staff_audit where action in ('terms.set', 'terms.drop')"); n != 3 {
		t.Errorf("%d lines in the audit log, want 3", n)
	}
	bad := first
	bad.TaxRate = 900_000
	if err := s.service.SetTerms(ctx, bookingtest.Brand, uuid.Nil, bad, "test"); err == nil {
		t.Error("a tax of 90 % was written down")
	}
}
