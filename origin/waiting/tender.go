package waiting

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/stagedoor/stagedoor/origin/postgres/dbsqlc"
)

// Coordinators is what a Tender asks; a Control is one.
type Coordinators interface {
	Status(ctx context.Context, room string) (Status, error)
	Put(ctx context.Context, config Config) error
	Revoke(ctx context.Context, room string, session [16]byte) error
}

// Tender keeps rooms' coordinators at what staff want: it compares the revision wanted with the one they follow, sends
// what differs, sends anew how many seats are left, and says whose pass staff took back. Several processes may tend; they share the rooms. A coordinator
// that does not answer is asked again, later each time, for a minute at most.
type Tender struct {
	DB     *pgxpool.Pool
	Rooms  Coordinators
	Now    func() time.Time
	Logger *slog.Logger
	Every  time.Duration // how often each room is looked at; 0: 5 s
	Look   time.Duration // how often rooms that are due are looked for; 0: 1 s
}

const (
	tendingTakes = 10 * time.Second // at most, of one room
	tendAtOnce   = 16
	tellAtOnce   = 64 // of the passes that were taken back
)

// Run tends until ctx ends.
func (t *Tender) Run(ctx context.Context) error {
	look := t.Look
	if look == 0 {
		look = time.Second
	}
	tick := time.NewTicker(look)
	defer tick.Stop()
	forget := t.Now()
	for {
		if _, err := t.Round(ctx); err != nil && ctx.Err() == nil {
			t.Logger.WarnContext(ctx, "waiting rooms can't be tended", "error", err)
		}
		if now := t.Now(); now.Sub(forget) > time.Hour {
			forget = now
			if _, err := dbsqlc.New(t.DB).ForgetRoomPasses(ctx, now); err != nil && ctx.Err() == nil {
				t.Logger.WarnContext(ctx, "old passes are not forgotten", "error", err)
			}
		}
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
	}
}

// Round looks at the rooms that are due and says how many were.
func (t *Tender) Round(ctx context.Context) (int, error) {
	now := t.Now().UTC()
	due, err := dbsqlc.New(t.DB).ClaimRooms(ctx, dbsqlc.ClaimRoomsParams{Now: now, Until: now.Add(2 * tendingTakes), Most: tendAtOnce})
	if err != nil {
		return 0, fmt.Errorf("rooms: %w", err)
	}
	var group sync.WaitGroup
	for _, one := range due {
		group.Go(func() {
			ctx, cancel := context.WithTimeout(ctx, tendingTakes)
			defer cancel()
			if err := t.Tend(ctx, one.ID); err != nil && ctx.Err() == nil {
				t.Logger.WarnContext(ctx, "a waiting room can't be tended", "room", one.ID, "error", err)
			}
		})
	}
	group.Wait()
	return len(due), nil
}

// Tend looks at one room now: it counts the seats that are left and has the coordinator follow what is wanted. The
// error is also kept with the room, for ops to see.
func (t *Tender) Tend(ctx context.Context, id string) error {
	q := dbsqlc.New(t.DB)
	if err := t.countSeats(ctx, q, id); err != nil {
		return err
	}
	row, err := q.GetRoom(ctx, id)
	if err != nil {
		return fmt.Errorf("rooms: %w", err)
	}
	room := FromRows(row.Room, row.RoomEvent)
	known, err := t.reconcile(ctx, &room)
	now := t.Now().UTC()
	if err == nil {
		err = t.tellRevoked(ctx, q, id)
	}
	if err == nil && known > room.Sync.Revision {
		// This database was set back to an earlier day, and must go on from where the coordinator is.
		err = q.RoomAhead(ctx, dbsqlc.RoomAheadParams{ID: id, Revision: known, Now: now})
		return wrap(err)
	}
	if err == nil {
		return wrap(q.RoomSynced(ctx, dbsqlc.RoomSyncedParams{
			ID: id, Now: &now, SyncedRevision: room.Sync.Revision, Revision: room.Sync.Revision, NextAt: now.Add(t.interval(&room, now)),
		}))
	}
	failed, cancel := context.WithTimeout(context.WithoutCancel(ctx), 2*time.Second)
	defer cancel()
	n, err2 := q.RoomSyncFailed(failed, dbsqlc.RoomSyncFailedParams{ID: id, SyncProblem: err.Error(), Now: now})
	if n > 1 && err2 == nil && !errors.Is(err, ErrNoControl) {
		err = fmt.Errorf("%w (%d times in a row)", err, n)
	}
	return errors.Join(err, wrap(err2))
}

// idle is how often a room is looked at through which nobody passes.
const idle = time.Minute

// interval is when a room that is as it should be is looked at next.
func (t *Tender) interval(room *Room, now time.Time) time.Duration {
	if from := room.GuardsFrom(); room.Event.Phase(now) == Ended || from.Sub(now) > idle {
		return idle
	}
	if t.Every == 0 {
		return 5 * time.Second
	}
	return t.Every
}

// reconcile has the coordinator follow the room and returns the revision that it then follows.
func (t *Tender) reconcile(ctx context.Context, room *Room) (int64, error) {
	status, err := t.Rooms.Status(ctx, room.ID)
	switch {
	case err != nil && !errors.Is(err, ErrUnknown):
		return 0, err
	case err == nil && status.Revision >= room.Sync.Revision:
		return status.Revision, nil
	}
	return room.Sync.Revision, t.Rooms.Put(ctx, room.Config())
}

// tellRevoked tells the coordinator whose pass staff took back, if it may not know.
func (t *Tender) tellRevoked(ctx context.Context, q *dbsqlc.Queries, id string) error {
	now := t.Now().UTC()
	sessions, err := q.UntoldRoomPasses(ctx, dbsqlc.UntoldRoomPassesParams{RoomID: id, Now: now, Most: tellAtOnce})
	if err != nil {
		return wrap(err)
	}
	for _, session := range sessions {
		if err := t.Rooms.Revoke(ctx, id, [16]byte(session)); err != nil {
			return err
		}
		if err := q.RoomPassTold(ctx, dbsqlc.RoomPassToldParams{RoomID: id, Session: session, Now: now}); err != nil {
			return wrap(err)
		}
	}
	return nil
}

// countSeats notes how many seats are left of what the room guards, when that has changed.
func (t *Tender) countSeats(ctx context.Context, q *dbsqlc.Queries, id string) error {
	row, err := q.GetRoom(ctx, id)
	if errors.Is(err, pgx.ErrNoRows) {
		return nil
	}
	if err != nil {
		return wrap(err)
	}
	room := FromRows(row.Room, row.RoomEvent)
	if row.Room.DeletedAt != nil || !row.Room.ProductionID.Valid && !row.Room.PerformanceID.Valid || room.Event.Phase(t.Now()) == Ended {
		return nil
	}
	count, err := q.SeatsLeftOf(ctx, dbsqlc.SeatsLeftOfParams{PerformanceID: row.Room.PerformanceID, ProductionID: row.Room.ProductionID, Now: t.Now().UTC()})
	if err != nil {
		return wrap(err)
	}
	left := int32(max(count.SeatsLeft, 0))
	if row.Room.SeatsLeft != nil && *row.Room.SeatsLeft == left {
		return nil
	}
	_, err = q.SetRoomSeats(ctx, dbsqlc.SetRoomSeatsParams{ID: id, SeatsLeft: &left})
	return wrap(err)
}

func wrap(err error) error {
	if err != nil {
		return fmt.Errorf("rooms: %w", err)
	}
	return nil
}
