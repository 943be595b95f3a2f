package bus

import (
	"context"
	"errors"
	"fmt"

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
	waiting := dbsqlc.New(l.reader)
	var (
		aloft    []flight // sent and not answered
		above    int64    // what was sent is not read again, though it is not marked yet
		previous string
	)
	more = true
	for range pumped {
		rows, readErr := waiting.WaitingOutbox(ctx, dbsqlc.WaitingOutboxParams{Above: above, Batch: int32(l.cfg.Batch)})
		if readErr != nil {
			readErr = fmt.Errorf("read the outbox: %w", readErr)
		}
		next, sendErr := l.launch(ctx, rows, previous)
		stored, landErr := l.land(ctx, aloft, marks, false)
		if aloft = next; len(next) > 0 {
			above, previous = next[len(next)-1].row.ID, next[len(next)-1].id
		}
		if stored > 0 {
			l.wait.reset() // some got through
		}
		if err = errors.Join(readErr, landErr, sendErr); err != nil {
			break
		}
		// Late committers below what was sent are found at the next look, as are those who came meanwhile.
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
