package audit

import (
	"context"
	"errors"
	"fmt"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/stagedoor/stagedoor/origin/postgres/dbsqlc"
)

// stream checks that the outbox is relayed, and that what is marked as relayed is in the stream under the number
// that was written down. Events that the stream let go of by age are not looked for.
func (a *auditor) stream(ctx context.Context, c *Check) error {
	c.Looked, c.Unit = int(a.counts.Outbox), "facts"
	waiting, err := a.q.AuditUnrelayed(ctx, a.settled)
	if err != nil {
		return fmt.Errorf("waiting facts: %w", err)
	}
	for _, row := range waiting {
		c.violation(row.Thing, "%s", row.Fault)
	}
	parked, err := a.q.AuditParked(ctx)
	if err != nil {
		return fmt.Errorf("parked events: %w", err)
	}
	for _, row := range parked {
		c.warning(row.Thing, "%s", row.Fault)
	}
	if a.Stream == nil {
		c.Skipped = "the stream itself: none was given"
		return nil
	}
	first, last, err := a.Stream.Range(ctx)
	if err != nil {
		return fmt.Errorf("range of the stream: %w", err)
	}
	for after := int64(0); ; {
		rows, err := a.q.AuditRelayed(ctx, after)
		if err != nil {
			return fmt.Errorf("relayed facts: %w", err)
		}
		if len(rows) == 0 {
			return nil
		}
		for _, row := range rows {
			after = row.ID
			if err := a.inStream(ctx, c, row, first, last); err != nil {
				return err
			}
		}
	}
}

func (a *auditor) inStream(ctx context.Context, c *Check, row dbsqlc.AuditRelayedRow, first, last uint64) error {
	seq, thing := uint64(row.StreamSeq), row.Subject+" "+row.EventID.String()
	switch {
	case seq > last:
		c.violation(thing, "is marked as number %d of a stream that ends at %d", seq, last)
		return nil
	case seq < first: // aged out
		return nil
	}
	id, err := a.Stream.EventID(ctx, seq)
	switch {
	case err != nil:
		return fmt.Errorf("number %d of the stream: %w", seq, err)
	case id == "":
		c.violation(thing, "is marked as number %d of the stream, where nothing is", seq)
	case id != row.EventID.String():
		c.violation(thing, "is marked as number %d of the stream, where %s is", seq, id)
	}
	return nil
}

// JetStream reads a JetStream stream.
type JetStream struct{ Stream jetstream.Stream }

// Range implements Stream.
func (s JetStream) Range(ctx context.Context) (first, last uint64, err error) {
	info, err := s.Stream.Info(ctx)
	if err != nil {
		return 0, 0, err
	}
	return info.State.FirstSeq, info.State.LastSeq, nil
}

// EventID implements Stream.
func (s JetStream) EventID(ctx context.Context, seq uint64) (string, error) {
	message, err := s.Stream.GetMsg(ctx, seq)
	if errors.Is(err, jetstream.ErrMsgNotFound) {
		return "", nil
	}
	if err != nil {
		return "", err
	}
	return message.Header.Get(nats.MsgIdHdr), nil
}
