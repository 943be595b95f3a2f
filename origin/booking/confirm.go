package booking

import (
	"context"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/stagedoor/stagedoor/origin/postgres/dbsqlc"
)

// confirm gives a locked order its seats and tickets, or returns the seats that were lost and changes nothing.
// takenElsewhere are seats that another buyer holds (only asked for when a payment came late).
func (s *Service) confirm(
	ctx context.Context, tx pgx.Tx, q *dbsqlc.Queries, order *dbsqlc.Order, takenElsewhere []string, actor, reason string, detail any,
) (lost []string, err error) {
	if len(takenElsewhere) > 0 {
		return takenElsewhere, nil
	}
	seats, err := s.seatsOf(ctx, q, *order)
	if err != nil {
		return nil, err
	}
	if lost, err = s.exchangeLost(ctx, q, *order); err != nil || len(lost) > 0 {
		return lost, err
	}
	lost, err = s.take(ctx, q, claim{
		OrderID: order.ID, PerformanceID: order.PerformanceID, HoldID: order.HoldID, Token: order.HoldToken, Seats: seats, Paid: true,
	})
	if err != nil || len(lost) > 0 {
		return lost, err
	}
	assigned, err := q.AssignSeats(ctx, dbsqlc.AssignSeatsParams{
		PerformanceID: order.PerformanceID, OrderID: order.ID, Now: s.now(), Seats: seats,
	})
	if err != nil {
		return nil, fmt.Errorf("assign seats: %w", err)
	}
	if assigned != int64(len(seats)) {
		// The fences say that the seats are ours and the unique key says that they are not: roll everything back.
		return nil, fmt.Errorf("order %s: %d of %d seats could be assigned", order.Number, assigned, len(seats))
	}
	if err := s.issue(ctx, q, *order, seats); err != nil {
		return nil, err
	}
	if err := s.moveWith(ctx, q, order, Paid, actor, reason, detail); err != nil {
		return nil, err
	}
	if err := s.completeExchange(ctx, tx, q, *order, actor); err != nil {
		return nil, err
	}
	if err := tell(ctx, tx, SubjectOrderPaid, *order, seats, ""); err != nil {
		return nil, err
	}
	return nil, tellSeats(ctx, tx, SubjectSeatsSold, *order, seats)
}

// issue writes a signed ticket for every seat.
func (s *Service) issue(ctx context.Context, q *dbsqlc.Queries, order dbsqlc.Order, seats []string) error {
	var tickets dbsqlc.InsertManyTicketsParams
	if err := s.sign(&tickets, order, seats, s.now()); err != nil {
		return err
	}
	if err := q.InsertManyTickets(ctx, tickets); err != nil {
		return fmt.Errorf("insert tickets: %w", err)
	}
	return nil
}

// lostReason tells staff why a payment could not be kept.
func lostReason(lost []string) string {
	return "seats lost before the payment came: " + strings.Join(lost, ", ")
}
