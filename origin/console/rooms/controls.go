package rooms

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/stagedoor/stagedoor/origin/console/frame"
	"github.com/stagedoor/stagedoor/origin/edgeconfig"
	"github.com/stagedoor/stagedoor/origin/waiting"
)

// limits changes who may be inside.
func (p *Pages) limits(v *frame.Visit) error {
	form, err := v.Form()
	if err != nil {
		return err
	}
	active, err1 := number(form.Get("active"))
	rate, err2 := number(form.Get("per_minute"))
	if err := errors.Join(err1, err2); err != nil {
		return p.back(v, err)
	}
	return p.change(v, "room.limits", func(r *waiting.Room) error {
		r.Active, r.PerMinute = active, rate
		return nil
	}, fmt.Sprintf("Limits set: %s inside, %s.", frame.Number(active), aMinute(rate)))
}

// message changes what those who wait are told.
func (p *Pages) message(v *frame.Visit) error {
	form, err := v.Form()
	if err != nil {
		return err
	}
	text := strings.TrimSpace(strings.ReplaceAll(form.Get("message"), "\r\n", "\n"))
	said := "Those who wait read the message within seconds."
	if text == "" {
		said = "The message is taken away."
	}
	return p.change(v, "room.message", func(r *waiting.Room) error { r.Message = text; return nil }, said)
}

// turns are what the switches do.
var turns = map[string]struct {
	set  func(r *waiting.Room, before waiting.Mode)
	said string
}{
	"pause":  {func(r *waiting.Room, _ waiting.Mode) { r.Paused = true }, "Paused: nobody new comes in. Who waits keeps their place."},
	"resume": {func(r *waiting.Room, _ waiting.Mode) { r.Paused, r.Drained = false, false }, "People come in again."},
	"drain":  {func(r *waiting.Room, _ waiting.Mode) { r.Drained, r.Paused = true, false }, "Drained: everybody who waits goes in."},
	"reject": {func(r *waiting.Room, _ waiting.Mode) { r.Mode = waiting.Reject }, "New visitors are turned away. Who is inside may finish."},
	"queue":  {func(r *waiting.Room, before waiting.Mode) { r.Mode = before }, "People are let in again as before."},
}

func (p *Pages) turn(v *frame.Visit) error {
	form, err := v.Form()
	if err != nil {
		return err
	}
	to, known := turns[form.Get("to")]
	if !known {
		return frame.ErrNotFound
	}
	before, err := p.Editor.RoomModeBefore(v.Context(), v.Request().PathValue("room"))
	if err != nil {
		return err
	}
	return p.change(v, "room."+form.Get("to"), func(r *waiting.Room) error { to.set(r, before); return nil }, to.said)
}

// revoke takes a visitor's pass from them.
func (p *Pages) revoke(v *frame.Visit) error {
	r, err := p.changeable(v)
	if err != nil {
		return err
	}
	form, err := v.Form()
	if err != nil {
		return err
	}
	session, err := edgeconfig.ParseSession(strings.ToLower(strings.Join(strings.Fields(form.Get("visitor")), "")))
	if err == nil {
		_, err = p.Editor.RevokePass(v.Context(), v.Actor(), r.ID, session)
	}
	if err != nil {
		return p.back(v, err)
	}
	if err := p.Control.Revoke(v.Context(), r.ID, session); err != nil {
		p.Logger.ErrorContext(v.Context(), "a pass is not revoked at the edge", "room", r.ID, "error", err)
		return v.Done(address(v, &r), frame.Warn("No seats are held by that pass any more. The edge could not be told yet and is told as soon as it answers."))
	}
	return v.Done(address(v, &r), frame.Good("That visitor’s pass and place count no more. They may queue again, at the end."))
}

func (p *Pages) remove(v *frame.Visit) error {
	r, err := p.changeable(v)
	if err != nil {
		return err
	}
	form, err := v.Form()
	if err != nil {
		return err
	}
	known, err := strconv.Atoi(form.Get("version"))
	if err != nil {
		return frame.ErrNotFound
	}
	if _, err := p.Editor.DeleteRoom(v.Context(), v.Actor(), r.ID, known); err != nil {
		return p.back(v, err)
	}
	return p.saved(v, home(v), r.ID, frame.Good("The waiting room “"+r.Name+"” is deleted. Visitors pass by it as soon as the edge knows.").WithUndo(undo(v, r.ID, known+1)))
}

// undo takes back the newest change.
func (p *Pages) undo(v *frame.Visit) error {
	form, err := v.Form()
	if err != nil {
		return err
	}
	version, err := strconv.Atoi(form.Get("version"))
	if err != nil {
		return frame.ErrNotFound
	}
	// A deleted room may come back: find would not show it.
	r, err := p.Editor.Room(v.Context(), v.Request().PathValue("room"))
	var refused edgeconfig.Refused
	switch {
	case errors.As(err, &refused):
		return frame.ErrNotFound
	case err != nil:
		return err
	case !mayChange(v, r.Brands):
		return frame.ErrForbidden
	}
	back, err := p.Editor.UndoRoom(v.Context(), v.Actor(), r.ID, version)
	if err != nil {
		return p.back(v, err)
	}
	return p.saved(v, address(v, &back), back.ID, frame.Good("Taken back."))
}

func undo(v *frame.Visit, room string, version int) frame.Undo {
	return frame.Undo{Path: home(v) + "/" + room + "/undo", Label: "Undo", Fields: map[string]string{"version": strconv.Itoa(version)}}
}

// change makes one change to the room of the address and leads back to it.
func (p *Pages) change(v *frame.Visit, action string, change func(*waiting.Room) error, said string) error {
	r, err := p.changeable(v)
	if err != nil {
		return err
	}
	before, after, err := p.Editor.EditRoom(v.Context(), v.Actor(), edgeconfig.RoomEdit{ID: r.ID, Action: action, Change: change})
	if err != nil {
		return p.back(v, err)
	}
	if before.Version == after.Version {
		return v.Done(address(v, &r), frame.Warn("Nothing changes: the room is like that already."))
	}
	return p.saved(v, address(v, &r), r.ID, frame.Good(said).WithUndo(undo(v, r.ID, after.Version)))
}

// back leads to the page that the form was on, with why nothing was changed. Failures stay failures.
func (p *Pages) back(v *frame.Visit, err error) error {
	var refused edgeconfig.Refused
	var conflict edgeconfig.Conflict
	switch {
	case errors.As(err, &refused):
		return v.Done(v.Back(), frame.Bad("Nothing was changed: "+readable(refused.Reason)+"."))
	case errors.As(err, &conflict):
		return v.Done(v.Back(), frame.Bad("Nothing was changed: "+conflict.UpdatedBy+" has changed this room meanwhile. It is shown as it is now."))
	}
	return err
}

// saved makes a change known, and leads on. The change is safe by now: who can't be told is told by the house as soon
// as it can.
func (p *Pages) saved(v *frame.Visit, path, room string, message frame.Flash) error {
	err := errors.Join(p.Publish(v.Context()), p.Tend(v.Context(), room))
	if err != nil {
		p.Logger.ErrorContext(v.Context(), "a change to a waiting room is not everywhere", "room", room, "error", err)
		message.Kind = "warn"
		message.Text = "Saved, but the edge could not be told yet. The house keeps trying. " + message.Text
	}
	return v.Done(path, message)
}

// number reads a count as people type it: "1,500".
func number(text string) (int, error) {
	n, err := strconv.Atoi(strings.NewReplacer(",", "", " ", "", "\u202f", "").Replace(strings.TrimSpace(text)))
	if err != nil {
		return 0, edgeconfig.Refused{Reason: fmt.Sprintf("%q is not a number of people", text)}
	}
	return n, nil
}
