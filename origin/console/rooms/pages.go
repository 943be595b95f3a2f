// Package rooms is where ops plan waiting rooms and run them: who may be inside, when a sale begins, and, live, who
// waits, who comes in and how the edge is. Every change is audited, and most can be taken back.
package rooms

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"time"

	"github.com/stagedoor/stagedoor/origin/console/frame"
	"github.com/stagedoor/stagedoor/origin/edgeconfig"
	"github.com/stagedoor/stagedoor/origin/show"
	"github.com/stagedoor/stagedoor/origin/staff"
	"github.com/stagedoor/stagedoor/origin/venue"
	"github.com/stagedoor/stagedoor/origin/waiting"
)

// Editor changes and reads rooms; an edgeconfig.Editor is one.
type Editor interface {
	Rooms(ctx context.Context, brandID string) ([]waiting.Room, error)
	Room(ctx context.Context, id string) (waiting.Room, error)
	RoomEvents(ctx context.Context, id string) ([]waiting.Event, error)
	CreateRoom(ctx context.Context, actor string, r waiting.Room) (waiting.Room, error)
	EditRoom(ctx context.Context, actor string, edit edgeconfig.RoomEdit) (before, after waiting.Room, err error)
	DeleteRoom(ctx context.Context, actor, id string, known int) (waiting.Room, error)
	RoomModeBefore(ctx context.Context, id string) (waiting.Mode, error)
	UndoRoom(ctx context.Context, actor, id string, version int) (waiting.Room, error)
	RevokePass(ctx context.Context, actor, room string, session [16]byte) (waiting.Room, error)
}

// Pages are those of waiting rooms.
type Pages struct {
	Editor Editor
	// Publish makes what was changed known to the edge, and Tend to the room's coordinator.
	Publish func(ctx context.Context) error
	Tend    func(ctx context.Context, room string) error
	// Control reaches coordinators.
	Control waiting.Coordinators
	// Shows lists what a theatre plays.
	Shows  func(ctx context.Context, brandID string) ([]show.Listing, error)
	Logger *slog.Logger

	hub hub
}

// Pages lists them.
func (p *Pages) Pages() []frame.Page {
	const at = "/sites/{site}/rooms"
	see, change := staff.SeeRooms, staff.ChangeRooms
	pages := []frame.Page{
		{Route: "GET " + at, Action: see, Menu: &frame.Menu{Label: "Waiting rooms", Order: 20}, Serve: p.list},
		{Route: "GET " + at + "/new", Action: change, Serve: p.newForm},
		{Route: "POST " + at, Action: change, Serve: p.create},
		{Route: "GET " + at + "/{room}", Action: see, Serve: p.room},
		{Route: "GET " + at + "/{room}/live", Action: see, Serve: p.live, Timeout: streamLasts + time.Minute},
		{Route: "GET " + at + "/{room}/edit", Action: change, Serve: p.editForm},
		{Route: "POST " + at + "/{room}/edit", Action: change, Serve: p.edit},
		{Route: "POST " + at + "/{room}/limits", Action: change, Serve: p.limits},
		{Route: "POST " + at + "/{room}/message", Action: change, Serve: p.message},
		{Route: "POST " + at + "/{room}/switch", Action: change, Serve: p.turn},
		{Route: "POST " + at + "/{room}/revoke", Action: change, Serve: p.revoke},
		{Route: "POST " + at + "/{room}/delete", Action: change, Serve: p.remove},
		{Route: "POST " + at + "/{room}/undo", Action: change, Serve: p.undo},
	}
	for i := range pages {
		if pages[i].Timeout == 0 {
			pages[i].Timeout = 30 * time.Second // the edge is told before the page answers
		}
	}
	return pages
}

// Stop ends what is asked in the background.
func (p *Pages) Stop() { p.hub.stop() }

func home(v *frame.Visit) string { return "/sites/" + v.Site() + "/rooms" }

func address(v *frame.Visit, r *waiting.Room) string { return home(v) + "/" + r.ID }

// find reads the room of the address: one on a site that the page is about and that the person may see.
func (p *Pages) find(v *frame.Visit) (waiting.Room, error) {
	r, err := p.Editor.Room(v.Context(), v.Request().PathValue("room"))
	var refused edgeconfig.Refused
	switch {
	case errors.As(err, &refused):
		return r, frame.ErrNotFound
	case err != nil:
		return r, err
	case !r.DeletedAt.IsZero(), v.Site() != staff.Group && !slices.Contains(r.Brands, v.Site()):
		return r, frame.ErrNotFound
	case !slices.ContainsFunc(r.Brands, func(brand string) bool { return v.May(staff.SeeRooms, brand) }):
		return r, frame.ErrForbidden
	}
	return r, nil
}

// mayChange reports whether the person may change a room: on every site that it spans.
func mayChange(v *frame.Visit, brands []string) bool {
	return !slices.ContainsFunc(brands, func(brand string) bool { return !v.May(staff.ChangeRooms, brand) })
}

// changeable is find for who may change the room.
func (p *Pages) changeable(v *frame.Visit) (waiting.Room, error) {
	r, err := p.find(v)
	if err == nil && !mayChange(v, r.Brands) {
		err = frame.ErrForbidden
	}
	return r, err
}

// place is the brand whose clock counts for a room: that of the site looked at, else the room's first.
func place(v *frame.Visit, brands []string) venue.Brand {
	if v.Site() == staff.Group && len(brands) > 0 {
		for _, b := range v.BrandsAnywhere(staff.SeeRooms) {
			if b.ID == brands[0] {
				return b
			}
		}
	}
	return v.Brand()
}

func (p *Pages) list(v *frame.Visit) error {
	all, err := p.Editor.Rooms(v.Context(), v.Site())
	if err != nil {
		return err
	}
	all = slices.DeleteFunc(all, func(r waiting.Room) bool {
		return !slices.ContainsFunc(r.Brands, func(brand string) bool { return v.May(staff.SeeRooms, brand) })
	})
	view := listView{Change: v.May(staff.ChangeRooms, v.Site())}
	for _, r := range all {
		if r.Event.Phase(v.Now()) == waiting.Ended {
			view.Over = append(view.Over, r)
		} else {
			view.Rooms = append(view.Rooms, r)
		}
	}
	return v.Show("Waiting rooms", listPage(v, view))
}

// asking is how long a page waits for a coordinator before it shows what it has.
const asking = 3 * time.Second

func (p *Pages) room(v *frame.Visit) error {
	r, err := p.find(v)
	if err != nil {
		return err
	}
	events, err := p.Editor.RoomEvents(v.Context(), r.ID)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(v.Context(), asking)
	defer cancel()
	status, err := p.Control.Status(ctx, r.ID)
	view := roomView{Room: r, Live: liveView{Room: r, Status: status, Err: err, Now: v.Now()}, Change: mayChange(v, r.Brands)}
	view.Prove = v.Site() == staff.Group && !v.Fresh()
	for _, e := range events {
		if e.Number != r.Event.Number {
			view.Past = append(view.Past, e)
		}
	}
	return v.Show(r.Name, roomPage(v, view))
}
