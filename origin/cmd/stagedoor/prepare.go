package main

import (
	"context"
	"flag"
	"fmt"
	"log/slog"
	"os"

	"github.com/stagedoor/stagedoor/origin/edgeconfig"
	"github.com/stagedoor/stagedoor/origin/house"
	"github.com/stagedoor/stagedoor/origin/postgres"
)

func migrateCommand() *command {
	return &command{
		name: "migrate", about: "bring the database's schema up to date",
		more:     "Any number of processes may do so at once: one works and the others wait. With --to, down as well as up; what a\nmigration removes is lost with its data.",
		examples: []string{"DATABASE_URL=postgres://me@db/stagedoor stagedoor migrate", "stagedoor migrate --status"},
		setup: func(flags *flag.FlagSet) action {
			var w where
			w.flag(flags)
			status := flags.Bool("status", false, "only say which version the schema has")
			to := flags.Int64("to", -1, "go to this `version`; 0 removes everything")
			return func(ctx context.Context, t terminal, args []string) error {
				if err := none(args); err != nil {
					return err
				}
				cfg, err := w.config(t)
				if err != nil {
					return err
				}
				switch {
				case *status:
				case *to >= 0:
					err = postgres.MigrateTo(ctx, cfg.DatabaseURL, *to)
				default:
					err = postgres.Migrate(ctx, cfg.DatabaseURL, quiet(t))
				}
				if err != nil {
					return err
				}
				current, newest, err := postgres.Version(ctx, cfg.DatabaseURL)
				if err == nil {
					fmt.Fprintf(t.out, "The schema has version %d; the newest is %d.\n", current, newest)
				}
				return err
			}
		},
	}
}

func seedCommand() *command {
	return &command{
		name: "seed", about: "fill the database with theatres and half a year of performances",
		more:     "It may be run again at any time: a week later it adds a week. Performances with orders are never touched.",
		examples: []string{"stagedoor seed", "stagedoor seed --seed 7"},
		setup: func(flags *flag.FlagSet) action {
			var w where
			w.flag(flags)
			number := flags.Uint64("seed", 1, "which season; another `number` is another one")
			return func(ctx context.Context, t terminal, args []string) error {
				if err := none(args); err != nil {
					return err
				}
				cfg, err := w.config(t)
				if err != nil {
					return err
				}
				report, err := house.Seed(ctx, cfg.DatabaseURL, *number, quiet(t), progress(t))
				if err != nil {
					return err
				}
				what := "Seeded"
				if report.Skipped {
					what = "Nothing to do; there are"
				}
				fmt.Fprintf(t.out, "%s %d theatres, %d seats, %d productions, %d performances (%.1f s).\n",
					what, report.Theatres, report.Seats, report.Productions, report.Performances, report.Took.Seconds())
				return nil
			}
		},
	}
}

func searchFillCommand() *command {
	return &command{
		name: "search fill", about: "write every show into the search index",
		examples: []string{"stagedoor search fill"},
		setup: func(flags *flag.FlagSet) action {
			var w where
			w.flag(flags)
			return func(ctx context.Context, t terminal, args []string) error {
				if err := none(args); err != nil {
					return err
				}
				return w.house(ctx, t, func(h *house.House) error {
					n, err := h.Fill(ctx)
					if err == nil {
						fmt.Fprintf(t.out, "%d shows are in the index.\n", n)
					}
					return err
				})
			}
		},
	}
}

func publishCommand() *command {
	return &command{
		name: "publish", about: "write the Site documents that have changed to Cloudflare KV",
		more:     "Interrupted or failed, the next run writes the rest. Changes by the other commands are published at once; this is for\nafter an outage, and for a new namespace.",
		examples: []string{"stagedoor publish", "stagedoor publish --all"},
		setup: func(flags *flag.FlagSet) action {
			var w where
			w.flag(flags)
			all := flags.Bool("all", false, "write every document, changed or not")
			return func(ctx context.Context, t terminal, args []string) error {
				if err := none(args); err != nil {
					return err
				}
				return w.desk(ctx, t, func(d *desk) error {
					show := progress(t)
					report, err := d.publisher.Publish(ctx, edgeconfig.Options{All: *all, Progress: func(done, total int) { show(done, total, "documents") }})
					fmt.Fprintf(t.out, "%d written, %d as they were, %d removed.\n", report.Written, report.Unchanged, report.Removed)
					return err
				})
			}
		},
	}
}

// house opens the whole house for a command.
func (w *where) house(ctx context.Context, t terminal, do func(*house.House) error) error {
	cfg, err := w.config(t)
	if err != nil {
		return err
	}
	h, err := house.Open(ctx, cfg, house.Tools{Logger: slog.New(slog.NewTextHandler(t.err, &slog.HandlerOptions{Level: slog.LevelWarn})), Version: version()})
	if err != nil {
		return err
	}
	defer h.Close(context.WithoutCancel(ctx))
	return do(h)
}

// progress draws over one line of a terminal, and is silent elsewhere.
func progress(t terminal) house.Progress {
	info, err := t.err.Stat()
	if err != nil || info.Mode()&os.ModeCharDevice == 0 {
		return func(int, int, string) {}
	}
	return func(done, total int, what string) {
		fmt.Fprintf(t.err, "\r\033[K%3d %%  %s", 100*done/max(total, 1), what)
		if done >= total {
			fmt.Fprint(t.err, "\r\033[K")
		}
	}
}
