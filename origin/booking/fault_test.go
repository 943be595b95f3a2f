package booking_test

import (
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/stagedoor/stagedoor/origin/booking"
	"github.com/stagedoor/stagedoor/origin/booking/bookingtest"
	"github.com/stagedoor/stagedoor/origin/postgres/pgtest"
)

// Postgres is killed in the middle of sixteen sales, and recovers. Whoever was told that their order stands has it, and
// whoever was told nothing can go on from where they were.
func TestPostgresKilledInMidSale(t *testing.T) {
	t.Parallel()
	const buyers = 16
	server, db := pgtest.Own(t)
	// Test servers are quick to say that a commit is safe. This one must mean it.
	if _, err := db.Exec(t.Context(), "alter database postgres set synchronous_commit = on"); err != nil {
		t.Fatal(err)
	}
	db.Reset()
	clock := bookingtest.NewClock()
	s := &stage{
		t: t, db: db, clock: clock, house: bookingtest.Build(t, db),
		holds: bookingtest.NewHolds(clock.Now), provider: bookingtest.NewProvider(clock.Now),
	}
	s.service = s.start()
	s.evening = s.house.Performance(clock.Now())
	requests := make([]booking.PlaceOrder, buyers)
	for n := range buyers {
		requests[n] = s.request(s.hold(fmt.Sprintf("buyer-%d", n), fmt.Sprintf("stalls-A-%d", n+1)))
	}
	placed := make([]booking.Placed, buyers)
	errs := make([]error, buyers)
	served, later := make(chan struct{}, buyers), make(chan struct{})
	var group sync.WaitGroup
	for n := range buyers {
		group.Go(func() {
			if n >= buyers/2 { // the later ones come while it goes down
				<-later
			}
			placed[n], errs[n] = s.service.Place(t.Context(), requests[n])
			served <- struct{}{}
		})
	}
	for range 2 {
		<-served
	}
	close(later)
	if err := server.Crash(t.Context()); err != nil {
		t.Fatal(err)
	}
	group.Wait()
	refused := 0
	for n := range buyers {
		if errs[n] == nil {
			continue
		}
		refused++
		for deadline := time.Now().Add(2 * time.Minute); ; { // what a browser does: the same request once more
			s.clock.Advance(31 * time.Second / buyers) // the dead request's claim on its key runs out
			if placed[n], errs[n] = s.service.Place(t.Context(), requests[n]); errs[n] == nil || errors.Is(errs[n], booking.ErrHoldGone) {
				break
			}
			if time.Now().After(deadline) {
				t.Fatalf("buyer %d: %v", n, errs[n])
			}
		}
	}
	// Connections from before the crash are found out one by one, by whoever uses them next and has to ask again. Here nobody
	// does who could be told so.
	db.Reset()
	bought := 0
	for n := range buyers {
		if errs[n] == nil && s.provider.Pay(placed[n].Order.Intent) {
			bought++
		}
	}
	s.settle()
	if n := s.count("select count(*) from orders where state = 'paid'"); n != bought || bought == 0 {
		t.Errorf("%d of %d who paid have their tickets", n, bought)
	}
	s.audit(s.provider, s.holds)
	t.Logf("injected: SIGKILL of every process of Postgres while %d orders were placed", buyers)
	t.Logf("users saw: %d of %d were asked to try again once, %d bought", refused, buyers, bought)
}

// The clock is set forward past every hold, and back again.
func TestTheClockIsStepped(t *testing.T) {
	t.Parallel()
	for _, step := range []time.Duration{time.Hour, -time.Hour} {
		t.Run(step.String(), func(t *testing.T) {
			t.Parallel()
			s := newStage(t)
			ada := s.place("ada", "stalls-A-1")
			s.clock.Advance(step)
			s.sweep()
			bob, bobErr := s.holds.Acquire(t.Context(), s.wish("bob", "stalls-A-1"))
			s.clock.Advance(-step)
			s.provider.Pay(ada.Order.Intent) // or it was called off while the clock was ahead
			s.deliver()
			s.sweep()
			order := s.order(ada.Order.ID)
			if step < 0 && order.State != booking.Paid {
				t.Errorf("with the clock set back the order is %s", order.State)
			}
			if bobErr == nil { // he holds it by the clock that was ahead, and can't have what is sold
				_, err := s.service.Place(t.Context(), s.request(bob))
				var lost *booking.SeatsLostError
				if order.State == booking.Paid && !errors.As(err, &lost) && !errors.Is(err, booking.ErrHoldGone) {
					t.Errorf("bob got %v", err)
				}
			}
			s.settle()
			s.audit(s.provider, s.holds)
			t.Logf("injected: the origin's clock was stepped by %s and back", step)
			t.Logf("users saw: the order is %s", s.order(ada.Order.ID).State)
		})
	}
}

// Webhooks come twice, last first, and a day after what they tell of, when the sweep has long asked the provider itself.
func TestWebhooksTwiceReorderedAndADayLate(t *testing.T) {
	t.Parallel()
	for _, askedBefore := range []bool{true, false} {
		t.Run(fmt.Sprintf("the provider was asked meanwhile %t", askedBefore), func(t *testing.T) {
			t.Parallel()
			s := newStage(t)
			ada, bob := s.place("ada", "stalls-A-1"), s.place("bob", "stalls-A-2")
			s.provider.Decline(ada.Order.Intent)
			s.provider.Pay(ada.Order.Intent)
			s.provider.Pay(bob.Order.Intent)
			s.provider.GiveBack(bob.Order.Intent)
			late := s.provider.Events()
			s.clock.Advance(24 * time.Hour)
			if askedBefore {
				s.sweep()
				s.clock.Advance(time.Minute)
			}
			slices.Reverse(late)
			s.apply(append(late, late...)...)
			s.settle()
			s.wantState(ada.Order.ID, booking.Paid)
			s.wantState(bob.Order.ID, booking.Refunded)
			s.audit(s.provider, s.holds)
			t.Logf("injected: %d webhooks came a day late, last first, and all of them twice", len(late))
			t.Log("users saw: one order paid with one ticket, the other refunded")
		})
	}
}
