package intake

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/stagedoor/stagedoor/origin/cms"
	"github.com/stagedoor/stagedoor/origin/cms/wire"
	"github.com/stagedoor/stagedoor/origin/postgres/dbsqlc"
)

// look is how often a process looks whether a sweep is due: another one may have asked for it.
const look = 5 * time.Second

// sweep asks a system what changed, at once and from then on every SweepEvery.
func (n *Intake) sweep(ctx context.Context, system System) {
	source := string(system.Source())
	begun := false
	for ctx.Err() == nil {
		var more bool
		var err error
		if !begun {
			err = n.SweepSoon(ctx, system)
			begun = err == nil
		}
		if err == nil {
			more, err = n.sweepPage(ctx, system)
		}
		if err != nil && ctx.Err() == nil {
			n.cfg.Metrics.sweepFails.WithLabelValues(source).Inc()
			n.cfg.Logger.WarnContext(ctx, "the sweep of a content system goes on later", "source", source, "error", err)
		}
		if !more && !rest(ctx, look, nil) {
			return
		}
	}
}

// SweepSoon has the system swept as soon as a process looks.
func (n *Intake) SweepSoon(ctx context.Context, system System) error {
	err := n.queries().BeginSweep(ctx, dbsqlc.BeginSweepParams{Source: string(system.Source()), Now: n.now()})
	if err != nil {
		return fmt.Errorf("begin a sweep: %w", err)
	}
	return nil
}

// sweepPage asks for one page and stores what is new in it together with the place it has come to, so that whoever goes
// on begins there. more: the next page may be asked for at once.
func (n *Intake) sweepPage(ctx context.Context, system System) (more bool, err error) {
	source := string(system.Source())
	var failure error
	err = pgx.BeginFunc(ctx, n.cfg.DB, func(tx pgx.Tx) error {
		q := dbsqlc.New(tx)
		row, err := q.TakeSweep(ctx, dbsqlc.TakeSweepParams{Source: source, Now: n.now()})
		if errors.Is(err, pgx.ErrNoRows) {
			return nil // not due, or another process is at it
		}
		if err != nil {
			return fmt.Errorf("take the sweep: %w", err)
		}
		page, err := system.API().Changes(ctx, row.Cursor)
		if err != nil {
			failure = err
			return n.failSweep(ctx, q, row, err)
		}
		more = page.More
		return n.takePage(ctx, q, system, row, page)
	})
	if err == nil {
		n.rouse(string(system.Source()))
		err = failure
	}
	return more && err == nil, err
}

// failSweep has the page asked for again later; from the beginning where its place is not known any more.
func (n *Intake) failSweep(ctx context.Context, q *dbsqlc.Queries, row dbsqlc.CmsSweep, failure error) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	pause := min(time.Second<<min(row.Failures, 10), longestPause)
	var busy *wire.BusyError
	if errors.As(failure, &busy) {
		pause = max(pause, busy.After)
	}
	cursor := row.Cursor
	if errors.Is(failure, wire.ErrCursor) {
		cursor, pause = "", time.Second
	}
	return q.FailSweep(ctx, dbsqlc.FailSweepParams{Source: row.Source, Cursor: cursor, Reason: storable(failure.Error()), NextAt: n.now().Add(pause)})
}

func (n *Intake) takePage(ctx context.Context, q *dbsqlc.Queries, system System, row dbsqlc.CmsSweep, page wire.Page) error {
	now := n.now()
	save := dbsqlc.SaveSweepParams{
		Source: row.Source, Cursor: page.Cursor, Pass: row.Pass, Complete: page.Complete, Seen: row.Seen, Total: int64(page.Total),
		Running: page.More, NextAt: now, StartedAt: row.StartedAt, FinishedAt: row.FinishedAt,
	}
	if !row.Running || row.Cursor == "" || row.StartedAt == nil {
		save.Pass, save.Seen, save.StartedAt = row.Pass+1, 0, &now
	}
	for _, item := range page.Items {
		if err := n.takeItem(ctx, q, system, save.Pass, item); err != nil {
			return err
		}
	}
	save.Seen += int64(len(page.Items))
	n.cfg.Metrics.swept.WithLabelValues(row.Source).Add(float64(len(page.Items)))
	if page.More {
		progress := -1.0
		if page.Total > 0 {
			progress = min(float64(save.Seen)/float64(page.Total), 1)
		}
		n.cfg.Metrics.progress.WithLabelValues(row.Source).Set(progress)
		return q.SaveSweep(ctx, save)
	}
	if page.Complete {
		if err := n.askForUnseen(ctx, q, system, save.Pass); err != nil {
			return err
		}
	}
	save.FinishedAt, save.NextAt = &now, now.Add(n.cfg.SweepEvery)
	n.cfg.Metrics.progress.WithLabelValues(row.Source).Set(1)
	n.cfg.Metrics.finished.WithLabelValues(row.Source).Set(float64(now.Unix()))
	n.cfg.Logger.DebugContext(ctx, "content system swept", "source", row.Source, "items", save.Seen)
	return q.SaveSweep(ctx, save)
}

// takeItem stores what a sweep was told, unless it was applied already.
func (n *Intake) takeItem(ctx context.Context, q *dbsqlc.Queries, system System, pass int64, item wire.Envelope) error {
	source := string(system.Source())
	m, err := system.Read(item)
	if err != nil { // of which entry cannot be told, perhaps: there is nothing to store it under
		n.cfg.Metrics.sweepFails.WithLabelValues(source).Inc()
		n.cfg.Logger.WarnContext(ctx, "a sweep was told something that cannot be read", "source", source, "entry", m.EntryID, "error", err)
		return nil
	}
	if m.Nothing != "" {
		return nil
	}
	head, err := q.CmsHead(ctx, dbsqlc.CmsHeadParams{Source: source, EntryID: m.EntryID})
	if err != nil && !errors.Is(err, pgx.ErrNoRows) {
		return fmt.Errorf("look up entry %s: %w", m.EntryID, err)
	}
	known := err == nil && !m.Stamp.After(stampOf(&head))
	switch {
	case known && head.Gone && m.Action == cms.Publish:
		err = n.storeAsk(ctx, q, system, pass, m.EntryID)
	case known:
		err = nil
	default:
		_, err = n.store(ctx, q, system, waySweep, item, m)
	}
	if err != nil {
		return err
	}
	if err := q.SeeHead(ctx, dbsqlc.SeeHeadParams{Source: source, EntryID: m.EntryID, Pass: pass}); err != nil {
		return fmt.Errorf("note that entry %s was listed: %w", m.EntryID, err)
	}
	if err := q.SeeOpen(ctx, dbsqlc.SeeOpenParams{Source: source, EntryID: m.EntryID, Pass: pass}); err != nil {
		return fmt.Errorf("note that entry %s was listed: %w", m.EntryID, err)
	}
	return nil
}

// askForUnseen has the system asked about what it did not list: it may be gone, or have moved while pages were read.
// That goes for what is not applied yet, too: its end may have been before this pass, and lost.
func (n *Intake) askForUnseen(ctx context.Context, q *dbsqlc.Queries, system System, pass int64) error {
	unseen, err := q.Unseen(ctx, dbsqlc.UnseenParams{Source: string(system.Source()), Pass: pass})
	if err != nil {
		return fmt.Errorf("look for what was not listed: %w", err)
	}
	for _, entryID := range unseen {
		if err := n.storeAsk(ctx, q, system, pass, entryID); err != nil {
			return err
		}
	}
	return nil
}

func (n *Intake) storeAsk(ctx context.Context, q *dbsqlc.Queries, system System, pass int64, entryID string) error {
	item := system.Ask(entryID)
	m, err := system.Read(item)
	if err != nil {
		return fmt.Errorf("ask about entry %s: %w", entryID, err)
	}
	m.Dedup = fmt.Sprintf("ask:%s:%d", entryID, pass)
	_, err = n.store(ctx, q, system, waySweep, item, m)
	return err
}
