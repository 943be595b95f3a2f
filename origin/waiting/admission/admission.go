// Package admission verifies, before seats are held, that whoever asks was let in by the waiting room that guards them.
// The edge has looked at the pass before; looking again means that going around the edge, or around the page that the
// room is on, gains nothing. Nothing that a request claims about itself counts: only signatures do.
package admission

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"errors"
	"log/slog"
	"net/http"
	"slices"
	"sync"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/stagedoor/stagedoor/edge/site"
	"github.com/stagedoor/stagedoor/edge/staffpass"
	"github.com/stagedoor/stagedoor/origin/hold"
	"github.com/stagedoor/stagedoor/origin/postgres/dbsqlc"
	"github.com/stagedoor/stagedoor/origin/session"
	"github.com/stagedoor/stagedoor/waitingroom/token"
)

// PassCookie is what the name of the cookie begins with that carries a room's pass; the room's ID follows.
const PassCookie = "stagedoor_pass_"

// ReleaseHeader tells the edge, which strips it, that a visitor's pass to the room it names has done its work.
const ReleaseHeader = "Stagedoor-Room-Release"

const (
	// roomsKept is how late a change to a room is noticed.
	roomsKept = 2 * time.Second
	// unknownAfter is how long a coordinator may have been silent before a room's state counts as unknown, as at the
	// edge: a room that then lets people in gives them no pass.
	unknownAfter = 90 * time.Second
	// grace is how long after its expiry a pass that was revoked is remembered: clocks differ.
	grace = 5 * time.Minute
	// mostOwners bounds the performances whose production is remembered.
	mostOwners = 50_000
)

// Guard is asked before every hold.
type Guard struct {
	DB *pgxpool.Pool
	// Ring verifies passes; nil: there are no keys, and rooms are open or closed as each says.
	Ring *token.Ring
	// StaffKey verifies the cookie of staff, who need no pass.
	StaffKey []byte
	// SiteURL is the public address of a brand's site, without a trailing slash.
	SiteURL func(brand string) string
	Now     func() time.Time
	Logger  *slog.Logger

	mu     sync.Mutex
	rooms  []dbsqlc.GuardingRoomsRow
	readAt time.Time
	owners map[uuid.UUID]dbsqlc.PerformanceOwnerRow
}

type contextKey struct{}

// visitor is what a request shows of who sent it.
type visitor struct {
	cookies map[string]string
	answer  http.Header
}

// Visitor lets Admit and Completed see the cookies of requests, and Completed answer the edge.
func Visitor(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		v := &visitor{answer: w.Header()}
		for _, c := range r.Cookies() {
			if c.Name == staffpass.CookieName || len(c.Name) > len(PassCookie) && c.Name[:len(PassCookie)] == PassCookie {
				if v.cookies == nil {
					v.cookies = map[string]string{}
				}
				if _, again := v.cookies[c.Name]; !again { // the first, as the edge takes it
					v.cookies[c.Name] = c.Value
				}
			}
		}
		next.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), contextKey{}, v)))
	})
}

func from(ctx context.Context) *visitor {
	if v, ok := ctx.Value(contextKey{}).(*visitor); ok {
		return v
	}
	return &visitor{answer: http.Header{}}
}

// Why a hold is refused, for the log.
const (
	noPass   = "no pass"
	revoked  = "revoked"
	copied   = "used in another browser first"
	noKey    = "no key to verify with"
	rejected = "the room turns people away"
)

// Admit returns nil when the visitor may hold seats of a performance, and a *hold.RoomError when a waiting room is
// before it that has not let them in.
func (g *Guard) Admit(ctx context.Context, performance uuid.UUID) error {
	rooms, owner, err := g.before(ctx, performance)
	if err != nil || len(rooms) == 0 {
		return err
	}
	v := from(ctx)
	if g.staff(ctx, v) {
		return nil
	}
	why := noPass
	for _, room := range rooms {
		reason, err := g.judge(ctx, v, &room)
		if err != nil {
			return err
		}
		if reason == "" {
			return nil
		}
		if reason != noPass {
			why = reason
		}
	}
	room := rooms[0]
	g.Logger.InfoContext(ctx, "a hold without a turn is refused", "room", room.ID, "performance_id", performance, "reason", why)
	return &hold.RoomError{Room: room.ID, Name: room.Name, URL: g.SiteURL(owner.BrandID) + entrance(&room, performance)}
}

// judge says why a room does not let the visitor in, "" when it does.
func (g *Guard) judge(ctx context.Context, v *visitor, room *dbsqlc.GuardingRoomsRow) (string, error) {
	now := g.Now()
	if g.Ring == nil {
		if room.FailClosed {
			return noKey, nil
		}
		return "", nil
	}
	if pass, err := g.Ring.ReadPass(v.cookies[PassCookie+room.ID], room.ID, now.Unix()); err == nil {
		return g.use(ctx, room.ID, pass)
	}
	switch {
	case room.Mode == "reject":
		return rejected, nil
	case !room.FailClosed && (room.SeenAt == nil || now.Sub(*room.SeenAt) > unknownAfter):
		return "", nil // as the edge does with a room whose state nobody knows
	}
	return noPass, nil
}

// use notes whose a pass is at its first use. Shown by another browser later, or revoked, it counts no more.
func (g *Guard) use(ctx context.Context, room string, pass token.Pass) (string, error) {
	me := browser(ctx)
	row, err := dbsqlc.New(g.DB).UseRoomPass(ctx, dbsqlc.UseRoomPassParams{
		RoomID: room, Session: pass.Session[:], Visitor: me, Now: g.Now().UTC(), ExpiresAt: time.Unix(pass.Expires, 0).Add(grace).UTC(),
	})
	switch {
	case err != nil:
		return "", err
	case row.RevokedAt != nil:
		return revoked, nil
	case subtle.ConstantTimeCompare(row.Visitor, me) != 1:
		return copied, nil
	}
	return "", nil
}

// browser stands for the visitor's session, which itself opens holds and is not to be stored.
func browser(ctx context.Context) []byte {
	sum := sha256.Sum256([]byte("room pass v1\x00" + session.ID(ctx)))
	return sum[:]
}

// staff reports whether the visitor is: the box office sells past every queue.
func (g *Guard) staff(ctx context.Context, v *visitor) bool {
	value := v.cookies[staffpass.CookieName]
	if value == "" {
		return false
	}
	verifier, err := staffpass.NewVerifier(g.StaffKey) // one each: it is not for concurrent use
	if err != nil {
		return false
	}
	name, why := verifier.Read(value, session.Site(ctx), g.Now().Unix())
	return name != "" && why == 0
}

// Completed is called when somebody sees their paid order: the pass with which its seats were held has done its work.
// The edge is told, so that the next in the queue comes in, and the pass opens nothing more.
func (g *Guard) Completed(ctx context.Context, performance uuid.UUID, ordered time.Time) {
	v := from(ctx)
	if len(v.cookies) == 0 || g.Ring == nil {
		return
	}
	rooms, _, err := g.before(ctx, performance)
	if err != nil {
		g.Logger.WarnContext(ctx, "a pass is not given back", "error", err)
		return
	}
	q, now := dbsqlc.New(g.DB), g.Now().UTC()
	for _, room := range rooms {
		pass, err := g.Ring.ReadPass(v.cookies[PassCookie+room.ID], room.ID, now.Unix())
		if err != nil {
			continue
		}
		row, err := q.GetRoomPass(ctx, dbsqlc.GetRoomPassParams{RoomID: room.ID, Session: pass.Session[:]})
		// An order from before this turn says nothing about it, and who looks at another's order has not done.
		if err != nil || row.FirstAt == nil || row.FirstAt.After(ordered) || subtle.ConstantTimeCompare(row.Visitor, browser(ctx)) != 1 {
			if err != nil && !errors.Is(err, pgx.ErrNoRows) {
				g.Logger.WarnContext(ctx, "a pass is not given back", "room", room.ID, "error", err)
			}
			continue
		}
		_, err = q.RevokeRoomPass(ctx, dbsqlc.RevokeRoomPassParams{
			RoomID: room.ID, Session: pass.Session[:], Now: now, Reason: "order", ExpiresAt: time.Unix(pass.Expires, 0).Add(grace).UTC(),
		})
		if err != nil {
			g.Logger.WarnContext(ctx, "a pass is not given back", "room", room.ID, "error", err)
			continue
		}
		v.answer.Set(ReleaseHeader, room.ID)
		return
	}
}

// before lists the rooms that people pass through now to a performance, the one for it alone first, and whose the
// performance is.
func (g *Guard) before(ctx context.Context, performance uuid.UUID) ([]dbsqlc.GuardingRoomsRow, dbsqlc.PerformanceOwnerRow, error) {
	all, err := g.guarding(ctx)
	if err != nil || len(all) == 0 {
		return nil, dbsqlc.PerformanceOwnerRow{}, err
	}
	owner, err := g.owner(ctx, performance)
	if errors.Is(err, pgx.ErrNoRows) {
		return nil, owner, nil // what does not exist is refused elsewhere
	}
	if err != nil {
		return nil, owner, err
	}
	now := g.Now()
	var rooms []dbsqlc.GuardingRoomsRow
	for _, r := range all {
		single := r.PerformanceID.Valid
		if single && uuid.UUID(r.PerformanceID.Bytes) != performance || !single && uuid.UUID(r.ProductionID.Bytes) != owner.ProductionID {
			continue
		}
		if r.Mode == "passthrough" || r.Drained || !open(&r, now) {
			continue
		}
		if single {
			rooms = slices.Insert(rooms, 0, r)
		} else {
			rooms = append(rooms, r)
		}
	}
	return rooms, owner, nil
}

func open(r *dbsqlc.GuardingRoomsRow, now time.Time) bool {
	from := r.OpensAt
	if from == nil {
		from = r.SaleAt
	}
	return (from == nil || !now.Before(*from)) && (r.EndsAt == nil || now.Before(*r.EndsAt))
}

// guarding reads the rooms, from memory when they were read just now. While the database is away those known last count.
func (g *Guard) guarding(ctx context.Context) ([]dbsqlc.GuardingRoomsRow, error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	now := g.Now()
	if !g.readAt.IsZero() && now.Sub(g.readAt) < roomsKept {
		return g.rooms, nil
	}
	rooms, err := dbsqlc.New(g.DB).GuardingRooms(ctx)
	if err != nil {
		if g.readAt.IsZero() {
			return nil, err
		}
		g.Logger.WarnContext(ctx, "waiting rooms can't be read; those known last count", "error", err)
		return g.rooms, nil
	}
	g.rooms, g.readAt = rooms, now
	return rooms, nil
}

func (g *Guard) owner(ctx context.Context, performance uuid.UUID) (dbsqlc.PerformanceOwnerRow, error) {
	g.mu.Lock()
	owner, known := g.owners[performance]
	g.mu.Unlock()
	if known {
		return owner, nil
	}
	owner, err := dbsqlc.New(g.DB).PerformanceOwner(ctx, performance)
	if err != nil {
		return owner, err
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.owners == nil || len(g.owners) >= mostOwners {
		g.owners = map[uuid.UUID]dbsqlc.PerformanceOwnerRow{}
	}
	g.owners[performance] = owner
	return owner, nil
}

// entrance is where the room lets people in who want this performance.
func entrance(r *dbsqlc.GuardingRoomsRow, performance uuid.UUID) string {
	seats := "/performances/" + performance.String()
	if slices.ContainsFunc(r.Paths, func(path string) bool { return site.Under(seats, path) }) {
		return seats
	}
	return r.Paths[0]
}
