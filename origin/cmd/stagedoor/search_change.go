package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/stagedoor/stagedoor/origin/house"
	"github.com/stagedoor/stagedoor/origin/postgres"
	"github.com/stagedoor/stagedoor/origin/reindex"
	"github.com/stagedoor/stagedoor/search/swap"
)

// searchCommand is a command about the search index: it is given what changes that, and whether to answer in JSON.
func searchCommand(name, args, about, more string, examples []string, do func(context.Context, terminal, *reindex.Index, []string, bool) error) *command {
	return searchCommandWith(name, args, about, more, examples, func(*flag.FlagSet) {}, do)
}

// searchCommandWith is searchCommand with flags of its own.
func searchCommandWith(name, args, about, more string, examples []string, own func(*flag.FlagSet), do func(context.Context, terminal, *reindex.Index, []string, bool) error) *command {
	return &command{
		name: name, args: args, about: about, more: more, examples: examples,
		setup: func(flags *flag.FlagSet) action {
			var w where
			w.flag(flags)
			own(flags)
			asJSON := flags.Bool("json", false, "write it as JSON")
			return func(ctx context.Context, t terminal, rest []string) error {
				if args == "" {
					if err := none(rest); err != nil {
						return err
					}
				}
				cfg, err := w.config(t)
				if err != nil {
					return err
				}
				db, err := postgres.Open(ctx, cfg.DatabaseURL, postgres.Config{MaxConns: 6, StatementTimeout: 10 * time.Minute, Application: "stagedoor search"})
				if err != nil {
					return err
				}
				defer db.Close()
				x, err := house.Reindex(db, cfg, house.Tools{Logger: quiet(t)})
				if err != nil {
					return err
				}
				return said(t, *asJSON, do(ctx, t, x, rest, *asJSON))
			}
		},
	}
}

// said tells what people must know of an error, and fails the command.
func said(t terminal, asJSON bool, err error) error {
	var refused *swap.RefusedError
	var parity *swap.ParityError
	switch {
	case err == nil || asJSON:
		return err
	case errors.As(err, &refused):
		fmt.Fprintf(t.err, "Nothing was changed: %s.\n", refused)
		return errQuiet
	case errors.As(err, &parity):
		fmt.Fprintln(t.err, "The new index is not put in place. Everybody goes on searching the old one. Why:")
		for _, r := range parity.Reasons {
			fmt.Fprintln(t.err, "  - "+r)
		}
		fmt.Fprintln(t.err, "Both are written for the time being. `stagedoor search apply` looks again; `stagedoor search drop` gives the new one up.")
		fmt.Fprintln(t.err, "Should all of that be as you want it: `stagedoor search apply --despite \"why\"` puts the new one in place, and keeps who did it and why.")
		return errQuiet
	case errors.Is(err, swap.ErrBusy):
		fmt.Fprintln(t.err, "Somebody else is changing the index just now. `stagedoor search status` says how far they are.")
		return errQuiet
	case errors.Is(err, swap.ErrPaused):
		fmt.Fprintln(t.err, "Stopped. `stagedoor search apply` goes on from here; `stagedoor search drop` gives it up.")
		return errQuiet
	}
	return err
}

func searchPlanCommand() *command {
	return searchCommand("search plan", "", "say what a change of the search index would do",
		"It compares the schema in this program with the index that is searched, and changes nothing.",
		[]string{"stagedoor search plan", "stagedoor search plan --json | jq .changes"},
		func(ctx context.Context, t terminal, x *reindex.Index, _ []string, asJSON bool) error {
			p, err := x.Plan(ctx)
			if err != nil {
				return err
			}
			if asJSON {
				return writeJSON(t, p)
			}
			printPlan(t, &p)
			return nil
		})
}

func searchApplyCommand() *command {
	var despite, seen string
	return searchCommandWith("search apply", "", "build the search index with the new schema and put it in place", `While people search the old one, a new one is made, filled, compared and put in place; both are written from the beginning,
so that nothing is lost. The old one is kept: rollback goes back to it at once, drop gives it up. Should this be
interrupted, or killed, the next run goes on; a running house does so by itself.
It stops where the new one is not what the database says, or not what people find now, and gives what it found a name.
--despite puts it in place all the same, if nothing is found but what --seen names.`,
		[]string{"stagedoor search apply", `stagedoor search apply --seen 3f9a12cd --despite "the three shows were taken off by hand"`},
		func(flags *flag.FlagSet) {
			flags.StringVar(&seen, "seen", "", "the `name` of what was found, as it was told; needed with --despite")
			flags.Func("despite", "`why` it is to be put in place although it stopped; kept with the change", func(why string) error {
				if despite = strings.TrimSpace(why); despite == "" {
					return errors.New("say why")
				}
				return nil
			})
		},
		func(ctx context.Context, t terminal, x *reindex.Index, _ []string, asJSON bool) error {
			return change(ctx, t, x, asJSON, swap.Options{Despite: despite, Seen: seen})
		})
}

func searchRebuildCommand() *command {
	return searchCommand("search rebuild", "", "build the search index anew with the schema that it has",
		"For an index that is damaged or has fallen behind: it is filled from the database, as by apply.", []string{"stagedoor search rebuild"},
		func(ctx context.Context, t terminal, x *reindex.Index, _ []string, asJSON bool) error {
			return change(ctx, t, x, asJSON, swap.Options{Rebuild: true})
		})
}

// change applies, and stops for now when it is interrupted.
func change(ctx context.Context, t terminal, x *reindex.Index, asJSON bool, o swap.Options) error {
	show := bar(t, asJSON)
	o.By, o.Progress = actor(), show.step
	st, err := x.Apply(ctx, o)
	show.end()
	if ctx.Err() != nil && st.Phase.Unfinished() {
		// Whoever interrupts it wants it to wait, and no worker to go on with it.
		if paused := x.Changes.Pause(context.WithoutCancel(ctx), st.ID, true); paused != nil {
			return errors.Join(err, paused)
		}
		err = swap.ErrPaused
	}
	switch {
	case asJSON:
		return errors.Join(writeJSON(t, st), err)
	case errors.Is(err, swap.ErrUpToDate):
		fmt.Fprintln(t.out, "Nothing to do: the index has the schema of this program. `stagedoor search rebuild` builds it anew all the same.")
		return nil
	case err != nil:
		var differ *swap.ParityError // only who has the differences before them learns how to overrule them
		if hint := allTheSame(&st); hint != "" && errors.As(err, &differ) {
			return fmt.Errorf("%w\n%s", err, strings.TrimSpace(hint))
		}
		return err
	}
	printDone(t, &st)
	return nil
}

func searchStatusCommand() *command {
	return searchCommand("search status", "", "say which search index is in use, and how a change of it stands", "",
		[]string{"stagedoor search status", "watch -n1 stagedoor search status"},
		func(ctx context.Context, t terminal, x *reindex.Index, _ []string, asJSON bool) error {
			status, err := x.Status(ctx)
			if err != nil {
				return err
			}
			if asJSON {
				return writeJSON(t, status)
			}
			return printStatus(t, &status)
		})
}

func searchRollbackCommand() *command {
	return searchCommand("search rollback", "", "go back to the search index of before the last change",
		"It takes one request: the old index has been written all the time. `stagedoor search apply` goes forth again.", []string{"stagedoor search rollback"},
		func(ctx context.Context, t terminal, x *reindex.Index, _ []string, asJSON bool) error {
			st, err := x.Rollback(ctx, nil)
			if asJSON || err != nil {
				return errors.Join(err, jsonOf(t, asJSON, st))
			}
			fmt.Fprintf(t.out, "Searches find what is in %s again. %s is kept and written: `stagedoor search apply` goes forth again, `stagedoor search drop` gives it up.\n", st.From, st.To)
			if why := st.Behind(); why != "" {
				fmt.Fprintln(t.out, "Mind: "+why+".")
			}
			return nil
		})
}

func searchDropCommand() *command {
	return searchCommand("search drop", "[COLLECTION]", "give up the search index that is not searched",
		"After a change that is the old one, and the change can't be undone then; before its end, or after a rollback, the new one.\nWith a name, a left-over collection that no change knows of. What is searched is never deleted.",
		[]string{"stagedoor search drop", "stagedoor search drop shows_v1_3"},
		func(ctx context.Context, t terminal, x *reindex.Index, args []string, asJSON bool) error {
			switch len(args) {
			case 0:
			case 1:
				if err := x.DropCollection(ctx, args[0]); err != nil {
					return err
				}
				fmt.Fprintf(t.out, "%s is gone.\n", args[0])
				return nil
			default:
				return usageError("name one collection at most")
			}
			st, err := x.Drop(ctx, nil)
			if asJSON || err != nil {
				return errors.Join(err, jsonOf(t, asJSON, st))
			}
			gone := st.From
			if st.Phase == swap.Abandoned {
				gone = st.To
			}
			fmt.Fprintf(t.out, "%s is gone.\n", gone)
			return nil
		})
}

func jsonOf(t terminal, asJSON bool, v any) error {
	if !asJSON {
		return nil
	}
	return writeJSON(t, v)
}

// steps draws how far a change is, over one line of a terminal; elsewhere it writes a line a phase.
type steps struct {
	t     terminal
	draws bool
	quiet bool
	phase swap.Phase
}

func bar(t terminal, silent bool) *steps {
	info, err := t.err.Stat()
	return &steps{t: t, quiet: silent, draws: err == nil && info.Mode()&os.ModeCharDevice != 0}
}

func (s *steps) step(st swap.State) {
	switch {
	case s.quiet || !st.Phase.Unfinished(): // what it came to is said by the command
	case s.draws:
		fmt.Fprintf(s.t.err, "\r\033[K%s", progressOf(&st))
	case st.Phase != s.phase:
		fmt.Fprintln(s.t.err, progressOf(&st))
	}
	s.phase = st.Phase
}

func (s *steps) end() {
	if s.draws && !s.quiet {
		fmt.Fprint(s.t.err, "\r\033[K")
	}
}
