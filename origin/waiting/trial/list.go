package trial

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/stagedoor/stagedoor/origin/edgeconfig"
	"github.com/stagedoor/stagedoor/origin/postgres/dbsqlc"
)

// Trial finds one. It is ErrNone when there is none.
func (m *Runner) Trial(ctx context.Context, id uuid.UUID) (*Trial, error) {
	row, err := dbsqlc.New(m.DB).GetTrial(ctx, id)
	if errors.Is(err, pgx.ErrNoRows) {
		return nil, ErrNone
	}
	if err != nil {
		return nil, fmt.Errorf("trial: %w", err)
	}
	return fromRow(row)
}

// Recent lists the newest trials of a site, or with edgeconfig.AllSites of all, without what their charts are drawn from.
func (m *Runner) Recent(ctx context.Context, site string, most int) ([]*Trial, error) {
	if site == edgeconfig.AllSites {
		site = ""
	}
	rows, err := dbsqlc.New(m.DB).ListTrials(ctx, dbsqlc.ListTrialsParams{BrandID: site, Most: int32(most)})
	if err != nil {
		return nil, fmt.Errorf("trials: %w", err)
	}
	list := make([]*Trial, len(rows))
	for i, r := range rows {
		list[i], err = fromRow(dbsqlc.RoomTrial{
			ID: r.ID, Kind: r.Kind, BrandID: r.BrandID, Title: r.Title, RoomID: r.RoomID, Plan: r.Plan, State: r.State, Progress: r.Progress, Result: r.Result,
			Problem: r.Problem, Cancel: r.Cancel, Actor: r.Actor, CreatedAt: r.CreatedAt, UpdatedAt: r.UpdatedAt, FinishedAt: r.FinishedAt,
		})
		if err != nil {
			return nil, err
		}
	}
	return list, nil
}

// Cancel has a trial end, wherever it runs; one that is over stays as it is.
func (m *Runner) Cancel(ctx context.Context, actor string, id uuid.UUID) error {
	return m.change(ctx, actor, id, "cancel", (*dbsqlc.Queries).CancelTrial)
}

// Delete forgets a trial that is over.
func (m *Runner) Delete(ctx context.Context, actor string, id uuid.UUID) error {
	return m.change(ctx, actor, id, "delete", (*dbsqlc.Queries).DeleteTrial)
}

// change changes a trial and notes who did. That nothing changes is Refused.
func (m *Runner) change(ctx context.Context, actor string, id uuid.UUID, what string, apply func(*dbsqlc.Queries, context.Context, uuid.UUID) (int64, error)) error {
	return pgx.BeginFunc(ctx, m.DB, func(tx pgx.Tx) error {
		q := dbsqlc.New(tx)
		row, err := q.GetTrial(ctx, id)
		if errors.Is(err, pgx.ErrNoRows) {
			return ErrNone
		}
		if err != nil {
			return fmt.Errorf("trial: %w", err)
		}
		n, err := apply(q, ctx, id)
		if err != nil {
			return fmt.Errorf("trial: %w", err)
		}
		if n == 0 && what == "delete" {
			return edgeconfig.Refused{Reason: "it is still under way: end it first"}
		}
		if n == 0 {
			return edgeconfig.Refused{Reason: "it is over already"}
		}
		return m.audit(ctx, q, actor, row.Kind+"."+what, row.BrandID, entry{id, row.Title, json.RawMessage(row.Plan)}, nil)
	})
}
