package filter

import (
	"encoding/binary"
	"math"
	"time"

	"github.com/stagedoor/stagedoor/edge/chain"
	"github.com/stagedoor/stagedoor/edge/page"
	"github.com/stagedoor/stagedoor/edge/site"
	"github.com/stagedoor/stagedoor/waitingroom/state"
	"github.com/stagedoor/stagedoor/waitingroom/token"
)

// WaitingRoom has visitors wait their turn before a part of the site that a
// room guards. Of several rooms over a path the one with the most specific
// path counts.
//
// Who holds a pass goes in; no state is looked at for that. Who holds a place,
// or now gets one, goes in with a fresh pass when the room's frontier has
// reached it, and otherwise sees the queue page, or its facts as JSON when
// their program prefers that, and keeps the place. A token that is forged, of
// another room or no longer good is worth a place at the end of the queue.
//
// Not queued are what pages load (class asset), webhooks, preflights and
// staff. A verified bot goes in while nobody waits and is otherwise told to
// come back later: it would index the queue, or hold a place that a person
// could have. Other programs wait like
// everyone else, API clients with a key too: a key buys no turn. Programs keep
// their place by returning the cookie.
//
// When a room's state can't be had or is out of date, the room says whether
// visitors go in or wait, and so it does when there is no key to sign with.
// The filter itself fails open.
type WaitingRoom struct {
	desk  *token.Desk // nil: no key
	known *chain.Rooms
	site  *site.Site
	rooms []guard
}

// guard is a site.Room made ready.
type guard struct {
	*site.Room
	starts, ends int64  // Unix milliseconds
	place, pass  string // names of the cookies
	attributes   string // of both
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
	placeLife = 24 * 3600
	// Seconds until the queue page asks again.
	pollSoonest, pollJitter = 15, 10
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
		g.attributes = "; Path=/; HttpOnly; SameSite=Lax"
		f.rooms[i] = g
	}
	return f, nil
}

func (f WaitingRoom) Decide(x *chain.Exchange) chain.Verdict {
	room := f.over(x)
	switch {
	case room == nil:
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
			f.turnAway(x, room)
			return chain.Respond(roomNoKeyClosed)
		}
		return chain.Fail(roomNoKeyOpen)
	}
	if _, err := f.desk.ReadPass(cookieOf(x, room.pass), room.ID, x.Now/1000); err == nil {
		x.Visitor.Admitted = true
		return chain.Continue(roomPass)
	}
	if room.Mode == site.RoomReject {
		f.turnAway(x, room)
		return chain.Respond(roomRejects)
	}
	return f.queue(x, room)
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

// queue admits a visitor or has them wait.
func (f WaitingRoom) queue(x *chain.Exchange, room *guard) chain.Verdict {
	published, known, refresh := f.known.Find(room.ID, x.Now)
	if !known {
		x.Plan.Action, x.Plan.Room = chain.ActionLoad, room.ID
		return chain.Respond(roomLoad)
	}
	if refresh {
		x.Plan.Room = room.ID
	}
	if published != nil && x.Now-published.UpdatedAt.UnixMilli() > roomStale {
		published = nil
	}
	if published == nil && !room.FailClosed {
		return chain.Continue(roomOpen)
	}

	if x.Visitor.Crawler || x.Visitor.Bot && x.Request.Network.VerifiedBot {
		if published != nil && !published.Queueing {
			return chain.Continue(roomCrawlerIn)
		}
		notice(x, &page.Notice{
			Status: 503, Type: "waiting-room", Title: "Many people are waiting here",
			Detail:     "This page has a waiting room for visitors at the moment. Please come back later.",
			RetryAfter: crawlerLater + x.Jitter(crawlerJitter),
		})
		return chain.Respond(roomCrawler)
	}

	place, kept := f.placeOf(x, room, published)
	if published != nil && published.Frontier.Admits(place.Arrived, place.Tie) {
		f.admit(x, room, &place)
		return chain.Continue(roomAdmitted)
	}
	if !kept {
		text, err := f.desk.AppendPlace(x.Scratch(), &place)
		if err != nil {
			return chain.Fail(roomUnsigned) // the room's ID is valid: it cannot be
		}
		f.setCookie(x, room, room.place, x.Keep(text), placeLife)
	}
	f.wait(x, room, published, &place)
	if published == nil {
		return chain.Respond(roomClosed)
	}
	return chain.Respond(roomQueued)
}

// placeOf reads the visitor's place, or gives them one at the end of the queue.
func (f WaitingRoom) placeOf(x *chain.Exchange, room *guard, published *state.State) (p token.Place, kept bool) {
	now := uint32(x.Now / 1000)
	p, err := f.desk.ReadPlace(cookieOf(x, room.place), room.ID)
	if err == nil && p.Arrived <= now+maxSkew && now-min(p.Arrived, now) < placeLife && (published == nil || !published.Lapsed.Admits(p.Arrived, p.Tie)) {
		return p, true
	}
	p = token.Place{Room: room.ID, Arrived: now, Tie: binary.BigEndian.Uint64(x.RandomTie())}
	copy(p.ID[:], x.RandomPlaceID())
	return p, false
}

// maxSkew is how far, in seconds, the clock of another isolate may be ahead.
const maxSkew = 60

// admit gives a visitor a pass for their place, which is then used up. The
// answer that carries it is nobody else's.
func (f WaitingRoom) admit(x *chain.Exchange, room *guard, place *token.Place) {
	x.Visitor.Admitted = true
	now := x.Now / 1000
	pass := token.Pass{Room: room.ID, Session: place.ID, Issued: now, Expires: now + int64(room.PassLife)}
	text, err := f.desk.AppendPass(x.Scratch(), &pass)
	if err != nil {
		return
	}
	f.setCookie(x, room, room.pass, x.Keep(text), room.PassLife)
	if cookieOf(x, room.place) != "" {
		f.setCookie(x, room, room.place, "", 0)
	}
	x.SetResponse("cache-control", "private, no-store")
}

func (f WaitingRoom) setCookie(x *chain.Exchange, room *guard, name, value string, life int) {
	seconds := decimal(x, int64(life))
	text := append(x.Scratch(), name...)
	text = append(text, '=')
	text = append(text, value...)
	text = append(text, "; Max-Age="...)
	text = append(text, seconds...)
	text = append(text, room.attributes...)
	if x.Request.Scheme == "https" {
		text = append(text, "; Secure"...)
	}
	x.Plan.Response = append(x.Plan.Response, chain.Op{Change: chain.Append, Name: "set-cookie", Value: x.Keep(text)})
}

// wait answers with the queue page.
func (f WaitingRoom) wait(x *chain.Exchange, room *guard, published *state.State, place *token.Place) {
	q := page.Queue{
		Room: room.ID, Name: room.Name, Message: room.Message,
		Again: pollSoonest + x.Jitter(pollJitter), RequestID: x.RequestID,
		Ahead: -1, SeatsLeft: -1,
	}
	q.Path, q.Query, q.HasQuery = x.Path, x.Query, x.Request.HasQuery
	if x.Asked != "" {
		q.Path = x.Asked
	}
	if published != nil {
		ahead, wait := published.Outlook.Look(place.Arrived, place.Tie)
		q.Ahead, q.P50, q.P90, q.Estimated = int(ahead), int(wait.P50), int(wait.P90), !wait.Unknown
		q.SeatsLeft = published.SeatsLeft
		if published.Message != "" {
			q.Message = published.Message
		}
	}
	f.answer(x, room, &q)
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

// turnAway answers for a room that admits nobody.
func (f WaitingRoom) turnAway(x *chain.Exchange, room *guard) {
	detail := room.Message
	if detail == "" {
		detail = "We cannot let more people in at the moment. Nothing you have booked is lost. Please try again later."
	}
	notice(x, &page.Notice{
		Status: 503, Type: "waiting-room-closed", Title: "The house is full for now", Detail: detail,
		RetryAfter: 60 + x.Jitter(60),
	})
}

// answer writes the queue page, as HTML or JSON. A program that asked for
// something to be done must not take 200 for an answer.
func (f WaitingRoom) answer(x *chain.Exchange, room *guard, q *page.Queue) {
	p := &x.Plan
	p.Action, q.Status = chain.ActionRespond, room.Status
	if !x.IsRead() || x.Class != site.ClassPage {
		q.Status = 503
	}
	p.Status = q.Status
	again := decimal(x, int64(q.Again))
	if page.Preferred(x.Request.Get("accept"), x.Path) == page.JSON {
		p.Body = page.AppendQueueJSON(p.Body[:0], q)
		kind := "application/json"
		if q.Status >= 400 {
			kind = "application/problem+json"
		}
		x.SetResponse("content-type", kind)
	} else {
		nonce := nonceOf(x)
		p.Body = page.AppendQueueHTML(p.Body[:0], x.Site(), q, nonce)
		x.SetResponse("content-type", "text/html; charset=utf-8")
		x.SetResponse("content-security-policy", x.Keep(page.AppendPolicy(x.Scratch(), nonce)))
		x.SetResponse("refresh", again)
	}
	x.SetResponse("cache-control", "no-store")
	x.SetResponse("vary", "Accept, Cookie")
	x.SetResponse("retry-after", again)
}
