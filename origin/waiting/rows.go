package waiting

import (
	"encoding/hex"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5/pgtype"

	"github.com/stagedoor/stagedoor/origin/postgres/dbsqlc"
	"github.com/stagedoor/stagedoor/waitingroom/shuffle"
)

// FromRows is a room as the database has it.
func FromRows(r dbsqlc.Room, e dbsqlc.RoomEvent) Room {
	room := Room{
		ID: r.ID, Name: r.Name, Brands: r.Brands, Paths: r.Paths, Methods: r.Methods,
		ProductionID: r.ProductionID.Bytes, PerformanceID: r.PerformanceID.Bytes,
		Mode: Mode(r.Mode), Active: int(r.ActiveLimit), PerMinute: int(r.PerMinute), PassLife: int(r.PassLife),
		PollEvery: int(r.PollEvery), TypicalStay: int(r.TypicalStay), PageStatus: int(r.PageStatus),
		Message: r.Message, Paused: r.Paused, Drained: r.Drained, FailClosed: r.FailClosed,
		Gates: int(r.Gates), ArrivalsPerPrefix: int(r.ArrivalsPerPrefix),
		Event: EventFromRow(e), Version: int(r.Version),
		CreatedBy: r.CreatedBy, CreatedAt: r.CreatedAt.UTC(), UpdatedBy: r.UpdatedBy, UpdatedAt: r.UpdatedAt.UTC(), DeletedAt: instant(r.DeletedAt),
		Sync: Sync{Revision: r.Revision, Synced: r.SyncedRevision, SeenAt: instant(r.SeenAt), Failures: int(r.SyncFailures), Problem: r.SyncProblem},
	}
	if r.SeatsLeft != nil {
		n := int(*r.SeatsLeft)
		room.Sync.SeatsLeft = &n
	}
	return room
}

// EventFromRow is an event as the database has it.
func EventFromRow(e dbsqlc.RoomEvent) Event {
	out := Event{Number: int(e.Number), OpensAt: instant(e.OpensAt), SaleAt: instant(e.SaleAt), EndsAt: instant(e.EndsAt), Commitment: hex.EncodeToString(e.Commitment)}
	copy(out.seed[:], e.Seed)
	return out
}

// AddParams is the event as a new row.
func (e Event) AddParams(room string, at time.Time) dbsqlc.AddRoomEventParams {
	c := shuffle.Commit(e.seed, room, e.ID())
	return dbsqlc.AddRoomEventParams{
		RoomID: room, Number: int32(e.Number), OpensAt: optional(e.OpensAt), SaleAt: optional(e.SaleAt), EndsAt: optional(e.EndsAt),
		Seed: e.seed[:], Commitment: c[:], CreatedAt: at,
	}
}

// SetParams is the event's schedule.
func (e Event) SetParams(room string) dbsqlc.SetRoomEventParams {
	return dbsqlc.SetRoomEventParams{RoomID: room, Number: int32(e.Number), OpensAt: optional(e.OpensAt), SaleAt: optional(e.SaleAt), EndsAt: optional(e.EndsAt)}
}

func instant(t *time.Time) time.Time {
	if t == nil {
		return time.Time{}
	}
	return t.UTC()
}

func optional(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	t = t.UTC()
	return &t
}

// OptionalID is an ID as the database keeps one that may be missing.
func OptionalID(id uuid.UUID) pgtype.UUID { return pgtype.UUID{Bytes: id, Valid: id != uuid.Nil} }
