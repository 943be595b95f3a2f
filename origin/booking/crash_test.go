package booking_test

import (
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/stagedoor/stagedoor/origin/booking"
	"github.com/stagedoor/stagedoor/origin/booking/bookingtest"
	"github.com/stagedoor/stagedoor/origin/hold"
)

// killed is what a process panics with at the place where it is to die. Nothing but deferred rollbacks runs after
// it, as nothing but Postgres's own rollback runs after a kill.
type killed struct{ step string }

// dieAt runs work in a process of its own that dies when it reaches step for the nth time. It reports whether it
// got there.
func (s *stage) dieAt(step string, work func(*booking.Service)) (died bool) {
	s.t.Helper()
	service := s.start()
	service.Probe(func(at string) {
		if at == step {
			panic(killed{step})
		}
	})
	defer func() {
		problem := recover()
		if _, ok := problem.(killed); ok {
			died = true
		} else if problem != nil {
			panic(problem)
		}
	}()
	work(service)
	return false
}

// Every place between two steps of a sale is a place to die. The buyer then repeats the request, the provider
// repeats the webhook or does not, and the sweep of the next process does the rest.
func TestDyingBetweenAnyTwoSteps(t *testing.T) {
	t.Parallel()
	steps := []string{"order placed", "intent created", "intent kept", "event stored", "event applied", "before seat map"}
	for _, step := range steps {
		for _, repeated := range []bool{true, false} {
			t.Run(fmt.Sprintf("%s, webhook repeated %t", step, repeated), func(t *testing.T) {
				t.Parallel()
				s := newStage(t)
				kept := s.hold("ada", "stalls-A-1", "stalls-A-2")
				request := s.request(kept)
				died := s.dieAt(step, func(service *booking.Service) {
					_, err := service.Place(t.Context(), request)
					if err != nil {
						t.Fatal(err)
					}
				})
				if died {
					s.clock.Advance(31 * time.Second) // the dead process's claim on the key runs out
				}
				placed, err := s.service.Place(t.Context(), request)
				if err != nil {
					t.Fatal(err)
				}
				s.provider.Pay(placed.Order.Intent)
				events := s.provider.Events()
				died = s.dieAt(step, func(service *booking.Service) {
					if _, err := service.ApplyPayment(t.Context(), events[0]); err != nil {
						t.Fatal(err)
					}
				}) || died
				if !died {
					t.Fatalf("nobody comes by %q", step)
				}
				if repeated {
					s.apply(events...)
				}
				s.settle()
				order := s.wantState(placed.Order.ID, booking.Paid)
				if len(order.Tickets) != 2 {
					t.Errorf("%d tickets", len(order.Tickets))
				}
				if sold := s.holds.Sold(s.evening); !slices.Equal(sold, kept.Seats) {
					t.Errorf("the seat map shows %v", sold)
				}
				if n := len(s.provider.Intents()); n != 1 {
					t.Errorf("%d intents", n)
				}
				if n := s.count("select count(*) from orders"); n != 1 {
					t.Errorf("%d orders", n)
				}
				s.audit(s.provider, s.holds)
				t.Logf("injected: the process died at %q", step)
				t.Logf("users saw: the same request again brought the same order: %d payment, %d tickets", len(s.provider.Intents()), len(order.Tickets))
			})
		}
	}
}

func TestDyingOverARefund(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	ada := s.place("ada", "stalls-A-1")
	s.clock.Advance(bookingtest.HoldFor + time.Minute)
	s.hold("bob", "stalls-A-1")
	s.crowd()
	s.provider.Pay(ada.Order.Intent)
	s.deliver()
	if !s.dieAt("refund sent", func(service *booking.Service) { _, _ = service.Sweep(t.Context()) }) {
		t.Fatal("no refund was sent")
	}
	s.provider.Events() // nor does the provider tell us
	s.wantState(ada.Order.ID, booking.RefundDue)
	s.settle()
	s.wantState(ada.Order.ID, booking.Refunded)
	if n := len(s.provider.Refunds()); n != 1 {
		t.Errorf("%d refunds", n)
	}
	s.audit(s.provider, s.holds)
	t.Log("injected: the process died when it had sent a refund and not written so down")
	t.Logf("users saw: their money back: %d refund", len(s.provider.Refunds()))
}

func TestDyingWhileReplacingAnOrder(t *testing.T) {
	t.Parallel()
	for _, step := range []string{"intent called off", "earlier order given up"} {
		t.Run(step, func(t *testing.T) {
			t.Parallel()
			s := newStage(t)
			kept := s.hold("ada", "stalls-A-1")
			first, err := s.service.Place(t.Context(), s.request(kept))
			if err != nil {
				t.Fatal(err)
			}
			second := s.request(kept)
			second.Name = "Algernon Bracknell"
			if !s.dieAt(step, func(service *booking.Service) { _, _ = service.Place(t.Context(), second) }) {
				t.Fatal("it did not come by")
			}
			s.clock.Advance(31 * time.Second)
			placed, err := s.service.Place(t.Context(), second)
			if err != nil {
				t.Fatal(err)
			}
			s.provider.Pay(placed.Order.Intent)
			s.settle()
			s.wantState(first.Order.ID, booking.Cancelled)
			s.wantState(placed.Order.ID, booking.Paid)
			s.audit(s.provider, s.holds)
			t.Logf("injected: the process died at %q, over an order that takes another's place", step)
			t.Logf("users saw: the order that they asked for last, %s", s.order(placed.Order.ID).State)
		})
	}
}

// An answer lost on its way back from the provider is no different from a death after the call.
func TestLostAnswers(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	kept := s.hold("ada", "stalls-A-1")
	request := s.request(kept)
	s.provider.Mute(true)
	if _, err := s.service.Place(t.Context(), request); !errors.Is(err, booking.ErrPaymentUnavailable) {
		t.Fatalf("got %v", err)
	}
	s.provider.Mute(false)
	changed := request
	changed.Name = "Somebody Else"
	if _, err := s.service.Place(t.Context(), changed); err == nil {
		t.Error("the key was free for another request although an order exists")
	}
	placed, err := s.service.Place(t.Context(), request)
	if err != nil {
		t.Fatal(err)
	}
	if n := len(s.provider.Intents()); n != 1 {
		t.Errorf("%d intents", n)
	}
	s.provider.Pay(placed.Order.Intent)
	s.holds.Break(true)
	s.deliver()
	s.wantState(placed.Order.ID, booking.Paid)
	s.holds.Break(false)
	s.settle()
	if sold := s.holds.Sold(s.evening); !slices.Equal(sold, kept.Seats) {
		t.Errorf("after Redis came back the seat map shows %v", sold)
	}
	s.audit(s.provider, s.holds)
	t.Log("injected: a call to the provider took effect and its answer was lost; Redis was down when the payment came")
	t.Logf("users saw: try again; then one order, %d payment", len(s.provider.Intents()))
}

func TestRedisDownOrEmptied(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	ada := s.place("ada", "stalls-A-1")
	s.holds.Lose()
	bob := s.hold("bob", "stalls-A-1") // Redis has forgotten Ada
	_, err := s.service.Place(t.Context(), s.request(bob))
	var lost *booking.SeatsLostError
	if !errors.As(err, &lost) || !slices.Equal(lost.Seats, bob.Seats) {
		t.Fatalf("while Ada may be paying Bob got %v", err)
	}
	s.provider.Pay(ada.Order.Intent)
	s.deliver()
	s.wantState(ada.Order.ID, booking.Paid)
	if _, err := s.service.Place(t.Context(), s.request(bob)); !errors.As(err, &lost) {
		t.Errorf("a sold seat: %v", err)
	}
	s.holds.Break(true)
	if _, err := s.service.Place(t.Context(), s.request(hold.Hold{ID: hold.NewID(s.evening), Session: "eve", Seats: []string{"stalls-A-3"}})); err == nil || errors.Is(err, booking.ErrHoldGone) {
		t.Errorf("with Redis down: %v, want an error that does not claim to know", err)
	}
	s.holds.Break(false)
	s.settle()
	s.audit(s.provider, nil) // nobody told the emptied seat map of what is sold
	t.Log("injected: Redis forgot every hold while a buyer paid, and was down for another")
	t.Logf("users saw: who came second for %v was refused before they paid", lost.Seats)
}

func TestAPausedBuyerLosesToTheNewerHold(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	ada := s.hold("ada", "stalls-A-1")
	request := s.request(ada)
	stale := &staleHolds{Holds: s.holds, kept: ada} // Ada's process read the hold, then was paused past its end
	s.clock.Advance(bookingtest.HoldFor + time.Minute)
	bob := s.place("bob", "stalls-A-1")
	s.clock.Advance(bookingtest.HoldFor + time.Minute)
	s.sweep()
	s.wantState(bob.Order.ID, booking.Expired) // so that only the fencing token stands in the way
	_, err := s.startWith(stale).Place(t.Context(), request)
	var lost *booking.SeatsLostError
	if !errors.As(err, &lost) {
		t.Errorf("the older hold got %v", err)
	}
	s.settle()
	s.audit(s.provider, s.holds)
	t.Log("injected: a process read its hold and stood still past its end")
	t.Logf("users saw: the seats %v were lost: a newer hold had them", lost.Seats)
}
