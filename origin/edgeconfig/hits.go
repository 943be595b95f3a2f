package edgeconfig

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/stagedoor/stagedoor/edge/hits"
	"github.com/stagedoor/stagedoor/origin/postgres/dbsqlc"
)

// hitBatchesKept is how long a batch that was counted is known: the edge sends none again after a minute.
const hitBatchesKept = time.Hour

// CountHits adds what the edge counted to the day's wins of each rule. A batch that was counted before is passed over,
// and so are rules that are gone.
func (e *Editor) CountHits(ctx context.Context, b hits.Batch) error {
	if _, err := uuid.Parse(b.ID); err != nil {
		return refuse("the batch has no ID")
	}
	if len(b.Hits) > hits.MaxRules {
		return refuse("a batch has at most %d rules, not %d", hits.MaxRules, len(b.Hits))
	}
	now := e.Now().UTC()
	add := dbsqlc.AddRedirectHitsParams{Day: now.Truncate(24 * time.Hour)}
	for text, n := range b.Hits {
		id, err := uuid.Parse(text)
		if err != nil || n < 1 || n > hits.MaxCount {
			return refuse("the batch says %d of %q", n, text)
		}
		add.Ids, add.Hits = append(add.Ids, id), append(add.Hits, int64(n))
	}
	return pgx.BeginFunc(ctx, e.DB, func(tx pgx.Tx) error {
		q := dbsqlc.New(tx)
		fresh, err := q.NoteHitBatch(ctx, dbsqlc.NoteHitBatchParams{ID: b.ID, At: now})
		if err != nil {
			return fmt.Errorf("redirect hits: %w", err)
		}
		if fresh == 0 {
			return nil
		}
		if err := q.ForgetHitBatches(ctx, now.Add(-hitBatchesKept)); err != nil {
			return fmt.Errorf("redirect hits: %w", err)
		}
		if err := q.AddRedirectHits(ctx, add); err != nil {
			return fmt.Errorf("redirect hits: %w", err)
		}
		return nil
	})
}
