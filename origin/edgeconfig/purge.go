package edgeconfig

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/stagedoor/stagedoor/edge/site"
	"github.com/stagedoor/stagedoor/origin/postgres/dbsqlc"
)

// Zone is a cache that can be told to drop what has tags, everywhere and at once: Cloudflare's, of a zone.
type Zone interface {
	PurgeTags(ctx context.Context, tags []string) error
}

// Caches keep what the edge shares true to the catalogue. The database notes what changes (cache_changes, by triggers);
// a round takes that in, counts it as purged in the Site documents, and has those published. Several processes may do
// this; they share the work.
type Caches struct {
	DB *pgxpool.Pool
	// Publish brings the edge up to date.
	Publish func(ctx context.Context) error
	// Notify is Editor.Notify.
	Notify func(ctx context.Context, tx pgx.Tx, brandID string) error
	// Zone, when there is one, is told as well: it drops what is kept where the new documents have not arrived.
	Zone   Zone
	Now    func() time.Time
	Logger *slog.Logger
	// Patience is how long what is not urgent waits for more of its kind; 0: 10 s.
	Patience time.Duration
	// Look is how often changes are looked for; 0: 1 s.
	Look time.Duration
}

const cacheLock = 0x5d00cac4e

// Run takes changes in until ctx ends.
func (c *Caches) Run(ctx context.Context) error {
	look := c.Look
	if look == 0 {
		look = time.Second
	}
	tick := time.NewTicker(look)
	defer tick.Stop()
	for {
		if _, err := c.Round(ctx); err != nil && ctx.Err() == nil {
			c.Logger.WarnContext(ctx, "edge caches don't hear of changes", "error", err)
		}
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
	}
}

// Round takes in what is due, and says how many tags were purged. If what it counted can't be published, whoever
// publishes next does: Notify has told so.
func (c *Caches) Round(ctx context.Context) (int, error) {
	some, err := dbsqlc.New(c.DB).AnyCacheChanges(ctx)
	if err != nil {
		return 0, fmt.Errorf("cache: %w", err)
	}
	if !some {
		return 0, nil
	}
	patience := c.Patience
	if patience == 0 {
		patience = 10 * time.Second
	}
	now := c.Now().UTC()
	var taken []dbsqlc.TakeCacheChangesRow
	err = pgx.BeginFunc(ctx, c.DB, func(tx pgx.Tx) error {
		q := dbsqlc.New(tx)
		mine, err := q.LockCaches(ctx, cacheLock)
		if err != nil || !mine {
			return err
		}
		if taken, err = q.TakeCacheChanges(ctx, patience.Seconds()); err != nil {
			return err
		}
		if err := bump(ctx, q, now, taken); err != nil {
			return err
		}
		for i, row := range taken {
			if i > 0 && row.BrandID == taken[i-1].BrandID {
				continue
			}
			if err := c.Notify(ctx, tx, row.BrandID); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return 0, fmt.Errorf("cache: %w", err)
	}
	if len(taken) == 0 {
		return 0, nil
	}
	if err := c.Publish(ctx); err != nil {
		return len(taken), fmt.Errorf("cache: %w", err)
	}
	tags := make([]string, len(taken))
	for i, row := range taken {
		tags[i] = fullTag(row.BrandID, row.Tag)
	}
	return len(taken), c.Drop(ctx, tags)
}

// Drop tells the zone, if there is one. It comes after publishing, so that nobody fills it with what was.
func (c *Caches) Drop(ctx context.Context, tags []string) error {
	if c.Zone == nil {
		return nil
	}
	if err := c.Zone.PurgeTags(ctx, tags); err != nil {
		return fmt.Errorf("cache: what data centres keep stays until the new documents arrive: %w", err)
	}
	return nil
}

// bump counts a purge of each tag. A site that counts too many tags begins anew, with one of everything.
func bump(ctx context.Context, q *dbsqlc.Queries, at time.Time, rows []dbsqlc.TakeCacheChangesRow) error {
	params := dbsqlc.BumpCacheEpochsParams{At: at}
	sites := map[string]bool{} // whether everything of it is purged
	for _, row := range rows {
		params.Brands, params.Tags = append(params.Brands, row.BrandID), append(params.Tags, row.Tag)
		sites[row.BrandID] = sites[row.BrandID] || row.Tag == EverythingTag
	}
	if err := q.BumpCacheEpochs(ctx, params); err != nil {
		return fmt.Errorf("cache: %w", err)
	}
	for brandID, everything := range sites {
		if !everything {
			n, err := q.CountCacheEpochs(ctx, brandID)
			if err != nil {
				return fmt.Errorf("cache: %w", err)
			}
			if n <= site.MaxCacheTags {
				continue
			}
			if err := q.BumpCacheEpochs(ctx, dbsqlc.BumpCacheEpochsParams{Brands: []string{brandID}, Tags: []string{EverythingTag}, At: at}); err != nil {
				return fmt.Errorf("cache: %w", err)
			}
		}
		if err := q.ForgetCacheTags(ctx, brandID); err != nil {
			return fmt.Errorf("cache: %w", err)
		}
	}
	return nil
}

// NoteSeats notes that pages which may say how many seats of a performance are left have changed. It is false when there
// is no such performance.
func NoteSeats(ctx context.Context, tx pgx.Tx, performance uuid.UUID) (bool, error) {
	n, err := dbsqlc.New(tx).NoteSeatsChanged(ctx, performance)
	if err != nil {
		return false, fmt.Errorf("cache: %w", err)
	}
	return n > 0, nil
}
