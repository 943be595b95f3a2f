package catalogue

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/google/uuid"

	"github.com/stagedoor/stagedoor/origin/postgres/dbsqlc"
	"github.com/stagedoor/stagedoor/search/index"
)

// Run keeps the index up to date until ctx ends. Postgres or the index being away is waited out: work gathers, at most
// one piece a show, and is done in batches, one after the other, when they are back.
func (f *Feed) Run(ctx context.Context) {
	var pause time.Duration // after a failure
	var agreeAt, countAt time.Time
	for ctx.Err() == nil {
		busy, err := f.turn(ctx)
		if now := time.Now(); err == nil && now.After(agreeAt) {
			err = f.settle(ctx, agreeAt.IsZero())
			agreeAt = now.Add(f.cfg.AgreeEvery/2 + rand.N(f.cfg.AgreeEvery))
		}
		if now := time.Now(); now.After(countAt) {
			f.observe(ctx)
			countAt = now.Add(time.Second)
		}
		rest := f.cfg.Poll
		switch {
		case err != nil && ctx.Err() == nil:
			pause = min(max(2*pause, 250*time.Millisecond), 15*time.Second)
			rest = pause/2 + rand.N(pause)
			f.cfg.Logger.WarnContext(ctx, "the search index is not up to date", "error", err, "next_try_in", rest)
			f.cfg.Metrics.failures.Inc()
			// What timed out may still be taken in, after what is written next.
			agreeAt = time.Now().Add(max(rest, f.cfg.WriteWithin))
		case busy:
			pause, rest = 0, 0
		default:
			pause = 0
		}
		select {
		case <-ctx.Done():
		case <-time.After(rest):
		}
	}
}

// turn does what there is to do just now. busy says that there is more.
func (f *Feed) turn(ctx context.Context) (busy bool, err error) {
	if err := f.confess(ctx); err != nil {
		return false, err
	}
	told, err := f.fold(ctx)
	if err != nil {
		return false, err
	}
	done, err := f.write(ctx)
	if errors.Is(err, index.ErrNoIndex) {
		if err := f.beginAnew(ctx); err != nil {
			return false, err
		}
		if f.setAnew(true) { // an error, so that Run tries again after longer and longer
			return false, fmt.Errorf("the index was made before, and is still not there to be written: %w", index.ErrNoIndex)
		}
		return false, nil
	}
	if done.looked > 0 && err == nil {
		f.setAnew(false)
	}
	return told == mostMarks || done.looked == mostShows, err
}

// beginAnew makes an index where there is none; everything is to be written to it.
func (f *Feed) beginAnew(ctx context.Context) error {
	name, err := f.cfg.Index.Ensure(ctx)
	if err != nil {
		return fmt.Errorf("make an index: %w", err)
	}
	f.cfg.Logger.WarnContext(ctx, "there was no search index: every show is written to a new one", "collection", name)
	if err := dbsqlc.New(f.cfg.DB).DoubtEverything(ctx, f.cfg.Now()); err != nil {
		return fmt.Errorf("put every show in doubt: %w", err)
	}
	return nil
}

// setAnew notes whether an index was made that nothing has been written to, and returns what was noted before.
func (f *Feed) setAnew(now bool) (before bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	before, f.anew = f.anew, now
	return before
}

// doubt remembers shows that may stand in the index otherwise than Postgres notes.
func (f *Feed) doubt(ids []uuid.UUID) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, id := range ids {
		f.doubted[id] = true
	}
}

// confess tells Postgres of them, so that they are written anew, by whoever comes first.
func (f *Feed) confess(ctx context.Context) error {
	f.mu.Lock()
	ids := slices.Collect(maps.Keys(f.doubted))
	f.mu.Unlock()
	if len(ids) == 0 {
		return nil
	}
	if err := dbsqlc.New(f.cfg.DB).DoubtShows(ctx, dbsqlc.DoubtShowsParams{Ids: ids, Now: f.cfg.Now()}); err != nil {
		return fmt.Errorf("put shows in doubt: %w", err)
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, id := range ids {
		delete(f.doubted, id)
	}
	return nil
}

// observe refreshes the gauges.
func (f *Feed) observe(ctx context.Context) {
	state, err := dbsqlc.New(f.cfg.DB).CatalogueState(ctx, f.cfg.Now())
	if err != nil {
		return // Run's own work fails as well, and says so
	}
	f.cfg.Metrics.waiting.Set(float64(state.Waiting))
	f.cfg.Metrics.oldest.Set(max(state.OldestSeconds, 0))
	f.cfg.Metrics.refused.Set(float64(state.Refused))
	f.cfg.Metrics.shows.Set(float64(state.Written))
}

// Fill writes every show that has something to come, making the index if there is none, and returns how many shows the
// index then holds and how many it refuses. It may be repeated at any time, also while Run runs anywhere.
func (f *Feed) Fill(ctx context.Context) (written, refused int, err error) {
	if _, err := f.cfg.Index.Ensure(ctx); err != nil {
		return 0, 0, fmt.Errorf("catalogue: %w", err)
	}
	q := dbsqlc.New(f.cfg.DB)
	if err := q.DoubtEverything(ctx, f.cfg.Now()); err != nil {
		return 0, 0, fmt.Errorf("catalogue: put every show in doubt: %w", err)
	}
	for {
		done, err := f.write(ctx)
		if err != nil {
			return 0, 0, fmt.Errorf("catalogue: %w", err)
		}
		state, err := q.CatalogueState(ctx, f.cfg.Now())
		if err != nil {
			return 0, 0, fmt.Errorf("catalogue: %w", err)
		}
		if state.Due == 0 && done.looked == 0 {
			return int(state.Written), int(state.Refused), nil
		}
		if done.looked == 0 { // another process has them
			select {
			case <-ctx.Done():
				return 0, 0, ctx.Err()
			case <-time.After(f.cfg.Poll):
			}
		}
	}
}
