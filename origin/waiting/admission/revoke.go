package admission

import (
	"context"
	"fmt"
	"time"

	"github.com/stagedoor/stagedoor/origin/postgres/dbsqlc"
)

// Revocation takes a pass from whoever has it.
type Revocation struct {
	Room    string
	Session [16]byte
	Expires time.Time // when no pass of the session can be good any more
}

// Revoke has the origin refuse a session from now on. That the edge refuses it too is the coordinator's work
// (waiting.Control.Revoke). Doing it twice does no harm.
func Revoke(ctx context.Context, db dbsqlc.DBTX, r Revocation, now time.Time) error {
	_, err := dbsqlc.New(db).RevokeRoomPass(ctx, dbsqlc.RevokeRoomPassParams{
		RoomID: r.Room, Session: r.Session[:], Now: now.UTC(), Reason: "staff", ExpiresAt: r.Expires.Add(grace).UTC(),
	})
	if err != nil {
		return fmt.Errorf("revoke a pass: %w", err)
	}
	return nil
}
