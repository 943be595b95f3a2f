package filter

import (
	"math"
	"time"

	"github.com/stagedoor/stagedoor/edge/chain"
	"github.com/stagedoor/stagedoor/edge/limit"
	"github.com/stagedoor/stagedoor/edge/site"
	"github.com/stagedoor/stagedoor/waitingroom/state"
	"github.com/stagedoor/stagedoor/waitingroom/token"
)

// WaitingRoom has visitors wait their turn before a part of the site that a
// room guards. Of several rooms over a path the one with the most specific
// path counts.
//
// Who holds a pass goes in; past half its life it is renewed. Who holds a
// place, or now gets one, goes in with a fresh pass when the room's frontier
// has reached it, and otherwise sees the queue page, or its facts as JSON when
// their program prefers that, and keeps the place. While nobody waits, who
// comes goes in at once as long as this isolate has slots (package isolate). A
// token that is forged, of another room, taken back or no longer good is worth
// a place at the end of the queue. Everything is counted in memory; the shell
// tells a gate about once a second (Plan.Room).
//
// Not queued are what pages load (class asset), webhooks, preflights and
// staff. A verified bot goes in while nobody waits and is otherwise told to
// come back later: it would index the queue, or hold a place that a person
// could have. Other programs wait like
// everyone else, API clients with a key too: a key buys no turn. Programs keep
// their place by returning the cookie.
//
// When a room's state can't be had or is out of date, the room says whether
// visitors go in, with a short pass, or wait, and so it does when there is no
// key to sign with.
// The filter itself fails open.
type WaitingRoom struct {
	desk     *token.Desk // nil: no key
	known    *chain.Rooms
	counters *limit.Counters // nil: networks are not counted
	site     *site.Site
	rooms    []guard
}

// guard is a site.Room made ready.
type guard struct {
	*site.Room
	starts, ends int64  // Unix milliseconds
	place, pass  string // names of the cookies
	move         string // the path to take a place to another device from
	perPrefix    limit.Rate
	groups       [2]uint64 // of networks, IPv4 and IPv6
}

func (WaitingRoom) Name() string { return "waitingroom" }
func (WaitingRoom) Needs() []string {
	return []string{"trace", "site", "canonical", "staff", "bot", "locale"}
}
func (WaitingRoom) Fails() chain.Direction { return chain.FailOpen }

const (
	roomNone        chain.Reason = "waitingroom.none"
	roomWatching    chain.Reason = "waitingroom.passthrough"
	roomSubresource chain.Reason = "waitingroom.sub-resource"
	roomWebhook     chain.Reason = "waitingroom.webhook"
	roomPreflight   chain.Reason = "waitingroom.preflight"
	roomStaff       chain.Reason = "waitingroom.staff"
	roomCrawler     chain.Reason = "waitingroom.crawler-later"
	roomCrawlerIn   chain.Reason = "waitingroom.crawler-nobody-waits"
	roomUnsigned    chain.Reason = "waitingroom.cannot-sign"
	roomRejects     chain.Reason = "waitingroom.rejects"
	roomPass        chain.Reason = "waitingroom.pass"
	roomAdmitted    chain.Reason = "waitingroom.admitted"
	roomQueued      chain.Reason = "waitingroom.queued"
	roomLoad        chain.Reason = "waitingroom.load"
	roomOpen        chain.Reason = "waitingroom.state-unknown-open"
	roomClosed      chain.Reason = "waitingroom.state-unknown-closed"
	roomEnded       chain.Reason = "waitingroom.ended"
	roomBefore      chain.Reason = "waitingroom.not-open-yet"
	roomPreQueue    chain.Reason = "waitingroom.pre-queue"
	roomSlot        chain.Reason = "waitingroom.slot"
	roomWatched     chain.Reason = "waitingroom.watched"
	roomCrowded     chain.Reason = "waitingroom.network-crowded"
	roomMove        chain.Reason = "waitingroom.move"
	roomMoved       chain.Reason = "waitingroom.moved"
	roomNotMoved    chain.Reason = "waitingroom.move-refused"
	roomNoKeyOpen   chain.Reason = "waitingroom.no-key-open"
	roomNoKeyClosed chain.Reason = "waitingroom.no-key-closed"
)

// What the names of the cookies begin with; the room's ID follows.
const placeCookies, passCookies = "stagedoor_place_", "stagedoor_pass_"

const (
	// roomStale is the age, in milliseconds, from which what a room published
	// says nothing any more: longer than KV may take to show a write.
	roomStale = 90_000
	// placeLife is how long, in seconds, a browser keeps a place: overnight.
	placeLife = 36 * 3600
	// openLife is how long, in seconds, the pass of who went in unasked is good.
	openLife = 300
	// moveLife is how long, in seconds, a link to another device is good.
	moveLife = 600
	// Seconds until the queue page asks again if the room does not say.
	pollUnknown, pollJitter = 15, 10
	// Seconds until a crawler may ask again.
	crawlerLater, crawlerJitter = 600, 300
)

func (f WaitingRoom) Bind(s *site.Site) (chain.Filter, error) {
	f.site = s
	f.rooms = make([]guard, len(s.Rooms))
	for i := range s.Rooms {
		r := &s.Rooms[i]
		g := guard{Room: r, place: placeCookies + r.ID, pass: passCookies + r.ID}
		g.starts, g.ends = span(r.StartsAt, r.EndsAt)
		g.move = movePrefix + r.ID + moveSuffix
		g.perPrefix = limit.NewRate(max(r.ArrivalsPerPrefix, 1), 60)
		g.groups = [2]uint64{limit.Group(countClass, r.ID, limit.Address), limit.Group(countClass, r.ID, limit.Network)}
		f.rooms[i] = g
	}
	return f, nil
}

func (f WaitingRoom) Decide(x *chain.Exchange) chain.Verdict {
	if moving := f.moving(x); moving != nil {
		return f.moves(x, moving)
	}
	room := f.over(x)
	switch {
	case room == nil:
		// The answer to a purchase may give up the pass that comes with it
		// (Release), so this isolate has to know its room.
		for i := range f.rooms {
			if r := &f.rooms[i]; x.Class == site.ClassCheckout && cookieOf(x, r.pass) != "" {
				f.known.Room(r.ID, r.Gates, x)
			}
		}
		return chain.Continue(roomNone)
	case x.Class == site.ClassAsset:
		return chain.Continue(roomSubresource)
	case x.Class == site.ClassWebhook:
		return chain.Continue(roomWebhook)
	case x.Request.Method == "OPTIONS":
		return chain.Continue(roomPreflight)
	case x.Visitor.Staff != "":
		return chain.Continue(roomStaff)
	case room.Mode == site.RoomPassthrough:
		return chain.Continue(roomWatching)
	case f.desk == nil:
		if room.FailClosed || room.Mode == site.RoomReject {
			f.turnAway(x, room, nil)
			return chain.Respond(roomNoKeyClosed)
		}
		return chain.Fail(roomNoKeyOpen)
	}
	known := f.known.Room(room.ID, room.Gates, x)
	// Named every time: what is counted now has to be told even if nobody comes
	// after it. When to do so is the shell's affair.
	x.Plan.Room = room.ID
	if pass, err := f.desk.ReadPass(cookieOf(x, room.pass), room.ID, x.Now/1000); err == nil {
		// An isolate that has just begun knows nobody whose pass was taken back.
		if _, at := known.State(); at == 0 {
			return load(x, room)
		}
		if !known.Revoked(pass.Session, state.Everyone) {
			x.Visitor.Admitted = true
			f.renew(x, room, known, &pass)
			return chain.Continue(roomPass)
		}
	}
	if room.Mode == site.RoomReject {
		f.turnAway(x, room, nil)
		return chain.Respond(roomRejects)
	}
	return f.queue(x, room, known)
}

// load has the shell ask for the room's state first.
func load(x *chain.Exchange, room *guard) chain.Verdict {
	x.Plan.Action, x.Plan.Room = chain.ActionLoad, room.ID
	return chain.Respond(roomLoad)
}

// over is the room that guards a request now, nil when none does.
func (f WaitingRoom) over(x *chain.Exchange) (found *guard) {
	longest := -1
	for i := range f.rooms {
		room := &f.rooms[i]
		if x.Now < room.starts || x.Now >= room.ends || !room.guards(x.Request.Method) {
			continue
		}
		for _, path := range room.Paths {
			if len(path) > longest && site.Under(x.Path, path) {
				found, longest = room, len(path)
			}
		}
	}
	return found
}

// guards says whether the room is for a method; whoever guards GET guards HEAD.
func (g *guard) guards(method string) bool {
	for _, m := range g.Methods {
		if m == method || m == "GET" && method == "HEAD" {
			return true
		}
	}
	return len(g.Methods) == 0
}

// span is a time from and until, in Unix milliseconds.
func span(from, until time.Time) (starts, ends int64) {
	starts, ends = math.MinInt64, math.MaxInt64
	if !from.IsZero() {
		starts = from.UnixMilli()
	}
	if !until.IsZero() {
		ends = until.UnixMilli()
	}
	return starts, ends
}
