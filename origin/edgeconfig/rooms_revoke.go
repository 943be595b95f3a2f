package edgeconfig

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/stagedoor/stagedoor/origin/postgres/dbsqlc"
	"github.com/stagedoor/stagedoor/origin/waiting"
	"github.com/stagedoor/stagedoor/origin/waiting/admission"
)

// longestSession is how long a place, and the pass that it becomes, can be good.
const longestSession = 48 * time.Hour

// revocation is what the audit log keeps of one.
type revocation struct {
	Room    string `json:"room"`
	Session string `json:"session"`
}

// RevokePass has the origin refuse a visitor's pass to a room from now on, by the ID that their queue page shows. The
// room's coordinator is told by whoever tends rooms (waiting.Tender), as soon as it answers; whoever calls may tell it at
// once (waiting.Control.Revoke). Again, it changes nothing.
func (e *Editor) RevokePass(ctx context.Context, actor, room string, session [16]byte) (waiting.Room, error) {
	var r waiting.Room
	if actor == "" {
		return r, refuse("a change needs somebody who makes it")
	}
	err := pgx.BeginFunc(ctx, e.DB, func(tx pgx.Tx) error {
		q := dbsqlc.New(tx)
		row, err := q.LockRoom(ctx, room)
		if errors.Is(err, pgx.ErrNoRows) || err == nil && row.Room.DeletedAt != nil {
			return noRoom(room)
		}
		if err != nil {
			return fmt.Errorf("rooms: %w", err)
		}
		r = waiting.FromRows(row.Room, row.RoomEvent)
		if err := admission.Revoke(ctx, tx, admission.Revocation{Room: room, Session: session, Expires: e.Now().Add(longestSession)}, e.Now()); err != nil {
			return err
		}
		if err := q.HurryRoom(ctx, dbsqlc.HurryRoomParams{ID: room, Now: e.Now().UTC()}); err != nil {
			return fmt.Errorf("rooms: %w", err)
		}
		for _, brand := range r.Brands {
			if err := e.audit(ctx, q, actor, brand, change{action: "room.revoke", after: revocation{room, hex.EncodeToString(session[:])}}); err != nil {
				return err
			}
		}
		return nil
	})
	return r, err
}

// ParseSession reads a visitor's ID as queue pages show it: 32 hex digits.
func ParseSession(text string) (session [16]byte, err error) {
	b, err := hex.DecodeString(text)
	if err != nil || len(b) != len(session) {
		return session, refuse("a visitor's ID, as their queue page shows it, is 32 digits and letters a to f, not %q", text)
	}
	return [16]byte(b), nil
}
