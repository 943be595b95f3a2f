package bus

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/google/uuid"

	"github.com/stagedoor/stagedoor/origin/postgres/dbsqlc"
)

// Told is an event with the trace it belongs to, in W3C form; "" for none.
type Told struct {
	Event
	Traceparent string
}

// AddAll is Add for many events in one statement: they are relayed in their order. q is of the transaction that made
// them true.
func AddAll(ctx context.Context, q *dbsqlc.Queries, events []Told) error {
	var rows dbsqlc.AddOutboxesParams
	for _, event := range events {
		if err := event.complete(); err != nil {
			return err
		}
		payload, err := event.body()
		if err != nil {
			return err
		}
		rows.EventIds, rows.Subjects, rows.Keys = append(rows.EventIds, event.ID), append(rows.Subjects, event.Subject), append(rows.Keys, event.Key)
		rows.Payloads, rows.Traceparents = append(rows.Payloads, string(payload)), append(rows.Traceparents, event.Traceparent)
	}
	if err := q.AddOutboxes(ctx, rows); err != nil {
		return fmt.Errorf("bus: add %d events to the outbox: %w", len(events), err)
	}
	return nil
}

// complete gives an event the ID and the key it lacks.
func (e *Event) complete() (err error) {
	if e.ID == uuid.Nil {
		if e.ID, err = uuid.NewV7(); err != nil {
			return fmt.Errorf("bus: make an event ID: %w", err)
		}
	}
	if e.Key == "" {
		e.Key = e.ID.String()
	}
	return nil
}

// body is the JSON of an event that can be relayed, or ErrInvalidEvent.
func (e *Event) body() (json.RawMessage, error) {
	if !validSubject.MatchString(e.Subject) {
		return nil, fmt.Errorf("%w: subject %q", ErrInvalidEvent, e.Subject)
	}
	payload, err := json.Marshal(e.Payload)
	if err != nil {
		return nil, fmt.Errorf("%w: payload of %s: %w", ErrInvalidEvent, e.Subject, err)
	}
	if len(payload) > MaxPayload {
		return nil, fmt.Errorf("%w: payload of %s has %d bytes, at most %d are allowed", ErrInvalidEvent, e.Subject, len(payload), MaxPayload)
	}
	return payload, nil
}
