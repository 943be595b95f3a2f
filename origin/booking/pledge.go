package booking

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"

	"github.com/stagedoor/stagedoor/origin/hold"
)

// An order keeps its seats in Postgres longer than its hold lasts: for the grace, because the buyer may be paying. The
// seat map must not offer them meanwhile, for whoever took them there would be refused here. So the hold's seats are
// pledged to the order before it is written, and let go when it is over.

// pledge keeps the seats of a hold for its order. ErrHoldGone when they are not the hold's any more.
func (s *Service) pledge(ctx context.Context, holdID string, expiresAt time.Time) error {
	holds, ok := s.holds.(hold.Pledger)
	if !ok {
		return nil
	}
	err := holds.Pledge(ctx, holdID, expiresAt.Add(s.grace))
	switch {
	case errors.Is(err, hold.ErrGone):
		return ErrHoldGone
	case err != nil:
		return fmt.Errorf("booking: keep the seats for the order: %w", err)
	}
	return nil
}

// unpledge lets them go. If that fails they are let go when the time of the order is over.
func (s *Service) unpledge(ctx context.Context, holdID string) {
	holds, ok := s.holds.(hold.Pledger)
	if !ok {
		return
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), seatMapPatience)
	defer cancel()
	if err := holds.Unpledge(ctx, holdID); err != nil {
		s.logger.WarnContext(ctx, "the seats of an order that is over are kept until its time is", "error", err.Error())
	}
}

// PledgedSeats implements hold.PledgedSeats: the seats of a performance that orders keep which are not paid. A seat map that
// lost everything keeps them for those orders.
func (s *Service) PledgedSeats(ctx context.Context, performanceID uuid.UUID) ([]hold.Pledge, error) {
	rows, err := s.db.Query(ctx, `
		select o.hold_id, o.hold_token, o.expires_at, array_agg(s.seat_id order by s.seat_id)
		from orders o join order_seats s on s.order_id = o.id
		where o.performance_id = $1 and o.state = 'awaiting_payment' and o.expires_at > $2
		group by o.id`, performanceID, s.now().Add(-s.grace))
	if err != nil {
		return nil, fmt.Errorf("booking: seats that orders keep: %w", err)
	}
	defer rows.Close()
	var pledges []hold.Pledge
	for rows.Next() {
		var p hold.Pledge
		if err := rows.Scan(&p.HoldID, &p.Token, &p.Until, &p.Seats); err != nil {
			return nil, fmt.Errorf("booking: seats that orders keep: %w", err)
		}
		p.Until = p.Until.Add(s.grace)
		pledges = append(pledges, p)
	}
	return pledges, rows.Err()
}
