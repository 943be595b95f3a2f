package bus

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/stagedoor/stagedoor/origin/postgres/dbsqlc"
)

// clockSlack is how far the clocks of Postgres and NATS may stand apart.
const clockSlack = 10 * time.Minute

// reconcile brings the outbox and the stream to agree before anything is sent: at the start of a leadership, after
// a failure and whenever NATS was away.
//
//   - Messages at the end of the stream that the outbox does not know to be relayed were stored and not marked.
//     They are marked now, however long ago that was: JetStream's own memory of IDs is only minutes long.
//   - Rows marked as relayed beyond the end of the stream were lost by it (a disk, a restored copy). They wait again.
//   - A stream made anew has lost all of them: everything young enough to be kept there waits again.
func (l *leader) reconcile(ctx context.Context) error {
	stream, err := l.cfg.Stream.Ensure(ctx, l.js)
	if err != nil {
		return err
	}
	info, err := stream.Info(ctx)
	if err != nil {
		return fmt.Errorf("look at the stream: %w", err)
	}
	if err := l.noteStream(ctx, info); err != nil {
		return err
	}
	since := info.Created.Add(-clockSlack)
	newest, err := l.queries.NewestStreamSeq(ctx, since)
	if err != nil {
		return fmt.Errorf("newest sequence number: %w", err)
	}
	last := int64(info.State.LastSeq)
	if newest > last {
		n, err := l.queries.WaitAgainAfterSeq(ctx, dbsqlc.WaitAgainAfterSeqParams{LastSeq: last, Since: since})
		if err != nil {
			return fmt.Errorf("put lost events back: %w", err)
		}
		l.lost(ctx, n)
	}
	l.last = last
	return l.markStored(ctx, stream, max(newest+1, int64(info.State.FirstSeq)), last)
}

// noteStream remembers which stream this is; another one of the same name starts without the old one's events.
func (l *leader) noteStream(ctx context.Context, info *jetstream.StreamInfo) error {
	created := info.Created.UTC().Truncate(time.Microsecond) // what Postgres keeps
	known, err := l.queries.StreamCreatedAt(ctx, info.Config.Name)
	fresh := errors.Is(err, pgx.ErrNoRows)
	if err != nil && !fresh {
		return fmt.Errorf("which stream was it: %w", err)
	}
	if !fresh && known.Equal(created) {
		return nil
	}
	return pgx.BeginFunc(ctx, l.conn, func(tx pgx.Tx) error {
		queries := dbsqlc.New(tx)
		if !fresh {
			n, err := queries.WaitAgainSince(ctx, l.cfg.Clock().Add(-l.cfg.Stream.MaxAge))
			if err != nil {
				return fmt.Errorf("put lost events back: %w", err)
			}
			l.lost(ctx, n)
		}
		if err := queries.NoteStream(ctx, dbsqlc.NoteStreamParams{Name: info.Config.Name, CreatedAt: created}); err != nil {
			return fmt.Errorf("note the stream: %w", err)
		}
		return nil
	})
}

func (l *leader) lost(ctx context.Context, n int64) {
	if n > 0 {
		l.cfg.Metrics.resent.Add(float64(n))
		l.cfg.Logger.WarnContext(ctx, "the stream has lost events; they are sent again", "events", n, "stream", l.cfg.Stream.Name)
	}
}

// markStored marks the events of the messages from first to last.
func (l *leader) markStored(ctx context.Context, stream jetstream.Stream, first, last int64) error {
	for first <= last {
		var ids []uuid.UUID
		var seqs []int64
		for ; first <= last && len(ids) < l.cfg.Batch; first++ {
			message, err := stream.GetMsg(ctx, uint64(first))
			if errors.Is(err, jetstream.ErrMsgNotFound) {
				continue // it was deleted
			}
			if err != nil {
				return fmt.Errorf("read message %d of the stream: %w", first, err)
			}
			if id, err := uuid.Parse(message.Header.Get(nats.MsgIdHdr)); err == nil {
				ids, seqs = append(ids, id), append(seqs, first)
			}
		}
		if err := l.mark(ctx, ids, seqs); err != nil {
			return err
		}
	}
	return nil
}
