package filter

import (
	"strings"

	"github.com/stagedoor/stagedoor/edge/chain"
	"github.com/stagedoor/stagedoor/edge/page"
	"github.com/stagedoor/stagedoor/waitingroom/token"
)

// A visitor may take their place to another device: the page at this path
// shows a link that is good for ten minutes and for one device. Opened there,
// it asks whether to take the place over; the one who had it then has none.
const movePrefix, moveSuffix = "/.stagedoor/room/", "/move"

// moving is the room whose path this is, nil for others.
func (f WaitingRoom) moving(x *chain.Exchange) *guard {
	if !strings.HasPrefix(x.Path, movePrefix) {
		return nil
	}
	for i := range f.rooms {
		if x.Path == f.rooms[i].move {
			return &f.rooms[i]
		}
	}
	return nil
}

// moves shows the link, or takes a place over.
func (f WaitingRoom) moves(x *chain.Exchange, room *guard) chain.Verdict {
	if f.desk == nil {
		return f.stays(x, room)
	}
	known := f.known.Room(room.ID, room.Gates, x)
	if !chain.Known(known, x.Now) {
		return load(x, room) // which places have gone to another device
	}
	x.Plan.Room = room.ID
	m := page.Move{Locale: x.Visitor.Locale, Name: room.Name, RequestID: x.RequestID, Path: room.move, Back: room.Paths[0]}
	if m.Locale == "" {
		m.Locale = x.Site().Locale
	}
	if text, found := strings.CutPrefix(x.Query, "t="); found {
		move, err := f.desk.ReadMove(text, room.ID, x.Now/1000)
		if err != nil || known.Revoked(move.ID, move.Holder) || move.Holder >= 254 {
			return f.stays(x, room)
		}
		if x.Request.Method != "POST" {
			m.Token = text
			f.showMove(x, &m)
			return chain.Respond(roomMove)
		}
		if site := x.Request.Get("sec-fetch-site"); site != "" && site != "same-origin" {
			return f.stays(x, room) // another site must not give a visitor a worse place
		}
		known.Move(move.ID, move.Holder)
		move.Holder++
		taken, err := f.desk.AppendPlace(x.Scratch(), &move.Place)
		if err != nil {
			return chain.Fail(roomUnsigned)
		}
		f.setCookie(x, room.place, x.Keep(taken), placeLife)
		x.Redirect(303, x.Keep(append(appendBase(x.Scratch(), x, x.Hostname), room.Paths[0]...)), "no-store")
		return chain.Respond(roomMoved)
	}
	place, good := f.placeOf(x, room, known, nil)
	if !good {
		return f.stays(x, room)
	}
	text, err := f.desk.AppendMove(x.Scratch(), &token.Move{Place: place, Expires: x.Now/1000 + moveLife})
	if err != nil {
		return chain.Fail(roomUnsigned)
	}
	link := x.Keep(text)
	to := appendBase(x.Scratch(), x, x.Hostname)
	to = append(append(append(to, room.move...), "?t="...), link...)
	m.Link = x.Keep(to)
	f.showMove(x, &m)
	return chain.Respond(roomMove)
}

func (f WaitingRoom) showMove(x *chain.Exchange, m *page.Move) {
	p := &x.Plan
	p.Action, p.Status = chain.ActionRespond, 200
	nonce := nonceOf(x)
	p.Body = page.AppendMove(p.Body[:0], x.Site(), m, nonce)
	x.SetResponse("content-type", "text/html; charset=utf-8")
	x.SetResponse("content-security-policy", x.Keep(page.AppendFormPolicy(x.Scratch(), nonce)))
	x.SetResponse("cache-control", "no-store")
	x.SetResponse("referrer-policy", "no-referrer")
}

// stays answers who asks for a move that cannot be.
func (f WaitingRoom) stays(x *chain.Exchange, room *guard) chain.Verdict {
	notice(x, &page.Notice{
		Status: 410, Type: "room-move", Title: "This link is used up",
		Detail: "A link to another device works once and for ten minutes. The place it was for has not been lost: on the device that has it, ask for a new link.",
	})
	return chain.Respond(roomNotMoved)
}
