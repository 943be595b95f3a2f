package boxoffice

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/stagedoor/stagedoor/origin/hold"
	"github.com/stagedoor/stagedoor/origin/postgres/dbsqlc"
	"github.com/stagedoor/stagedoor/origin/staff/record"
)

// Allocation is seats of a performance that only the box office sells, until they are released.
type Allocation struct {
	ID            uuid.UUID
	PerformanceID uuid.UUID
	Name          string // what or whom for
	Seats         []string
	ReleaseAt     time.Time // zero: when somebody says so
	MadeBy        string
	MadeAt        time.Time
	ReleasedAt    time.Time // zero: it stands
	ReleasedBy    string
}

// Stands reports whether its seats are the box office's.
func (a Allocation) Stands() bool { return a.ReleasedAt.IsZero() }

// bySchedule is who releases an allocation whose time has come.
const bySchedule = "schedule"

// Allocate gives seats of a performance to the box office. Seats that somebody holds or has bought stay theirs, and are the
// box office's when they come back. releaseAt is zero, or not past.
func (d *Desk) Allocate(ctx context.Context, actor string, a Allocation) (Allocation, error) {
	a.Name = strings.Join(strings.Fields(a.Name), " ")
	switch {
	case a.Name == "":
		return a, Invalid{"An allocation needs a name: what, or whom, it is for."}
	case utf8.RuneCountInString(a.Name) > 80 || !utf8.ValidString(a.Name) || strings.ContainsFunc(a.Name, unicode.IsControl):
		return a, Invalid{"The name is longer than 80 characters or no text."}
	case len(a.Seats) == 0:
		return a, Invalid{"Tick the seats that the box office keeps."}
	case !a.ReleaseAt.IsZero() && !a.ReleaseAt.After(d.Now()):
		return a, Invalid{"The release is past already."}
	}
	if err := hold.ValidateSeats(a.Seats, 5000); err != nil {
		return a, Invalid{"One of these is not a seat, or is there twice."}
	}
	a.MadeBy, a.MadeAt = actor, d.Now().UTC().Truncate(time.Microsecond)
	var err error
	if a.ID, err = uuid.NewV7(); err != nil {
		return a, fmt.Errorf("boxoffice: allocation: %w", err)
	}
	err = d.in(ctx, func(q *dbsqlc.Queries) error {
		err := q.InsertAllocation(ctx, dbsqlc.InsertAllocationParams{
			ID: a.ID, PerformanceID: a.PerformanceID, Name: a.Name, Seats: a.Seats, ReleaseAt: instant(a.ReleaseAt), MadeBy: actor, MadeAt: a.MadeAt,
		})
		if err != nil {
			return err
		}
		return d.noteAt(ctx, q, actor, "boxoffice.allocate", a.PerformanceID, map[string]any{"allocation": a.ID, "name": a.Name, "seats": a.Seats, "release_at": instant(a.ReleaseAt)})
	})
	if err != nil {
		return a, err
	}
	d.show(ctx, a.PerformanceID)
	return a, nil
}

// ReleaseSeats puts some seats of an allocation on sale to everybody, or all that it still has when none are named. Releasing
// what is released is no error.
func (d *Desk) ReleaseSeats(ctx context.Context, actor string, performance, id uuid.UUID, seats []string) error {
	err := d.in(ctx, func(q *dbsqlc.Queries) error {
		row, err := q.GetAllocation(ctx, id)
		if errors.Is(err, pgx.ErrNoRows) || err == nil && row.PerformanceID != performance {
			return ErrNotFound
		}
		if err != nil || row.ReleasedAt != nil {
			return err
		}
		rest := slices.DeleteFunc(slices.Clone(row.Seats), func(s string) bool { return slices.Contains(seats, s) })
		if len(seats) == 0 || len(rest) == 0 {
			now := d.Now()
			_, err = q.ReleaseAllocation(ctx, dbsqlc.ReleaseAllocationParams{ID: id, Now: now, By: actor})
			seats = row.Seats
		} else {
			_, err = q.ChangeAllocation(ctx, dbsqlc.ChangeAllocationParams{ID: id, Seats: rest, ReleaseAt: row.ReleaseAt})
		}
		if err != nil {
			return err
		}
		return d.noteAt(ctx, q, actor, "boxoffice.release", performance, map[string]any{"allocation": id, "name": row.Name, "seats": seats})
	})
	if err != nil {
		return err
	}
	d.show(ctx, performance)
	return nil
}

// Allocations are those of a performance, released ones too, in the order they were made.
func (d *Desk) Allocations(ctx context.Context, performance uuid.UUID) ([]Allocation, error) {
	rows, err := dbsqlc.New(d.DB).AllocationsOf(ctx, performance)
	if err != nil {
		return nil, fmt.Errorf("boxoffice: allocations: %w", err)
	}
	list := make([]Allocation, len(rows))
	for i, r := range rows {
		list[i] = Allocation{ID: r.ID, PerformanceID: r.PerformanceID, Name: r.Name, Seats: r.Seats, MadeBy: r.MadeBy, MadeAt: r.MadeAt.UTC(), ReleasedBy: r.ReleasedBy}
		if r.ReleaseAt != nil {
			list[i].ReleaseAt = r.ReleaseAt.UTC()
		}
		if r.ReleasedAt != nil {
			list[i].ReleasedAt = r.ReleasedAt.UTC()
		}
	}
	return list, nil
}

// WithheldSeats implements hold.WithheldSeats: a seat map that lost everything has them from here.
func (d *Desk) WithheldSeats(ctx context.Context, performance uuid.UUID) ([]string, error) {
	seats, err := dbsqlc.New(d.DB).AllocatedSeats(ctx, performance)
	if err != nil {
		return nil, fmt.Errorf("boxoffice: allocated seats: %w", err)
	}
	return seats, nil
}

// Tend releases the allocations whose time has come, and tells the seat map what it was not told, until ctx ends.
func (d *Desk) Tend(ctx context.Context, logger *slog.Logger) {
	const every = 5 * time.Second
	tick := time.NewTicker(every)
	defer tick.Stop()
	for {
		if err := d.Sweep(ctx); err != nil && ctx.Err() == nil {
			logger.WarnContext(ctx, "allocations could not be looked after; it is tried again", "error", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// Sweep is one round of Tend. Any number of processes may sweep.
func (d *Desk) Sweep(ctx context.Context) error {
	err := d.in(ctx, func(q *dbsqlc.Queries) error {
		due, err := q.ReleaseDueAllocations(ctx, d.Now())
		if err != nil {
			return err
		}
		for _, row := range due {
			err := record.Add(ctx, q, record.Entry{
				At: d.Now(), Actor: bySchedule, Action: "boxoffice.release", Target: "performance:" + row.PerformanceID.String(),
				After: map[string]any{"allocation": row.ID, "name": row.Name, "seats": row.Seats},
			})
			if err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	stale, err := dbsqlc.New(d.DB).UnshownAllocations(ctx)
	if err != nil {
		return fmt.Errorf("boxoffice: allocations not shown: %w", err)
	}
	var failed []error
	for _, performance := range stale {
		failed = append(failed, d.reshow(ctx, performance))
	}
	return errors.Join(failed...)
}

// show tells the seat map of a change. If it can't be told now the next sweep does.
func (d *Desk) show(ctx context.Context, performance uuid.UUID) {
	if err := d.reshow(ctx, performance); err != nil && d.Logger != nil {
		d.Logger.WarnContext(ctx, "the seat map was not told of an allocation; the sweep tells it", "performance_id", performance, "error", err)
	}
}

// reshow tells the seat map what the box office has of a performance. Changes of one performance are told one after the
// other, each as things stand then: what is told last is how it is.
func (d *Desk) reshow(ctx context.Context, performance uuid.UUID) error {
	if d.Seats == nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
	defer cancel()
	return d.in(ctx, func(q *dbsqlc.Queries) error {
		if err := q.LockAllocations(ctx, performance); err != nil {
			return err
		}
		// Marked first: a change that comes after this statement is marked as not shown again, and waits for its turn.
		if err := q.AllocationsShown(ctx, performance); err != nil {
			return err
		}
		seats, err := q.AllocatedSeats(ctx, performance)
		if err != nil {
			return err
		}
		return d.Seats.Withhold(ctx, performance, seats)
	})
}

func instant(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t
}
