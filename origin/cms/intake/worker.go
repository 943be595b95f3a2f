package intake

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/stagedoor/stagedoor/origin/cms"
	"github.com/stagedoor/stagedoor/origin/cms/wire"
	"github.com/stagedoor/stagedoor/origin/postgres/dbsqlc"
)

const (
	// handful is how many open deliveries a worker looks at at a time: those of entries that others work on are passed over.
	handful = 32
	// mostAttempts is how often something unforeseen is tried, for some forty minutes, before a person is asked.
	mostAttempts = 14
	// longestPause is the most between two attempts, and lookAgain how long something waits for another entry before it
	// is tried all the same.
	longestPause = 5 * time.Minute
	lookAgain    = time.Hour
	// nearby is how far the clocks of two processes may differ.
	nearby = 5 * time.Second
)

// work acts upon a source's deliveries until ctx ends.
func (n *Intake) work(ctx context.Context, source string) {
	pause := n.cfg.Poll
	for {
		acted, err := n.drain(ctx, source)
		switch {
		case ctx.Err() != nil:
			return
		case err != nil:
			n.cfg.Logger.WarnContext(ctx, "content deliveries wait", "error", err, "next_try_in", pause)
			pause = min(2*pause, 5*time.Second)
		case acted > 0:
			pause = n.cfg.Poll
			continue
		default:
			pause = n.cfg.Poll
		}
		if !rest(ctx, pause, n.wake[source]) {
			return
		}
	}
}

// drain acts upon a handful of what is due of some sources and returns how much of it was its own to act upon.
func (n *Intake) drain(ctx context.Context, sources ...string) (acted int, err error) {
	open, err := n.queries().OpenDeliveries(ctx, dbsqlc.OpenDeliveriesParams{Now: n.now(), Sources: sources, Most: handful})
	if err != nil {
		return 0, fmt.Errorf("look for deliveries: %w", err)
	}
	for i, row := range open {
		mine, err := n.one(ctx, row)
		if err != nil {
			return acted, err
		}
		if !mine {
			continue // rousing others for what somebody has in hand would have them run in circles
		}
		if acted++; acted == 1 && i+1 < len(open) {
			n.rouse(row.Source) // there is enough for another
		}
	}
	return acted, nil
}

func lockName(source, entryID string) string { return source + " " + entryID }

// one acts upon one delivery, unless somebody else works on its entry. The error says that nothing could be written
// down; whatever is wrong with the delivery itself is written down beside it.
func (n *Intake) one(ctx context.Context, open dbsqlc.OpenDeliveriesRow) (mine bool, err error) {
	began := n.now()
	var waits *WaitingError
	var failure error
	err = pgx.BeginFunc(ctx, n.cfg.DB, func(tx pgx.Tx) error {
		q := dbsqlc.New(tx)
		if mine, err = q.TryLockEntry(ctx, lockName(open.Source, open.EntryID)); err != nil || !mine {
			return err
		}
		d, err := q.TakeDelivery(ctx, dbsqlc.TakeDeliveryParams{ID: open.ID, Now: began})
		if errors.Is(err, pgx.ErrNoRows) {
			mine = false
			return nil
		}
		if err != nil {
			return err
		}
		j := job{Intake: n, tx: tx, q: q, delivery: d, system: n.systems[cms.Source(d.Source)]}
		err = j.do(ctx)
		if errors.As(err, &waits) {
			return err // roll back, and note it below
		}
		var broken *writeError
		if err != nil && !errors.As(err, &broken) {
			failure = err
		}
		return err
	})
	switch {
	case waits != nil:
		return mine, n.wait(ctx, open, waits.Ref.ID, waits.Error(), began)
	case failure != nil && ctx.Err() == nil:
		return mine, n.delay(ctx, open.ID, failure)
	case err != nil:
		return mine, fmt.Errorf("delivery %d: %w", open.ID, err)
	}
	if mine {
		n.step("committed")
		n.cfg.Applied()
	}
	return mine, nil
}

// writeError says that what came of a delivery could not be written down.
type writeError struct{ error }

func (e *writeError) Unwrap() error { return e.error }

// delay has a delivery tried again later, or by a person when it failed too often.
func (n *Intake) delay(ctx context.Context, id int64, failure error) error {
	q := n.queries()
	d, err := q.OneDelivery(ctx, id)
	if err != nil {
		return fmt.Errorf("note a failure: %w", err)
	}
	n.cfg.Metrics.outcomes.WithLabelValues(d.Source, "failed").Inc()
	pause := min(time.Second<<min(d.Attempts, 10), longestPause)
	var busy *wire.BusyError
	if errors.As(failure, &busy) {
		pause = max(pause, busy.After)
	}
	var asking *askError
	if d.Attempts+1 >= mostAttempts && !errors.As(failure, &asking) { // a system that is away for a day is no case for a person
		n.cfg.Logger.ErrorContext(ctx, "content delivery parked", "delivery", id, "source", d.Source, "entry", d.EntryID, "error", failure)
		return q.ParkDelivery(ctx, dbsqlc.ParkDeliveryParams{ID: id, Now: n.now(), Reason: storable(failure.Error()), Faults: []byte("[]")})
	}
	n.cfg.Logger.WarnContext(ctx, "content delivery failed", "delivery", id, "source", d.Source, "entry", d.EntryID, "error", failure, "next_try_in", pause)
	return q.DelayDelivery(ctx, dbsqlc.DelayDeliveryParams{ID: id, Reason: storable(failure.Error()), NextAt: n.now().Add(pause)})
}

// wait puts a delivery aside until the entry it refers to is applied. That entry may have been applied since the attempt
// began: its lock is taken to find out, so that it is either seen here or sees what waits.
func (n *Intake) wait(ctx context.Context, open dbsqlc.OpenDeliveriesRow, ref, why string, began time.Time) error {
	n.cfg.Metrics.outcomes.WithLabelValues(open.Source, "waiting").Inc()
	return pgx.BeginFunc(ctx, n.cfg.DB, func(tx pgx.Tx) error {
		q := dbsqlc.New(tx)
		if err := q.LockEntry(ctx, lockName(open.Source, ref)); err != nil {
			return err
		}
		head, err := q.CmsHead(ctx, dbsqlc.CmsHeadParams{Source: open.Source, EntryID: ref})
		if err != nil && !errors.Is(err, pgx.ErrNoRows) {
			return err
		}
		if err == nil && !head.Gone && head.AppliedAt.After(began.Add(-nearby)) {
			return q.DelayDelivery(ctx, dbsqlc.DelayDeliveryParams{ID: open.ID, Reason: storable(why), NextAt: n.now()})
		}
		return q.KeepWaiting(ctx, dbsqlc.KeepWaitingParams{ID: open.ID, WaitsFor: storable(ref), Reason: storable(why), NextAt: n.now().Add(lookAgain)})
	})
}

// park sets a delivery aside for a person. Older ones of its entry need nobody's look any more.
func (j *job) park(ctx context.Context, change cms.Change, why string, faults []Fault) error {
	faults = append([]Fault{}, faults...)
	for i, f := range faults { // jsonb keeps no NUL
		faults[i] = Fault{Field: storable(f.Field), Locale: storable(f.Locale), Why: storable(f.Why)}
	}
	named, err := json.Marshal(faults)
	if err != nil {
		return fmt.Errorf("faults: %w", err)
	}
	d, now := j.delivery, j.now()
	j.cfg.Metrics.outcomes.WithLabelValues(d.Source, "parked").Inc()
	j.cfg.Logger.WarnContext(ctx, "content delivery parked", "delivery", d.ID, "source", d.Source, "entry", d.EntryID, "kind", change.Kind, "reason", why)
	parked := dbsqlc.ParkDeliveryParams{ID: d.ID, Now: now, Reason: storable(why), Faults: named, Kind: string(change.Kind)}
	older := dbsqlc.SupersedeParkedParams{Source: d.Source, EntryID: d.EntryID, ID: d.ID, Now: now, ReceivedAt: d.ReceivedAt}
	if !change.Stamp.At.IsZero() {
		parked.StampAt, parked.StampRevision = &change.Stamp.At, change.Stamp.Revision
		older.StampAt, older.StampRevision = parked.StampAt, parked.StampRevision
	}
	if _, err := j.q.SupersedeParked(ctx, older); err != nil {
		return written(err)
	}
	return written(j.q.ParkDelivery(ctx, parked))
}

func written(err error) error {
	if err != nil {
		return &writeError{err}
	}
	return nil
}
