package booking_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/uuid"
	"pgregory.net/rapid"

	"github.com/stagedoor/stagedoor/origin/booking"
	"github.com/stagedoor/stagedoor/origin/booking/bookingtest"
	"github.com/stagedoor/stagedoor/origin/booking/idempotency"
	"github.com/stagedoor/stagedoor/origin/hold"
	"github.com/stagedoor/stagedoor/origin/limit"
	"github.com/stagedoor/stagedoor/origin/payment"
	"github.com/stagedoor/stagedoor/origin/promo"
)

// Whatever buyers do, whatever is lost, late, repeated or killed: no seat is sold twice, no money is lost, and once
// the dust settles everyone's books agree.
func TestAnySequenceKeepsTheBooks(t *testing.T) {
	t.Parallel()
	shared := newStage(t)
	rapid.Check(t, func(r *rapid.T) {
		s := *shared
		s.t, s.clock = r, bookingtest.NewClock()
		s.holds, s.provider = bookingtest.NewHolds(s.clock.Now), bookingtest.NewProvider(s.clock.Now)
		s.service = s.start()
		s.evening = s.house.Performance(s.clock.Now())
		run := &season{stage: &s, most: rapid.SampledFrom([]int{0, 0, 4, 6}).Draw(r, "most seats")}
		s.most(run.most, 0)
		run.code = fmt.Sprintf("LAST-%d", s.house.Evenings())
		s.code(promo.Code{Code: run.code, Rate: 250_000, MostUses: rapid.IntRange(1, 2).Draw(r, "uses")})
		run.actions(r)
		run.theDustSettles(r)
	})
	shared.audit(nil, nil) // each season had a provider and a seat map of its own
	t.Logf("injected: %d orders went through deaths, lost answers, Redis and the provider away, webhooks late and repeated, drawn at random", shared.count("select count(*) from orders"))
	t.Logf("users saw: %d paid, %d had their money back, the others let it be", shared.count("select count(*) from orders where state = 'paid'"), shared.count("select count(*) from orders where state = 'refunded'"))
}

// season is one random sequence.
type season struct {
	*stage
	kept      []hold.Hold
	orders    []booking.Order
	waiting   []payment.Event
	delivered []payment.Event
	forgot    bool // Redis was emptied and has not read the judge's list since
	most      int  // seats that one buyer may have; 0: any number
	code      string
}

func (s *season) actions(r *rapid.T) {
	r.Repeat(map[string]func(*rapid.T){
		"hold":                       s.takeSeats,
		"place":                      s.placeSome,
		"give up":                    s.giveUpSome,
		"extend":                     s.extendSome,
		"pay":                        s.card((*bookingtest.Provider).Pay),
		"decline":                    s.card((*bookingtest.Provider).Decline),
		"process":                    s.card((*bookingtest.Provider).Process),
		"give back in the dashboard": s.card((*bookingtest.Provider).GiveBack),
		"deliver":                    s.deliverSome,
		"refund seats":               s.refundSome,
		"answer an offer":            s.answerSome,
		"exchange":                   s.exchangeSome,
		"sweep": func(r *rapid.T) {
			s.mayDie(r, func(service *booking.Service) { _, _ = service.Sweep(r.Context()) })
		},
		"time passes": func(r *rapid.T) {
			s.clock.Advance(time.Duration(rapid.IntRange(1, 240).Draw(r, "seconds")) * time.Second)
		},
		"Redis is emptied": func(r *rapid.T) {
			s.holds.Lose()
			s.forgot = true
			s.rememberSold(r)
		},
		"Redis": func(r *rapid.T) {
			s.holds.Break(rapid.Bool().Draw(r, "down"))
			s.rememberSold(r)
		},
		"the provider": func(r *rapid.T) { s.provider.Down(rapid.Bool().Draw(r, "down")) },
		"its answers":  func(r *rapid.T) { s.provider.Mute(rapid.Bool().Draw(r, "lost")) },
		"":             s.books,
	})
}

// mayDie runs work in a process that may die at any step.
func (s *season) mayDie(r *rapid.T, work func(*booking.Service)) {
	step := rapid.SampledFrom([]string{"", "", "", "order placed", "intent created", "intent kept", "event stored", "event applied",
		"before seat map", "intent called off", "earlier order given up", "exchange placed", "refund sent"}).Draw(r, "dies at")
	s.dieAt(step, work)
}

func (s *season) takeSeats(r *rapid.T) {
	seats := rapid.SliceOfNDistinct(rapid.IntRange(1, 4), 1, 3, rapid.ID[int]).Draw(r, "seats")
	request := hold.Request{PerformanceID: s.evening, Session: rapid.SampledFrom([]string{"ada", "bob", "eve"}).Draw(r, "session")}
	for _, n := range seats {
		request.Seats = append(request.Seats, fmt.Sprintf("stalls-A-%d", n))
	}
	if kept, err := s.holds.Acquire(r.Context(), request); err == nil {
		s.kept = append(s.kept, kept)
	}
}

// some picks one of the holds made so far, or none.
func (s *season) some(r *rapid.T) (hold.Hold, bool) {
	if len(s.kept) == 0 {
		return hold.Hold{}, false
	}
	return s.kept[rapid.IntRange(0, len(s.kept)-1).Draw(r, "hold")], true
}

func (s *season) placeSome(r *rapid.T) {
	kept, ok := s.some(r)
	if !ok {
		return
	}
	request := s.request(kept)
	request.IdempotencyKey = "key-of-" + kept.ID + rapid.SampledFrom([]string{"", "-2"}).Draw(r, "key")
	request.Email = kept.Session + "@example.org"
	if rapid.IntRange(0, 2).Draw(r, "code") == 0 {
		request.Promos = []string{s.code}
	}
	kind := rapid.SampledFrom([]string{"adult", "concession"}).Draw(r, "price type")
	for i := range request.Seats {
		request.Seats[i].PriceType = kind
	}
	s.mayDie(r, func(service *booking.Service) {
		placed, err := service.Place(r.Context(), request)
		if errors.Is(err, booking.ErrReplaced) {
			// Somebody died over replacing this very order. Whoever loads the page again can order.
			if placed, err = service.Place(r.Context(), request); errors.Is(err, booking.ErrReplaced) {
				r.Fatalf("place again, with nobody else about: %v", err)
			}
		}
		var lost *booking.SeatsLostError
		var busy *idempotency.InProgressError
		var reached *limit.ReachedError
		var spent *booking.InvalidError
		switch {
		case errors.As(err, &reached) && s.most > 0:
		case errors.As(err, &spent) && request.Promos != nil && len(spent.Fields) == 1 && spent.Fields[0].Field == "promo_codes[0]":
		case err == nil:
			s.orders = append(s.orders, placed.Order)
		case errors.As(err, &lost), errors.As(err, &busy), errors.Is(err, idempotency.ErrReused), errors.Is(err, booking.ErrHoldGone),
			errors.Is(err, booking.ErrPaid), errors.Is(err, booking.ErrPaymentUnavailable):
		default:
			if err.Error() != "booking: read the hold: bookingtest: Redis is down" {
				r.Fatalf("place: %v", err)
			}
		}
	})
}

func (s *season) giveUpSome(r *rapid.T) {
	kept, ok := s.some(r)
	if !ok {
		return
	}
	s.mayDie(r, func(service *booking.Service) {
		err := service.GiveUp(r.Context(), kept.ID, kept.Session)
		if err == nil {
			_ = s.holds.Release(r.Context(), kept.ID, kept.Session)
		} else if !errors.Is(err, booking.ErrPaid) {
			r.Fatalf("give up: %v", err)
		}
	})
}

func (s *season) extendSome(r *rapid.T) {
	kept, ok := s.some(r)
	if !ok {
		return
	}
	if extended, err := s.holds.Extend(r.Context(), kept.ID, kept.Session); err == nil && rapid.Bool().Draw(r, "booking is told") {
		if err := s.service.Extended(r.Context(), extended.ID, extended.ExpiresAt); err != nil {
			r.Fatal(err)
		}
	}
}

func (s *season) card(use func(*bookingtest.Provider, string) bool) func(*rapid.T) {
	return func(r *rapid.T) {
		if intents := s.provider.Intents(); len(intents) > 0 {
			use(s.provider, intents[rapid.IntRange(0, len(intents)-1).Draw(r, "intent")].ID)
		}
	}
}

// deliverSome delivers a webhook: any that waits, or one that was delivered before.
func (s *season) deliverSome(r *rapid.T) {
	s.waiting = append(s.waiting, s.provider.Events()...)
	from := &s.waiting
	if rapid.IntRange(0, 3).Draw(r, "again") == 0 {
		from = &s.delivered
	}
	if len(*from) == 0 {
		return
	}
	i := rapid.IntRange(0, len(*from)-1).Draw(r, "event")
	event := (*from)[i]
	*from = slices.Delete(*from, i, i+1)
	s.delivered = append(s.delivered, event)
	s.mayDie(r, func(service *booking.Service) {
		_, err := service.ApplyPayment(r.Context(), event)
		if s.most > 0 && payment.IsRetryable(err) {
			return // which card it was can't be found out just now: it stays in the inbox
		}
		if err != nil {
			r.Fatalf("apply %s: %v", event.Kind, err)
		}
	})
}

// someOrder picks one of the orders made so far, as it is now, or none.
func (s *season) someOrder(r *rapid.T) (booking.Order, bool) {
	if len(s.orders) == 0 {
		return booking.Order{}, false
	}
	return s.order(s.orders[rapid.IntRange(0, len(s.orders)-1).Draw(r, "order")].ID), true
}

// refundSome gives some of an order's seats up, perhaps twice.
func (s *season) refundSome(r *rapid.T) {
	order, ok := s.someOrder(r)
	if !ok || len(order.Kept()) == 0 {
		return
	}
	n := rapid.IntRange(1, len(order.Kept())).Draw(r, "seats")
	back := booking.SeatsBack{OrderID: order.ID, Actor: "buyer", IdempotencyKey: fmt.Sprintf("refund-%d", rapid.IntRange(1, 3).Draw(r, "key"))}
	for _, seat := range order.Kept()[:n] {
		back.Seats = append(back.Seats, seat.SeatID)
	}
	s.mayDie(r, func(service *booking.Service) {
		_, err := service.RefundSeats(r.Context(), back)
		var policy *booking.PolicyError
		var busy *idempotency.InProgressError
		if err != nil && !errors.As(err, &policy) && !errors.As(err, &busy) && !errors.Is(err, idempotency.ErrReused) {
			r.Fatalf("refund seats: %v", err)
		}
	})
}

func (s *season) answerSome(r *rapid.T) {
	order, ok := s.someOrder(r)
	if !ok {
		return
	}
	answer := (*booking.Service).AcceptOffer
	if rapid.Bool().Draw(r, "no") {
		answer = (*booking.Service).DeclineOffer
	}
	s.mayDie(r, func(service *booking.Service) {
		if err := answer(service, r.Context(), order, "buyer"); err != nil && !errors.Is(err, booking.ErrOfferOver) {
			r.Fatalf("answer an offer: %v", err)
		}
	})
}

// exchangeSome gives the first seat of an order for those of a hold of the same buyer.
func (s *season) exchangeSome(r *rapid.T) {
	order, ok := s.someOrder(r)
	kept, some := s.some(r)
	if !ok || !some || len(order.Kept()) == 0 {
		return
	}
	e := booking.ExchangeSeats{
		OrderID: order.ID, Seats: []string{order.Kept()[0].SeatID}, HoldID: kept.ID, Session: kept.Session, Choices: adults(kept.Seats...),
		Actor: "buyer", IdempotencyKey: "exchange-for-" + kept.ID,
	}
	s.mayDie(r, func(service *booking.Service) {
		placed, err := service.Exchange(r.Context(), e)
		if err == nil {
			s.orders = append(s.orders, placed.Order)
		}
	})
}

// rememberSold does what the store does when it finds itself emptied, as soon as it can be reached: it reads the
// judge's list.
func (s *season) rememberSold(r *rapid.T) {
	if !s.forgot {
		return
	}
	sold, err := s.service.SoldSeats(r.Context(), s.evening)
	if err != nil {
		r.Fatal(err)
	}
	s.forgot = s.holds.MarkSold(r.Context(), s.evening, "", sold) != nil
}

// books holds at every moment.
func (s *season) books(r *rapid.T) {
	ctx := context.Background()
	rows, err := s.db.Query(ctx, `
		select l.seat_id, count(distinct o.id)::int, count(distinct a.order_id)::int, count(distinct t.id)::int
		from orders o join order_seats l on l.order_id = o.id
		left join seat_assignments a on a.performance_id = o.performance_id and a.seat_id = l.seat_id
		left join tickets t on t.performance_id = o.performance_id and t.seat_id = l.seat_id and t.state = 'valid'
		where o.performance_id = $1 and o.state = 'paid' and l.gone = '' group by l.seat_id`, s.evening)
	if err != nil {
		r.Fatal(err)
	}
	defer rows.Close()
	sold := 0
	for rows.Next() {
		var seat string
		var orders, assignments, tickets int
		if err := rows.Scan(&seat, &orders, &assignments, &tickets); err != nil {
			r.Fatal(err)
		}
		if orders != 1 || assignments != 1 || tickets != 1 {
			r.Fatalf("%s: %d paid orders, %d assignments, %d tickets", seat, orders, assignments, tickets)
		}
		sold++
	}
	if most := s.count(`select coalesce(max(n), 0) from (
		select count(*) as n from orders o join order_seats l on l.order_id = o.id
		where o.performance_id = $1 and o.state in ('paid', 'offered') and l.gone = '' group by o.buyer_email) had`, s.evening); s.most > 0 && most > s.most {
		r.Fatalf("somebody has %d seats, and %d are the most", most, s.most)
	}
	if over := s.count(`select count(*) from promo_codes c where c.code = $1 and (c.uses > c.most_uses
		or c.uses <> (select count(*) from promo_uses u where u.promo_id = c.id and u.given_back_at is null))`, s.code); over != 0 {
		r.Fatalf("code %s was used more often than it may be, or is not counted", s.code)
	}
	if n := s.count("select count(*) from seat_assignments where performance_id = $1", s.evening); n != sold {
		r.Fatalf("%d seats are assigned, %d paid for", n, sold)
	}
}

// theDustSettles repairs everything, lets time pass, and compares all the books.
func (s *season) theDustSettles(r *rapid.T) {
	s.holds.Break(false)
	s.rememberSold(r)
	s.provider.Down(false)
	s.provider.Mute(false)
	for _, event := range append(s.waiting, s.provider.Events()...) {
		s.apply(event)
	}
	for _, intent := range s.provider.Intents() {
		if intent.Status == payment.Processing {
			s.provider.Decline(intent.ID)
		}
	}
	s.clock.Advance(25 * time.Hour) // past every hold and every offer
	s.settle()
	s.books(r)
	if n := s.count("select count(*) from orders where performance_id = $1 and state in ('awaiting_payment', 'offered', 'refund_due')", s.evening); n != 0 {
		r.Fatalf("%d orders never come to an end", n)
	}
	for _, intent := range s.provider.Intents() {
		order := s.order(uuid.MustParse(intent.OrderID))
		// What backs an order is the price of its seats: the audit sees to that.
		want := int64(s.count("select coalesce(sum(amount), 0) from order_funds where intent_id = $1", intent.ID))
		if got := intent.Outstanding(); got != want {
			r.Fatalf("order %s is %s and the provider keeps %d of %d, not %d", order.Number, order.State, got, order.Total, want)
		}
	}
	sold, err := s.service.SoldSeats(r.Context(), s.evening)
	if err != nil {
		r.Fatal(err)
	}
	if shown := s.holds.Sold(s.evening); !slices.Equal(shown, sold) {
		r.Fatalf("the seat map shows %v, sold are %v", shown, sold)
	}
}
