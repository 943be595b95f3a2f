package main

import (
	"cmp"
	"context"
	"flag"
	"fmt"
	"text/tabwriter"
	"time"

	"github.com/stagedoor/stagedoor/origin/edgeconfig"
)

// site declares the flag that most of these commands share.
func siteFlag(flags *flag.FlagSet, all bool) *string {
	about := "the `brand`, such as lyceum"
	if all {
		about += ", or all"
	}
	return flags.String("site", "", about)
}

func needSite(site string) error {
	if site == "" {
		return usageError("--site is missing")
	}
	return nil
}

func maintenanceOnCommand() *command {
	return &command{
		name: "maintenance on", about: "close a site, or a part of it, to visitors",
		more: `Visitors get a page in the brand's colours, with when to come back. Times are the venue's own: 14:00, 2026-11-22 14:00,
now, +2h (for --until, after it begins); without --until it stays closed until "maintenance off". People who are paying may finish, unless --checkout=false.`,
		examples: []string{
			"stagedoor maintenance on --site lyceum --until 14:00 --message 'Back after lunch.'",
			"stagedoor maintenance on --site lyceum --path /shows/hamlet",
			"stagedoor maintenance on --site all --from '2026-12-01 02:00' --until '2026-12-01 04:00'",
		},
		setup: func(flags *flag.FlagSet) action {
			var w where
			w.flag(flags)
			site := siteFlag(flags, true)
			path := flags.String("path", "/", "close only what is below this `path`")
			from := flags.String("from", "now", "`when` it begins")
			until := flags.String("until", "", "`when` it ends")
			message := flags.String("message", "", "a `sentence` for visitors")
			checkout := flags.Bool("checkout", true, "let people who are paying finish")
			return func(ctx context.Context, t terminal, args []string) error {
				if err := cmp.Or(none(args), needSite(*site)); err != nil {
					return err
				}
				return w.desk(ctx, t, func(d *desk) error {
					window := edgeconfig.Window{Site: *site, PathPrefix: *path, Message: *message, AllowCheckout: *checkout}
					zone, err := d.Zone(ctx, *site)
					if err != nil {
						return err
					}
					if window.StartsAt, err = edgeconfig.ParseWhen(*from, time.Now(), zone); err != nil {
						return err
					}
					if *until != "" {
						if window.EndsAt, err = edgeconfig.ParseWhen(*until, window.StartsAt, zone); err != nil {
							return err
						}
					}
					made, err := d.OpenWindow(ctx, actor(), window)
					if err != nil {
						return err
					}
					for _, m := range made {
						fmt.Fprintf(t.out, "%s%s is closed %s.\n", m.Site, below(m.PathPrefix), span(m, zone))
					}
					return d.publish(ctx, t)
				})
			}
		},
	}
}

func maintenanceOffCommand() *command {
	return &command{
		name: "maintenance off", about: "open it again",
		more:     "It ends the windows in force on that site and path; with --scheduled it also withdraws those to come.",
		examples: []string{"stagedoor maintenance off --site lyceum", "stagedoor maintenance off --site all --scheduled"},
		setup: func(flags *flag.FlagSet) action {
			var w where
			w.flag(flags)
			site := siteFlag(flags, true)
			path := flags.String("path", "/", "the `path` that was closed")
			scheduled := flags.Bool("scheduled", false, "withdraw windows that have not begun, too")
			return func(ctx context.Context, t terminal, args []string) error {
				if err := cmp.Or(none(args), needSite(*site)); err != nil {
					return err
				}
				return w.desk(ctx, t, func(d *desk) error {
					ended, err := d.EndWindows(ctx, actor(), *site, *path, *scheduled)
					if err != nil {
						return err
					}
					if len(ended) == 0 {
						fmt.Fprintf(t.out, "%s%s was not closed.\n", *site, below(*path))
						return nil
					}
					for _, e := range ended {
						fmt.Fprintf(t.out, "%s%s is open again.\n", e.Site, below(e.PathPrefix))
					}
					return d.publish(ctx, t)
				})
			}
		},
	}
}

func maintenanceListCommand() *command {
	return &command{
		name: "maintenance list", about: "list what is closed, or will be",
		examples: []string{"stagedoor maintenance list", "stagedoor maintenance list --site lyceum"},
		setup: func(flags *flag.FlagSet) action {
			var w where
			w.flag(flags)
			site := siteFlag(flags, true)
			return func(ctx context.Context, t terminal, args []string) error {
				if err := none(args); err != nil {
					return err
				}
				if *site == "" {
					*site = edgeconfig.AllSites
				}
				return w.desk(ctx, t, func(d *desk) error {
					windows, err := d.Windows(ctx, *site)
					if err != nil {
						return err
					}
					if len(windows) == 0 {
						fmt.Fprintln(t.out, "Everything is open.")
						return nil
					}
					table := tabwriter.NewWriter(t.out, 0, 4, 2, ' ', 0)
					fmt.Fprintln(table, "SITE\tPATH\tNOW\tWHEN\tMESSAGE\tBY")
					for _, m := range windows {
						zone, err := d.Zone(ctx, m.Site)
						if err != nil {
							return err
						}
						state := "open"
						if m.Active(time.Now()) {
							state = "closed"
						}
						fmt.Fprintf(table, "%s\t%s\t%s\t%s\t%s\t%s\n", m.Site, m.PathPrefix, state, span(m, zone), m.Message, m.CreatedBy)
					}
					return table.Flush()
				})
			}
		},
	}
}

// below names what is closed of a site.
func below(path string) string {
	if path == "/" || path == "" {
		return ""
	}
	return path
}

const clock = "Mon 2 Jan 2006 15:04 MST"

// span says when a window is, in the venue's time.
func span(w edgeconfig.Window, zone *time.Location) string {
	from := "from " + w.StartsAt.In(zone).Format(clock)
	if w.Active(time.Now()) {
		from = "now"
	}
	if w.EndsAt.IsZero() {
		return from + ", until it is ended"
	}
	return from + " until " + w.EndsAt.In(zone).Format(clock)
}
