package audit

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/google/uuid"

	"github.com/stagedoor/stagedoor/origin/hold"
	"github.com/stagedoor/stagedoor/origin/postgres/dbsqlc"
)

// seatMap compares the sold seats that everyone is shown with those assigned, for every performance still to come
// that somebody ordered for. A seat sold and not shown so is repaired by the next refresh, and Postgres refuses
// whoever holds it; a seat shown as sold that nobody bought is lost money.
func (a *auditor) seatMap(ctx context.Context, c *Check) error {
	c.Unit = "performances"
	if a.SeatMap == nil {
		c.Skipped = "no seat map was given"
		return nil
	}
	performances, err := a.q.AuditPerformances(ctx, a.now)
	if err != nil {
		return fmt.Errorf("performances: %w", err)
	}
	for _, id := range performances {
		c.Looked++
		unshown, unsold, err := a.compareSeats(ctx, id)
		if err == nil && len(unshown)+len(unsold) > 0 {
			unshown, unsold, err = a.compareSeats(ctx, id) // something may have been sold in between
		}
		if err != nil {
			return fmt.Errorf("performance %s: %w", id, err)
		}
		for _, seat := range unshown {
			c.warning(id.String()+" "+seat, "is sold and not shown so: to be repaired")
		}
		for _, seat := range unsold {
			c.violation(id.String()+" "+seat, "is shown as sold and assigned to nobody")
		}
	}
	return nil
}

// compareSeats reads the seat map between two readings of Postgres, outside the snapshot: only what was assigned
// before and after can be missing, only what was assigned at neither time can be too much.
func (a *auditor) compareSeats(ctx context.Context, performanceID uuid.UUID) (unshown, unsold []string, err error) {
	now := dbsqlc.New(a.DB)
	before, err := now.AssignedSeats(ctx, performanceID)
	if err != nil {
		return nil, nil, err
	}
	shown, err := a.SeatMap.Snapshot(ctx, performanceID)
	if err != nil {
		return nil, nil, err
	}
	after, err := now.AssignedSeats(ctx, performanceID)
	if err != nil {
		return nil, nil, err
	}
	telling, err := now.AuditStale(ctx, performanceID) // about to be told
	if err != nil {
		return nil, nil, err
	}
	for _, seat := range before {
		if shown.Seats[seat] != hold.Sold && slices.Contains(after, seat) {
			unshown = append(unshown, seat)
		}
	}
	for _, seat := range slices.Sorted(maps.Keys(shown.Seats)) {
		if shown.Seats[seat] == hold.Sold && !slices.Contains(before, seat) && !slices.Contains(after, seat) && !slices.Contains(telling, seat) {
			unsold = append(unsold, seat)
		}
	}
	return unshown, unsold, nil
}
