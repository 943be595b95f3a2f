package bus

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"runtime/debug"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/trace"

	"github.com/stagedoor/stagedoor/origin/postgres/dbsqlc"
)

// process sees one message through: effect and inbox in one transaction, then the acknowledgement. A crash between
// the two brings the message again, and the inbox says that it was handled.
func (c *Consumer) process(ctx context.Context, message jetstream.Msg) {
	if ctx.Err() != nil {
		_ = message.Nak() // we are leaving; another process may have it at once
		return
	}
	began := c.cfg.Clock()
	event, damage := read(message)
	ctx = propagation.TraceContext{}.Extract(ctx, propagation.MapCarrier{headerTraceparent: message.Headers().Get(headerTraceparent)})
	ctx, span := c.tracer.Start(ctx, "process "+message.Subject(), trace.WithSpanKind(trace.SpanKindConsumer), trace.WithAttributes(
		attribute.String("messaging.system", "nats"),
		attribute.String("messaging.destination.name", message.Subject()),
		attribute.String("messaging.consumer.group.name", c.cfg.Name),
		attribute.String("messaging.message.id", event.ID.String()),
	))
	defer span.End()

	outcome, err := "", damage
	if damage == nil {
		outcome, err = c.handle(ctx, event)
	}
	if err == nil {
		c.committed()
		if err := message.Ack(); err != nil {
			c.cfg.Logger.WarnContext(ctx, "a handled event could not be acknowledged; it will come again and be recognised", "event_id", event.ID, "error", err)
		}
		c.cfg.Metrics.deliveryWait.WithLabelValues(c.cfg.Name).Observe(positive(c.cfg.Clock().Sub(event.Stored)))
	} else {
		span.SetStatus(codes.Error, err.Error())
		outcome = c.refuse(ctx, message, event, err)
	}
	c.cfg.Metrics.deliveries.WithLabelValues(c.cfg.Name, outcome).Inc()
	c.cfg.Metrics.handleTime.WithLabelValues(c.cfg.Name).Observe(positive(c.cfg.Clock().Sub(began)))
}

// read turns a message into an event; the error says that it is none of ours and is Poison. The event then still has
// an ID, derived from its place in the stream.
func read(message jetstream.Msg) (Delivery, error) {
	event := Delivery{Subject: message.Subject(), Key: message.Headers().Get(headerKey), Payload: message.Data()}
	meta, err := message.Metadata()
	if err != nil {
		return event, Poison(fmt.Errorf("message without a place in a stream: %w", err))
	}
	event.Sequence, event.Stored = meta.Sequence.Stream, meta.Timestamp
	header := message.Headers().Get(nats.MsgIdHdr)
	if event.ID, err = uuid.Parse(header); err != nil {
		event.ID = uuid.NewSHA1(uuid.NameSpaceURL, fmt.Appendf(nil, "%s/%d/%d", meta.Stream, meta.Sequence.Stream, meta.Timestamp.UnixNano()))
		return event, Poison(fmt.Errorf("message ID %q is no UUID", header))
	}
	if !json.Valid(event.Payload) {
		return event, Poison(errors.New("payload is not JSON"))
	}
	return event, nil
}

// lastCall is how long a handler at work may go on after the process was told to leave.
const lastCall = 3 * time.Second

// handle runs the handler unless the inbox knows the event.
func (c *Consumer) handle(parent context.Context, event Delivery) (outcome string, err error) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(parent), c.cfg.HandleWithin)
	defer cancel()
	defer context.AfterFunc(parent, func() {
		if sleep(ctx, lastCall) == nil {
			cancel()
		}
	})()
	called := false
	outcome = "done"
	err = pgx.BeginFunc(ctx, c.cfg.DB, func(tx pgx.Tx) error {
		queries := dbsqlc.New(tx)
		entered, err := queries.EnterInbox(ctx, dbsqlc.EnterInboxParams{Consumer: c.cfg.Name, EventID: event.ID})
		if err != nil {
			return fmt.Errorf("enter the inbox: %w", err)
		}
		if entered == 0 {
			outcome = "repeated"
			return nil
		}
		called = true
		return c.call(ctx, tx, event)
	})
	if err != nil && (!called || parent.Err() != nil) {
		err = &interrupted{err}
	}
	return outcome, err
}

// interrupted is a failure that says nothing about the event: the database was away, or the process is leaving.
type interrupted struct{ error }

func (i *interrupted) Unwrap() error { return i.error }

// call turns a panic of the handler into an error: one bad event must not take the process down.
func (c *Consumer) call(ctx context.Context, tx pgx.Tx, event Delivery) (err error) {
	defer func() {
		if cause := recover(); cause != nil {
			c.cfg.Logger.ErrorContext(ctx, "the handler panicked", "event_id", event.ID, "panic", cause, "stack", string(debug.Stack()))
			err = fmt.Errorf("the handler panicked: %v", cause)
		}
	}()
	return c.cfg.Handle(ctx, tx, event)
}
