package main

import (
	"context"
	"flag"
	"fmt"
	"strings"

	"github.com/stagedoor/stagedoor/origin/edgeconfig"
	"github.com/stagedoor/stagedoor/origin/waiting"
)

func jsonFlag(flags *flag.FlagSet) *bool {
	return flags.Bool("json", false, "write the room as JSON")
}

func roomCreateCommand() *command {
	return &command{
		name: "room create", args: "ID", about: "put a waiting room before a show, a performance or a part of a site",
		more: `ID is short and lasting, such as hamlet-on-sale: passes name it, so it is never given again. What it guards are the pages of
--show or --performance, whose seats then can't be held without a pass, or any --path. With --opens people may come before
the --sale: in a lottery they are drawn by lot, and the commitment to the draw is printed here; the seed is secret until
the sale. Times are the venue's own: 10:00, 2026-12-01 10:00, +2h, now.`,
		examples: []string{
			"stagedoor room create hamlet --site lyceum --show hamlet --active 500 --per-minute 300",
			"stagedoor room create hamlet --site lyceum --show hamlet --mode lottery --opens '2026-12-01 09:00' --sale '2026-12-01 10:00'",
			"stagedoor room create christmas --site lyceum,shubert --path / --name 'The Christmas season' --mode passthrough",
		},
		setup: func(flags *flag.FlagSet) action {
			var w where
			w.flag(flags)
			said := newRoomFlags(flags)
			asJSON := jsonFlag(flags)
			return func(ctx context.Context, t terminal, args []string) error {
				id, err := oneRoom(flags, args)
				if err != nil {
					return err
				}
				return w.rooms(ctx, t, *asJSON, func(d *roomDesk) error {
					room := waiting.Room{ID: id, Active: said.room.Active}
					if err := said.apply(ctx, d, &room); err != nil {
						return err
					}
					made, err := d.CreateRoom(ctx, actor(), room)
					if err != nil {
						return err
					}
					text := fmt.Sprintf("The waiting room %s is before %s on %s.", made.ID, guarded(made.Paths), strings.Join(made.Brands, ", "))
					if made.Mode == waiting.Lottery {
						text += fmt.Sprintf("\nLottery: event %s, commitment %s.", made.Event.ID(), made.Event.Commitment)
					}
					return d.saved(ctx, t, made, text)
				})
			}
		},
	}
}

func roomSetCommand() *command {
	return &command{
		name: "room set", args: "ID", about: "change a waiting room",
		more: `What is not named stays. A time becomes none with "none". When a lottery has been held, --new-event begins another one, with
a draw of its own.`,
		examples: []string{
			"stagedoor room set hamlet --active 300 --per-minute 120", "stagedoor room set hamlet --mode reject --message 'Sold out for today.'",
			"stagedoor room set hamlet --new-event --opens '2026-12-08 09:00' --sale '2026-12-08 10:00'",
		},
		setup: func(flags *flag.FlagSet) action {
			var w where
			w.flag(flags)
			said := newRoomFlags(flags)
			event := flags.Bool("new-event", false, "begin another event")
			asJSON := jsonFlag(flags)
			return func(ctx context.Context, t terminal, args []string) error {
				id, err := oneRoom(flags, args)
				if err != nil {
					return err
				}
				return w.rooms(ctx, t, *asJSON, func(d *roomDesk) error {
					action := "room.change"
					if *event {
						action = "room.event"
					}
					return d.change(ctx, t, edgeconfig.RoomEdit{ID: id, Action: action, NewEvent: *event, Change: func(r *waiting.Room) error {
						if said.given("show") || said.given("performance") {
							r.Paths = nil // those of what it guards then, unless --path says otherwise
						}
						return said.apply(ctx, d, r)
					}}, func(r waiting.Room) string { return "The waiting room " + r.ID + " is changed." })
				})
			}
		},
	}
}

// change makes one change, and says so.
func (d *roomDesk) change(ctx context.Context, t terminal, edit edgeconfig.RoomEdit, say func(waiting.Room) string) error {
	before, after, err := d.EditRoom(ctx, actor(), edit)
	if err != nil {
		return err
	}
	if before.Version == after.Version {
		if d.asJSON {
			return d.print(t, after)
		}
		fmt.Fprintf(t.out, "Nothing changes: the waiting room %s is like that already.\n", after.ID)
		return nil
	}
	return d.saved(ctx, t, after, say(after))
}

// roomSwitch is a command that changes one thing.
func roomSwitch(name, about, more string, set func(*waiting.Room) error, say string) *command {
	return &command{
		name: "room " + name, args: "ID", about: about, more: more, examples: []string{"stagedoor room " + name + " hamlet"},
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
					return d.change(ctx, t, edgeconfig.RoomEdit{ID: id, Action: "room." + name, Change: set}, func(r waiting.Room) string { return fmt.Sprintf(say, r.ID) })
				})
			}
		},
	}
}

func roomPauseCommand() *command {
	return roomSwitch("pause", "let nobody new in for now", "Who is inside stays; who waits keeps their place.",
		func(r *waiting.Room) error { r.Paused = true; return nil }, "The waiting room %s is paused: nobody new comes in.")
}

func roomResumeCommand() *command {
	return roomSwitch("resume", "let people in again", "It ends a pause and a drain; who comes in first is as it was.",
		func(r *waiting.Room) error { r.Paused, r.Drained = false, false; return nil }, "The waiting room %s lets people in again.")
}

func roomDrainCommand() *command {
	return roomSwitch("drain", "let everybody in who waits, whatever the limits",
		"The room is given up: the queue empties into the site at once. `stagedoor room resume` takes it back for those who come\nlater; who is in by then is in.",
		func(r *waiting.Room) error { r.Drained, r.Paused = true, false; return nil }, "The waiting room %s is drained: everybody goes in.")
}

func roomDeleteCommand() *command {
	return &command{
		name: "room delete", args: "ID", about: "take a waiting room away", more: "Visitors pass it by as soon as the edge knows. Its ID is never given again.",
		examples: []string{"stagedoor room delete hamlet"},
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
					gone, err := d.DeleteRoom(ctx, actor(), id, 0)
					if err != nil {
						return err
					}
					return d.saved(ctx, t, gone, "The waiting room "+gone.ID+" is deleted.")
				})
			}
		},
	}
}

func roomRevokeCommand() *command {
	return &command{
		name: "room revoke", args: "ID VISITOR", about: "take a visitor's pass, and their place, from them",
		more:     "VISITOR is the ID that their queue page shows, 32 digits and letters. They may queue again, at the end.",
		examples: []string{"stagedoor room revoke hamlet " + strings.Repeat("5f", 16)},
		setup: func(flags *flag.FlagSet) action {
			var w where
			w.flag(flags)
			return func(ctx context.Context, t terminal, args []string) error {
				if len(args) != 2 {
					return usageError("it takes two arguments, the room's ID and the visitor's")
				}
				session, err := edgeconfig.ParseSession(args[1])
				if err != nil {
					return usageError(err.Error())
				}
				return w.rooms(ctx, t, false, func(d *roomDesk) error {
					room, err := d.RevokePass(ctx, actor(), args[0], session)
					if err != nil {
						return err
					}
					if err := d.control.Revoke(ctx, room.ID, session); err != nil {
						return fmt.Errorf("the origin takes no seats from that visitor any more, but the room's coordinator could not be told yet: %w\nThe house tells it as soon as it answers", err)
					}
					fmt.Fprintf(t.out, "The visitor's pass to %s counts no more.\n", room.ID)
					return nil
				})
			}
		},
	}
}
