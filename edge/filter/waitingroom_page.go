package filter

import (
	"strconv"

	"github.com/stagedoor/stagedoor/edge/chain"
	"github.com/stagedoor/stagedoor/edge/page"
	"github.com/stagedoor/stagedoor/edge/site"
	"github.com/stagedoor/stagedoor/waitingroom/isolate"
	"github.com/stagedoor/stagedoor/waitingroom/state"
	"github.com/stagedoor/stagedoor/waitingroom/token"
)

// wait answers with the queue page. Without a place it is that of a room whose
// doors are shut.
func (f WaitingRoom) wait(x *chain.Exchange, room *guard, known *isolate.Room, published *state.State, place *token.Place, phase string, isNew bool) {
	q := page.Queue{
		Room: room.ID, Name: room.Name, Message: room.Message, Locale: x.Visitor.Locale, Phase: phase,
		Again: pollUnknown + x.Jitter(pollJitter), RequestID: x.RequestID,
		Ahead: -1, SeatsLeft: -1,
	}
	if q.Locale == "" {
		q.Locale = x.Site().Locale
	}
	q.Path, q.Query, q.HasQuery = x.Path, x.Query, x.Request.HasQuery
	if x.Asked != "" {
		q.Path = x.Asked
	}
	if published != nil {
		f.tell(x, &q, known, published, place, isNew)
	}
	if place != nil {
		q.Move = room.move
	}
	f.answer(x, room, &q)
}

// tell fills in what the room has published.
func (f WaitingRoom) tell(x *chain.Exchange, q *page.Queue, known *isolate.Room, published *state.State, place *token.Place, isNew bool) {
	now := uint32(x.Now / 1000)
	q.SeatsLeft, q.Paused, q.Lottery = published.SeatsLeft, published.Paused || published.Mode == state.QueueAll, published.Mode == state.Lottery
	if published.Message != "" {
		q.Message = published.Message
	}
	if q.Lottery && place != nil && len(published.Draw.Commit) > 0 {
		q.Draw, q.Visitor = &published.Draw, place.ID
	}
	switch q.Phase {
	case state.Before:
		q.Begins, q.BeginsAt = until(published.Opens, now), int64(published.Opens)
	case state.PreQueue:
		q.Begins, q.BeginsAt = until(published.Sale, now), int64(published.Sale)
	}
	if place != nil && q.Phase == state.Open && len(published.Outlook.Curve) > 0 {
		if tie, drawn := known.Tie(place.Arrived, place.Tie, place.ID); drawn {
			ahead, wait := published.Outlook.Look(place.Arrived, tie)
			q.Ahead, q.P50, q.P90, q.Estimated = int(ahead), int(wait.P50), int(wait.P90), !wait.Unknown
		}
	}
	q.Again = f.again(x, q, published, place, isNew)
}

// until is how many seconds are left to a planned one, 0 if none is.
func until(second, now uint32) int {
	if second <= now {
		return 0
	}
	return int(second - now)
}

// Bounds, in seconds, on how long a page waits while the doors are shut.
const (
	shutSoonest = 20
	shutLatest  = 300
)

// again is in how many seconds the page asks again. Visitors who came together
// are spread over a whole round, with the first question that cannot bring them
// in at once, and later ones keep that distance. Before the
// sale few questions are worth asking, but everyone should ask within a round
// of its beginning.
func (f WaitingRoom) again(x *chain.Exchange, q *page.Queue, published *state.State, place *token.Place, isNew bool) int {
	poll := published.Poll
	if poll < 2 {
		poll = pollUnknown
	}
	switch {
	case q.Begins > 0:
		soon := min(max(q.Begins/10, shutSoonest), shutLatest)
		if q.Begins <= 2*soon {
			return q.Begins + 1 + x.Jitter(poll)
		}
		return soon + x.Jitter(soon)
	case isNew && !published.Queueing:
		return 1 + x.Jitter(2)
	case isNew || place != nil && x.Now/1000 < int64(place.Arrived)+int64(poll):
		return 2 + x.Jitter(poll-1)
	}
	return poll - poll/10 + x.Jitter(poll/5+1)
}

// turnAway answers for a room that admits nobody.
func (f WaitingRoom) turnAway(x *chain.Exchange, room *guard, published *state.State) {
	detail := room.Message
	if published != nil && published.Message != "" {
		detail = published.Message
	}
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
		x.SetResponse("content-security-policy", x.Keep(page.AppendQueuePolicy(x.Scratch(), nonce)))
	}
	x.SetResponse("cache-control", "no-store")
	x.SetResponse("vary", "Accept, Cookie")
	x.SetResponse("retry-after", again)
}

func appendCookie(dst []byte, name, value string, life int) []byte {
	dst = append(append(dst, name...), '=')
	dst = append(append(dst, value...), "; Max-Age="...)
	return append(strconv.AppendInt(dst, int64(life), 10), "; Path=/; HttpOnly; SameSite=Lax"...)
}
