// Package boxoffice keeps what the box office does besides orders: seats reserved by name, seats that only it sells, and who
// did what.
package boxoffice

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/stagedoor/stagedoor/origin/hold"
	"github.com/stagedoor/stagedoor/origin/postgres/dbsqlc"
	"github.com/stagedoor/stagedoor/origin/staff/record"
)

// MostReserved is how long seats can be reserved.
const MostReserved = 7 * 24 * time.Hour

// ErrNotFound: there is no such reservation, or it is over.
var ErrNotFound = errors.New("boxoffice: not found")

// Invalid says in words fit to show what is wrong. Nothing was changed.
type Invalid struct{ Reason string }

func (e Invalid) Error() string { return e.Reason }

// Reservation is seats kept for somebody by name, who has not paid.
type Reservation struct {
	ID            uuid.UUID // of the sale
	PerformanceID uuid.UUID
	BrandID       string // the theatre, for the audit log
	HoldID        string
	Seats         []string
	Name          string
	Contact       string // telephone or e-mail; may be empty
	ExpiresAt     time.Time
	// Title and StartsAt are of the performance, in lists.
	Title    string
	StartsAt time.Time
}

// Desk is the box office's own book.
type Desk struct {
	DB  *pgxpool.Pool
	Now func() time.Time
	// Seats is told which seats only the box office sells; nil: nobody is.
	Seats  hold.Allocator
	Logger *slog.Logger // nil: what the sweep will repair is not logged
}

// Session is the session under which a sale holds its seats: one a sale, for a session has one hold a performance.
func Session(sale uuid.UUID) string { return "box-" + sale.String() }

// Reserve writes a reservation down, whose seats are held already, and the audit log without the name.
func (d *Desk) Reserve(ctx context.Context, actor string, r Reservation) error {
	for _, text := range []struct{ what, value string }{{"The name", r.Name}, {"How to reach them", r.Contact}} {
		if utf8.RuneCountInString(text.value) > 100 || !utf8.ValidString(text.value) || strings.ContainsFunc(text.value, unicode.IsControl) {
			return Invalid{text.what + " is longer than 100 characters or no text."}
		}
	}
	if strings.TrimSpace(r.Name) == "" {
		return Invalid{"A reservation needs a name."}
	}
	return d.in(ctx, func(q *dbsqlc.Queries) error {
		if err := q.DropOldReservations(ctx, d.Now()); err != nil {
			return err
		}
		err := q.PutReservation(ctx, dbsqlc.PutReservationParams{
			ID: r.ID, PerformanceID: r.PerformanceID, HoldID: r.HoldID, Seats: r.Seats, Name: strings.TrimSpace(r.Name), Contact: strings.TrimSpace(r.Contact),
			MadeBy: actor, MadeAt: d.Now(), ExpiresAt: r.ExpiresAt,
		})
		if err != nil {
			return err
		}
		return d.note(ctx, q, actor, "boxoffice.reserve", r.BrandID, map[string]any{"performance": r.PerformanceID, "seats": r.Seats, "until": r.ExpiresAt})
	})
}

// End forgets a reservation: its seats were sold or given back. Ending one that is over is no error.
func (d *Desk) End(ctx context.Context, actor, brandID string, id uuid.UUID, why string) error {
	return d.in(ctx, func(q *dbsqlc.Queries) error {
		n, err := q.DropReservation(ctx, id)
		if err != nil || n == 0 {
			return err
		}
		return d.note(ctx, q, actor, "boxoffice.reservation.end", brandID, map[string]string{"reservation": id.String(), "why": why})
	})
}

// Reservation is one that still stands.
func (d *Desk) Reservation(ctx context.Context, id uuid.UUID) (Reservation, error) {
	row, err := dbsqlc.New(d.DB).GetReservation(ctx, id)
	if errors.Is(err, pgx.ErrNoRows) || err == nil && !row.ExpiresAt.After(d.Now()) {
		return Reservation{}, ErrNotFound
	}
	if err != nil {
		return Reservation{}, fmt.Errorf("boxoffice: reservation: %w", err)
	}
	return Reservation{
		ID: row.ID, PerformanceID: row.PerformanceID, HoldID: row.HoldID, Seats: row.Seats, Name: row.Name, Contact: row.Contact, ExpiresAt: row.ExpiresAt.UTC(),
	}, nil
}

// Reservations are those of a brand that still stand, or of all with "", the first to end first.
func (d *Desk) Reservations(ctx context.Context, brand string) ([]Reservation, error) {
	rows, err := dbsqlc.New(d.DB).LiveReservations(ctx, dbsqlc.LiveReservationsParams{Now: d.Now(), BrandID: brand})
	if err != nil {
		return nil, fmt.Errorf("boxoffice: reservations: %w", err)
	}
	list := make([]Reservation, len(rows))
	for i, row := range rows {
		list[i] = Reservation{
			ID: row.ID, PerformanceID: row.PerformanceID, HoldID: row.HoldID, Seats: row.Seats, Name: row.Name, Contact: row.Contact,
			ExpiresAt: row.ExpiresAt.UTC(), Title: row.Title, StartsAt: row.StartsAt.UTC(),
		}
	}
	return list, nil
}

// Note writes into the audit log of a theatre what a colleague did with an order, besides what the order's own history
// says.
func (d *Desk) Note(ctx context.Context, actor, action, brandID string, after any) error {
	return d.in(ctx, func(q *dbsqlc.Queries) error { return d.note(ctx, q, actor, action, brandID, after) })
}

func (d *Desk) note(ctx context.Context, q *dbsqlc.Queries, actor, action, brandID string, after any) error {
	return record.Add(ctx, q, record.Entry{At: d.Now(), Actor: actor, Action: action, Target: "site:" + brandID, After: after})
}

// noteAt is note for a performance, whose theatre has to be found out.
func (d *Desk) noteAt(ctx context.Context, q *dbsqlc.Queries, actor, action string, performance uuid.UUID, after map[string]any) error {
	rows, err := q.BrandsOfPerformances(ctx, []uuid.UUID{performance})
	if err != nil || len(rows) == 0 {
		return errors.Join(ErrNotFound, err)
	}
	after["performance"] = performance
	return d.note(ctx, q, actor, action, rows[0].BrandID, after)
}

func (d *Desk) in(ctx context.Context, work func(q *dbsqlc.Queries) error) error {
	if err := pgx.BeginFunc(ctx, d.DB, func(tx pgx.Tx) error { return work(dbsqlc.New(tx)) }); err != nil {
		return fmt.Errorf("boxoffice: %w", err)
	}
	return nil
}
