// Package bus carries facts out of the database. Add writes an event in the transaction that made it true; the
// Relay copies it from the outbox table to a JetStream stream; a Consumer hands it to code that acts on it, in a
// transaction that also remembers, in the inbox table, that this was done.
//
// Delivery is at least once at every step and the effect of a handler in Postgres is exactly once, whatever is
// killed when. Events of one key are relayed in the order in which their transactions took the key's lock.
package bus

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"go.opentelemetry.io/otel/propagation"

	"github.com/stagedoor/stagedoor/origin/postgres/dbsqlc"
)

// Event is a fact to be told.
type Event struct {
	ID      uuid.UUID // zero: Add makes a UUIDv7
	Subject string    // "stagedoor.<noun>.<verb in the past>.v<n>"
	// Key names the thing the event is about, an order say. Events of one key keep their order if their
	// transactions lock that thing (select ... for update) before they call Add. "": the event's ID, no order.
	Key     string
	Payload any // becomes JSON
}

// Delivery is an event as a consumer receives it.
type Delivery struct {
	ID       uuid.UUID
	Subject  string
	Key      string
	Payload  json.RawMessage
	Sequence uint64    // in the stream
	Stored   time.Time // when the stream took it
}

// Decode reads the payload into value. An event that can't be decoded can't be handled by trying again: the
// error is Poison.
func (d Delivery) Decode(value any) error {
	if err := json.Unmarshal(d.Payload, value); err != nil {
		return Poison(fmt.Errorf("payload of %s: %w", d.Subject, err))
	}
	return nil
}

// MaxPayload is the longest JSON body of an event, in bytes. A fact names things; it does not carry them.
const MaxPayload = 256 << 10

// ErrInvalidEvent says that an event could never be relayed; it is refused before it can block the others.
var ErrInvalidEvent = errors.New("bus: invalid event")

var validSubject = regexp.MustCompile(`^stagedoor(\.[a-z0-9_]+){2,6}\.v[0-9]+$`)

// Add writes an event to the outbox within tx. The trace of ctx goes with it. Nothing leaves if tx rolls back.
//
// Add does not wake the relay: a NOTIFY inside a transaction makes every commit of the database wait its turn for
// one lock. Ring a Doorbell after the commit, or leave it to the relay to look.
func Add(ctx context.Context, tx pgx.Tx, event Event) error {
	payload, err := event.body()
	if err != nil {
		return err
	}
	if err := event.complete(); err != nil {
		return err
	}
	carrier := propagation.MapCarrier{}
	propagation.TraceContext{}.Inject(ctx, carrier)
	err = dbsqlc.New(tx).AddOutbox(ctx, dbsqlc.AddOutboxParams{
		EventID: event.ID, Subject: event.Subject, Key: event.Key, Payload: payload, Traceparent: carrier["traceparent"],
	})
	if err != nil {
		return fmt.Errorf("bus: add %s to the outbox: %w", event.Subject, err)
	}
	return nil
}
