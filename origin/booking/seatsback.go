package booking

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/stagedoor/stagedoor/origin/booking/idempotency"
	"github.com/stagedoor/stagedoor/origin/postgres/dbsqlc"
	"github.com/stagedoor/stagedoor/origin/show"
	"github.com/stagedoor/stagedoor/origin/venue"
)

// PolicyError says why seats can't be given up, in words for the buyer.
type PolicyError struct{ Why string }

func (e *PolicyError) Error() string { return "booking: " + e.Why }

// SeatsBack asks for the money of some or all seats of a paid order.
type SeatsBack struct {
	OrderID uuid.UUID
	Seats   []string // none: all the buyer still has
	Actor   string   // "buyer", or StaffActor: staff are not bound by the times and fees of the terms
	Reason  string   // in words, for the history
	// KeepFee, for staff, is what is kept of each seat; the terms' when nil.
	KeepFee *int64
	// IdempotencyKey names the intention, within the order.
	IdempotencyKey string
}

// staff reports whether a colleague asks.
func (r SeatsBack) staff() bool { return r.Actor != actorBuyer }

// Returned is what giving seats up comes, or came, to.
type Returned struct {
	Seats  []string `json:"seats"`
	Amount int64    `json:"amount"` // minor units: goes back
	Fee    int64    `json:"fee"`    // minor units: kept
}

// QuoteRefund says what would come of RefundSeats, and changes nothing.
func (s *Service) QuoteRefund(ctx context.Context, r SeatsBack) (Returned, error) {
	row, err := s.queries().GetOrder(ctx, r.OrderID)
	if err != nil {
		return Returned{}, notFound("order", err)
	}
	sold, err := s.soldBy(ctx, row)
	if err != nil {
		return Returned{}, err
	}
	_, returned, err := s.seatsBack(ctx, s.queries(), row, r, sold)
	return returned, err
}

// RefundSeats gives seats of a paid order up and their money back: the tickets stop to admit and the seats are for sale
// again at once, the money is sent by the sweep. The order stays paid while it has seats left.
//
// Errors: ErrNotFound, *PolicyError, *InvalidError, ErrKeyMissing, idempotency.ErrReused, *idempotency.InProgressError.
func (s *Service) RefundSeats(ctx context.Context, r SeatsBack) (Returned, error) {
	if !usableKey(r.IdempotencyKey) {
		return Returned{}, ErrKeyMissing
	}
	var out Returned
	request := struct {
		Seats   []string
		Actor   string
		KeepFee *int64
	}{r.Seats, r.Actor, r.KeepFee}
	kept, _, err := s.keys.Do(ctx, "refund:"+r.OrderID.String(), r.IdempotencyKey, request,
		func(ctx context.Context) (any, idempotency.Outcome, error) {
			returned, err := s.refundSeats(ctx, r)
			return returned, idempotency.Unchanged, err
		})
	if err != nil {
		return out, err
	}
	if err := unmarshal(kept, &out); err != nil {
		return out, err
	}
	s.seatMap(ctx, r.OrderID)
	return out, nil
}

func (s *Service) refundSeats(ctx context.Context, r SeatsBack) (returned Returned, err error) {
	row, err := s.queries().GetOrder(ctx, r.OrderID)
	if err != nil {
		return returned, notFound("order", err)
	}
	sold, err := s.soldBy(ctx, row)
	if err != nil {
		return returned, err
	}
	err = s.inTx(ctx, "refund seats", func(tx pgx.Tx, q *dbsqlc.Queries) error {
		order, err := q.LockOrder(ctx, r.OrderID)
		if err != nil {
			return notFound("order", err)
		}
		before, err := q.EventOfKey(ctx, dbsqlc.EventOfKeyParams{OrderID: order.ID, Kind: string(EventSeatsGivenUp), Key: r.IdempotencyKey})
		if err == nil {
			return unmarshal(before, &returned) // whoever did it died over the answer
		} else if !errors.Is(err, pgx.ErrNoRows) {
			return fmt.Errorf("earlier request: %w", err)
		}
		money, quote, err := s.seatsBack(ctx, q, order, r, sold)
		if err != nil {
			return err
		}
		returned = quote
		reason := r.Reason
		if reason == "" {
			reason = "seats were given up for money"
		}
		if err := s.seatsLeave(ctx, tx, q, order, "refunded", money, nil); err != nil {
			return err
		}
		detail := struct {
			Returned
			Currency string `json:"currency"`
			Key      string `json:"key"`
		}{quote, order.Currency, r.IdempotencyKey}
		if err := s.note(ctx, q, order, EventSeatsGivenUp, r.Actor, reason, detail); err != nil {
			return err
		}
		if err := s.giveBack(ctx, q, order, quote.Amount, refundPart, r.Actor, reason, money); err != nil {
			return err
		}
		left, err := s.seatsOf(ctx, q, order)
		if err != nil {
			return err
		}
		if len(left) > 0 {
			return tell(ctx, tx, SubjectOrderChanged, order, left, reason)
		}
		const last = "the last of its seats was given up"
		if err := s.move(ctx, q, &order, RefundDue, r.Actor, last); err != nil {
			return err
		}
		if err := tell(ctx, tx, SubjectOrderRefundDue, order, quote.Seats, last); err != nil {
			return err
		}
		due, err := q.DueRefunds(ctx, order.ID)
		if err != nil || due > 0 {
			return errors.Join(err, s.freePromos(ctx, q, order))
		}
		return s.refunded(ctx, tx, q, &order, "there was nothing to send back, or it was handed back at the desk")
	})
	return returned, err
}

// unmarshal reads what we wrote.
func unmarshal(text []byte, into any) error {
	if err := json.Unmarshal(text, into); err != nil {
		return fmt.Errorf("booking: kept answer: %w", err)
	}
	return nil
}

// hours is a time in words: "48 hours".
func hours(d time.Duration) string {
	if h := int(d / time.Hour); h != 1 {
		return fmt.Sprintf("%d hours", h)
	}
	return "an hour"
}

// soldBy is what an order was sold by: the terms of its performance, when that begins, and the plan of its house.
type soldBy struct {
	terms  Terms
	starts time.Time
	off    bool // the performance is cancelled: whoever has seats may have all of their money back, at any time
	plan   map[string]venue.Located
}

// soldBy reads that. It is not for use inside a transaction: many of them at once would wait for each other's
// connections.
func (s *Service) soldBy(ctx context.Context, order dbsqlc.Order) (soldBy, error) {
	detail, err := s.shows.Performance(ctx, order.PerformanceID)
	if err != nil {
		return soldBy{}, fmt.Errorf("booking: performance: %w", err)
	}
	terms, err := s.Terms(ctx, detail)
	if err != nil {
		return soldBy{}, err
	}
	plan, err := s.shows.Plan(ctx, detail.PlanID)
	if err != nil {
		return soldBy{}, fmt.Errorf("booking: plan: %w", err)
	}
	return soldBy{terms, detail.StartsAt, detail.Status == show.Cancelled, s.shows.index(plan)}, nil
}

// seatsBack works out what each seat brings, if it may be given up.
func (s *Service) seatsBack(
	ctx context.Context, q *dbsqlc.Queries, order dbsqlc.Order, r SeatsBack, sold soldBy,
) ([]seatMoney, Returned, error) {
	terms := sold.terms
	seats, err := s.leaving(ctx, q, order, r.Seats, sold.plan, r.staff())
	if err != nil {
		return nil, Returned{}, err
	}
	if !r.staff() {
		funds, err := q.OrderFunds(ctx, order.ID)
		if err != nil {
			return nil, Returned{}, fmt.Errorf("booking: funds: %w", err)
		}
		if slices.ContainsFunc(funds, func(f dbsqlc.OrderFundsRow) bool { return f.Method != MethodStripe }) {
			return nil, Returned{}, &PolicyError{"These tickets were paid for at the box office, and that is where the money is handed back."}
		}
	}
	fee := terms.Refunds.Fee
	switch {
	case r.staff() && r.KeepFee != nil:
		fee = max(0, *r.KeepFee)
	case sold.off:
		fee = 0
	case r.staff():
	case order.ErasedAt != nil:
		return nil, Returned{}, &PolicyError{"The name and address of this order were erased, so its tickets can’t be given back any more. They go on admitting whoever shows them."}
	case terms.Refunds.Never:
		return nil, Returned{}, &PolicyError{"Tickets for this show can’t be refunded."}
	case !terms.Refunds.Open(sold.starts, s.now()):
		return nil, Returned{}, &PolicyError{"It is too late to give these tickets back: that ends " + hours(terms.Refunds.Before) + " before the performance."}
	}
	// Money that went back at the provider is not there to go back again.
	backing, err := s.funded(ctx, q, order.ID)
	if err != nil {
		return nil, Returned{}, err
	}
	var money []seatMoney
	out := Returned{}
	for _, seat := range seats {
		back := min(max(0, seat.Amount-fee), backing-out.Amount)
		money = append(money, seatMoney{seat.SeatID, back})
		out.Seats, out.Amount, out.Fee = append(out.Seats, seat.SeatID), out.Amount+back, out.Fee+seat.Amount-back
	}
	if out.Amount > 0 {
		if err := s.withBank(ctx, q, order.ID); err != nil {
			return nil, Returned{}, err
		}
	}
	return money, out, nil
}

// leaving returns the seats that are to be given up: those asked for, or all there are. A companion's free seat goes with
// the wheelchair space beside it.
func (s *Service) leaving(ctx context.Context, q *dbsqlc.Queries, order dbsqlc.Order, asked []string, plan map[string]venue.Located, staff bool) ([]Seat, error) {
	if State(order.State) != Paid {
		return nil, &PolicyError{"This order has no tickets to give up."}
	}
	rows, err := q.ListOrderSeats(ctx, order.ID)
	if err != nil {
		return nil, fmt.Errorf("booking: seats of %s: %w", order.Number, err)
	}
	var wrong faults
	for i, id := range asked {
		if slices.Contains(asked[:i], id) || !slices.ContainsFunc(rows, func(r dbsqlc.OrderSeat) bool { return r.SeatID == id && r.Gone == "" }) {
			wrong.add(fmt.Sprintf("seats[%d]", i), "is not a seat this order has, or is in the list twice")
		}
	}
	if err := wrong.err(); err != nil {
		return nil, err
	}
	if len(asked) > 0 {
		asked = append(slices.Clone(asked), alone(rows, asked, plan)...)
	}
	var out []Seat
	var ids []string
	for _, row := range rows {
		if row.Gone != "" || len(asked) > 0 && !slices.Contains(asked, row.SeatID) {
			continue
		}
		seat, err := fromLine(row)
		if err != nil {
			return nil, fmt.Errorf("booking: seat %s of %s: %w", row.SeatID, order.Number, err)
		}
		out, ids = append(out, seat), append(ids, seat.SeatID)
	}
	used, err := q.UsedTickets(ctx, dbsqlc.UsedTicketsParams{OrderID: order.ID, Seats: ids})
	if err != nil {
		return nil, fmt.Errorf("booking: tickets of %s: %w", order.Number, err)
	}
	if len(used) > 0 && !staff {
		return nil, &PolicyError{"A ticket that was shown at the door can’t be given up."}
	}
	return out, nil
}

// alone returns the seats of companions who came free and would be left without a wheelchair space in their row, one each,
// if some seats were given up.
func alone(rows []dbsqlc.OrderSeat, leaving []string, plan map[string]venue.Located) []string {
	type row struct{ section, label string }
	spaces := map[row]int{}
	var companions []string
	for _, r := range rows {
		if r.Gone != "" || slices.Contains(leaving, r.SeatID) {
			continue
		}
		switch at := plan[r.SeatID]; {
		case at.Kind == venue.Wheelchair:
			spaces[row{at.SectionID, at.Row}]++
		case at.Kind == venue.Companion && r.PriceType == show.Companion:
			companions = append(companions, r.SeatID)
		}
	}
	return slices.DeleteFunc(companions, func(id string) bool {
		at := row{plan[id].SectionID, plan[id].Row}
		spaces[at]--
		return spaces[at] >= 0
	})
}

// seatsLeave takes seats from a locked order: their tickets stop to admit and they are for sale again. credits go with
// money, seat by seat; nil is none.
func (s *Service) seatsLeave(ctx context.Context, tx pgx.Tx, q *dbsqlc.Queries, order dbsqlc.Order, why string, money []seatMoney, credits []int64) error {
	if credits == nil {
		credits = make([]int64, len(money))
	}
	gone := dbsqlc.SeatsGoneParams{OrderID: order.ID, Gone: why, Now: s.now(), Credits: credits}
	for _, m := range money {
		gone.Seats, gone.Refunds = append(gone.Seats, m.seat), append(gone.Refunds, m.amount)
	}
	n, err := q.SeatsGone(ctx, gone)
	if err != nil || n != int64(len(money)) {
		return errors.Join(fmt.Errorf("%d of %d seats of %s could be given up", n, len(money), order.Number), err)
	}
	if err := q.VoidSomeTickets(ctx, dbsqlc.VoidSomeTicketsParams{OrderID: order.ID, Seats: gone.Seats}); err != nil {
		return fmt.Errorf("void tickets: %w", err)
	}
	if _, err := q.ReleaseSomeSeats(ctx, dbsqlc.ReleaseSomeSeatsParams{OrderID: order.ID, Seats: gone.Seats}); err != nil {
		return fmt.Errorf("release seats: %w", err)
	}
	if err := q.SeatsStale(ctx, dbsqlc.SeatsStaleParams{ID: order.ID, UpdatedAt: s.now()}); err != nil {
		return fmt.Errorf("seat map: %w", err)
	}
	return tellSeats(ctx, tx, SubjectSeatsFree, order, gone.Seats)
}
