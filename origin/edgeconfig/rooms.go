package edgeconfig

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/stagedoor/stagedoor/edge/site"
	"github.com/stagedoor/stagedoor/origin/postgres/dbsqlc"
	"github.com/stagedoor/stagedoor/origin/waiting"
)

// RoomFaults is a change refused because the waiting room would not be valid. Fields are the names in its JSON. As an
// error it is a Refused.
type RoomFaults struct{ List site.Faults }

func (f RoomFaults) Error() string {
	reasons := make([]string, len(f.List))
	for i, fault := range f.List {
		reasons[i] = fault.Field + " " + fault.Problem
	}
	return strings.Join(reasons, "; ")
}

// As lets errors.As find a Refused.
func (f RoomFaults) As(target any) bool {
	if refused, ok := target.(*Refused); ok {
		*refused = Refused{f.Error()}
		return true
	}
	return false
}

// CreateRoom makes a waiting room and its first event. What is zero and has a default gets it: the sites and paths of a
// performance or production that it guards, too. The seed of its lottery is drawn here.
func (e *Editor) CreateRoom(ctx context.Context, actor string, r waiting.Room) (waiting.Room, error) {
	now := e.Now().UTC().Truncate(time.Microsecond)
	r.CreatedBy, r.CreatedAt, r.UpdatedBy, r.UpdatedAt, r.Version = actor, now, actor, now, 1
	times := r.Event
	event, err := waiting.Draw(rand.Reader, r.ID, 1)
	if err != nil {
		return r, fmt.Errorf("draw the seed of a room: %w", err)
	}
	event.OpensAt, event.SaleAt, event.EndsAt = whole(times.OpensAt), whole(times.SaleAt), whole(times.EndsAt)
	r.Event = event
	r.Defaults()
	err = e.changeRoom(ctx, actor, func(q *dbsqlc.Queries) (roomChange, error) {
		if err := subject(ctx, q, &r, now); err != nil {
			return roomChange{}, err
		}
		if faults := r.Faults(); len(faults) > 0 {
			return roomChange{}, RoomFaults{faults}
		}
		n, err := q.AddRoom(ctx, dbsqlc.AddRoomParams{
			ID: r.ID, Name: r.Name, Brands: r.Brands, Paths: r.Paths, Methods: listed(r.Methods),
			ProductionID: waiting.OptionalID(r.ProductionID), PerformanceID: waiting.OptionalID(r.PerformanceID), Mode: string(r.Mode),
			ActiveLimit: int32(r.Active), PerMinute: int32(r.PerMinute), PassLife: int32(r.PassLife), PollEvery: int32(r.PollEvery),
			TypicalStay: int32(r.TypicalStay), PageStatus: int32(r.PageStatus), Message: r.Message,
			Paused: r.Paused, Drained: r.Drained, FailClosed: r.FailClosed, Gates: int32(r.Gates), ArrivalsPerPrefix: int32(r.ArrivalsPerPrefix), CreatedBy: actor, CreatedAt: now,
		})
		switch {
		case err != nil:
			return roomChange{}, fmt.Errorf("rooms: %w", err)
		case n == 0:
			return roomChange{}, RoomFaults{site.Faults{{Field: "id", Problem: fmt.Sprintf("%q is taken, perhaps by a room that was deleted: passes name it, so it is never given again", r.ID)}}}
		}
		if err := q.AddRoomEvent(ctx, r.Event.AddParams(r.ID, now)); err != nil {
			return roomChange{}, fmt.Errorf("rooms: %w", err)
		}
		return roomChange{action: "room.create", after: &r}, nil
	})
	return r, err
}

// roomChange is a change to a room on its way to the audit log; before or after is nil where there was or is none.
type roomChange struct {
	action        string
	before, after *waiting.Room
}

// changeRoom runs a change in a transaction: whatever it returns is checked against the Site documents of all the brands
// concerned, kept as a version and audited for each of them.
func (e *Editor) changeRoom(ctx context.Context, actor string, apply func(*dbsqlc.Queries) (roomChange, error)) error {
	if actor == "" {
		return refuse("a change needs somebody who makes it")
	}
	return pgx.BeginFunc(ctx, e.DB, func(tx pgx.Tx) error {
		q := dbsqlc.New(tx)
		c, err := apply(q)
		if err != nil || c.action == "" {
			return err
		}
		entry := change{action: c.action}
		var concerned []string
		kept := c.after
		if c.before != nil {
			entry.before, concerned, kept = c.before, c.before.Brands, c.before
		}
		if c.after != nil {
			entry.after, kept = c.after, c.after
			for _, brand := range c.after.Brands {
				if !slices.Contains(concerned, brand) {
					concerned = append(slices.Clip(concerned), brand)
				}
			}
		}
		config, err := json.Marshal(kept)
		if err != nil {
			return fmt.Errorf("rooms: %w", err)
		}
		if err := q.AddRoomVersion(ctx, dbsqlc.AddRoomVersionParams{
			RoomID: kept.ID, Version: int32(kept.Version), Config: config, Action: c.action, Actor: actor, At: e.Now().UTC(),
		}); err != nil {
			return fmt.Errorf("rooms: %w", err)
		}
		for _, id := range concerned {
			if err := e.checkRoomSite(ctx, q, id); err != nil {
				return err
			}
			if err := e.audit(ctx, q, actor, id, entry); err != nil {
				return err
			}
			if e.Notify != nil {
				if err := e.Notify(ctx, tx, id); err != nil {
					return fmt.Errorf("edge configuration: %w", err)
				}
			}
		}
		return nil
	})
}

// checkRoomSite compiles a brand's document as it would be, and says of faults in it which belong to a form's fields.
func (e *Editor) checkRoomSite(ctx context.Context, q *dbsqlc.Queries, brandID string) error {
	if brandID == AllSites {
		return refuse("name the sites of the room: %q is none", AllSites)
	}
	brands, err := brandsOf(ctx, q, brandID)
	if err != nil {
		return err
	}
	return e.check(ctx, q, brands[0])
}

// subject looks up what a room guards, and fills in the site and paths it then has unless it names others.
func subject(ctx context.Context, q *dbsqlc.Queries, r *waiting.Room, now time.Time) error {
	if r.ProductionID == uuid.Nil && r.PerformanceID == uuid.Nil {
		return nil
	}
	row, err := q.RoomSubject(ctx, dbsqlc.RoomSubjectParams{
		ProductionID: waiting.OptionalID(r.ProductionID), PerformanceID: waiting.OptionalID(r.PerformanceID),
	})
	field := "production_id"
	if r.PerformanceID != uuid.Nil {
		field = "performance_id"
	}
	if errors.Is(err, pgx.ErrNoRows) {
		return RoomFaults{site.Faults{{Field: field, Problem: "names nothing that is on the programme"}}}
	}
	if err != nil {
		return fmt.Errorf("rooms: %w", err)
	}
	if r.PerformanceID != uuid.Nil && r.ProductionID != uuid.Nil && r.ProductionID != row.ProductionID {
		return RoomFaults{site.Faults{{Field: field, Problem: "is of another production"}}}
	}
	if r.Name == "" {
		r.Name = row.Title
	}
	if len(r.Brands) == 0 {
		r.Brands = []string{row.BrandID}
	}
	if !slices.Contains(r.Brands, row.BrandID) {
		return RoomFaults{site.Faults{{Field: "brands", Problem: fmt.Sprintf("must have %q, which plays %s", row.BrandID, row.Title)}}}
	}
	if len(r.Paths) > 0 {
		return nil
	}
	if r.PerformanceID != uuid.Nil {
		r.Paths = []string{"/performances/" + r.PerformanceID.String()}
		return nil
	}
	// The page of the show, and every seat map of it, or staff say what else: a queue before some of its nights only would
	// be none. Seats of performances that are added later can't be held without a pass either; who tries is sent to the
	// page of the show.
	const most = waiting.MaxPaths - 1
	r.Paths = []string{"/shows/" + row.Slug}
	ids, err := q.ComingPerformances(ctx, dbsqlc.ComingPerformancesParams{ProductionID: row.ProductionID, StartsAt: now, Limit: most + 1})
	if err != nil {
		return fmt.Errorf("rooms: %w", err)
	}
	if len(ids) > most {
		r.Paths = nil
		return RoomFaults{site.Faults{{Field: "paths", Problem: fmt.Sprintf("must be given, as %s has more coming performances than the %d that one room can name: write /shows/%s and /performances, "+
			"which is before every seat map of the site, or make a room for single performances", row.Title, most, row.Slug)}}}
	}
	for _, id := range ids {
		r.Paths = append(r.Paths, "/performances/"+id.String())
	}
	return nil
}

// listed is a list that the database can keep.
func listed(list []string) []string {
	if list == nil {
		return []string{}
	}
	return list
}

// whole is an instant to the second, as the edge counts.
func whole(t time.Time) time.Time {
	if t.IsZero() {
		return t
	}
	return t.UTC().Truncate(time.Second)
}
