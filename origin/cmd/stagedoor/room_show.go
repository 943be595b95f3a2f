package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/stagedoor/stagedoor/origin/edgeconfig"
	"github.com/stagedoor/stagedoor/origin/waiting"
)

func roomListCommand() *command {
	return &command{
		name: "room list", about: "list waiting rooms",
		examples: []string{"stagedoor room list", "stagedoor room list --site lyceum --json"},
		setup: func(flags *flag.FlagSet) action {
			var w where
			w.flag(flags)
			site := siteFlag(flags, true)
			asJSON := flags.Bool("json", false, "write them as JSON")
			return func(ctx context.Context, t terminal, args []string) error {
				if err := none(args); err != nil {
					return err
				}
				if *site == "" {
					*site = edgeconfig.AllSites
				}
				return w.rooms(ctx, t, *asJSON, func(d *roomDesk) error {
					rooms, err := d.Rooms(ctx, *site)
					if err != nil {
						return err
					}
					if *asJSON {
						list := make([]shownRoom, len(rooms))
						for i, r := range rooms {
							list[i] = shown(r, time.Now())
						}
						return writeJSON(t, list)
					}
					return d.table(ctx, t, rooms)
				})
			}
		},
	}
}

func (d *roomDesk) table(ctx context.Context, t terminal, rooms []waiting.Room) error {
	if len(rooms) == 0 {
		fmt.Fprintln(t.out, "There are no waiting rooms. `stagedoor room create -h` says how to make one.")
		return nil
	}
	table := tabwriter.NewWriter(t.out, 0, 4, 2, ' ', 0)
	fmt.Fprintln(table, "ROOM\tNAME\tSITES\tMODE\tNOW\tINSIDE\tA MINUTE\tSALE\tCOORDINATOR")
	for _, r := range rooms {
		sale := "-"
		if !r.Event.SaleAt.IsZero() {
			zone, err := d.Zone(ctx, r.Brands[0])
			if err != nil {
				return err
			}
			sale = r.Event.SaleAt.In(zone).Format(clock)
		}
		fmt.Fprintf(table, "%s\t%s\t%s\t%s\t%s\t%d\t%s\t%s\t%s\n",
			r.ID, r.Name, strings.Join(r.Brands, ","), r.Mode, nowOf(r, time.Now()), r.Active, perMinute(r.PerMinute), sale, follows(r))
	}
	return table.Flush()
}

func perMinute(n int) string {
	if n == 0 {
		return "any"
	}
	return fmt.Sprint(n)
}

// nowOf says in a word how a room stands.
func nowOf(r waiting.Room, now time.Time) string {
	switch phase := r.Event.Phase(now); {
	case !r.DeletedAt.IsZero():
		return "deleted"
	case phase == waiting.Ended:
		return "ended"
	case r.Drained:
		return "drained"
	case r.Paused:
		return "paused"
	case phase == waiting.Before:
		return "scheduled"
	case phase == waiting.PreQueue:
		return "pre-queue"
	}
	return "open"
}

// follows says whether the coordinator has what is wanted.
func follows(r waiting.Room) string {
	switch {
	case r.Sync.Failures > 0:
		return "does not answer"
	case r.Sync.SeenAt.IsZero():
		return "not told yet"
	case r.Sync.Synced < r.Sync.Revision:
		return "being told"
	}
	return "follows"
}

func roomShowCommand() *command {
	return &command{
		name: "room show", args: "ID", about: "show a waiting room, and how it is just now",
		more:     "The seed of its lottery is shown once the sale has begun; `stagedoor room verify` checks it.",
		examples: []string{"stagedoor room show hamlet", "stagedoor room show hamlet --json | jq .status.waiting"},
		setup: func(flags *flag.FlagSet) action {
			var w where
			w.flag(flags)
			asJSON := jsonFlag(flags)
			return func(ctx context.Context, t terminal, args []string) error {
				id, err := oneRoom(flags, args)
				if err != nil {
					return err
				}
				return w.rooms(ctx, t, *asJSON, func(d *roomDesk) error {
					room, err := d.Room(ctx, id)
					if err != nil {
						return err
					}
					s := shown(room, time.Now())
					asking, cancel := context.WithTimeout(ctx, 5*time.Second)
					defer cancel()
					status, problem := d.control.Status(asking, id)
					if problem == nil {
						s.Live = &status
					} else {
						s.Why = problem.Error()
					}
					if *asJSON {
						return writeJSON(t, s)
					}
					return d.describe(ctx, t, s, problem)
				})
			}
		},
	}
}

func (d *roomDesk) describe(ctx context.Context, t terminal, s shownRoom, problem error) error {
	zone, err := d.Zone(ctx, s.Brands[0])
	if err != nil {
		return err
	}
	table := tabwriter.NewWriter(t.out, 0, 4, 2, ' ', 0)
	line := func(name, format string, a ...any) { fmt.Fprintf(table, "%s\t%s\n", name, fmt.Sprintf(format, a...)) }
	line("Room", "%s, %s", s.ID, s.Name)
	line("Now", "%s", nowOf(s.Room, time.Now()))
	line("On", "%s", strings.Join(s.Brands, ", "))
	line("Guards", "%s", guarded(s.Paths))
	line("Mode", "%s", s.Mode)
	line("Limits", "%d inside, %s a minute", s.Active, perMinute(s.PerMinute))
	for _, when := range []struct {
		name string
		at   time.Time
	}{{"Opens", s.Event.OpensAt}, {"Sale", s.Event.SaleAt}, {"Ends", s.Event.EndsAt}} {
		if !when.at.IsZero() {
			line(when.name, "%s", when.at.In(zone).Format(clock))
		}
	}
	if s.Mode == waiting.Lottery {
		line("Lottery", "%s, commitment %s", s.Event.ID(), s.Event.Commitment)
		if s.Seed != "" {
			line("Seed", "%s", s.Seed)
		}
	}
	if s.Message != "" {
		line("Message", "%s", s.Message)
	}
	if s.Seats != nil {
		line("Seats left", "%d", *s.Seats)
	}
	line("Changed", "%s by %s (version %d)", s.UpdatedAt.In(zone).Format(clock), s.UpdatedBy, s.Version)
	if live := s.Live; live != nil {
		line("Waiting", "%d; who joins now waits about %s, nine of ten at most %s", live.Waiting, seconds(live.P50), seconds(live.P90))
		line("Inside", "%d of %d, %d come in a minute", live.Active, live.Limit, live.RatePerMinute)
		line("So far", "%d came, %d went in, %d have bought", live.Arrived, live.Admitted, live.Completed)
		line("Gates", "%d, for %d isolates", len(live.Gates), live.Reporters)
	} else {
		switch {
		case errors.Is(problem, waiting.ErrUnknown):
			line("Coordinator", "has not been told of the room yet")
		case problem != nil:
			line("Coordinator", "%v", problem)
		}
	}
	return table.Flush()
}

// guarded names a few of a room's paths; --json has them all.
func guarded(paths []string) string {
	const few = 3
	if len(paths) <= few {
		return strings.Join(paths, ", ")
	}
	return fmt.Sprintf("%s and %d more", strings.Join(paths[:few-1], ", "), len(paths)-few+1)
}

func seconds(n int) string { return (time.Duration(n) * time.Second).String() }
