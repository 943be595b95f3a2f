package bus

import (
	"context"
	"fmt"

	"github.com/google/uuid"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/trace"

	"github.com/stagedoor/stagedoor/origin/postgres/dbsqlc"
)

// Headers of a message beside NATS's own. traceparent is W3C's.
const (
	headerKey         = "Stagedoor-Key"
	headerTraceparent = "traceparent"
)

// mark writes down what the stream has.
func (l *leader) mark(ctx context.Context, ids []uuid.UUID, seqs []int64) error {
	if len(ids) == 0 {
		return nil
	}
	n, err := l.queries.MarkRelayed(ctx, dbsqlc.MarkRelayedParams{EventIds: ids, Seqs: seqs})
	if err != nil {
		return fmt.Errorf("mark as relayed: %w", err)
	}
	l.cfg.Metrics.relayed.Add(float64(n))
	return nil
}

// land waits for the stream's answers to a batch and has those that it stored marked, up to the first that failed, and
// none when one before them failed: reconcile looks for what was stored and not marked behind the last that was.
func (l *leader) land(ctx context.Context, flights []flight, marks *marking, failed bool) (stored int, failure error) {
	done := batch{ids: make([]int64, 0, len(flights)), seqs: make([]int64, 0, len(flights))}
	for _, f := range flights {
		ack, err := f.wait(ctx)
		if err == nil && ack.Stream != l.cfg.Stream.Name { // asking each message to expect it costs more
			err = fmt.Errorf("stream %s took it", ack.Stream)
		}
		if err != nil {
			if failure == nil || ctx.Err() != nil {
				failure = fmt.Errorf("%s was not stored: %w", f.row.Subject, err)
			}
			failed = true
			continue
		}
		if failed {
			continue
		}
		if ack.Duplicate {
			l.cfg.Metrics.repeated.Inc()
		}
		l.cfg.Metrics.relayDelay.Observe(positive(l.cfg.Clock().Sub(f.row.CreatedAt)))
		done.ids, done.seqs = append(done.ids, f.row.ID), append(done.seqs, int64(ack.Sequence))
	}
	if len(flights) == 0 {
		return 0, nil
	}
	if err := l.published(); err != nil {
		return 0, err
	}
	marks.add(done)
	return len(done.ids), failure
}

// launch sends rows without waiting for answers, up to the first that can't be sent. Each message demands that the one
// before it, the first of all but one excepted, be the stream's last: when one is lost those behind it are refused, so
// that order is kept and all of them are sent again.
func (l *leader) launch(ctx context.Context, rows []dbsqlc.Outbox, previous string) ([]flight, error) {
	flights := make([]flight, 0, len(rows))
	for _, row := range rows {
		f, err := l.send(ctx, row, previous)
		if err != nil {
			return flights, fmt.Errorf("send %s: %w", row.Subject, err)
		}
		flights = append(flights, f)
		previous = f.id
	}
	return flights, nil
}

// flight is an event that was sent and not answered yet.
type flight struct {
	row    dbsqlc.Outbox
	id     string
	future jetstream.PubAckFuture
	span   trace.Span
}

func (l *leader) send(ctx context.Context, row dbsqlc.Outbox, previous string) (flight, error) {
	id := row.EventID.String()
	ctx = propagation.TraceContext{}.Extract(ctx, propagation.MapCarrier{headerTraceparent: row.Traceparent})
	ctx, span := l.tracer.Start(ctx, "publish "+row.Subject, trace.WithSpanKind(trace.SpanKindProducer), trace.WithAttributes(
		attribute.String("messaging.system", "nats"),
		attribute.String("messaging.destination.name", row.Subject),
		attribute.String("messaging.message.id", id),
	))
	carrier := propagation.MapCarrier{headerTraceparent: row.Traceparent}
	propagation.TraceContext{}.Inject(ctx, carrier)
	message := &nats.Msg{Subject: row.Subject, Data: row.Payload, Header: nats.Header{headerKey: {row.Key}}}
	if value := carrier[headerTraceparent]; value != "" {
		message.Header.Set(headerTraceparent, value)
	}
	options := []jetstream.PublishOpt{
		jetstream.WithMsgID(id),
		jetstream.WithRetryAttempts(0), // a retry of its own accord would come out of turn
	}
	if previous != "" {
		options = append(options, jetstream.WithExpectLastMsgID(previous))
	}
	future, err := l.js.PublishMsgAsync(message, options...)
	if err != nil {
		span.SetStatus(codes.Error, err.Error())
		span.End()
		return flight{}, err
	}
	return flight{row: row, id: id, future: future, span: span}, nil
}

func (f flight) wait(ctx context.Context) (*jetstream.PubAck, error) {
	defer f.span.End()
	select {
	case ack := <-f.future.Ok():
		return ack, nil
	case err := <-f.future.Err():
		f.span.SetStatus(codes.Error, err.Error())
		return nil, err
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}
