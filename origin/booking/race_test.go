package booking_test

import (
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/stagedoor/stagedoor/origin/booking"
	"github.com/stagedoor/stagedoor/origin/booking/bookingtest"
	"github.com/stagedoor/stagedoor/origin/booking/idempotency"
	"github.com/stagedoor/stagedoor/origin/payment"
)

// Thirty orders for the same two seats, each placed after the one before ran out, all paid late and all at once,
// every webhook three times over: one order gets the seats, the others their money back.
func TestOneTicketHoweverManyPay(t *testing.T) {
	t.Parallel()
	const buyers, repeats = 30, 3
	s := newStage(t)
	var orders []uuid.UUID
	var events []payment.Event
	for n := range buyers {
		// Seats in either order: claims must queue up, not deadlock.
		seats := []string{"stalls-A-1", "stalls-A-2"}
		if n%2 == 1 {
			seats[0], seats[1] = seats[1], seats[0]
		}
		placed := s.place(fmt.Sprintf("buyer-%d", n), seats...)
		orders = append(orders, placed.Order.ID)
		s.provider.Pay(placed.Order.Intent)
		events = append(events, s.provider.Events()...)
		s.clock.Advance(bookingtest.HoldFor + time.Minute)
	}
	start := make(chan struct{})
	var group sync.WaitGroup
	for range repeats {
		for _, event := range events {
			group.Go(func() {
				<-start
				if _, err := s.service.ApplyPayment(t.Context(), event); err != nil {
					t.Error(err)
				}
			})
		}
	}
	close(start)
	group.Wait()
	s.settle()
	paid := 0
	for _, id := range orders {
		switch order := s.order(id); order.State {
		case booking.Paid:
			paid++
			if len(order.Tickets) != 2 {
				t.Errorf("%d tickets", len(order.Tickets))
			}
		case booking.Refunded, booking.Offered: // or others as good, for a day
		default:
			t.Errorf("order %s ended %q", order.Number, order.State)
		}
	}
	if paid != 1 {
		t.Errorf("%d orders were paid, want exactly 1", paid)
	}
	if n := s.count("select count(*) from tickets where state = 'valid'"); n != 2 {
		t.Errorf("%d valid tickets, want 2", n)
	}
	s.audit(s.provider, s.holds)
	for _, intent := range s.provider.Intents() {
		if kept := intent.Received - intent.Refunded; kept != 0 && kept != intent.Amount {
			t.Errorf("intent %s keeps %d of %d", intent.ID, kept, intent.Amount)
		}
	}
}

// Redis forgets its holds again and again, so that many buyers hold the same seats at the same time: those who come
// second are told before they pay.
func TestOneOrderHoweverManyHold(t *testing.T) {
	t.Parallel()
	const buyers = 30
	s := newStage(t)
	var requests []booking.PlaceOrder
	for n := range buyers {
		requests = append(requests, s.request(s.hold(fmt.Sprintf("buyer-%d", n), "stalls-A-1", fmt.Sprintf("stalls-A-%d", 2+n%3))))
		s.holds.Lose()
	}
	s.holds.Remember() // all of them at once: each read its hold before the next was made
	var group sync.WaitGroup
	var mu sync.Mutex
	placed, lost := 0, 0
	for _, request := range requests {
		group.Go(func() {
			_, err := s.service.Place(t.Context(), request)
			mu.Lock()
			defer mu.Unlock()
			var gone *booking.SeatsLostError
			switch {
			case err == nil:
				placed++
			case errors.As(err, &gone):
				lost++
			default:
				t.Error(err)
			}
		})
	}
	group.Wait()
	if placed != 1 || lost != buyers-1 {
		t.Errorf("%d placed and %d lost, want 1 and %d", placed, lost, buyers-1)
	}
	s.audit(s.provider, nil)
	t.Logf("injected: Redis forgot %d holds of one seat, one after the other", buyers)
	t.Logf("users saw: %d ordered, %d were told that the seat is lost", placed, lost)
	t.Log("found: one order stands for the seat")
}

// One buyer's double click, twenty times over: one order, one intent; everyone is told of that order or asked to
// come back.
func TestTheSameRequestAtOnce(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	request := s.request(s.hold("ada", "stalls-A-1"))
	var group sync.WaitGroup
	for n := range 20 {
		group.Go(func() {
			mine := request
			if n%2 == 1 {
				mine.IdempotencyKey = fmt.Sprintf("a key of its own %d", n)
			}
			for {
				_, err := s.service.Place(t.Context(), mine)
				var busy *idempotency.InProgressError
				if errors.As(err, &busy) {
					continue
				}
				if err != nil {
					t.Error(err)
				}
				return
			}
		})
	}
	group.Wait()
	if orders, intents := s.count("select count(*) from orders"), len(s.provider.Intents()); orders != 1 || intents != 1 {
		t.Errorf("%d orders and %d intents, want one of each", orders, intents)
	}
}
