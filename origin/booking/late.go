package booking

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/stagedoor/stagedoor/origin/hold"
	"github.com/stagedoor/stagedoor/origin/payment"
	"github.com/stagedoor/stagedoor/origin/postgres/dbsqlc"
)

// takenElsewhere asks, for a payment that came after its order's time, which of the seats another buyer holds by
// now. They were told that those seats are theirs for some minutes, so the late payment does not get them, though
// Postgres alone could still assign them. When the seat map can't be asked, Postgres decides alone: whoever then
// comes second is refused before they pay.
func (s *Service) takenElsewhere(ctx context.Context, eventID string) ([]string, error) {
	q := s.queries()
	order, late, err := s.lateOrder(ctx, q, eventID)
	if err != nil || !late {
		return nil, err
	}
	if _, err := s.holds.Get(ctx, order.HoldID); err == nil {
		return nil, nil // extended, and we were not told
	}
	seats, err := s.seatsOf(ctx, q, order)
	if err != nil {
		return nil, fmt.Errorf("booking: %w", err)
	}
	snapshot, err := s.holds.Snapshot(ctx, order.PerformanceID)
	if err != nil {
		s.logger.WarnContext(ctx, "a late payment is decided without the seat map", "order", order.Number, "error", err.Error())
		return nil, nil
	}
	var taken []string
	for _, seat := range seats {
		if snapshot.Seats[seat] == hold.Held {
			taken = append(taken, seat)
		}
	}
	return taken, nil
}

// lateOrder returns the order of a stored event if that says the order was paid after its time.
func (s *Service) lateOrder(ctx context.Context, q *dbsqlc.Queries, eventID string) (order dbsqlc.Order, late bool, err error) {
	stored, err := q.ReadEvent(ctx, eventID)
	if err != nil {
		return order, false, fmt.Errorf("booking: read event %s: %w", eventID, err)
	}
	if stored.ProcessedAt != nil || stored.Kind != string(payment.PaymentSucceeded) {
		return order, false, nil
	}
	var m message
	if err := json.Unmarshal(stored.Payload, &m); err != nil {
		return order, false, fmt.Errorf("booking: event %s: %w", eventID, err)
	}
	id, err := s.orderID(ctx, q, m)
	if err == nil {
		order, err = q.GetOrder(ctx, id)
	}
	if errors.Is(err, pgx.ErrNoRows) {
		return order, false, nil
	}
	if err != nil {
		return order, false, fmt.Errorf("booking: order of event %s: %w", eventID, err)
	}
	state := State(order.State)
	return order, state == Expired || (state == AwaitingPayment && s.now().After(order.ExpiresAt)), nil
}
