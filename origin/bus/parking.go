package bus

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/stagedoor/stagedoor/origin/postgres/dbsqlc"
)

// Poison marks an error that trying again can't cure: the event is parked at once, in table bus_failures, with
// the error as its reason. Poison(nil) is nil.
func Poison(err error) error {
	if err == nil {
		return nil
	}
	return &poison{err}
}

type poison struct{ error }

func (p *poison) Unwrap() error { return p.error }

// ErrNotParked says that there is no such parked event.
var ErrNotParked = errors.New("bus: no such parked event")

// refuse decides about an event whose handler failed: it comes again after a while, or it is parked. While the
// failure can't be written down the event keeps coming and nothing is counted, so nothing is ever given up unseen.
func (c *Consumer) refuse(ctx context.Context, message jetstream.Msg, event Delivery, cause error) (outcome string) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
	defer cancel()
	var unrelated *interrupted
	if errors.As(cause, &unrelated) {
		c.cfg.Logger.WarnContext(ctx, "an event was not handled for now", "event_id", event.ID, "error", cause)
		_ = message.NakWithDelay(c.cfg.Backoff(1))
		return "failed"
	}
	failures, parked, err := c.note(ctx, message, event, cause)
	if err != nil {
		c.cfg.Logger.WarnContext(ctx, "an event waits for the database", "event_id", event.ID, "error", cause, "noting_it", err)
		_ = message.NakWithDelay(c.cfg.Backoff(1))
		return "failed"
	}
	if parked {
		c.cfg.Logger.ErrorContext(ctx, "an event was parked: see table bus_failures", "event_id", event.ID, "subject", event.Subject, "attempts", failures, "error", cause)
		_ = message.TermWithReason("parked")
		return "parked"
	}
	pause := c.cfg.Backoff(failures)
	c.cfg.Logger.WarnContext(ctx, "an event could not be handled and will be tried again", "event_id", event.ID, "subject", event.Subject, "attempts", failures, "in", pause, "error", cause)
	_ = message.NakWithDelay(pause)
	return "failed"
}

func (c *Consumer) note(ctx context.Context, message jetstream.Msg, event Delivery, cause error) (failures int, parked bool, err error) {
	err = pgx.BeginFunc(ctx, c.cfg.DB, func(tx pgx.Tx) error {
		queries := dbsqlc.New(tx)
		attempts, err := queries.NoteFailure(ctx, dbsqlc.NoteFailureParams{
			Consumer: c.cfg.Name, EventID: event.ID, Subject: storable(event.Subject), Key: storable(event.Key),
			Payload: append([]byte{}, event.Payload...), Traceparent: storable(message.Headers().Get(headerTraceparent)),
			StreamSeq: int64(event.Sequence), Reason: storable(cause.Error()),
		})
		if err != nil {
			return err
		}
		var hopeless *poison
		failures, parked = int(attempts), int(attempts) >= c.cfg.MaxAttempts || errors.As(cause, &hopeless)
		if !parked {
			return nil
		}
		return queries.Park(ctx, dbsqlc.ParkParams{Consumer: c.cfg.Name, EventID: event.ID})
	})
	return failures, parked, err
}

// storable cuts text down to what Postgres takes as text: a message may hold anything.
func storable(text string) string {
	const most = 4000
	text = strings.ReplaceAll(text, "\x00", "\uFFFD")
	return strings.ToValidUTF8(text[:min(len(text), most)], "\uFFFD")
}

// Retry hands a parked event to the handler again, now. If that succeeds the event is no longer parked; if not, it
// stays, and the handler's error is returned. ErrNotParked when there is none.
func (c *Consumer) Retry(ctx context.Context, eventID uuid.UUID) error {
	return pgx.BeginFunc(ctx, c.cfg.DB, func(tx pgx.Tx) error {
		queries := dbsqlc.New(tx)
		row, err := queries.LockParked(ctx, dbsqlc.LockParkedParams{Consumer: c.cfg.Name, EventID: eventID})
		if errors.Is(err, pgx.ErrNoRows) {
			return fmt.Errorf("%w: %s of %s", ErrNotParked, eventID, c.cfg.Name)
		}
		if err != nil {
			return fmt.Errorf("bus: read parked event: %w", err)
		}
		entered, err := queries.EnterInbox(ctx, dbsqlc.EnterInboxParams{Consumer: c.cfg.Name, EventID: eventID})
		if err != nil {
			return fmt.Errorf("bus: enter the inbox: %w", err)
		}
		if entered > 0 {
			event := Delivery{ID: eventID, Subject: row.Subject, Key: row.Key, Payload: row.Payload, Sequence: uint64(row.StreamSeq), Stored: row.FirstFailedAt}
			return c.call(ctx, tx, event)
		}
		return nil
	})
}
