package scan

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/stagedoor/stagedoor/origin/postgres/dbsqlc"
	"github.com/stagedoor/stagedoor/origin/show"
	"github.com/stagedoor/stagedoor/origin/staff/record"
	"github.com/stagedoor/stagedoor/origin/ticket"
)

// Keys knows the keys that tickets are signed with. A ticket.Keyring is one.
type Keys interface {
	Read(code string) (ticket.Presented, error)
	Secret(keyID string, ticketID uuid.UUID) ([]byte, error)
	SignTicket(ticketID, performanceID uuid.UUID, seatID string, issuedAt time.Time) (code, keyID string, err error)
	Public() []ticket.PublicKey
}

// Shows knows the performances. A show.Repository is one.
type Shows interface {
	Performance(ctx context.Context, id uuid.UUID) (show.Detail, error)
}

// Desk is the house's side of the door. It is safe for concurrent use, by several processes too.
type Desk struct {
	DB    *pgxpool.Pool
	Keys  Keys
	Shows Shows
	Now   func() time.Time
}

func (d *Desk) now() time.Time { return d.Now().UTC().Truncate(time.Microsecond) }

// Policy is what a performance asks of its visitors.
func (d *Desk) Policy(ctx context.Context, performance uuid.UUID) (Policy, error) {
	return policy(ctx, dbsqlc.New(d.DB), performance)
}

func policy(ctx context.Context, q *dbsqlc.Queries, performance uuid.UUID) (Policy, error) {
	row, err := q.DoorPolicy(ctx, performance)
	if errors.Is(err, pgx.ErrNoRows) {
		return DefaultPolicy(), nil
	}
	if err != nil {
		return Policy{}, fmt.Errorf("scan: policy: %w", err)
	}
	p := Policy{OpensBefore: time.Duration(row.OpensBeforeMinutes) * time.Minute, ScreensOnly: row.ScreensOnly, Readmission: row.Readmission}
	if row.OpenedAt != nil {
		p.OpenedAt = row.OpenedAt.UTC()
	}
	return p, nil
}

// policyRecord is a policy in the audit log, with what it is of.
type policyRecord struct {
	Performance uuid.UUID `json:"performance"`
	Policy      Policy    `json:"policy"`
}

// SetPolicy changes what a performance asks of its visitors, and writes into the audit log that actor did.
func (d *Desk) SetPolicy(ctx context.Context, actor string, performance uuid.UUID, p Policy) error {
	minutes := p.OpensBefore / time.Minute
	if minutes < 0 || minutes > 1440 {
		return Invalid{"Doors open between 0 and 1440 minutes before it begins."}
	}
	detail, err := d.Performance(ctx, performance)
	if err != nil {
		return err
	}
	err = pgx.BeginFunc(ctx, d.DB, func(tx pgx.Tx) error {
		q := dbsqlc.New(tx)
		before, err := policy(ctx, q, performance)
		if err != nil {
			return err
		}
		put := dbsqlc.PutDoorPolicyParams{
			PerformanceID: performance, OpensBeforeMinutes: int32(minutes), ScreensOnly: p.ScreensOnly, Readmission: p.Readmission, Now: d.now(),
		}
		if !p.OpenedAt.IsZero() {
			put.OpenedAt = &p.OpenedAt
		}
		if err := q.PutDoorPolicy(ctx, put); err != nil {
			return err
		}
		return record.Add(ctx, q, record.Entry{
			At: d.now(), Actor: actor, Action: "door.policy", Target: "site:" + detail.Brand.ID, Before: before, After: policyRecord{performance, p},
		})
	})
	if err != nil {
		return fmt.Errorf("scan: set policy: %w", err)
	}
	return nil
}

// Performance is a performance at the door.
func (d *Desk) Performance(ctx context.Context, id uuid.UUID) (show.Detail, error) {
	detail, err := d.Shows.Performance(ctx, id)
	if errors.Is(err, show.ErrNotFound) {
		return detail, ErrNotFound
	}
	return detail, err
}

// fact is a row as the rules know it.
func fact(row dbsqlc.TicketScan) Fact {
	f := Fact{
		Scan: row.ScanID, Result: Result(row.Result), Performance: row.PerformanceID, Reason: Reason(row.Reason), Device: row.DeviceID,
		DeviceName: row.DeviceName, Door: row.Door, Person: row.Person, At: row.DeviceAt.UTC(), ReceivedAt: row.ReceivedAt.UTC(), Offline: row.Offline,
	}
	if row.TicketID.Valid {
		f.Ticket = row.TicketID.Bytes
	}
	return f
}

func facts(rows []dbsqlc.TicketScan) []Fact {
	list := make([]Fact, len(rows))
	for i, row := range rows {
		list[i] = fact(row)
	}
	return list
}

// add writes a fact down, once. It reports whether it was new.
func (d *Desk) add(ctx context.Context, q *dbsqlc.Queries, f Fact) (bool, error) {
	n, err := q.InsertScan(ctx, dbsqlc.InsertScanParams{
		ScanID: f.Scan, Result: string(f.Result), PerformanceID: f.Performance, TicketID: optional(f.Ticket), Reason: string(f.Reason),
		DeviceID: f.Device, DeviceName: f.DeviceName, Door: f.Door, Person: f.Person, DeviceAt: f.At.UTC(), Now: d.now(), Offline: f.Offline,
	})
	if err != nil {
		return false, fmt.Errorf("scan: write down: %w", err)
	}
	if f.Result == In && f.Ticket != uuid.Nil {
		at := f.At.UTC()
		if err := q.UseTicket(ctx, dbsqlc.UseTicketParams{ID: f.Ticket, At: &at}); err != nil {
			return false, fmt.Errorf("scan: ticket used: %w", err)
		}
	}
	return n > 0, nil
}

func optional(id uuid.UUID) pgtype.UUID { return pgtype.UUID{Bytes: id, Valid: id != uuid.Nil} }
