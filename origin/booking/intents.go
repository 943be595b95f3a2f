package booking

import (
	"context"
	"errors"
	"fmt"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/stagedoor/stagedoor/origin/bundle"
	"github.com/stagedoor/stagedoor/origin/payment"
	"github.com/stagedoor/stagedoor/origin/postgres"
	"github.com/stagedoor/stagedoor/origin/postgres/dbsqlc"
)

// intended is an order with the intent that the provider made for it.
type intended struct {
	order  dbsqlc.Order
	intent payment.Intent
}

// keepIntents writes down which intents orders have, with others that were made at the same time. The answer is whether the
// order is over: given up or expired while we talked to the provider.
func (s *Service) keepIntents(ctx context.Context, all []intended) []bundle.Result[bool] {
	return bundle.Alone(s.keepIntentsOnce, severable)(ctx, all)
}

func (s *Service) keepIntentsOnce(ctx context.Context, all []intended) []bundle.Result[bool] {
	results := make([]bundle.Result[bool], len(all))
	err := s.inTx(ctx, "keep the intent", func(tx pgx.Tx, _ *dbsqlc.Queries) error {
		pipeline := postgres.NewPipeline(tx)
		q := dbsqlc.New(pipeline)
		_ = errors.Join(q.ByIndex(ctx), q.WaitAtMost(ctx, waitOf(len(all)))) // go with the query: so do their errors
		ids := make([]uuid.UUID, len(all))
		for i, a := range all {
			ids[i] = a.order.ID
		}
		rows, err := q.LockToKeep(ctx, ids)
		if err != nil {
			return fmt.Errorf("lock orders: %w", err)
		}
		locked := make(map[uuid.UUID]dbsqlc.LockToKeepRow, len(rows))
		for _, row := range rows {
			locked[row.ID] = row
		}
		now := s.now()
		kept := dbsqlc.SetOrderIntentsParams{Now: now}
		var known notes
		for i, a := range all {
			row, there := locked[a.order.ID]
			switch {
			case !there:
				results[i].Err = fmt.Errorf("booking: keep the intent: order %s is not there", a.order.Number)
				continue
			case row.PaymentIntent != nil && *row.PaymentIntent != a.intent.ID:
				results[i].Err = fmt.Errorf("booking: keep the intent: order %s has another intent than %s", row.Number, a.intent.ID)
				continue
			}
			row.PaymentIntent = &a.intent.ID // another request for the same order may have come with this one
			locked[a.order.ID] = row
			results[i].Answer = State(row.State).Over()
			kept.Ids, kept.Intents = append(kept.Ids, a.order.ID), append(kept.Intents, a.intent.ID)
			known.add(a.order, a.intent)
		}
		if len(kept.Ids) == 0 {
			return nil
		}
		return errors.Join(q.SetOrderIntents(ctx, kept), known.write(ctx, q, now), pipeline.Flush(ctx))
	})
	if err != nil {
		return bundle.Fail[bool](len(all), overdue(err))
	}
	return results
}
