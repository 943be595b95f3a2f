package booking_test

import (
	"errors"
	"fmt"
	"sync"
	"testing"

	"github.com/google/uuid"

	"github.com/stagedoor/stagedoor/origin/booking"
	"github.com/stagedoor/stagedoor/origin/hold"
	"github.com/stagedoor/stagedoor/origin/show"
)

// another asks for a different order of the same hold.
func (s *stage) another(kept hold.Hold) booking.PlaceOrder {
	request := s.request(kept)
	request.Seats[0].PriceType = show.Concession
	return request
}

// placeStopped places an order in a process of its own that stops at step, the first time it comes there. It returns
// once it stands there; resume lets it go on and returns what came of it.
func (s *stage) placeStopped(step string, request booking.PlaceOrder) (resume func() (booking.Placed, error)) {
	s.t.Helper()
	service := s.start()
	stopped, onwards := make(chan struct{}), make(chan struct{})
	var once sync.Once
	service.Probe(func(at string) {
		if at == step {
			once.Do(func() { close(stopped); <-onwards })
		}
	})
	var placed booking.Placed
	var err error
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		placed, err = service.Place(s.t.Context(), request)
	}()
	select {
	case <-stopped:
	case <-ended:
		s.t.Fatalf("nobody came by %q: %v", step, err)
	}
	return func() (booking.Placed, error) {
		close(onwards)
		<-ended
		return placed, err
	}
}

// B replaces A's order, which has no payment yet; before B gets to it, A's payment begins and A is told so. B must call
// that payment off, or let it stand.
func TestAPaymentThatBeginsWhileItsOrderIsReplaced(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name  string
		early bool // A pays before B goes on
	}{{"paid afterwards", false}, {"paid meanwhile", true}} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			s := newStage(t)
			kept := s.hold("ada", "stalls-A-1")
			resumeA := s.placeStopped("order placed", s.request(kept))
			resumeB := s.placeStopped("intent called off", s.another(kept))
			a, err := resumeA()
			if err != nil {
				t.Fatal(err)
			}
			if c.early {
				s.provider.Pay(a.Order.Intent)
			}
			b, err := resumeB()
			if c.early {
				if !errors.Is(err, booking.ErrPaid) {
					t.Fatalf("B replaced an order that is paid: %v", err)
				}
				s.settle()
				s.wantState(a.Order.ID, booking.Paid)
				s.audit(s.provider, s.holds)
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if s.provider.Pay(a.Order.Intent) {
				t.Error("the order that was replaced could still be paid")
			}
			s.provider.Pay(b.Order.Intent)
			s.settle()
			s.wantState(a.Order.ID, booking.Cancelled)
			s.wantState(b.Order.ID, booking.Paid)
			s.audit(s.provider, s.holds)
		})
	}
}

// Money for an order that was given up goes back, also when its hold has led to another order since.
func TestMoneyForAGivenUpOrderGoesBackWhateverBecameOfItsHold(t *testing.T) {
	t.Parallel()
	for _, next := range []booking.State{booking.AwaitingPayment, booking.Paid, booking.Expired} {
		t.Run(string(next), func(t *testing.T) {
			t.Parallel()
			s := newStage(t)
			kept := s.hold("ada", "stalls-A-1")
			a, err := s.service.Place(t.Context(), s.request(kept))
			if err != nil {
				t.Fatal(err)
			}
			s.provider.Down(true) // so that A's payment can't be called off
			if err := s.service.GiveUp(t.Context(), kept.ID, "ada"); err != nil {
				t.Fatal(err)
			}
			s.provider.Down(false)
			b, err := s.service.Place(t.Context(), s.another(kept))
			if err != nil {
				t.Fatal(err)
			}
			s.provider.Pay(a.Order.Intent)
			events := s.provider.Events()
			switch next {
			case booking.Paid:
				s.provider.Pay(b.Order.Intent)
				s.deliver()
			case booking.Expired:
				s.clock.Advance(kept.ExpiresAt.Sub(s.clock.Now()) * 2)
				s.expireOnly()
			}
			s.wantState(b.Order.ID, next)
			s.apply(events...)
			s.wantState(a.Order.ID, booking.RefundDue)
			s.settle()
			s.wantState(a.Order.ID, booking.Refunded)
			s.audit(s.provider, s.holds)
		})
	}
}

// Two different orders of one hold at once, again and again; whoever is told to pay pays at once. At most one of them
// stands, and the provider keeps no other money.
func TestTwoOrdersOfOneHoldAtOnce(t *testing.T) {
	t.Parallel()
	const rounds, at = 25, 3
	s := newStage(t)
	for round := range rounds {
		s.evening = s.house.Performance(s.clock.Now())
		kept := s.hold(fmt.Sprintf("ada-%d", round), "stalls-A-1", "stalls-A-2")
		requests := []booking.PlaceOrder{s.request(kept), s.another(kept), s.request(kept)}
		requests[2].Name = "Algernon Moncrieff"
		var group sync.WaitGroup
		var mu sync.Mutex
		var orders []uuid.UUID
		start := make(chan struct{})
		for _, request := range requests[:at] {
			group.Go(func() {
				<-start
				placed, err := s.service.Place(t.Context(), request)
				switch {
				case err == nil:
					s.provider.Pay(placed.Order.Intent)
					mu.Lock()
					defer mu.Unlock()
					orders = append(orders, placed.Order.ID)
				case errors.Is(err, booking.ErrReplaced), errors.Is(err, booking.ErrPaid):
				default:
					t.Errorf("round %d: %v", round, err)
				}
			})
		}
		close(start)
		group.Wait()
		s.deliver()
		if len(orders) == 0 {
			t.Errorf("round %d: nobody could order", round)
		}
	}
	s.settle()
	if n := s.count("select count(*) from orders where state in ('awaiting_payment', 'refund_due')"); n != 0 {
		t.Errorf("%d orders never come to an end", n)
	}
	if n := s.count("select count(*) from (select hold_id from orders where state = 'paid' group by hold_id having count(*) > 1) as twice"); n != 0 {
		t.Errorf("%d holds were sold twice", n)
	}
	for _, intent := range s.provider.Intents() {
		order := s.order(uuid.MustParse(intent.OrderID))
		want := int64(0)
		if order.State == booking.Paid {
			want = order.Total
		}
		if got := intent.Outstanding(); got != want {
			t.Errorf("order %s is %s and the provider keeps %d of %d", order.Number, order.State, got, order.Total)
		}
	}
	s.audit(s.provider, s.holds)
}

// A buyer whose order was replaced while it was being placed is told so: the seats are still held.
func TestWhoeverIsReplacedIsToldSo(t *testing.T) {
	t.Parallel()
	for _, step := range []string{"order placed", "intent created"} {
		t.Run(step, func(t *testing.T) {
			t.Parallel()
			s := newStage(t)
			kept := s.hold("ada", "stalls-A-1")
			resume := s.placeStopped(step, s.request(kept))
			b, err := s.service.Place(t.Context(), s.another(kept))
			if err != nil {
				t.Fatal(err)
			}
			if _, err := resume(); !errors.Is(err, booking.ErrReplaced) {
				t.Errorf("the order that was replaced got %v", err)
			}
			s.provider.Pay(b.Order.Intent)
			s.settle()
			s.wantState(b.Order.ID, booking.Paid)
			s.audit(s.provider, s.holds)
		})
	}
}

// Redis forgot the hold, so its order can't be changed any more; nobody took its place, and it can be paid.
func TestAnOrderWhoseHoldIsGoneCantBeChanged(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	kept := s.hold("ada", "stalls-A-1")
	placed, err := s.service.Place(t.Context(), s.request(kept))
	if err != nil {
		t.Fatal(err)
	}
	s.holds.Lose()
	if _, err := s.service.Place(t.Context(), s.another(kept)); !errors.Is(err, booking.ErrHoldGone) {
		t.Errorf("another order of it got %v", err)
	}
	s.provider.Pay(placed.Order.Intent)
	s.settle()
	s.wantState(placed.Order.ID, booking.Paid)
	s.audit(s.provider, s.holds)
}

// A process died between calling an order's payment off and ending the order. Its buyer wants that order after all:
// they are told that it is over, and the next attempt is an order that can be paid.
func TestAnOrderWhosePaymentWasCalledOffIsOver(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	kept := s.hold("ada", "stalls-A-1")
	first, err := s.service.Place(t.Context(), s.request(kept))
	if err != nil {
		t.Fatal(err)
	}
	if !s.dieAt("intent called off", func(service *booking.Service) { _, _ = service.Place(t.Context(), s.another(kept)) }) {
		t.Fatal("nobody died")
	}
	if _, err := s.service.Place(t.Context(), s.request(kept)); !errors.Is(err, booking.ErrReplaced) {
		t.Errorf("the order that can't be paid got %v", err)
	}
	s.wantState(first.Order.ID, booking.Cancelled)
	again, err := s.service.Place(t.Context(), s.request(kept))
	if err != nil {
		t.Fatal(err)
	}
	if !s.provider.Pay(again.Order.Intent) {
		t.Error("the new order can't be paid")
	}
	s.settle()
	s.wantState(again.Order.ID, booking.Paid)
	s.audit(s.provider, s.holds)
}
