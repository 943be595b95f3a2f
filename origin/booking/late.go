package booking

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/stagedoor/stagedoor/origin/postgres/dbsqlc"
)

// peek reads a stored event and the order it is about, before anything is locked. The order is zero when the event
// is about none that we know.
func (s *Service) peek(ctx context.Context, eventID string) (event dbsqlc.PaymentEvent, order dbsqlc.Order, err error) {
	q := s.queries()
	if event, err = q.ReadEvent(ctx, eventID); err != nil {
		return event, order, fmt.Errorf("booking: read event %s: %w", eventID, err)
	}
	m, err := decode(event)
	if err != nil {
		return event, order, err
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

// decode reads what was kept of an event.
func decode(event dbsqlc.PaymentEvent) (message, error) {
	var m message
	if err := json.Unmarshal(event.Payload, &m); err != nil {
		return m, fmt.Errorf("booking: event %s: %w", event.ID, err)
	}
	return m, nil
}
