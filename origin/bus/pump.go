package bus

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/stagedoor/stagedoor/origin/postgres/dbsqlc"
)

// drain relays until nothing waits.
func (l *leader) drain(ctx context.Context) error {
	for {
		if err := Ready(l.cfg.NATS); err != nil {
			return err
		}
		if now := l.cfg.NATS.Stats().Reconnects; !l.agreed || now != l.reconnects {
			if err := l.reconcile(ctx); err != nil {
				return err
			}
			if err := l.survey(ctx); err != nil {
				return err
			}
			l.agreed, l.reconnects = true, now
		}
		marks := l.startMarking(ctx)
		more, err := l.pump(ctx, marks)
		if err = errors.Join(marks.finish(), err); err != nil || !more {
			return err
		}
		if err := l.count(ctx); err != nil {
			return err
		}
	}
}

// pumped is how many batches go before the gauges are looked after.
const pumped = 64

// pump relays batch after batch. While the stream answers for one, the next is read and sent and the one before is
// marked, each on a connection of its own: none of the three waits for the others. It returns false when no more
// waited than it could take.
func (l *leader) pump(ctx context.Context, marks *marking) (more bool, err error) {
	var (
		aloft    *flight // sent and not answered
		previous string
	)
	more = true
	for range pumped {
		rows, readErr := l.look(ctx)
		next, sendErr := l.launch(ctx, rows, previous)
		stored, landErr := l.land(ctx, aloft, marks, false)
		if aloft = next; next != nil {
			previous = next.id
		}
		if stored > 0 {
			l.wait.reset() // some got through
		}
		if err = errors.Join(readErr, landErr, sendErr); err != nil {
			break
		}
		if more = len(rows) == l.cfg.Batch; !more || l.cfg.NATS.Stats().Reconnects != l.reconnects {
			break
		}
	}
	stored, landErr := l.land(ctx, aloft, marks, err != nil)
	if stored > 0 {
		l.wait.reset()
	}
	return more, errors.Join(err, landErr)
}

// survey finds out what there is to look for: all above the floor that is not marked.
func (l *leader) survey(ctx context.Context) error {
	floor, err := l.queries.OutboxFloor(ctx)
	if err != nil {
		return fmt.Errorf("where to begin in the outbox: %w", err)
	}
	rows, err := l.queries.RelayedSpans(ctx, floor)
	if err != nil {
		return fmt.Errorf("what was relayed already: %w", err)
	}
	relayed := make([]span, len(rows))
	for i, row := range rows {
		relayed[i] = span{row.First, row.Last}
	}
	l.unseen = unseenAbove(floor, relayed)
	return nil
}

// look reads the next events that were not seen before. They must all be sent, or surveyed again.
func (l *leader) look(ctx context.Context) ([]dbsqlc.Outbox, error) {
	var rows []dbsqlc.Outbox
	var err error
	outbox, batch := dbsqlc.New(l.reader), int32(l.cfg.Batch)
	if firsts, lasts := l.unseen.bounds(); len(firsts) == 1 {
		rows, err = outbox.WaitingOutboxFrom(ctx, dbsqlc.WaitingOutboxFromParams{First: firsts[0], Batch: batch})
	} else {
		rows, err = outbox.WaitingOutbox(ctx, dbsqlc.WaitingOutboxParams{Firsts: firsts, Lasts: lasts, Batch: batch})
	}
	if err != nil {
		return nil, fmt.Errorf("read the outbox: %w", err)
	}
	ids := make([]int64, len(rows))
	for i, row := range rows {
		ids[i] = row.ID
	}
	l.unseen.saw(ids, len(rows) < l.cfg.Batch)
	return rows, nil
}

// settle finds out, when all that was seen is marked, whether what was passed over may still come, and keeps the number up
// to which nothing will.
func (l *leader) settle(ctx context.Context) error {
	rows, err := l.conn.Query(ctx, writersOfOutbox)
	if err != nil {
		return fmt.Errorf("who writes to the outbox: %w", err)
	}
	writers, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		return fmt.Errorf("who writes to the outbox: %w", err)
	}
	l.unseen.wrote(writers)
	if err := l.queries.RaiseOutboxFloor(ctx, l.unseen.floor()); err != nil {
		return fmt.Errorf("note where to begin in the outbox: %w", err)
	}
	return nil
}

// writersOfOutbox are the transactions, prepared ones as well, that may add events or have done so and are not at their
// end: each keeps the lock that an insert takes before anything else.
const writersOfOutbox = `select distinct virtualtransaction from pg_locks
	where locktype = 'relation' and relation = 'outbox'::regclass and mode = 'RowExclusiveLock'
	and database = (select oid from pg_database where datname = current_database())`

// batch is what the stream has stored: our numbers and, side by side, its own.
type batch struct{ ids, seqs []int64 }

// marking writes down what the stream has, on the connection that holds the lock, while more is on its way.
type marking struct {
	work chan batch
	done chan error
}

// startMarking goes on when the process is told to leave: what is known to be stored need not be found out again.
func (l *leader) startMarking(ctx context.Context) *marking {
	ctx = context.WithoutCancel(ctx)
	m := &marking{work: make(chan batch, 1), done: make(chan error, 1)}
	go func() {
		var failure error
		for b := range m.work {
			if failure == nil && len(b.ids) > 0 {
				failure = l.markSent(ctx, b)
			}
		}
		m.done <- failure
	}()
	return m
}

// add waits while the batch before the last is still being marked.
func (m *marking) add(b batch) { m.work <- b }

// finish waits until all is marked.
func (m *marking) finish() error {
	close(m.work)
	return <-m.done
}

func (l *leader) markSent(ctx context.Context, b batch) error {
	ctx, cancel := context.WithTimeout(ctx, l.cfg.AckWait)
	defer cancel()
	n, err := l.queries.MarkSent(ctx, dbsqlc.MarkSentParams{Ids: b.ids, Seqs: b.seqs})
	if err != nil {
		return fmt.Errorf("mark as relayed: %w", err)
	}
	l.cfg.Metrics.relayed.Add(float64(n))
	return nil
}
