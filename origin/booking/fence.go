package booking

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/google/uuid"

	"github.com/stagedoor/stagedoor/origin/postgres/dbsqlc"
)

// claim is an order that wants seats.
type claim struct {
	OrderID       uuid.UUID
	PerformanceID uuid.UUID
	HoldID        string
	Token         int64 // fencing token of the hold
	Seats         []string
	// Paid is true when the money is taken: then a seat that another order has let go may be had, even though
	// that order came with a newer token.
	Paid bool
}

// fence is what stands on a seat: the order that presented the newest token for it.
type fence struct {
	Token     int64
	OrderID   uuid.UUID
	HoldID    string
	State     State
	ExpiresAt time.Time
	Assigned  bool
}

// keeps reports whether an order that has no seats assigned has those it claimed to itself still: until its hold, or the
// offer, is over, and for the
// grace after it, because the buyer may be paying this moment. It is the one rule for both sides: while it says yes,
// whoever else holds a seat can't order it and a payment gets it; once it says no, they can and a payment may be too late.
func keeps(state State, expiresAt, now time.Time, grace time.Duration) bool {
	return (state == AwaitingPayment || state == Offered) && now.Before(expiresAt.Add(grace))
}

// admits reports whether the claim may have the seat.
//
// A live order keeps its seat even against a newer token: a newer hold on the same seat means that Redis lost the older
// one, or that the older is over and its order in its grace. Whoever comes second is refused before they pay.
func (f fence) admits(c claim, now time.Time, grace time.Duration) bool {
	switch {
	case f.Assigned:
		return false
	case f.OrderID == c.OrderID:
		return true
	case keeps(f.State, f.ExpiresAt, now, grace):
		return false
	case c.Paid:
		return true
	case f.HoldID == c.HoldID: // the order this one replaces
		return true
	}
	return c.Token > f.Token
}

// take locks the seats in one order, so that claims for overlapping seats queue up and never deadlock, and returns
// those that can't be had; when there are none, the fences are the claim's. The locks last as long as the
// transaction of q.
func (s *Service) take(ctx context.Context, q *dbsqlc.Queries, c claim) (lost []string, err error) {
	err = q.LockFences(ctx, dbsqlc.LockFencesParams{PerformanceID: c.PerformanceID, Token: c.Token, OrderID: c.OrderID, Seats: c.Seats})
	if err != nil {
		return nil, fmt.Errorf("lock fences: %w", err)
	}
	rows, err := q.ReadFences(ctx, dbsqlc.ReadFencesParams{PerformanceID: c.PerformanceID, Seats: c.Seats})
	if err != nil {
		return nil, fmt.Errorf("read fences: %w", err)
	}
	now, foreign := s.now(), false
	for _, row := range rows {
		standing := fence{
			Token: row.Token, OrderID: row.OrderID, HoldID: row.HoldID, State: State(row.State),
			ExpiresAt: row.ExpiresAt, Assigned: row.AssignedTo.Valid,
		}
		if !standing.admits(c, now, s.grace) {
			lost = append(lost, row.SeatID)
		}
		foreign = foreign || standing.OrderID != c.OrderID
	}
	if len(lost) > 0 || !foreign {
		slices.Sort(lost)
		return lost, nil
	}
	err = q.TakeFences(ctx, dbsqlc.TakeFencesParams{PerformanceID: c.PerformanceID, OrderID: c.OrderID, Token: c.Token, Seats: c.Seats})
	if err != nil {
		return nil, fmt.Errorf("take fences: %w", err)
	}
	return nil, nil
}
