package staff

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"

	"github.com/stagedoor/stagedoor/origin/postgres/dbsqlc"
)

// Record is an entry of the audit log.
type Record struct {
	ID             int64
	At             time.Time
	Actor          string
	Action, Target string
	Before, After  []byte // JSON; empty when there was or is nothing
	Session        string // "" for commands
	IP, RequestID  string
	Change         uuid.UUID
}

// Filter says which records are asked for. Zero fields ask for everything.
type Filter struct {
	Targets []string // nil: any
	Actor   string
	Action  string // "maintenance.open", or "maintenance" for all of that kind
	Before  int64  // only records with a smaller ID
	Most    int    // 0: 50
}

// Records reads the audit log, the newest first.
func (d *Desk) Records(ctx context.Context, f Filter) ([]Record, error) {
	if f.Most == 0 {
		f.Most = 50
	}
	rows, err := dbsqlc.New(d.DB).ListStaffRecords(ctx, dbsqlc.ListStaffRecordsParams{
		Targets: f.Targets, Actor: f.Actor, Action: f.Action, BeforeID: f.Before, Most: int32(f.Most),
	})
	if err != nil {
		return nil, fmt.Errorf("audit log: %w", err)
	}
	list := make([]Record, len(rows))
	for i, row := range rows {
		list[i] = Record{
			ID: row.ID, At: row.At.UTC(), Actor: row.Actor, Action: row.Action, Target: row.Target, Before: row.Before, After: row.After,
			IP: value(row.Ip), RequestID: value(row.RequestID), Change: row.ChangeID.Bytes,
		}
		if row.SessionID.Valid {
			list[i].Session = uuid.UUID(row.SessionID.Bytes).String()
		}
	}
	return list, nil
}

// Actors lists who is in the audit log about some targets; nil is all.
func (d *Desk) Actors(ctx context.Context, targets []string) ([]string, error) {
	list, err := dbsqlc.New(d.DB).ListStaffActors(ctx, targets)
	if err != nil {
		return nil, fmt.Errorf("audit log: %w", err)
	}
	return list, nil
}

// Actions lists what is in the audit log about some targets; nil is all.
func (d *Desk) Actions(ctx context.Context, targets []string) ([]string, error) {
	list, err := dbsqlc.New(d.DB).ListStaffActions(ctx, targets)
	if err != nil {
		return nil, fmt.Errorf("audit log: %w", err)
	}
	return list, nil
}

func value(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}
