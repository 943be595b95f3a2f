package bus

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/stagedoor/stagedoor/origin/postgres/dbsqlc"
)

// ErrNotRebuilt says that a consumer's effects are no read model: handing it the history again would do things again.
var ErrNotRebuilt = errors.New("bus: this consumer does not take the history again")

// Replayed is how far a replay has come.
type Replayed struct {
	Done, Total int64
	Refused     int64 // facts that the handler would not have; they are in table bus_failures
	Last        int64 // continue a replay that was interrupted after this
}

// Replay hands a consumer the whole history of its subjects again, oldest first, whatever the inbox says: its read model
// is built anew. The history is the outbox, which keeps what the stream let go of. It may run beside the consumer
// itself, in any process; what is told meanwhile reaches the consumer as always.
//
// Facts are handled some at a time in one transaction, which saves most of the commits; where that fails, each in one of
// its own. A fact that the handler refuses as Poison is parked and the replay goes on; any other failure is tried again as
// in Run, and ends the replay when it persists. progress may be nil; it is told before the first fact and after every few
// hundred.
func (c *Consumer) Replay(ctx context.Context, after int64, progress func(Replayed)) (Replayed, error) {
	state := Replayed{Last: after}
	if !c.cfg.Rebuilds {
		return state, fmt.Errorf("%w: %s", ErrNotRebuilt, c.cfg.Name)
	}
	if progress == nil {
		progress = func(Replayed) {}
	}
	queries := dbsqlc.New(c.cfg.DB)
	length, err := queries.HistoryLength(ctx, dbsqlc.HistoryLengthParams{After: after, Subjects: c.cfg.Subjects})
	if err != nil {
		return state, fmt.Errorf("bus: length of the history: %w", err)
	}
	state.Total = length.Facts
	progress(state)
	for {
		rows, err := queries.History(ctx, dbsqlc.HistoryParams{After: state.Last, Last: length.Last, Subjects: c.cfg.Subjects})
		if err != nil {
			return state, fmt.Errorf("bus: read the history: %w", err)
		}
		if len(rows) == 0 {
			return state, nil
		}
		for some := range slices.Chunk(rows, together) {
			if err := c.replay(ctx, some, &state); err != nil {
				progress(state)
				return state, err
			}
		}
		progress(state)
	}
}

// together is how many facts of the history are handled in one transaction, if all of them can be.
const together = 50

// replay handles some facts of the history.
func (c *Consumer) replay(ctx context.Context, rows []dbsqlc.HistoryRow, state *Replayed) error {
	events := make([]Delivery, len(rows))
	for i, row := range rows {
		events[i] = Delivery{ID: row.EventID, Subject: row.Subject, Key: row.Key, Payload: row.Payload, Sequence: uint64(row.StreamSeq), Stored: row.CreatedAt}
	}
	if c.rehandle(ctx, events...) == nil {
		state.Done, state.Last = state.Done+int64(len(rows)), rows[len(rows)-1].ID
		return nil
	}
	for i, row := range rows {
		refused, err := c.again(ctx, events[i])
		if err != nil {
			return fmt.Errorf("bus: replay %s %s: %w", row.Subject, row.EventID, err)
		}
		state.Done, state.Last = state.Done+1, row.ID
		if refused {
			state.Refused++
		}
	}
	return nil
}

// again handles one fact of the history, with patience.
func (c *Consumer) again(ctx context.Context, event Delivery) (refused bool, err error) {
	for attempt := 1; ; attempt++ {
		err := c.rehandle(ctx, event)
		var hopeless *poison
		switch {
		case err == nil:
			return false, nil
		case ctx.Err() != nil:
			return false, ctx.Err()
		case errors.As(err, &hopeless):
			return true, c.park(ctx, event, err)
		case attempt >= c.cfg.MaxAttempts:
			return false, err
		}
		c.cfg.Logger.WarnContext(ctx, "a fact of the history is tried again", "event_id", event.ID, "subject", event.Subject, "attempts", attempt, "error", err)
		if err := sleep(ctx, min(c.cfg.Backoff(attempt), 10*time.Second)); err != nil {
			return false, err
		}
	}
}

// rehandle calls the handler for each event, in one transaction, and notes that they were handled, once more or for the
// first time.
func (c *Consumer) rehandle(ctx context.Context, events ...Delivery) error {
	ctx, cancel := context.WithTimeout(ctx, c.cfg.HandleWithin)
	defer cancel()
	return pgx.BeginFunc(ctx, c.cfg.DB, func(tx pgx.Tx) error {
		for _, event := range events {
			if err := dbsqlc.New(tx).NoteHandled(ctx, dbsqlc.NoteHandledParams{Consumer: c.cfg.Name, EventID: event.ID}); err != nil {
				return fmt.Errorf("enter the inbox: %w", err)
			}
			if err := c.call(ctx, tx, event); err != nil {
				return err
			}
		}
		return nil
	})
}

// park sets a fact of the history aside, as Run does with one from the stream. That it was handled once is forgotten, or
// Retry would take it for done.
func (c *Consumer) park(ctx context.Context, event Delivery, cause error) error {
	return pgx.BeginFunc(ctx, c.cfg.DB, func(tx pgx.Tx) error {
		queries := dbsqlc.New(tx)
		if err := queries.ForgetHandled(ctx, dbsqlc.ForgetHandledParams{Consumer: c.cfg.Name, EventID: event.ID}); err != nil {
			return err
		}
		if _, err := queries.NoteFailure(ctx, dbsqlc.NoteFailureParams{
			Consumer: c.cfg.Name, EventID: event.ID, Subject: event.Subject, Key: event.Key, Payload: event.Payload,
			StreamSeq: int64(event.Sequence), Reason: storable(cause.Error()),
		}); err != nil {
			return err
		}
		return queries.Park(ctx, dbsqlc.ParkParams{Consumer: c.cfg.Name, EventID: event.ID})
	})
}
