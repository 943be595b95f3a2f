package catalogue

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/stagedoor/stagedoor/origin/postgres/dbsqlc"
	"github.com/stagedoor/stagedoor/search/index"
)

const (
	mostMarks = 10_000 // marks folded at a time
	mostShows = 200    // shows written at a time
)

// fold turns marks into work, and says how many there were.
func (f *Feed) fold(ctx context.Context) (int, error) {
	row, err := dbsqlc.New(f.cfg.DB).FoldMarks(ctx, dbsqlc.FoldMarksParams{
		Most: mostMarks, Now: f.cfg.Now(), RestSeconds: f.cfg.Window.Seconds(),
	})
	if err != nil {
		return 0, fmt.Errorf("fold what was told: %w", err)
	}
	f.cfg.Metrics.changes.Add(float64(row.Changes))
	return int(row.Told), nil
}

// tally is what became of the shows of one writing.
type tally struct{ looked, written, deleted, same, refused int }

// write looks at up to mostShows that are due, and writes or takes out those that differ from what was written before.
// An error leaves all of them due; some may have been written all the same, and will be again.
func (f *Feed) write(ctx context.Context) (tally, error) {
	ctx, cancel := context.WithTimeout(ctx, f.cfg.WriteWithin)
	defer cancel()
	due, err := dbsqlc.New(f.cfg.DB).DueShows(ctx, dbsqlc.DueShowsParams{Now: f.cfg.Now(), Most: mostShows})
	if err != nil || len(due) == 0 {
		return tally{}, wrap("which shows are due", err)
	}
	var w *writing
	err = pgx.BeginFunc(ctx, f.cfg.DB, func(tx pgx.Tx) error {
		w = &writing{Feed: f, q: dbsqlc.New(tx)}
		if err := w.all(ctx, due); err != nil || len(w.sent) == 0 || f.cfg.Written == nil {
			return err
		}
		return f.cfg.Written(ctx, tx, w.sent)
	})
	if err != nil {
		if w != nil && w.sent != nil {
			f.doubt(w.sent) // the locks may have been lost before the index took them in
		}
		return tally{}, err
	}
	f.cfg.Metrics.wrote(w.tally, w.delays)
	return w.tally, nil
}

// writing is the transaction that holds the locks of some shows.
type writing struct {
	*Feed
	q      *dbsqlc.Queries
	sent   []uuid.UUID // what the index was given, or may have been
	tally  tally
	delays []time.Duration // from the first change that a document covers

	kept    dbsqlc.SaveShowsParams
	refused dbsqlc.RefuseShowsParams
}

func (w *writing) all(ctx context.Context, due []uuid.UUID) error {
	locked, err := w.q.LockShows(ctx, due)
	if err != nil || len(locked) == 0 {
		return wrap("lock shows", err)
	}
	now := w.cfg.Now()
	claimed, err := w.q.ClaimedShows(ctx, dbsqlc.ClaimedShowsParams{Ids: locked, Now: now})
	if err != nil || len(claimed) == 0 {
		return wrap("claim shows", err)
	}
	w.tally.looked = len(claimed)
	shows, counts, err := read(ctx, w.q, pluck(claimed, func(c dbsqlc.ClaimedShowsRow) uuid.UUID { return c.ProductionID }), now, false)
	if err != nil {
		return err
	}
	var changed []index.Show
	var gone []string
	byID := make(map[string]int, len(claimed))
	digests := make([]string, len(claimed))
	for i, c := range claimed {
		byID[c.ProductionID.String()] = i
		document, belongs := shows[c.ProductionID].document(w.cfg.Domain)
		if belongs {
			digests[i], document.Version = digest(document), c.NextVersion
		}
		switch same := digests[i] == c.Digest && digests[i] != unknown; {
		case same:
			w.tally.same++
		case belongs:
			changed = append(changed, document)
			w.sent = append(w.sent, c.ProductionID)
		default:
			gone = append(gone, c.ProductionID.String())
			w.sent = append(w.sent, c.ProductionID)
		}
	}
	failed, err := w.send(ctx, changed, gone)
	if err != nil {
		return err
	}
	for _, line := range failed {
		w.refuse(ctx, claimed[byID[line.ID]], line.Err, now)
	}
	w.tally.written, w.tally.deleted, w.tally.refused = len(changed)-len(failed), len(gone), len(failed)
	for i, c := range claimed {
		if !w.isRefused(c.ProductionID) {
			w.keep(c, digests[i], next(shows[c.ProductionID]))
		}
	}
	if err := counts.save(ctx, w.q); err != nil {
		return err
	}
	w.kept.Now, w.kept.Rested, w.refused.Now = now, now.Add(w.cfg.Window), now
	if err := w.q.SaveShows(ctx, w.kept); err != nil {
		return wrap("note what was written", err)
	}
	return wrap("note what was refused", w.q.RefuseShows(ctx, w.refused))
}

// send gives the index what changed and takes out what is gone. One show that spoils a whole import is found by sending
// them one at a time.
func (w *writing) send(ctx context.Context, changed []index.Show, gone []string) (failed []index.LineError, err error) {
	if len(gone) > 0 {
		if _, err := w.cfg.Index.Delete(ctx, gone...); err != nil {
			return nil, err
		}
	}
	if len(changed) == 0 {
		return nil, nil
	}
	report, err := w.cfg.Index.Upsert(ctx, changed)
	w.shadow(ctx, report.Shadow)
	if err == nil {
		return report.Failed, nil
	}
	if errors.Is(err, index.ErrUnavailable) || errors.Is(err, index.ErrNoIndex) || ctx.Err() != nil {
		return nil, err
	}
	for _, one := range changed {
		report, err := w.cfg.Index.Upsert(ctx, []index.Show{one})
		if errors.Is(err, index.ErrUnavailable) || errors.Is(err, index.ErrNoIndex) || ctx.Err() != nil {
			return nil, err
		}
		w.shadow(ctx, report.Shadow)
		if err != nil {
			failed = append(failed, index.LineError{ID: one.ID, Err: err.Error()})
		}
		failed = append(failed, report.Failed...)
	}
	return failed, nil
}

// shadow says which shows a collection refused that is not searched now. Nothing that people see is wrong.
func (w *writing) shadow(ctx context.Context, refused []index.LineError) {
	if len(refused) == 0 {
		return
	}
	w.cfg.Metrics.missed.Add(float64(len(refused)))
	w.cfg.Logger.WarnContext(ctx, "an index that is not searched now refused shows: see `stagedoor search status` before going back to it",
		"shows", len(refused), "first", refused[0].ID, "reason", refused[0].Err)
}

func (w *writing) keep(c dbsqlc.ClaimedShowsRow, digest string, next time.Time) {
	version := c.Version
	if digest != c.Digest || digest == unknown {
		version = c.NextVersion
	}
	k := &w.kept
	k.Ids, k.Seen, k.Versions = append(k.Ids, c.ProductionID), append(k.Seen, c.Changes), append(k.Versions, version)
	k.Digests, k.NextAt = append(k.Digests, digest), append(k.NextAt, next)
	if c.DirtySince != nil {
		w.delays = append(w.delays, time.Since(*c.DirtySince))
	}
}

// Refused shows are tried again after longer and longer, and at once when something is told of them.
const (
	firstRefusal = 5 * time.Second
	lastRefusal  = 10 * time.Minute
)

func (w *writing) refuse(ctx context.Context, c dbsqlc.ClaimedShowsRow, why string, now time.Time) {
	attempts := c.Attempts + 1
	pause := min(firstRefusal<<min(attempts-1, 10), lastRefusal)
	w.cfg.Logger.ErrorContext(ctx, "search refused a show", "show", c.ProductionID, "reason", why, "attempts", attempts, "next_try_in", pause)
	r := &w.refused
	r.Ids, r.Attempts, r.Reasons = append(r.Ids, c.ProductionID), append(r.Attempts, attempts), append(r.Reasons, storable(why))
	r.DueAt = append(r.DueAt, now.Add(pause))
}

func (w *writing) isRefused(id uuid.UUID) bool {
	for _, one := range w.refused.Ids {
		if one == id {
			return true
		}
	}
	return false
}

// next is when a show's document changes although nothing happens: its next performance is over. The epoch is never.
func next(m material) time.Time {
	if len(m.performances) == 0 {
		return time.Unix(0, 0)
	}
	return m.performances[0].StartsAt.Add(time.Millisecond)
}

func wrap(doing string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%s: %w", doing, err)
}
