package trial

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/stagedoor/stagedoor/origin/edgeconfig"
	"github.com/stagedoor/stagedoor/origin/waiting"
	"github.com/stagedoor/stagedoor/waitingroom/rehearse"
	"github.com/stagedoor/stagedoor/waitingroom/sim"
)

// Editor makes rooms and takes them away; an edgeconfig.Editor is one.
type Editor interface {
	Rooms(ctx context.Context, brandID string) ([]waiting.Room, error)
	CreateRoom(ctx context.Context, actor string, r waiting.Room) (waiting.Room, error)
	DeleteRoom(ctx context.Context, actor, id string, known int) (waiting.Room, error)
}

// Stage is where rehearsals are held.
type Stage struct {
	Editor Editor
	// Publish makes rooms known to the edge, and Tend to their coordinators.
	Publish func(ctx context.Context) error
	Tend    func(ctx context.Context, room string) error
	Control waiting.Coordinators
	// SiteURL is the public address of a brand's site.
	SiteURL func(brand string) string
	// Wait is how long a new room is waited for; 0: two minutes, as sites may be one behind.
	Wait time.Duration
}

const newRoomWait = 2 * time.Minute

// Rehearsed is what a rehearsal found, and its course.
type Rehearsed struct {
	rehearse.Outcome
	Series []sim.Point `json:"series,omitempty"`
}

// Steps of a rehearsal, as people read them.
const (
	stepRoom  = "A room is made"
	stepEdge  = "The edge learns of the room"
	stepGoing = "Visitors come and wait"
	stepEnd   = "The room is taken away"
)

// Rehearse makes a room, sends the visitors of a plan through it and takes it away, also when ctx ends before: the
// result is then of what happened until then, if visitors came at all. tell hears about once a second how far it is.
func (s *Stage) Rehearse(ctx context.Context, actor string, p Plan, tell func(Progress)) (found *Rehearsed, err error) {
	c, err := p.config(s.SiteURL(p.Site))
	if err != nil {
		return nil, err
	}
	if tell == nil {
		tell = func(Progress) {}
	}
	began := time.Now()
	of := seconds(p.For).Seconds()
	step := func(name string) { tell(Progress{Step: name, Of: of, Visitors: p.Visitors}) }
	step(stepRoom)
	if _, err := s.Editor.CreateRoom(ctx, actor, p.room()); err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, s.Strike(ctx, actor, p.Room)) }()
	step(stepEdge)
	if err := s.Publish(ctx); err != nil {
		return nil, err
	}
	if err := s.Tend(ctx, p.Room); err != nil {
		return nil, fmt.Errorf("the room's coordinator cannot be told: %w", err)
	}
	wait := s.Wait
	if wait == 0 {
		wait = newRoomWait
	}
	if err := rehearse.Await(ctx, c, wait); err != nil {
		return nil, err
	}
	var course course
	c.Progress = func(r rehearse.Progress) {
		course.note(r)
		tell(going(r, of, time.Since(began)))
	}
	step(stepGoing)
	outcome, err := rehearse.Run(ctx, c)
	if err != nil {
		return nil, err
	}
	tell(Progress{Step: stepEnd, Fraction: 1, After: outcome.Seconds, Of: of, Visitors: p.Visitors, Arrived: p.Visitors, Admitted: outcome.Admitted})
	// The room's own view, for as long as it is there.
	asking, cancel := context.WithTimeout(context.WithoutCancel(ctx), asks)
	defer cancel()
	if status, err := s.Control.Status(asking, p.Room); err == nil {
		outcome.Counted = &rehearse.Counted{Arrived: status.Arrived, Admitted: status.Admitted, OvershootMax: status.OvershootMax}
		if status.EstimateErrorP50 != nil {
			outcome.Counted.EstimateErrorP50Pct = *status.EstimateErrorP50
		}
	}
	return &Rehearsed{*outcome, course.points()}, nil
}

// going is a rehearsal's progress while visitors come.
func going(r rehearse.Progress, of float64, _ time.Duration) Progress {
	p := Progress{
		Step: stepGoing, After: r.After.Seconds(), Of: of, Visitors: r.Visitors, Arrived: r.Arrived, Waiting: r.Waiting, Inside: r.Inside,
		Admitted: r.Admitted, Refused: r.Refused, Failed: r.Failed, Requests: r.Requests,
	}
	p.Left = max(of-p.After, 0)
	p.Fraction = min(max(p.After/of, float64(r.Admitted+r.Refused+r.Failed)/float64(r.Visitors)), 1)
	p.Rate = float64(r.Requests) / max(p.After, 1)
	return p
}

// asks is how long a coordinator is waited for.
const asks = 5 * time.Second

// Strike takes a rehearsal's room away, also when ctx has ended.
func (s *Stage) Strike(ctx context.Context, actor, id string) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Minute)
	defer cancel()
	if _, err := s.Editor.DeleteRoom(ctx, actor, id, 0); err != nil {
		return fmt.Errorf("the room %s is still there: %w\n`stagedoor room delete %s` takes it away", id, err, id)
	}
	return errors.Join(s.Publish(ctx), s.Tend(ctx, id))
}

// Sweep takes away what rehearsals that were killed have left behind: rooms that are older than any rehearsal lasts.
func (s *Stage) Sweep(ctx context.Context, actor string, now time.Time) error {
	rooms, err := s.Editor.Rooms(ctx, edgeconfig.AllSites)
	if err != nil {
		return err
	}
	for _, r := range rooms {
		if strings.HasPrefix(r.ID, RoomPrefix) && r.DeletedAt.IsZero() && leftBehind(r.CreatedAt, now) {
			if err := s.Strike(ctx, actor, r.ID); err != nil {
				return err
			}
		}
	}
	return nil
}

func leftBehind(made, now time.Time) bool { return now.Sub(made) > rehearse.MaxFor+newRoomWait }
