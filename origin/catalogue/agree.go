package catalogue

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"

	"github.com/stagedoor/stagedoor/origin/postgres/dbsqlc"
	"github.com/stagedoor/stagedoor/search/index"
)

// kept is how long the counts of a performance that is over are kept.
const kept = 7 * 24 * time.Hour

// settle is what Run does from time to time besides its work. Shows without a row of their own, which were there before
// anything was told of them, get one when a process starts.
func (f *Feed) settle(ctx context.Context, first bool) error {
	if first {
		if err := dbsqlc.New(f.cfg.DB).AdoptShows(ctx, f.cfg.Now()); err != nil {
			return fmt.Errorf("find shows that nobody told of: %w", err)
		}
	} else if _, err := dbsqlc.New(f.cfg.DB).ForgetPerformances(ctx, f.cfg.Now().Add(-kept)); err != nil {
		return fmt.Errorf("forget what is over: %w", err)
	}
	_, err := f.Agree(ctx)
	if errors.Is(err, index.ErrNoIndex) {
		return f.beginAnew(ctx)
	}
	return err
}

// Agree compares the index with what was written to it. Whatever it lacks, holds in an older version or should not hold
// is put in doubt, which makes Run write it; how many shows that were is returned.
func (f *Feed) Agree(ctx context.Context) (int, error) {
	q := dbsqlc.New(f.cfg.DB)
	rows, err := q.WrittenShows(ctx) // before the index is asked: it may only be ahead of this
	if err != nil {
		return 0, fmt.Errorf("what was written: %w", err)
	}
	held, err := f.cfg.Index.Versions(ctx)
	if err != nil {
		return 0, err
	}
	var wrong []uuid.UUID
	for _, row := range rows {
		id := row.ProductionID.String()
		if version, found := held[id]; !found || version < row.Version {
			wrong = append(wrong, row.ProductionID)
		}
		delete(held, id)
	}
	var strangers []string
	for name := range held { // nobody wrote these, or somebody did just now: that is found out by writing them
		if id, err := uuid.Parse(name); err == nil {
			wrong = append(wrong, id)
		} else {
			strangers = append(strangers, name)
		}
	}
	if len(strangers) > 0 {
		if _, err := f.cfg.Index.Delete(ctx, strangers...); err != nil {
			return 0, err
		}
	}
	if len(wrong) > 0 {
		f.cfg.Logger.WarnContext(ctx, "the search index differs from what was written to it; the shows are written anew", "shows", len(wrong))
		f.cfg.Metrics.mended.Add(float64(len(wrong)))
		if err := q.DoubtShows(ctx, dbsqlc.DoubtShowsParams{Ids: wrong, Now: f.cfg.Now()}); err != nil {
			return 0, fmt.Errorf("put shows in doubt: %w", err)
		}
	}
	return len(wrong) + len(strangers), nil
}
