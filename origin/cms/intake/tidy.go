package intake

import (
	"context"
	"fmt"
	"time"

	"github.com/stagedoor/stagedoor/origin/postgres/dbsqlc"
)

const (
	countEvery = 15 * time.Second
	pruneEvery = time.Hour
	pruneBatch = 1000
)

// tidy counts what is open and removes what was finished long ago, until ctx ends.
func (n *Intake) tidy(ctx context.Context) {
	var pruned time.Time
	for {
		if err := n.count(ctx); err != nil && ctx.Err() == nil {
			n.cfg.Logger.WarnContext(ctx, "content deliveries not counted", "error", err)
		}
		if now := n.now(); now.Sub(pruned) >= pruneEvery {
			pruned = now
			if _, err := n.Prune(ctx); err != nil && ctx.Err() == nil {
				n.cfg.Logger.WarnContext(ctx, "old content deliveries not removed", "error", err)
			}
		}
		if !rest(ctx, countEvery, nil) {
			return
		}
	}
}

func (n *Intake) count(ctx context.Context) error {
	sweeps, err := n.queries().Sweeps(ctx)
	if err != nil {
		return fmt.Errorf("look at the sweeps: %w", err)
	}
	for _, row := range sweeps { // whichever process swept, and since whenever this one runs
		if row.FinishedAt != nil {
			n.cfg.Metrics.finished.WithLabelValues(row.Source).Set(float64(row.FinishedAt.Unix()))
		}
	}
	rows, err := n.queries().CountDeliveries(ctx, n.now())
	if err != nil {
		return fmt.Errorf("count deliveries: %w", err)
	}
	n.cfg.Metrics.open.Reset()
	n.cfg.Metrics.oldest.Reset()
	for source := range n.systems {
		for _, state := range []string{"due", "waiting", "parked"} {
			n.cfg.Metrics.open.WithLabelValues(string(source), state).Set(0)
			n.cfg.Metrics.oldest.WithLabelValues(string(source), state).Set(0)
		}
	}
	for _, row := range rows {
		n.cfg.Metrics.open.WithLabelValues(row.Source, row.State).Set(float64(row.Deliveries))
		n.cfg.Metrics.oldest.WithLabelValues(row.Source, row.State).Set(max(row.OldestSeconds, 0))
	}
	return nil
}

// Prune removes deliveries that were finished or dropped longer ago than Keep, and says how many.
func (n *Intake) Prune(ctx context.Context) (int64, error) {
	var all int64
	for {
		gone, err := n.queries().PruneDeliveries(ctx, dbsqlc.PruneDeliveriesParams{Before: n.now().Add(-n.cfg.Keep), Most: pruneBatch})
		all += gone
		if err != nil {
			return all, fmt.Errorf("remove old deliveries: %w", err)
		}
		if gone < pruneBatch {
			return all, nil
		}
	}
}
