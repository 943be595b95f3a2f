package booking

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/stagedoor/stagedoor/origin/hold"
	"github.com/stagedoor/stagedoor/origin/postgres/dbsqlc"
)

// takenElsewhere asks, for a payment that came after its order's time and grace, which of the seats another buyer holds by
// now. They were told that those seats are theirs for some minutes, so the late payment does not get them, though
// Postgres alone could still assign them. When the seat map can't be asked, Postgres decides alone: whoever then
// comes second is refused before they pay.
func (s *Service) takenElsewhere(ctx context.Context, order dbsqlc.Order) ([]string, error) {
	state := State(order.State)
	if state != AwaitingPayment && state != Expired || keeps(state, order.ExpiresAt, s.now(), s.grace) {
		return nil, nil
	}
	if _, err := s.holds.Get(ctx, order.HoldID); err == nil {
		return nil, nil // extended, and we were not told
	}
	seats, err := s.seatsOf(ctx, s.queries(), order)
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

// peek reads a stored event and the order it is about, before anything is locked. The order is zero when the event
// is about none that we know.
func (s *Service) peek(ctx context.Context, eventID string) (event dbsqlc.PaymentEvent, order dbsqlc.Order, err error) {
	q := s.queries()
	if event, err = q.ReadEvent(ctx, eventID); err != nil {
		return event, order, fmt.Errorf("booking: read event %s: %w", eventID, err)
	}
	var m message
	if err := json.Unmarshal(event.Payload, &m); err != nil {
		return event, order, fmt.Errorf("booking: event %s: %w", eventID, err)
	}
	id, err := s.orderID(ctx, q, m)
	if err == nil {
		order, err = q.GetOrder(ctx, id)
	}
	if err != nil && !errors.Is(err, pgx.ErrNoRows) {
		return event, order, fmt.Errorf("booking: order of event %s: %w", eventID, err)
	}
	return event, order, nil
}
