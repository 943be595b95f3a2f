package edgeconfig

import (
	"context"
	"fmt"
	"path"
	"time"
	"unicode/utf8"

	"github.com/google/uuid"

	"github.com/stagedoor/stagedoor/origin/postgres/dbsqlc"
	"github.com/stagedoor/stagedoor/origin/staff/record"
)

// Window is a time during which a site, or the part of it below PathPrefix, is closed to visitors.
type Window struct {
	ID            uuid.UUID `json:"id"`
	Site          string    `json:"site"`
	PathPrefix    string    `json:"path_prefix"` // "/" is the whole site
	StartsAt      time.Time `json:"starts_at"`
	EndsAt        time.Time `json:"ends_at,omitzero"` // zero: until it is ended
	Message       string    `json:"message,omitempty"`
	AllowCheckout bool      `json:"allow_checkout"` // people who are paying may finish
	CreatedBy     string    `json:"created_by"`

	// Change is the click that touched it last (record.By.Change); Nil for commands.
	Change uuid.UUID `json:"-"`
	// InForceAt and LiftedAt are when the edge was first seen to obey a click that closed, and one that opened again;
	// zero when nobody looked.
	InForceAt time.Time `json:"-"`
	LiftedAt  time.Time `json:"-"`
}

// Over reports whether the window has ended.
func (w Window) Over(at time.Time) bool { return !w.EndsAt.IsZero() && !w.EndsAt.After(at) }

// Active reports whether the window is in force at an instant.
func (w Window) Active(at time.Time) bool {
	return !w.StartsAt.After(at) && (w.EndsAt.IsZero() || w.EndsAt.After(at))
}

// OpenWindow closes w.Site (or AllSites) as w says and returns the windows made, one a site. CreatedBy is filled in; a
// zero StartsAt means now. With an ID it happens once however often it is called: again, it returns what it made.
func (e *Editor) OpenWindow(ctx context.Context, actor string, w Window) ([]Window, error) {
	now := e.Now().UTC().Truncate(time.Microsecond) // what Postgres keeps
	if w.StartsAt.IsZero() {
		w.StartsAt = now
	}
	w.StartsAt, w.EndsAt = w.StartsAt.UTC().Truncate(time.Microsecond), w.EndsAt.UTC().Truncate(time.Microsecond)
	if w.PathPrefix == "" {
		w.PathPrefix = "/"
	}
	// The edge asks about paths that are clean already: any other would close nothing, and look as if it did.
	if clean := path.Clean(w.PathPrefix); clean != w.PathPrefix && clean+"/" != w.PathPrefix {
		return nil, refuse("no address of the site begins with %s; %s is meant, perhaps", w.PathPrefix, clean)
	}
	if !w.EndsAt.IsZero() && !w.EndsAt.After(w.StartsAt) {
		return nil, refuse("the window would end before it starts")
	}
	if !w.EndsAt.IsZero() && !w.EndsAt.After(now) {
		return nil, refuse("the window would already be over")
	}
	if !utf8.ValidString(w.Message + w.PathPrefix) {
		return nil, refuse("the message and the path must be text in UTF-8")
	}
	var made []Window
	err := e.edit(ctx, actor, w.Site, func(q *dbsqlc.Queries, b dbsqlc.Brand) ([]change, error) {
		id, err := windowID(w, b.ID)
		if err != nil {
			return nil, fmt.Errorf("maintenance window: %w", err)
		}
		one := w
		one.ID, one.Site, one.CreatedBy, one.Change = id, b.ID, actor, record.From(ctx).Change
		n, err := q.AddWindow(ctx, dbsqlc.AddWindowParams{
			ID: id, BrandID: b.ID, PathPrefix: one.PathPrefix, StartsAt: one.StartsAt.UTC(), EndsAt: optional(one.EndsAt),
			Message: one.Message, AllowCheckout: one.AllowCheckout, CreatedBy: actor, CreatedAt: now, ChangeID: changeID(one.Change),
		})
		if err != nil {
			return nil, fmt.Errorf("maintenance window: %w", err)
		}
		if n == 0 {
			row, err := q.GetWindow(ctx, id)
			if err != nil {
				return nil, fmt.Errorf("maintenance window: %w", err)
			}
			if row.BrandID != b.ID {
				return nil, refuse("this form was used for another site")
			}
			made = append(made, window(row))
			return nil, nil
		}
		made = append(made, one)
		return []change{{action: "maintenance.open", after: one}}, nil
	})
	if err != nil {
		return nil, err
	}
	return made, nil
}

// EndWindows ends the windows in force on a site (or AllSites) below pathPrefix exactly, and withdraws those to come
// when scheduled is set. It returns them as they were. None is not an error.
func (e *Editor) EndWindows(ctx context.Context, actor, brandID, pathPrefix string, scheduled bool) ([]Window, error) {
	now := e.Now().UTC().Truncate(time.Microsecond) // what Postgres keeps
	if pathPrefix == "" {
		pathPrefix = "/"
	}
	var ended []Window
	err := e.edit(ctx, actor, brandID, func(q *dbsqlc.Queries, b dbsqlc.Brand) ([]change, error) {
		rows, err := q.ListWindows(ctx, dbsqlc.ListWindowsParams{BrandID: b.ID, Now: now})
		if err != nil {
			return nil, fmt.Errorf("maintenance windows: %w", err)
		}
		var changes []change
		for _, row := range rows {
			w := window(row)
			switch {
			case w.PathPrefix != pathPrefix:
				continue
			case w.StartsAt.Before(now):
				after := w
				after.EndsAt = now
				err = q.EndWindow(ctx, dbsqlc.EndWindowParams{ID: w.ID, EndsAt: now})
				changes = append(changes, change{action: "maintenance.end", before: w, after: after})
			case scheduled || w.Active(now):
				err = q.DeleteWindow(ctx, w.ID)
				changes = append(changes, change{action: "maintenance.withdraw", before: w})
			default:
				continue
			}
			if err != nil {
				return nil, fmt.Errorf("end maintenance: %w", err)
			}
			ended = append(ended, w)
		}
		return changes, nil
	})
	if err != nil {
		return nil, err
	}
	return ended, nil
}

// Windows lists the windows in force or to come on a site or AllSites, by site and start.
func (e *Editor) Windows(ctx context.Context, brandID string) ([]Window, error) {
	q := dbsqlc.New(e.DB)
	if brandID == AllSites {
		brandID = ""
	} else if _, err := brandsOf(ctx, q, brandID); err != nil {
		return nil, err
	}
	rows, err := q.ListWindows(ctx, dbsqlc.ListWindowsParams{BrandID: brandID, Now: e.Now()})
	if err != nil {
		return nil, fmt.Errorf("maintenance windows: %w", err)
	}
	windows := make([]Window, len(rows))
	for i, row := range rows {
		windows[i] = window(row)
	}
	return windows, nil
}

func window(row dbsqlc.MaintenanceWindow) Window {
	return Window{
		ID: row.ID, Site: row.BrandID, PathPrefix: row.PathPrefix, StartsAt: row.StartsAt.UTC(), EndsAt: instant(row.EndsAt),
		Message: row.Message, AllowCheckout: row.AllowCheckout, CreatedBy: row.CreatedBy,
		Change: row.ChangeID.Bytes, InForceAt: instant(row.InForceAt), LiftedAt: instant(row.LiftedAt),
	}
}

func optional(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	t = t.UTC()
	return &t
}
