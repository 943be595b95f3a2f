package edgeconfig

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/stagedoor/stagedoor/edge/site"
	"github.com/stagedoor/stagedoor/origin/postgres/dbsqlc"
	"github.com/stagedoor/stagedoor/origin/waiting"
)

// Rooms lists the rooms of a site, or with AllSites all, the oldest first.
func (e *Editor) Rooms(ctx context.Context, brandID string) ([]waiting.Room, error) {
	if brandID == AllSites {
		brandID = ""
	}
	rows, err := dbsqlc.New(e.DB).ListRooms(ctx, brandID)
	if err != nil {
		return nil, fmt.Errorf("rooms: %w", err)
	}
	rooms := make([]waiting.Room, len(rows))
	for i, row := range rows {
		rooms[i] = waiting.FromRows(row.Room, row.RoomEvent)
	}
	return rooms, nil
}

// Room reads a room, a deleted one too.
func (e *Editor) Room(ctx context.Context, id string) (waiting.Room, error) {
	row, err := dbsqlc.New(e.DB).GetRoom(ctx, id)
	if errors.Is(err, pgx.ErrNoRows) {
		return waiting.Room{}, noRoom(id)
	}
	if err != nil {
		return waiting.Room{}, fmt.Errorf("rooms: %w", err)
	}
	return waiting.FromRows(row.Room, row.RoomEvent), nil
}

// RoomEvents lists the events of a room, the newest first.
func (e *Editor) RoomEvents(ctx context.Context, id string) ([]waiting.Event, error) {
	rows, err := dbsqlc.New(e.DB).ListRoomEvents(ctx, id)
	if err != nil {
		return nil, fmt.Errorf("rooms: %w", err)
	}
	events := make([]waiting.Event, len(rows))
	for i, row := range rows {
		events[i] = waiting.EventFromRow(row)
	}
	return events, nil
}

func noRoom(id string) error { return refuse("there is no waiting room %q", id) }

// RoomEdit is one change to a room.
type RoomEdit struct {
	ID     string
	Known  int    // the version that was looked at; 0: whichever there is
	Action string // "room.pause"
	// Change makes it. It may refuse.
	Change func(*waiting.Room) error
	// NewEvent begins another event, with a seed of its own; Change sets its times.
	NewEvent bool
}

// EditRoom changes a room. When somebody else has changed it since version Known, the error is a Conflict whose Theirs
// is the waiting.Room as it is now. What changes nothing is no change.
func (e *Editor) EditRoom(ctx context.Context, actor string, edit RoomEdit) (before, after waiting.Room, err error) {
	now := e.Now().UTC().Truncate(time.Microsecond)
	err = e.changeRoom(ctx, actor, func(q *dbsqlc.Queries) (roomChange, error) {
		row, err := q.LockRoom(ctx, edit.ID)
		if errors.Is(err, pgx.ErrNoRows) {
			return roomChange{}, noRoom(edit.ID)
		}
		if err != nil {
			return roomChange{}, fmt.Errorf("rooms: %w", err)
		}
		before = waiting.FromRows(row.Room, row.RoomEvent)
		after = before
		if edit.Known != 0 && edit.Known != before.Version {
			return roomChange{}, Conflict{Theirs: before, UpdatedBy: before.UpdatedBy, UpdatedAt: before.UpdatedAt}
		}
		if edit.NewEvent {
			if after.Event, err = waiting.Draw(rand.Reader, after.ID, before.Event.Number+1); err != nil {
				return roomChange{}, fmt.Errorf("draw the seed of a room: %w", err)
			}
		}
		if err := edit.Change(&after); err != nil {
			return roomChange{}, err
		}
		return e.storeRoom(ctx, q, actor, edit.Action, before, &after, now)
	})
	return before, after, err
}

// storeRoom checks a changed room and writes it.
func (e *Editor) storeRoom(ctx context.Context, q *dbsqlc.Queries, actor, action string, before waiting.Room, after *waiting.Room, now time.Time) (roomChange, error) {
	after.Event.OpensAt, after.Event.SaleAt, after.Event.EndsAt = whole(after.Event.OpensAt), whole(after.Event.SaleAt), whole(after.Event.EndsAt)
	if reflect.DeepEqual(before, *after) {
		return roomChange{}, nil
	}
	if !before.DeletedAt.IsZero() && !after.DeletedAt.IsZero() {
		return roomChange{}, refuse("the waiting room %q was deleted", before.ID)
	}
	after.Defaults()
	after.Version, after.UpdatedBy, after.UpdatedAt = before.Version+1, actor, now
	if err := subject(ctx, q, after, now); err != nil {
		return roomChange{}, err
	}
	if faults := append(after.Faults(), scheduleFaults(before, *after, now)...); len(faults) > 0 {
		return roomChange{}, RoomFaults{faults}
	}
	sameSeats := before.ProductionID == after.ProductionID && before.PerformanceID == after.PerformanceID
	err := q.SetRoom(ctx, dbsqlc.SetRoomParams{
		ID: after.ID, Name: after.Name, Brands: after.Brands, Paths: after.Paths, Methods: listed(after.Methods),
		ProductionID: waiting.OptionalID(after.ProductionID), PerformanceID: waiting.OptionalID(after.PerformanceID), Mode: string(after.Mode),
		ActiveLimit: int32(after.Active), PerMinute: int32(after.PerMinute), PassLife: int32(after.PassLife), PollEvery: int32(after.PollEvery),
		TypicalStay: int32(after.TypicalStay), PageStatus: int32(after.PageStatus), Message: after.Message,
		Paused: after.Paused, Drained: after.Drained, FailClosed: after.FailClosed, Gates: int32(after.Gates), ArrivalsPerPrefix: int32(after.ArrivalsPerPrefix), Event: int32(after.Event.Number),
		UpdatedBy: actor, UpdatedAt: now, DeletedAt: optional(after.DeletedAt), KeepSeats: sameSeats,
	})
	if err == nil && after.Event.Number != before.Event.Number {
		err = q.AddRoomEvent(ctx, after.Event.AddParams(after.ID, now))
	} else if err == nil {
		err = q.SetRoomEvent(ctx, after.Event.SetParams(after.ID))
	}
	if err != nil {
		return roomChange{}, fmt.Errorf("rooms: %w", err)
	}
	change := roomChange{action: action, before: &before, after: after}
	return change, nil
}

// scheduleFaults keeps a draw honest: once its seed may be known, the draw that it decides must not be still to come.
func scheduleFaults(before, after waiting.Room, now time.Time) (f site.Faults) {
	if before.Event.Number != after.Event.Number || before.Mode != waiting.Lottery && after.Mode != waiting.Lottery {
		return nil
	}
	if began := before.Event.SaleAt; !began.IsZero() && !now.Before(began) && !after.Event.SaleAt.Equal(began) {
		f = append(f, site.Fault{Field: "sale_at", Problem: "has passed and the seed of the lottery is public: begin a new event instead"})
	}
	if opened := before.Event.OpensAt; before.Mode == waiting.Lottery && !opened.IsZero() && !now.Before(opened) && !after.Event.OpensAt.Equal(opened) {
		f = append(f, site.Fault{Field: "opens_at", Problem: "has passed and people are in the pre-queue: begin a new event instead"})
	}
	return f
}

// RoomModeBefore is how a room let people in before it turned them away: a lottery that goes on must stay one.
func (e *Editor) RoomModeBefore(ctx context.Context, id string) (waiting.Mode, error) {
	mode, err := dbsqlc.New(e.DB).RoomModeBefore(ctx, id)
	if errors.Is(err, pgx.ErrNoRows) {
		return waiting.FIFO, nil
	}
	if err != nil {
		return "", fmt.Errorf("rooms: %w", err)
	}
	return waiting.Mode(mode), nil
}

// DeleteRoom takes a room away: visitors pass it by as soon as the edge knows. Its ID is not given again.
func (e *Editor) DeleteRoom(ctx context.Context, actor, id string, known int) (waiting.Room, error) {
	before, _, err := e.EditRoom(ctx, actor, RoomEdit{ID: id, Known: known, Action: "room.delete", Change: func(r *waiting.Room) error {
		if !r.DeletedAt.IsZero() {
			return noRoom(id)
		}
		r.DeletedAt = e.Now().UTC().Truncate(time.Microsecond)
		return nil
	}})
	return before, err
}

// UndoRoom takes back the change that made a version, if it is still the newest: the room is as it was before, a
// deleted one back. A new event stays, with the times of the one before.
func (e *Editor) UndoRoom(ctx context.Context, actor, id string, version int) (waiting.Room, error) {
	row, err := dbsqlc.New(e.DB).GetRoomVersion(ctx, dbsqlc.GetRoomVersionParams{RoomID: id, Version: int32(version - 1)})
	if errors.Is(err, pgx.ErrNoRows) {
		return waiting.Room{}, refuse("there is nothing to take back")
	}
	if err != nil {
		return waiting.Room{}, fmt.Errorf("rooms: %w", err)
	}
	var was waiting.Room
	if err := json.Unmarshal(row.Config, &was); err != nil {
		return waiting.Room{}, fmt.Errorf("rooms: %w", err)
	}
	_, after, err := e.EditRoom(ctx, actor, RoomEdit{ID: id, Known: version, Action: "room.undo", Change: func(r *waiting.Room) error {
		event, sync := r.Event, r.Sync
		event.OpensAt, event.SaleAt, event.EndsAt = was.Event.OpensAt, was.Event.SaleAt, was.Event.EndsAt
		createdBy, createdAt := r.CreatedBy, r.CreatedAt
		*r = was
		r.Event, r.Sync, r.CreatedBy, r.CreatedAt, r.Version = event, sync, createdBy, createdAt, version
		return nil
	}})
	return after, err
}
