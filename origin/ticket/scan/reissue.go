package scan

import (
	"context"
	"errors"
	"fmt"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/stagedoor/stagedoor/origin/postgres/dbsqlc"
	"github.com/stagedoor/stagedoor/origin/staff/record"
)

// Reissue puts a new ticket in the place of a living one, which is dead from then on, and returns the new one's ID. A
// ticket with which somebody is inside is not issued anew: it would admit a second person. actor and reason go into the
// audit log.
func (d *Desk) Reissue(ctx context.Context, actor string, old uuid.UUID, reason string) (uuid.UUID, error) {
	if len(reason) > 200 {
		return uuid.Nil, Invalid{"The reason is longer than 200 bytes."}
	}
	id, err := uuid.NewV7()
	if err != nil {
		return uuid.Nil, fmt.Errorf("scan: ticket ID: %w", err)
	}
	err = pgx.BeginFunc(ctx, d.DB, func(tx pgx.Tx) error {
		q := dbsqlc.New(tx)
		known, err := q.DoorTicket(ctx, old)
		switch {
		case errors.Is(err, pgx.ErrNoRows):
			return ErrNotFound
		case err != nil:
			return err
		}
		// The order before its tickets, as everywhere: who takes a seat back must see the new ticket, or be seen here.
		if _, err := q.LockOrder(ctx, known.OrderID); err != nil {
			return err
		}
		row, err := q.LockTicket(ctx, old)
		switch {
		case errors.Is(err, pgx.ErrNoRows):
			return ErrNotFound
		case err != nil:
			return err
		case row.State == "void":
			return Invalid{"That ticket is not valid any more, so there is nothing to issue anew."}
		}
		rows, err := q.TicketScans(ctx, []uuid.UUID{old})
		if err != nil {
			return err
		}
		if Stand(facts(rows)).Inside {
			return Invalid{"Somebody came in with that ticket and is inside. Scan them out first."}
		}
		now := d.now()
		code, keyID, err := d.Keys.SignTicket(id, row.PerformanceID, row.SeatID, now)
		if err != nil {
			return err
		}
		if err := q.KillTicket(ctx, old); err != nil {
			return err
		}
		err = q.InsertTicket(ctx, dbsqlc.InsertTicketParams{
			ID: id, OrderID: row.OrderID, PerformanceID: row.PerformanceID, SeatID: row.SeatID, KeyID: keyID, Code: code, IssuedAt: now,
		})
		if err != nil {
			return err
		}
		if err := q.ReplaceTicket(ctx, dbsqlc.ReplaceTicketParams{ID: old, By: id}); err != nil {
			return err
		}
		return record.Add(ctx, q, record.Entry{
			At: now, Actor: actor, Action: "ticket.reissue", Target: "order:" + row.OrderID.String(),
			Before: map[string]string{"ticket": old.String(), "seat": row.SeatID}, After: map[string]string{"ticket": id.String(), "reason": reason},
		})
	})
	if err != nil {
		return uuid.Nil, fmt.Errorf("scan: issue anew: %w", err)
	}
	return id, nil
}
