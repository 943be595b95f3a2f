package edgeconfig

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"

	"github.com/stagedoor/stagedoor/origin/postgres/dbsqlc"
	"github.com/stagedoor/stagedoor/origin/staff/record"
)

// EndWindow ends a window early when it has begun, and withdraws it when it has not. It returns it as it is then;
// withdrawn says that it is gone. Ending one that is over, or is not there any more, changes nothing.
func (e *Editor) EndWindow(ctx context.Context, actor, brandID string, id uuid.UUID) (ended Window, withdrawn bool, err error) {
	now := e.Now().UTC().Truncate(time.Microsecond)
	err = e.edit(ctx, actor, brandID, func(q *dbsqlc.Queries, b dbsqlc.Brand) ([]change, error) {
		row, err := q.LockWindow(ctx, id)
		if errors.Is(err, pgx.ErrNoRows) || err == nil && row.BrandID != b.ID {
			return nil, refuse("that window is not there any more")
		}
		if err != nil {
			return nil, fmt.Errorf("maintenance window: %w", err)
		}
		before := window(row)
		switch {
		case before.Over(now):
			ended = before
			return nil, nil
		case !before.StartsAt.Before(now):
			ended, withdrawn = before, true
			if err := q.DeleteWindow(ctx, id); err != nil {
				return nil, fmt.Errorf("withdraw maintenance: %w", err)
			}
			return []change{{action: "maintenance.withdraw", before: before}}, nil
		}
		ended = before
		ended.EndsAt, ended.Change = now, record.From(ctx).Change
		if err := q.SetWindowEnd(ctx, dbsqlc.SetWindowEndParams{ID: id, EndsAt: &now, ChangeID: changeID(ended.Change)}); err != nil {
			return nil, fmt.Errorf("end maintenance: %w", err)
		}
		return []change{{action: "maintenance.end", before: before, after: ended}}, nil
	})
	return ended, withdrawn, err
}

// UndoMaintenance takes back what one click did to maintenance windows, on the sites where may allows it: what it
// opened ends or is withdrawn, what it ended or withdrew is back. It is refused when somebody has changed one of them
// since, and when a window would be over by now. It returns how many windows changed.
func (e *Editor) UndoMaintenance(ctx context.Context, actor string, click uuid.UUID, may func(brandID string) bool) (int, error) {
	rows, err := dbsqlc.New(e.DB).ListStaffRecords(ctx, dbsqlc.ListStaffRecordsParams{ChangeID: changeID(click), Action: "maintenance", Most: 1000})
	if err != nil {
		return 0, fmt.Errorf("undo: %w", err)
	}
	bySite := map[string][]dbsqlc.StaffAudit{}
	for _, row := range rows {
		site := strings.TrimPrefix(row.Target, "site:")
		if !may(site) {
			return 0, refuse("you may not change %s", site)
		}
		bySite[site] = append(bySite[site], row)
	}
	scope := AllSites
	switch len(bySite) {
	case 0:
		return 0, refuse("there is nothing to take back")
	case 1:
		for site := range bySite {
			scope = site
		}
	}
	n := 0
	err = e.edit(ctx, actor, scope, func(q *dbsqlc.Queries, b dbsqlc.Brand) ([]change, error) {
		var changes []change
		for _, row := range bySite[b.ID] {
			made, err := e.takeBack(ctx, q, row)
			if err != nil {
				return nil, err
			}
			changes = append(changes, made...)
		}
		n += len(changes)
		return changes, nil
	})
	return n, err
}

// takeBack undoes one record.
func (e *Editor) takeBack(ctx context.Context, q *dbsqlc.Queries, row dbsqlc.StaffAudit) ([]change, error) {
	before, errB := readWindow(row.Before)
	after, errA := readWindow(row.After)
	if err := errors.Join(errB, errA); err != nil {
		return nil, fmt.Errorf("undo: audit record %d: %w", row.ID, err)
	}
	id := before.ID
	if id == uuid.Nil {
		id = after.ID
	}
	now := e.Now().UTC().Truncate(time.Microsecond)
	current, err := q.LockWindow(ctx, id)
	gone := errors.Is(err, pgx.ErrNoRows)
	if err != nil && !gone {
		return nil, fmt.Errorf("undo: %w", err)
	}
	is := window(current)
	mine := record.From(ctx).Change
	switch row.Action {
	case "maintenance.open":
		if gone || is.Over(now) {
			return nil, nil // taken back already
		}
		if !is.EndsAt.Equal(after.EndsAt) {
			return nil, refuse("the window on %s was changed since", after.Site)
		}
		if !is.StartsAt.Before(now) {
			return []change{{action: "maintenance.withdraw", before: is}}, q.DeleteWindow(ctx, id)
		}
		was := is
		is.EndsAt = now
		return []change{{action: "maintenance.end", before: was, after: is}}, q.SetWindowEnd(ctx, dbsqlc.SetWindowEndParams{ID: id, EndsAt: &now, ChangeID: changeID(mine)})
	case "maintenance.end":
		switch {
		case gone || !is.EndsAt.Equal(after.EndsAt):
			return nil, refuse("the window on %s was changed since", before.Site)
		case before.Over(now):
			return nil, refuse("the window on %s would be over by now: close the site again instead", before.Site)
		}
		was := is
		is.EndsAt = before.EndsAt
		return []change{{action: "maintenance.resume", before: was, after: is}}, q.SetWindowEnd(ctx, dbsqlc.SetWindowEndParams{ID: id, EndsAt: optional(before.EndsAt), ChangeID: changeID(mine), Again: true})
	case "maintenance.withdraw":
		if !gone {
			return nil, nil
		}
		if before.Over(now) {
			return nil, refuse("the window on %s would be over by now", before.Site)
		}
		_, err := q.AddWindow(ctx, dbsqlc.AddWindowParams{
			ID: id, BrandID: before.Site, PathPrefix: before.PathPrefix, StartsAt: before.StartsAt, EndsAt: optional(before.EndsAt),
			Message: before.Message, AllowCheckout: before.AllowCheckout, CreatedBy: before.CreatedBy, CreatedAt: now, ChangeID: changeID(mine),
		})
		return []change{{action: "maintenance.open", after: before}}, err
	case "maintenance.resume":
		return nil, refuse("end the window instead")
	}
	return nil, nil
}

// WindowsBetween lists the windows of some sites that touch a time, by start.
func (e *Editor) WindowsBetween(ctx context.Context, sites []string, since, until time.Time) ([]Window, error) {
	return windows(dbsqlc.New(e.DB).ListWindowsBetween(ctx, dbsqlc.ListWindowsBetweenParams{BrandIds: sites, Since: since, Until: until}))
}

// PastWindows lists the windows of some sites that are over, the last first.
func (e *Editor) PastWindows(ctx context.Context, sites []string, most int) ([]Window, error) {
	return windows(dbsqlc.New(e.DB).ListPastWindows(ctx, dbsqlc.ListPastWindowsParams{BrandIds: sites, Now: e.Now(), Most: int32(most)}))
}

// WindowsOf lists the windows that a click touched last, by site.
func (e *Editor) WindowsOf(ctx context.Context, click uuid.UUID) ([]Window, error) {
	return windows(dbsqlc.New(e.DB).ListWindowsOfChange(ctx, changeID(click)))
}

// NoteSeen notes when the edge was seen to obey a window that is in force, or, with lifted, to be open again after it.
// The first time counts.
func (e *Editor) NoteSeen(ctx context.Context, id uuid.UUID, at time.Time, lifted bool) error {
	q := dbsqlc.New(e.DB)
	note := func() error { return q.NoteWindowInForce(ctx, dbsqlc.NoteWindowInForceParams{ID: id, At: at}) }
	if lifted {
		note = func() error { return q.NoteWindowLifted(ctx, dbsqlc.NoteWindowLiftedParams{ID: id, At: at}) }
	}
	if err := note(); err != nil {
		return fmt.Errorf("maintenance window: %w", err)
	}
	return nil
}

// Draft is a site's document as it would be with a window that is not there yet, for a preview.
func (e *Editor) Draft(ctx context.Context, w Window) (Document, error) {
	q, now := dbsqlc.New(e.DB), e.Now().UTC().Truncate(time.Microsecond)
	brands, err := brandsOf(ctx, q, w.Site)
	if err != nil {
		return Document{}, err
	}
	b := brands[0]
	d, err := load(ctx, q, b.ID, now)
	if err != nil {
		return Document{}, err
	}
	// The window alone: what others say at the time is not what is being written.
	d.windows[b.ID] = []dbsqlc.MaintenanceWindow{{
		ID: w.ID, BrandID: b.ID, PathPrefix: w.PathPrefix, StartsAt: w.StartsAt, EndsAt: optional(w.EndsAt), Message: w.Message, AllowCheckout: w.AllowCheckout,
	}}
	return e.Settings.compile(b, d, now)
}

func windows(rows []dbsqlc.MaintenanceWindow, err error) ([]Window, error) {
	if err != nil {
		return nil, fmt.Errorf("maintenance windows: %w", err)
	}
	list := make([]Window, len(rows))
	for i, row := range rows {
		list[i] = window(row)
	}
	return list, nil
}

func readWindow(text []byte) (w Window, err error) {
	if len(text) == 0 {
		return w, nil
	}
	err = json.Unmarshal(text, &w)
	return w, err
}

// windowID is a new ID, or, for a window with one, that of its part on one site: the same again for the same window.
func windowID(w Window, brandID string) (uuid.UUID, error) {
	if w.ID == uuid.Nil {
		return uuid.NewV7()
	}
	if w.Site != AllSites {
		return w.ID, nil
	}
	// A UUIDv7 by its form and time; the rest says which site.
	sum := sha256.Sum256(slices.Concat(w.ID[:], []byte(brandID)))
	id := w.ID
	copy(id[9:], sum[:7])
	return id, nil
}

func changeID(id uuid.UUID) pgtype.UUID { return pgtype.UUID{Bytes: id, Valid: id != uuid.Nil} }
