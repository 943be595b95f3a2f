package bus

import (
	"context"
	"fmt"
	"strconv"

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

// land waits for the stream's answer to a flight and has its events marked, and none when one before it failed: reconcile
// looks for what was stored and not marked behind the last that was.
func (l *leader) land(ctx context.Context, f *flight, marks *marking, failed bool) (stored int, failure error) {
	if f == nil {
		return 0, nil
	}
	ack, err := f.wait(ctx)
	if err == nil {
		err = l.whole(f, ack)
	}
	var done batch
	switch {
	case err != nil:
		failure = fmt.Errorf("%d events up to %s were not all stored: %w", len(f.rows), f.rows[len(f.rows)-1].Subject, err)
	case !failed:
		done = batch{ids: make([]int64, len(f.rows)), seqs: make([]int64, len(f.rows))}
		now := l.cfg.Clock()
		for i, row := range f.rows {
			l.cfg.Metrics.relayDelay.Observe(positive(now.Sub(row.CreatedAt)))
			done.ids[i], done.seqs[i] = row.ID, l.last+1+int64(i)
		}
		l.last = int64(ack.Sequence)
	}
	if err := l.published(); err != nil {
		return 0, err
	}
	marks.add(done)
	return len(done.ids), failure
}

// whole says why the answer to the last of a flight does not prove that all of it was stored, one after the other, right
// behind what was stored before. Each was stored behind the one it demanded, or not at all; had somebody else sent one of them
// in another order, the count would tell.
func (l *leader) whole(f *flight, ack *jetstream.PubAck) error {
	if ack.Stream != l.cfg.Stream.Name { // asking each message to expect it costs more
		return fmt.Errorf("stream %s took them", ack.Stream)
	}
	if ack.Duplicate {
		l.cfg.Metrics.repeated.Inc()
		return fmt.Errorf("the last was stored before, as %d", ack.Sequence)
	}
	if want := l.last + int64(len(f.rows)); int64(ack.Sequence) != want {
		return fmt.Errorf("the last is %d in the stream, not %d", ack.Sequence, want)
	}
	return nil
}

// launch sends rows, up to the first that can't be sent, and asks for an answer to the last alone: an answer costs the
// server, the network and us more than the event. Each message demands that the one before it be the stream's last, by its
// ID, and the first of all, by its number: when one is lost those behind it are refused, so that order is kept, the last is
// refused with them, and all of them are sent again.
func (l *leader) launch(ctx context.Context, rows []dbsqlc.Outbox, previous string) (*flight, error) {
	if len(rows) == 0 {
		return nil, nil
	}
	f := &flight{rows: rows, spans: make([]trace.Span, 0, len(rows))}
	for i, row := range rows {
		span, message := l.message(ctx, row, previous)
		f.spans = append(f.spans, span)
		f.id = message.Header[jetstream.MsgIDHeader][0]
		var err error
		if i < len(rows)-1 {
			err = l.cfg.NATS.PublishMsg(message)
		} else {
			f.last, err = l.js.PublishMsgAsync(message, jetstream.WithRetryAttempts(0)) // a retry of its own accord would come out of turn
		}
		if err != nil {
			f.end(err)
			return nil, fmt.Errorf("send %s: %w", row.Subject, err)
		}
		previous = f.id
	}
	return f, nil
}

// flight is events that were sent together and not answered yet.
type flight struct {
	rows  []dbsqlc.Outbox
	spans []trace.Span
	id    string                 // of the last
	last  jetstream.PubAckFuture // the answer to the last
}

// message is an event as it is sent, and the span that lasts until it is stored.
func (l *leader) message(ctx context.Context, row dbsqlc.Outbox, previous string) (trace.Span, *nats.Msg) {
	id := row.EventID.String()
	ctx = propagation.TraceContext{}.Extract(ctx, propagation.MapCarrier{headerTraceparent: row.Traceparent})
	ctx, span := l.tracer.Start(ctx, "publish "+row.Subject, trace.WithSpanKind(trace.SpanKindProducer), trace.WithAttributes(
		attribute.String("messaging.system", "nats"),
		attribute.String("messaging.destination.name", row.Subject),
		attribute.String("messaging.message.id", id),
	))
	carrier := propagation.MapCarrier{headerTraceparent: row.Traceparent}
	propagation.TraceContext{}.Inject(ctx, carrier)
	header := nats.Header{headerKey: {row.Key}, jetstream.MsgIDHeader: {id}}
	if value := carrier[headerTraceparent]; value != "" {
		header[headerTraceparent] = []string{value}
	}
	if previous != "" {
		header[jetstream.ExpectedLastMsgIDHeader] = []string{previous}
	} else {
		header[jetstream.ExpectedLastSeqHeader] = []string{strconv.FormatInt(l.last, 10)}
	}
	return span, &nats.Msg{Subject: row.Subject, Data: row.Payload, Header: header}
}

func (f *flight) wait(ctx context.Context) (ack *jetstream.PubAck, err error) {
	defer func() { f.end(err) }()
	select {
	case ack := <-f.last.Ok():
		return ack, nil
	case err := <-f.last.Err():
		return nil, err
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// end ends the spans of all events.
func (f *flight) end(err error) {
	for _, span := range f.spans {
		if err != nil {
			span.SetStatus(codes.Error, err.Error())
		}
		span.End()
	}
}
