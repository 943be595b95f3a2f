// Package record writes the log of what staff changed: who, what, before and after, from where. It is only ever added
// to; the database refuses anything else.
//
// Who asks travels in the context, so that a domain package records a change without knowing about sessions:
//
//	ctx = record.With(ctx, record.By{…})           // the console, once a request
//	record.Add(ctx, queries, record.Entry{…})      // the change's own transaction
package record

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5/pgtype"

	"github.com/stagedoor/stagedoor/origin/postgres/dbsqlc"
)

// By is who asks and from where. Commands and background work have none.
type By struct {
	Person, Session uuid.UUID
	IP, RequestID   string
	// Change is the same for everything that one click changed, on however many sites.
	Change uuid.UUID
}

// Entry is one change.
type Entry struct {
	At            time.Time
	Actor         string // who, as people read it: an e-mail address, or "cli:name"
	Action        string // what: "maintenance.open"
	Target        string // of what: "site:lyceum", "person:<id>"
	Before, After any    // encoded as JSON; nil when there was or is nothing
}

type contextKey struct{}

// With returns a context in which changes are recorded as by's.
func With(ctx context.Context, by By) context.Context {
	return context.WithValue(ctx, contextKey{}, by)
}

// From is who asks, zero when nobody said.
func From(ctx context.Context) By {
	by, _ := ctx.Value(contextKey{}).(By)
	return by
}

// Add writes an entry with q, which is the change's own transaction: either both are there or neither.
func Add(ctx context.Context, q *dbsqlc.Queries, e Entry) error {
	before, err1 := encode(e.Before)
	after, err2 := encode(e.After)
	if err := errors.Join(err1, err2); err != nil {
		return fmt.Errorf("audit record: %w", err)
	}
	by := From(ctx)
	err := q.AddStaffRecord(ctx, dbsqlc.AddStaffRecordParams{
		At: e.At.UTC(), Actor: e.Actor, Action: e.Action, Target: e.Target, Before: before, After: after,
		PersonID: optional(by.Person), SessionID: optional(by.Session), ChangeID: optional(by.Change),
		Ip: text(by.IP), RequestID: text(by.RequestID),
	})
	if err != nil {
		return fmt.Errorf("audit record: %w", err)
	}
	return nil
}

func encode(v any) ([]byte, error) {
	if v == nil {
		return nil, nil
	}
	return json.Marshal(v)
}

func optional(id uuid.UUID) pgtype.UUID { return pgtype.UUID{Bytes: id, Valid: id != uuid.Nil} }

func text(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}
