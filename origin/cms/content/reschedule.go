package content

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/stagedoor/stagedoor/origin/bus"
	"github.com/stagedoor/stagedoor/origin/postgres/dbsqlc"
	"github.com/stagedoor/stagedoor/origin/show"
)

// match pairs lines with the performances they speak of: rows[i] is that of lines[i], nil for a new one. rest are the
// performances that no line speaks of, and that no other schedule lists.
func (w *work) match(known []dbsqlc.ListScheduledRow, lines []line, starts []time.Time) (rows []*dbsqlc.ListScheduledRow, rest []dbsqlc.ListScheduledRow) {
	byKey, byInstant := map[string]int{}, map[int64]int{}
	taken := make([]bool, len(known))
	for i, row := range known {
		switch {
		case w.lists(row):
			byKey[*row.Key] = i
			if row.AnyOrders > 0 { // under another key now; without orders it is as well made anew
				byInstant[row.Performance.StartsAt.Unix()] = i
			}
		case row.Source == nil || !row.Listed:
			byInstant[row.Performance.StartsAt.Unix()] = i
		default:
			taken[i] = true // another schedule's
		}
	}
	rows = make([]*dbsqlc.ListScheduledRow, len(lines))
	for i, l := range lines {
		if at, found := byKey[l.key]; found {
			rows[i], taken[at] = &known[at], true
		}
	}
	for i := range lines {
		if at, found := byInstant[starts[i].Unix()]; rows[i] == nil && found && !taken[at] {
			rows[i], taken[at] = &known[at], true
		}
	}
	for i, row := range known {
		if !taken[i] {
			rest = append(rest, row)
		}
	}
	return rows, rest
}

// lists reports whether the entry has listed a performance, or still keeps it for its orders.
func (w *work) lists(row dbsqlc.ListScheduledRow) bool {
	return row.Source != nil && *row.Source == string(w.change.Source) && *row.EntryID == w.change.ID
}

func (w *work) performanceID(production uuid.UUID, key string) uuid.UUID {
	return identify(w.change.Source, w.change.ID, "performance "+production.String()+" "+key)
}

// reschedule brings the performances of a production in line with what the entry lists: see schedule.write.
func (w *work) reschedule(ctx context.Context, at place, lines []line, starts []time.Time) error {
	production := at.production.ID
	if err := w.q.NoteSchedules(ctx, production); err != nil {
		return err
	}
	if err := w.q.LockScheduled(ctx, production); err != nil { // a statement before: the next one sees what it waited for
		return err
	}
	known, err := w.q.ListScheduled(ctx, production)
	if err != nil {
		return err
	}
	w.alive = map[uuid.UUID]int{}
	for _, row := range known {
		w.alive[row.Performance.ID] = int(row.Alive)
	}
	rows, rest := w.match(known, lines, starts)
	var gone, kept []uuid.UUID
	for _, row := range rest {
		takenOver := row.Source == nil && row.Performance.Seeded && at.takesOver
		switch {
		case !w.lists(row) && !takenOver:
		case row.AnyOrders > 0:
			kept = append(kept, row.Performance.ID)
		default:
			gone = append(gone, row.Performance.ID)
		}
	}
	stuck, err := w.dropPerformances(ctx, gone)
	if err != nil {
		return err
	}
	if err := w.q.Unlist(ctx, append(kept, stuck...)); err != nil {
		return err
	}
	if len(gone) > len(stuck) {
		w.facts.touch(production, gone...)
	}
	if err := w.putLines(ctx, at, lines, starts, rows); err != nil {
		return err
	}
	return w.settle(ctx, production)
}

// dropPerformances deletes performances, and returns those that something else in the house still needs.
func (w *work) dropPerformances(ctx context.Context, ids []uuid.UUID) (stuck []uuid.UUID, err error) {
	if len(ids) == 0 {
		return nil, nil
	}
	err = pgx.BeginFunc(ctx, w.tx, func(tx pgx.Tx) error { return dbsqlc.New(tx).DropPerformances(ctx, ids) })
	var pg *pgconn.PgError
	if err == nil || !errors.As(err, &pg) || pg.Code != "23503" {
		return nil, err
	}
	if len(ids) == 1 {
		return ids, nil
	}
	half := len(ids) / 2
	for _, part := range [][]uuid.UUID{ids[:half], ids[half:]} {
		more, err := w.dropPerformances(ctx, part)
		if err != nil {
			return nil, err
		}
		stuck = append(stuck, more...)
	}
	return stuck, nil
}

// putLines writes what the lines say, as far as it differs from what is there.
func (w *work) putLines(ctx context.Context, at place, lines []line, starts []time.Time, rows []*dbsqlc.ListScheduledRow) error {
	source, entryID := string(w.change.Source), w.change.ID
	put := dbsqlc.PutPerformancesParams{ProductionID: at.production.ID, VenueID: at.house.ID}
	list := dbsqlc.PutScheduleParams{Source: source, EntryID: entryID}
	moves := dbsqlc.AddMovesParams{Source: source, EntryID: entryID, MovedAt: w.now}
	var ids, moving, renamed []uuid.UUID
	for i, l := range lines {
		row, plan := rows[i], at.plan
		id := w.performanceID(at.production.ID, l.key)
		if row != nil {
			id = row.Performance.ID
			if row.AnyOrders > 0 {
				plan = row.Performance.PlanID
			}
		}
		ids = append(ids, id)
		if row == nil || differs(row.Performance, l, starts[i], plan) {
			put.Ids, put.PlanIds, put.Starts = append(put.Ids, id), append(put.PlanIds, plan), append(put.Starts, starts[i])
			put.OnSale, put.Tiers, put.Access = append(put.OnSale, l.onSaleAt), append(put.Tiers, l.tier), append(put.Access, strings.Join(l.access, ","))
		}
		if row == nil || !w.lists(*row) || *row.Key != l.key || row.Wanted != l.status || !row.Listed {
			list.Ids, list.Keys, list.Wanted = append(list.Ids, id), append(list.Keys, l.key), append(list.Wanted, l.status)
		}
		if row == nil {
			continue
		}
		if w.lists(*row) && *row.Key != l.key {
			renamed = append(renamed, id)
		}
		if was := row.Performance.StartsAt; !was.Equal(starts[i]) {
			moving = append(moving, id)
			if row.Alive > 0 {
				moves.Ids, moves.FromAt, moves.ToAt = append(moves.Ids, id), append(moves.FromAt, was), append(moves.ToAt, starts[i])
				moves.Orders = append(moves.Orders, row.Alive)
			}
		}
	}
	if err := w.clashes(ctx, at, lines, starts, ids); err != nil {
		return err
	}
	for _, step := range []func() error{
		func() error { return w.q.ParkPerformances(ctx, moving) },
		func() error { return w.q.PutPerformances(ctx, put) },
		func() error { return w.q.RenameScheduleKeys(ctx, renamed) },
		func() error { return w.q.PutSchedule(ctx, list) },
		func() error { return w.q.AddMoves(ctx, moves) },
	} {
		if err := step(); err != nil {
			return err
		}
	}
	if len(put.Ids) > 0 {
		w.facts.touch(at.production.ID, put.Ids...)
	}
	for i, id := range moves.Ids {
		w.facts.events = append(w.facts.events, bus.Event{Subject: SubjectPerformanceMoved, Key: "performance:" + id.String(), Payload: PerformanceMoved{
			PerformanceID: id, ProductionID: at.production.ID, BrandID: at.production.BrandID,
			From: moves.FromAt[i].UTC(), To: moves.ToAt[i], Orders: int(moves.Orders[i]),
		}})
	}
	return nil
}

func differs(p dbsqlc.Performance, l line, start time.Time, plan uuid.UUID) bool {
	return p.Seeded || p.PlanID != plan || !p.StartsAt.Equal(start) || !p.OnSaleAt.Equal(l.onSaleAt) || p.PriceTier != l.tier ||
		!slices.Equal(slices.Sorted(slices.Values(p.Access)), l.access)
}

// clashes refuses times at which something else plays there.
func (w *work) clashes(ctx context.Context, at place, lines []line, starts []time.Time, own []uuid.UUID) error {
	if len(lines) == 0 {
		return nil
	}
	found, err := w.q.ListClashes(ctx, dbsqlc.ListClashesParams{VenueID: at.house.ID, Instants: starts, ExceptIds: own})
	if err != nil {
		return err
	}
	var faults []Fault
	for _, clash := range found {
		i := slices.IndexFunc(starts, clash.StartsAt.Equal)
		faults = append(faults, Fault{Field: "performances", Why: fmt.Sprintf("line %d: %s plays at %s at %s already", lines[i].number, clash.Title, at.house.Name, lines[i].start)})
	}
	if len(faults) > 0 {
		return w.invalid(faults...)
	}
	return nil
}

// settle brings the statuses of a production's performances in line with what is wanted of them. One is for sale if its
// schedule says so, its production is published and its tier has prices; a cancelled one stays so whatever else is.
func (w *work) settle(ctx context.Context, production uuid.UUID) error {
	if err := w.q.NoteSchedules(ctx, production); err != nil {
		return err
	}
	changed, err := w.q.SettleStatuses(ctx, production)
	if err != nil {
		return err
	}
	for _, row := range changed {
		w.facts.touch(production, row.ID)
		alive, before := w.alive[row.ID]
		if row.Status != string(show.Cancelled) || !before {
			continue
		}
		w.facts.events = append(w.facts.events, bus.Event{Subject: SubjectPerformanceCancelled, Key: "performance:" + row.ID.String(), Payload: PerformanceCancelled{
			PerformanceID: row.ID, ProductionID: production, BrandID: w.facts.brandID, StartsAt: row.StartsAt.UTC(), Orders: alive,
		}})
	}
	return nil
}
