package filter

import (
	"encoding/binary"

	"github.com/stagedoor/stagedoor/edge/address"
	"github.com/stagedoor/stagedoor/edge/chain"
	"github.com/stagedoor/stagedoor/edge/limit"
	"github.com/stagedoor/stagedoor/edge/page"
	"github.com/stagedoor/stagedoor/edge/site"
	"github.com/stagedoor/stagedoor/waitingroom/isolate"
	"github.com/stagedoor/stagedoor/waitingroom/state"
	"github.com/stagedoor/stagedoor/waitingroom/token"
)

// queue admits a visitor without a pass or has them wait.
func (f WaitingRoom) queue(x *chain.Exchange, room *guard, known *isolate.Room) chain.Verdict {
	if !chain.Known(known, x.Now) {
		return load(x, room)
	}
	published, _ := known.State()
	if published != nil && x.Now-published.UpdatedAt.UnixMilli() > roomStale {
		published = nil
	}
	if published == nil && !room.FailClosed {
		f.letIn(x, room, known)
		return chain.Continue(roomOpen)
	}
	now := clockOf(x, published)
	phase := phaseOf(published, now)
	switch {
	case phase == state.Ended:
		return chain.Continue(roomEnded)
	case published != nil && published.Mode == state.Reject:
		f.turnAway(x, room, published)
		return chain.Respond(roomRejects)
	case x.Visitor.Crawler || x.Visitor.Bot && x.Request.Network.VerifiedBot:
		return f.crawler(x, published)
	case phase == state.Before:
		f.wait(x, room, known, published, nil, phase, true)
		return chain.Respond(roomBefore)
	case published != nil && published.Mode == state.Passthrough:
		known.Watch(x.Now)
		place := newPlace(x, room, uint32(now/1000))
		f.admit(x, room, &place, uint32(x.Now/1000))
		return chain.Continue(roomWatched)
	}
	place, kept := f.placeOf(x, room, known, published)
	if kept {
		tie, drawn := known.Tie(place.Arrived, place.Tie, place.ID)
		calls := published != nil && phase == state.Open && published.Mode != state.QueueAll
		if calls && drawn && published.Frontier.Admits(place.Arrived, tie) {
			f.admit(x, room, &place, known.Claim(place.ID, place.Arrived, now))
			return chain.Continue(roomAdmitted)
		}
		if phase == state.Open {
			known.Poll(place.Arrived)
		}
	} else {
		open := published != nil && phase == state.Open && !published.Queueing && !published.Paused
		if !f.fits(x, room) {
			return f.crowded(x)
		}
		place = newPlace(x, room, bucketOf(published, phase, now))
		if open && known.TakeSlot(x.Now) {
			f.admit(x, room, &place, uint32(x.Now/1000))
			return chain.Continue(roomSlot)
		}
		text, err := f.desk.AppendPlace(x.Scratch(), &place)
		if err != nil {
			return chain.Fail(roomUnsigned) // the room's ID is valid: it cannot be
		}
		f.setCookie(x, room.place, x.Keep(text), placeLife)
		known.Arrive(place.Arrived, x.Now)
	}
	f.wait(x, room, known, published, &place, phase, !kept)
	switch {
	case published == nil:
		return chain.Respond(roomClosed)
	case phase == state.PreQueue:
		return chain.Respond(roomPreQueue)
	}
	return chain.Respond(roomQueued)
}

// clockOf is the time in Unix milliseconds by which visitors queue: this
// isolate's, or the room's if that is ahead. By a clock that is slow somebody
// who comes now would stand before people who have waited, and places of other
// isolates would lie in the future.
func clockOf(x *chain.Exchange, published *state.State) int64 {
	if published != nil {
		return max(x.Now, published.UpdatedAt.UnixMilli())
	}
	return x.Now
}

// phaseOf is the phase a room is in. When its doors open is known beforehand,
// so that nobody needs to hear of it.
func phaseOf(published *state.State, now int64) string {
	if published == nil {
		return state.Open
	}
	second := uint32(now / 1000)
	if published.Phase == state.Before && published.Opens > 0 && second >= published.Opens {
		if published.Sale > second {
			return state.PreQueue
		}
		return state.Open
	}
	return published.Phase
}

// bucketOf is the bucket of who arrives now. Whoever comes before a lottery is
// in one and the same.
func bucketOf(published *state.State, phase string, now int64) uint32 {
	if phase == state.PreQueue && published.Mode == state.Lottery && published.Opens > 0 {
		return published.Opens
	}
	return uint32(now / 1000)
}

// placeOf reads the visitor's place, if they have one that is good.
func (f WaitingRoom) placeOf(x *chain.Exchange, room *guard, known *isolate.Room, published *state.State) (p token.Place, good bool) {
	p, err := f.desk.ReadPlace(cookieOf(x, room.place), room.ID)
	current, _ := known.State()
	now := uint32(clockOf(x, current) / 1000)
	switch {
	case err != nil || p.Arrived > now+maxSkew || now-min(p.Arrived, now) >= placeLife || known.Revoked(p.ID, p.Holder):
		return p, false
	case published == nil:
		return p, true
	}
	tie, drawn := known.Tie(p.Arrived, p.Tie, p.ID)
	return p, !drawn || !published.Lapsed.Admits(p.Arrived, tie)
}

func newPlace(x *chain.Exchange, room *guard, bucket uint32) token.Place {
	p := token.Place{Room: room.ID, Arrived: bucket, Tie: binary.BigEndian.Uint64(x.RandomTie())}
	copy(p.ID[:], x.RandomPlaceID())
	return p
}

// maxSkew is how far, in seconds, the clock of another isolate may be ahead.
const maxSkew = 60

// countClass is what the names of the networks' counters begin with.
const countClass = "room"

// fits says whether one more visitor may come from their network now.
func (f WaitingRoom) fits(x *chain.Exchange, room *guard) bool {
	ip, ok := address.ParseIP(x.Request.RemoteIP)
	if f.counters == nil || !ok || x.Request.Again {
		return true
	}
	who, kind := limit.Client{Group: room.groups[1], ID: ip.Network() >> 16}, byte(limit.Network)
	if ip.Is4() {
		who, kind = limit.Client{Group: room.groups[0], ID: ip.Network() >> 8}, limit.Address
	}
	if !f.counters.Take(who, &room.perPrefix, x.Now).OK {
		return false
	}
	if x.Plan.Count == "" {
		x.Plan.Count = x.Keep(limit.AppendName(x.Scratch(), countClass, room.ID, kind, who.ID, 60))
	}
	return true
}

// crowded answers a visitor from whose network too many have come.
func (f WaitingRoom) crowded(x *chain.Exchange) chain.Verdict {
	notice(x, &page.Notice{
		Status: 429, Type: "too-many-arrivals", Title: "One moment, please",
		Detail:     "Very many people have joined this queue from your network within a minute. Please try again shortly: nobody who has a place loses it.",
		RetryAfter: 10 + x.Jitter(20),
	})
	return chain.Respond(roomCrowded)
}

// crawler lets a verified bot in while nobody waits.
func (f WaitingRoom) crawler(x *chain.Exchange, published *state.State) chain.Verdict {
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

// admit gives a visitor a pass for their place, which is then used up. The
// answer that carries it is nobody else's.
func (f WaitingRoom) admit(x *chain.Exchange, room *guard, place *token.Place, issued uint32) {
	x.Visitor.Admitted = true
	f.give(x, room, &token.Pass{Room: room.ID, Session: place.ID, Issued: int64(issued), Expires: int64(issued) + int64(room.PassLife)})
	if cookieOf(x, room.place) != "" {
		f.setCookie(x, room.place, "", 0)
	}
}

// letIn gives a visitor a pass when nobody knows how the room is: the origin
// asks for one before seats are held. It is a short one, renewed like any other,
// and whoever had a place keeps it.
func (f WaitingRoom) letIn(x *chain.Exchange, room *guard, known *isolate.Room) {
	known.Watch(x.Now)
	now := x.Now / 1000
	pass := token.Pass{Room: room.ID, Issued: now, Expires: now + int64(min(room.PassLife, openLife))}
	copy(pass.Session[:], x.RandomPlaceID())
	x.Visitor.Admitted = true
	f.give(x, room, &pass)
}

// renew replaces a pass that is past half its life when its holder looks at a
// page: what pages load comes in swarms, with one and the same pass.
func (f WaitingRoom) renew(x *chain.Exchange, room *guard, known *isolate.Room, pass *token.Pass) {
	now := x.Now / 1000
	if now-pass.Issued < (pass.Expires-pass.Issued)/2 || x.Class == site.ClassAPI || x.Class == site.ClassSearch || !known.Renew(pass.Session, pass.Issued, x.Now) {
		return
	}
	pass.Issued, pass.Expires = now, now+int64(room.PassLife)
	f.give(x, room, pass)
}

func (f WaitingRoom) give(x *chain.Exchange, room *guard, pass *token.Pass) {
	text, err := f.desk.AppendPass(x.Scratch(), pass)
	if err != nil {
		return
	}
	f.setCookie(x, room.pass, x.Keep(text), int(pass.Expires-pass.Issued))
	x.SetResponse("cache-control", "private, no-store")
}

func (f WaitingRoom) setCookie(x *chain.Exchange, name, value string, life int) {
	text := appendCookie(x.Scratch(), name, value, life)
	if x.Request.Scheme == "https" {
		text = append(text, "; Secure"...)
	}
	x.Plan.Response = append(x.Plan.Response, chain.Op{Change: chain.Append, Name: "set-cookie", Value: x.Keep(text)})
}

// Release ends the session of whoever has a pass to a room among cookies, and
// appends the Set-Cookie that takes the pass away; nothing if none is good.
func Release(dst []byte, desk *token.Desk, rooms *chain.Rooms, id, cookies string, now int64) []byte {
	known := rooms.Find(id)
	if known == nil {
		return dst
	}
	pass, err := desk.ReadPass(cookieIn(cookies, passCookies+known.ID), known.ID, now/1000)
	if err != nil || known.Revoked(pass.Session, state.Everyone) {
		return dst
	}
	known.End(pass.Session, uint32(pass.Issued))
	return appendCookie(dst, passCookies+known.ID, "", 0)
}
