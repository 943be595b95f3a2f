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
	// Plan is the seating plan that the seats were priced by; zero for an order that was written before: while there is one
	// the plan stays.
	Plan uuid.UUID
	// Paid is true when the money is taken: then a seat that another order has let go may be had, even though
	// that order came with a newer token.
	Paid bool
}

// fence is what stands on a seat: the order that presented the newest token for it.
type fence struct {
	Seat      string
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

// take gives one claim its seats: see takeAll.
func (s *Service) take(ctx context.Context, q *dbsqlc.Queries, c claim) (lost []string, err error) {
	all, err := s.takeAll(ctx, q, []claim{c})
	if err != nil {
		return nil, err
	}
	return all[0], nil
}

// takeAll locks the seats of claims in one order, so that claims for overlapping seats queue up and never deadlock, and
// returns for each claim those that can't be had; when there are none, the fences are the claim's. No two of the claims
// may be for the same seat. The locks last as long as the transaction of q. ErrPricesChanged when one was priced by
// another seating plan than the performance has: the order, which is in the transaction already, keeps it as it is now.
func (s *Service) takeAll(ctx context.Context, q *dbsqlc.Queries, claims []claim) (lost [][]string, err error) {
	var lock dbsqlc.LockFencesParams
	var read dbsqlc.ReadFencesParams
	for i, c := range claims {
		for _, seat := range c.Seats {
			lock.Performances, lock.Seats = append(lock.Performances, c.PerformanceID), append(lock.Seats, seat)
			lock.Tokens, lock.Orders = append(lock.Tokens, c.Token), append(lock.Orders, c.OrderID)
			read.Claims = append(read.Claims, int32(i))
		}
	}
	read.Performances, read.Seats = lock.Performances, lock.Seats
	if err := q.LockFences(ctx, lock); err != nil {
		return nil, fmt.Errorf("lock fences: %w", err)
	}
	rows, err := q.ReadFences(ctx, read)
	if err != nil {
		return nil, fmt.Errorf("read fences: %w", err)
	}
	standing := make([][]fence, len(claims))
	for _, row := range rows {
		if c := claims[row.Claim]; c.Plan != uuid.Nil && c.Plan != row.PlanID {
			s.shows.forget(c.PerformanceID)
			return nil, refusals{int(row.Claim): ErrPricesChanged}
		}
		standing[row.Claim] = append(standing[row.Claim], fence{
			Seat: row.SeatID, Token: row.Token, OrderID: row.OrderID, HoldID: row.HoldID, State: State(row.State),
			ExpiresAt: row.ExpiresAt, Assigned: row.AssignedTo.Valid,
		})
	}
	return s.judge(ctx, q, claims, standing)
}

// judge decides on claims by what stands on their seats, which are locked, and takes the fences of those that lose nothing.
func (s *Service) judge(ctx context.Context, q *dbsqlc.Queries, claims []claim, standing [][]fence) (lost [][]string, err error) {
	lost = make([][]string, len(claims))
	var taking dbsqlc.TakeFencesParams
	now := s.now()
	for i, c := range claims {
		foreign := false
		for _, f := range standing[i] {
			if !f.admits(c, now, s.grace) {
				lost[i] = append(lost[i], f.Seat)
			}
			foreign = foreign || f.OrderID != c.OrderID
		}
		slices.Sort(lost[i])
		if len(lost[i]) > 0 || !foreign {
			continue
		}
		for _, seat := range c.Seats {
			taking.Performances, taking.Seats = append(taking.Performances, c.PerformanceID), append(taking.Seats, seat)
			taking.Tokens, taking.Orders = append(taking.Tokens, c.Token), append(taking.Orders, c.OrderID)
		}
	}
	if len(taking.Seats) == 0 {
		return lost, nil
	}
	if err := q.TakeFences(ctx, taking); err != nil {
		return nil, fmt.Errorf("take fences: %w", err)
	}
	return lost, nil
}
