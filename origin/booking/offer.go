package booking

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/stagedoor/stagedoor/origin/hold"
	"github.com/stagedoor/stagedoor/origin/payment"
	"github.com/stagedoor/stagedoor/origin/postgres/dbsqlc"
	"github.com/stagedoor/stagedoor/origin/venue"
)

// offerFor is how long seats are kept for a buyer who was offered them. They may not look at their order at once; so
// long those seats are nobody's.
const offerFor = 24 * time.Hour

// offerBefore is how long before the performance an offer ends at the latest.
const offerBefore = 2 * time.Hour

// ErrOfferOver: there are no seats on offer for this order, or not any more.
var ErrOfferOver = errors.New("booking: there are no seats on offer")

// late is what is known of the house outside Postgres when a payment comes after its time: read before the transaction
// that decides.
type late struct {
	is        bool
	elsewhere []string        // seats of the order that another buyer holds
	held      map[string]bool // every seat that somebody holds; nil when the seat map can't be asked
	startsAt  time.Time
	plan      *venue.Plan
	card      cardFacts       // of any payment, late or not
	off       bool            // the performance is cancelled, for any payment, too
	truth     *payment.Intent // what the provider says now, where an event about money that goes back may be old
	sent      int64           // what we knew to have gone back when it was asked
}

// lateDecision is the record of what was decided on money that came late.
type lateDecision struct {
	Decision string            `json:"decision"` // "same seats", "equals offered" or "refund"
	Lost     []string          `json:"lost,omitempty"`
	Offered  map[string]string `json:"offered,omitempty"` // seat lost or given up -> seat offered
	Until    *time.Time        `json:"until,omitempty"`
	SeatMap  bool              `json:"seat_map"` // whether holds could be asked
}

// offer keeps seats as good as the order's own for its buyer, in the transaction that found those lost. It returns false
// when there are none, and then has changed nothing.
func (s *Service) offer(ctx context.Context, tx pgx.Tx, q *dbsqlc.Queries, order *dbsqlc.Order, lost []string, known late) (bool, error) {
	now := s.now()
	until := now.Add(offerFor)
	if end := known.startsAt.Add(-offerBefore); end.Before(until) {
		until = end
	}
	if !known.is || known.held == nil || order.ExchangeOf.Valid || until.Before(now.Add(10*time.Minute)) {
		return false, nil // without the seat map we might offer what somebody holds
	}
	sold, err := q.AssignedSeats(ctx, order.PerformanceID)
	if err != nil {
		return false, fmt.Errorf("assigned seats: %w", err)
	}
	wanted, err := s.seatsOf(ctx, q, *order)
	if err != nil {
		return false, err
	}
	swaps := equals(known.plan, wanted, func(seat string) bool { return !known.held[seat] && !slices.Contains(sold, seat) })
	if swaps == nil {
		return false, nil
	}
	var offered []string
	pairs := map[string]string{}
	for _, w := range swaps {
		offered = append(offered, w.to.ID)
		pairs[w.from] = w.to.ID
	}
	taken, err := s.take(ctx, q, claim{
		OrderID: order.ID, PerformanceID: order.PerformanceID, HoldID: order.HoldID, Token: order.HoldToken, Seats: offered, Paid: true,
	})
	if err != nil || len(taken) > 0 {
		return false, err // somebody's order keeps one of them: rather the money than a third guess
	}
	for _, w := range swaps {
		err := q.InsertOffers(ctx, dbsqlc.InsertOffersParams{
			OrderID: order.ID, InsteadOf: w.from, SeatID: w.to.ID, Section: w.to.Section, RowLabel: w.to.Row, SeatLabel: w.to.Label,
		})
		if err != nil {
			return false, fmt.Errorf("insert offer: %w", err)
		}
	}
	if err := q.SetOrderExpiry(ctx, dbsqlc.SetOrderExpiryParams{ID: order.ID, ExpiresAt: until}); err != nil {
		return false, fmt.Errorf("offer's end: %w", err)
	}
	order.ExpiresAt = until
	decision := lateDecision{Decision: "equals offered", Lost: lost, Offered: pairs, Until: &until, SeatMap: true}
	if err := s.moveWith(ctx, q, order, Offered, actorProvider, lostReason(lost)+"; others as good are kept for the buyer", decision); err != nil {
		return false, err
	}
	return true, tell(ctx, tx, SubjectOrderOffered, *order, offered, lostReason(lost))
}

// AcceptOffer gives a buyer the seats that were kept for them. ErrOfferOver when there are none (any more).
func (s *Service) AcceptOffer(ctx context.Context, order Order, actor string) error {
	err := s.inTx(ctx, "accept offer", func(tx pgx.Tx, q *dbsqlc.Queries) error {
		row, err := q.LockOrder(ctx, order.ID)
		if err != nil {
			return fmt.Errorf("lock order: %w", err)
		}
		switch {
		case State(row.State) == Paid:
			return nil // this very click, once more
		case State(row.State) != Offered || !s.now().Before(row.ExpiresAt):
			return ErrOfferOver
		}
		offers, err := q.ListOffers(ctx, row.ID)
		if err != nil {
			return fmt.Errorf("offers: %w", err)
		}
		const leaving = "leaving " // for a moment nobody sits where another is to sit: a party may move along by one
		for _, pass := range []struct{ from, to string }{{"", leaving}, {leaving, ""}} {
			for _, o := range offers {
				at := o.InsteadOf
				if pass.from != "" {
					at = o.SeatID
				}
				err := q.MoveSeat(ctx, dbsqlc.MoveSeatParams{
					OrderID: row.ID, FromSeat: pass.from + at, ToSeat: pass.to + o.SeatID,
					Section: o.Section, RowLabel: o.RowLabel, SeatLabel: o.SeatLabel,
				})
				if err != nil {
					return fmt.Errorf("move seat: %w", err)
				}
			}
		}
		lost, err := s.confirm(ctx, tx, q, &row, nil, actor, "the buyer took the seats they were offered", nil)
		if err == nil && len(lost) > 0 {
			err = fmt.Errorf("order %s: seats on offer are lost: %v", row.Number, lost)
		}
		return err
	})
	if err == nil {
		s.seatMap(ctx, order.ID)
	}
	return err
}

// DeclineOffer gives the buyer their money back instead of the seats that were kept for them.
func (s *Service) DeclineOffer(ctx context.Context, order Order, actor string) error {
	return s.endOffer(ctx, order, actor, "the buyer wanted the money back instead of other seats", false)
}

func (s *Service) endOffer(ctx context.Context, order Order, actor, why string, overdue bool) error {
	changed := false
	err := s.inTx(ctx, "end offer", func(tx pgx.Tx, q *dbsqlc.Queries) error {
		row, err := q.LockOrder(ctx, order.ID)
		if err != nil {
			return fmt.Errorf("lock order: %w", err)
		}
		switch {
		case State(row.State) == RefundDue || State(row.State) == Refunded:
			return nil
		case State(row.State) != Offered:
			return ErrOfferOver
		case overdue && s.now().Before(row.ExpiresAt):
			return nil
		}
		changed = true
		return s.oweBack(ctx, tx, q, &row, actor, why, nil)
	})
	if err == nil && changed {
		s.seatMap(ctx, order.ID)
	}
	return err
}

// endOffers gives the money back to buyers who did not answer in time.
func (s *Service) endOffers(ctx context.Context) (int, error) {
	ids, err := s.queries().OverdueOffers(ctx, dbsqlc.OverdueOffersParams{ExpiresAt: s.now(), Limit: batch})
	if err != nil {
		return 0, fmt.Errorf("booking: overdue offers: %w", err)
	}
	var failed []error
	for _, id := range ids {
		err := s.endOffer(ctx, Order{ID: id}, actorSweeper, "the buyer did not say whether they want the other seats", true)
		if !errors.Is(err, ErrOfferOver) {
			failed = append(failed, err)
		}
	}
	return len(ids), errors.Join(failed...)
}

// lateFacts asks, for a payment that came after its order's time and grace, what the seat map shows: which of the
// order's seats another buyer holds by now, and which seats anybody does. They were told that those seats are theirs for
// some minutes, so the late payment does not get them, though Postgres alone could still assign them. When the seat map
// can't be asked, Postgres decides alone: whoever then comes second is refused before they pay.
func (s *Service) lateFacts(ctx context.Context, order dbsqlc.Order) (late, error) {
	state := State(order.State)
	if state != AwaitingPayment && state != Expired || keeps(state, order.ExpiresAt, s.now(), s.grace) {
		return late{}, nil
	}
	if _, err := s.holds.Get(ctx, order.HoldID); err == nil {
		return late{}, nil // extended, and we were not told
	}
	seats, err := s.seatsOf(ctx, s.queries(), order)
	if err != nil {
		return late{}, fmt.Errorf("booking: %w", err)
	}
	detail, err := s.shows.Performance(ctx, order.PerformanceID)
	if err != nil {
		return late{}, fmt.Errorf("booking: performance: %w", err)
	}
	known := late{is: true, startsAt: detail.StartsAt}
	if known.plan, err = s.shows.Plan(ctx, detail.PlanID); err != nil {
		return late{}, fmt.Errorf("booking: plan: %w", err)
	}
	snapshot, err := s.holds.Snapshot(ctx, order.PerformanceID)
	if err != nil {
		s.logger.WarnContext(ctx, "a late payment is decided without the seat map", "order", order.Number, "error", err.Error())
		return known, nil
	}
	known.held = map[string]bool{}
	for seat, state := range snapshot.Seats {
		// Sold ones are Postgres's to say, which may have let them go since. Whatever else takes a seat, a hold or an
		// allocation, takes it from this buyer.
		known.held[seat] = state != hold.Sold
	}
	for _, seat := range seats {
		if snapshot.Seats[seat] == hold.Held {
			known.elsewhere = append(known.elsewhere, seat)
		}
	}
	return known, nil
}
