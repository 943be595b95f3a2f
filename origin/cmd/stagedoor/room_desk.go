package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"time"

	"github.com/stagedoor/stagedoor/origin/edgeconfig"
	"github.com/stagedoor/stagedoor/origin/house"
	"github.com/stagedoor/stagedoor/origin/postgres"
	"github.com/stagedoor/stagedoor/origin/show"
	"github.com/stagedoor/stagedoor/origin/waiting"
)

// roomDesk is where waiting rooms are changed, and their coordinators reached.
type roomDesk struct {
	desk
	shows   *show.Repository
	control *waiting.Control
	tender  *waiting.Tender
	asJSON  bool
}

// rooms lets work change the waiting rooms of the house.
func (w *where) rooms(ctx context.Context, t terminal, asJSON bool, work func(*roomDesk) error) error {
	cfg, err := w.config(t)
	if err != nil {
		return err
	}
	db, err := postgres.Open(ctx, cfg.DatabaseURL, postgres.Config{MaxConns: 4, Application: "stagedoor command"})
	if err != nil {
		return err
	}
	defer db.Close()
	tools := house.Tools{Logger: quiet(t)}
	editor, publisher := house.EdgeConfig(db, cfg, tools)
	control, tender := house.Rooms(db, cfg, tools)
	err = work(&roomDesk{desk{editor, publisher, cfg.Edge, cfg.Zone()}, show.NewRepository(db), control, tender, asJSON})
	var conflict edgeconfig.Conflict
	if errors.As(err, &conflict) {
		return edgeconfig.Refused{Reason: conflict.Error() + ": look at it again"}
	}
	return err
}

// oneRoom reads the argument that names a room. Flags may follow it.
func oneRoom(flags *flag.FlagSet, args []string) (string, error) {
	if len(args) > 1 {
		if err := flags.Parse(args[1:]); err != nil {
			return "", usageError(err.Error())
		}
		args = append(args[:1:1], flags.Args()...)
	}
	if len(args) != 1 {
		return "", usageError("it takes one argument, the room's ID; `stagedoor room list` lists them")
	}
	return args[0], nil
}

// saved makes a change known: to the edge by its sites' documents, and to the room's coordinator. The change itself is
// safe by now: what fails here, a running house makes up for.
func (d *roomDesk) saved(ctx context.Context, t terminal, r waiting.Room, sentence string) error {
	if !d.asJSON {
		fmt.Fprintln(t.out, sentence)
	}
	if _, err := d.publisher.Publish(ctx, edgeconfig.Options{}); err != nil {
		return fmt.Errorf("the change is saved but not yet on the sites: %w\nA running house publishes it as soon as it can; `stagedoor publish` tries again", err)
	}
	err := d.tender.Tend(ctx, r.ID)
	switch {
	case errors.Is(err, waiting.ErrNoControl):
		fmt.Fprintf(t.err, "The room's coordinator was not told: STAGEDOOR_OPS_URL and STAGEDOOR_OPS_TOKEN are not set. A running house that has them tells it.\n")
	case err != nil:
		return fmt.Errorf("the change is saved and on the sites, but the room's coordinator does not follow yet: %w\nA running house tells it as soon as it can", err)
	case !d.asJSON:
		fmt.Fprintf(t.out, "The room follows; sites do %s.\n", d.edge.EdgeDelay())
	}
	if d.asJSON {
		return d.print(t, r)
	}
	return nil
}

// shownRoom is a room as --json prints it.
type shownRoom struct {
	waiting.Room
	Seed   string          `json:"seed,omitempty"` // once the sale began
	Phase  waiting.Phase   `json:"phase"`
	Seats  *int            `json:"seats_left,omitempty"`
	Seen   time.Time       `json:"coordinator_seen_at,omitzero"`
	Follow bool            `json:"coordinator_follows"`
	Why    string          `json:"coordinator_problem,omitempty"`
	Live   *waiting.Status `json:"status,omitempty"`
}

func shown(r waiting.Room, now time.Time) shownRoom {
	s := shownRoom{
		Room: r, Phase: r.Event.Phase(now), Seats: r.Sync.SeatsLeft, Seen: r.Sync.SeenAt, Follow: r.Sync.Synced >= r.Sync.Revision, Why: r.Sync.Problem,
	}
	if r.Mode == waiting.Lottery {
		s.Seed = r.Event.Revealed(now)
	}
	return s
}

func (d *roomDesk) print(t terminal, r waiting.Room) error {
	r, err := d.Room(context.Background(), r.ID)
	if err != nil {
		return err
	}
	return writeJSON(t, shown(r, time.Now()))
}

func writeJSON(t terminal, v any) error {
	out := json.NewEncoder(t.out)
	out.SetEscapeHTML(false)
	out.SetIndent("", "  ")
	return out.Encode(v)
}
