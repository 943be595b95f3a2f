package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"text/tabwriter"
	"time"

	"github.com/stagedoor/stagedoor/origin/bus"
	"github.com/stagedoor/stagedoor/origin/house"
)

func eventsStatusCommand() *command {
	return &command{
		name: "events status", about: "show how the facts flow: what waits, who is behind, what failed",
		more: `WAITING facts are committed and not in the stream yet. A consumer is BEHIND by what it has not been given, has some AT WORK,
some FAILING that it tries again by itself, and some PARKED that wait for a person: the console's page of dead letters shows them.
It fails when something is parked.`,
		examples: []string{"stagedoor events status"},
		setup: func(flags *flag.FlagSet) action {
			var w where
			w.flag(flags)
			return func(ctx context.Context, t terminal, args []string) error {
				if err := none(args); err != nil {
					return err
				}
				return w.house(ctx, t, func(h *house.House) error {
					status, err := h.Events(ctx)
					if err != nil {
						return err
					}
					return writeStatus(t.out, status)
				})
			}
		},
	}
}

// writeStatus prints a table; the error is errQuiet when something is parked.
func writeStatus(out io.Writer, status bus.Status) error {
	if status.Waiting == 0 {
		fmt.Fprint(out, "Waiting for the stream: nothing\n\n")
	} else {
		fmt.Fprintf(out, "Waiting for the stream: %d facts, the oldest for %s\n\n", status.Waiting, status.OldestWaiting.Round(time.Second))
	}
	table := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "CONSUMER\tBEHIND\tAT WORK\tFAILING\tPARKED\t")
	var parked int64
	for _, c := range status.Consumers {
		parked += c.Parked
		if c.Away != "" {
			fmt.Fprintf(table, "%s\t?\t?\t%d\t%d\t%s\n", c.Consumer, c.Failing, c.Parked, c.Away)
			continue
		}
		fmt.Fprintf(table, "%s\t%d\t%d\t%d\t%d\t\n", c.Consumer, c.Behind, c.AtWork, c.Failing, c.Parked)
	}
	if err := table.Flush(); err != nil {
		return err
	}
	if parked > 0 {
		return errQuiet
	}
	return nil
}

func eventsReplayCommand() *command {
	return &command{
		name: "events replay", args: "CONSUMER", about: "make a read model anew from the whole history of facts",
		more: `CONSUMER is one that keeps a read model, such as catalogue (the search index). It is handed every fact of its kind that was ever
told, oldest first, from the database, beside its work; nothing is told twice to anybody else. An interrupted replay says how to go
on.`,
		examples: []string{"stagedoor events replay catalogue", "stagedoor events replay --after 120000 catalogue"},
		setup: func(flags *flag.FlagSet) action {
			var w where
			w.flag(flags)
			after := flags.Int64("after", 0, "go on after this `number`, which an interrupted replay said")
			return func(ctx context.Context, t terminal, args []string) error {
				if len(args) != 1 {
					return usageError("it takes one argument, CONSUMER")
				}
				return w.house(ctx, t, func(h *house.House) error {
					began := time.Now()
					state, err := h.Replay(ctx, args[0], *after, func(r bus.Replayed) {
						if r.Total > 0 {
							fmt.Fprintf(t.err, "%3d %%  %d of %d facts, %.0f a second\n", 100*r.Done/r.Total, r.Done, r.Total, float64(r.Done)/max(time.Since(began).Seconds(), 0.001))
						}
					})
					if err != nil && state.Done > 0 {
						err = errors.Join(err, fmt.Errorf("go on with: stagedoor events replay --after %d %s", state.Last, args[0]))
					}
					if err != nil {
						return err
					}
					fmt.Fprintf(t.out, "%s was handed %d facts again, %d of which it would not have and are parked.\n", args[0], state.Done, state.Refused)
					return nil
				})
			}
		},
	}
}
