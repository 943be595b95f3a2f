package main

import (
	"context"
	"flag"
	"fmt"
	"text/tabwriter"
	"time"

	"github.com/stagedoor/stagedoor/origin/edgeconfig"
)

func redirectsAddCommand() *command {
	return &command{
		name: "redirects add", args: "SOURCE TARGET", about: "send visitors of one address to another",
		more: `SOURCE is a path (/panto), a pattern (/old/*, where * is one segment and a final ** the rest; $1, $2 in TARGET stand for
what they matched) or a hostname of the site. TARGET is a path, or a URL on a host the site may redirect to. The most
specific rule wins. Checkout, API, orders and /.well-known/ cannot be redirected.`,
		examples: []string{
			"stagedoor redirects add --site lyceum /panto /shows/cinderella",
			"stagedoor redirects add --site lyceum --status 301 '/whats-on/*' '/shows/$1'",
			"stagedoor redirects add --site lyceum --match prefix --until '2027-01-10' /gifts /shows",
		},
		setup: func(flags *flag.FlagSet) action {
			var w where
			w.flag(flags)
			site := siteFlag(flags, false)
			match := flags.String("match", "", "exact, prefix, host or pattern (default: by what SOURCE looks like)")
			status := flags.Int("status", 302, "301, 302, 307 or 308")
			query := flags.Bool("query", true, "keep the visitor's query string")
			suffix := flags.Bool("suffix", true, "keep what follows a prefix")
			from := flags.String("from", "", "`when` it begins, in the venue's time")
			until := flags.String("until", "", "`when` it ends")
			return func(ctx context.Context, t terminal, args []string) error {
				if len(args) != 2 {
					return usageError("it takes two arguments, SOURCE and TARGET, after the flags")
				}
				if err := needSite(*site); err != nil {
					return err
				}
				return w.desk(ctx, t, func(d *desk) error {
					zone, err := d.Zone(ctx, *site)
					if err != nil {
						return err
					}
					rule := edgeconfig.Redirect{Site: *site, Match: *match, Source: args[0], Target: args[1], Status: *status, PreserveQuery: *query, PreserveSuffix: *suffix}
					for _, when := range []struct {
						text string
						into *time.Time
					}{{*from, &rule.StartsAt}, {*until, &rule.EndsAt}} {
						if when.text != "" {
							if *when.into, err = edgeconfig.ParseWhen(when.text, time.Now(), zone); err != nil {
								return err
							}
						}
					}
					made, err := d.AddRedirect(ctx, actor(), rule)
					if err != nil {
						return err
					}
					fmt.Fprintf(t.out, "%s now leads to %s on %s (%s, %d).\n", made.Source, made.Target, made.Site, made.Match, made.Status)
					return d.publish(ctx, t)
				})
			}
		},
	}
}

func redirectsRemoveCommand() *command {
	return &command{
		name: "redirects remove", args: "SOURCE", about: "remove a redirect",
		examples: []string{"stagedoor redirects remove --site lyceum /panto"},
		setup: func(flags *flag.FlagSet) action {
			var w where
			w.flag(flags)
			site := siteFlag(flags, false)
			match := flags.String("match", "", "which one, when several rules have that source")
			return func(ctx context.Context, t terminal, args []string) error {
				if len(args) != 1 {
					return usageError("it takes one argument, SOURCE, after the flags")
				}
				if err := needSite(*site); err != nil {
					return err
				}
				return w.desk(ctx, t, func(d *desk) error {
					gone, err := d.RemoveRedirect(ctx, actor(), *site, *match, args[0])
					if err != nil {
						return err
					}
					fmt.Fprintf(t.out, "%s no longer leads to %s on %s.\n", gone.Source, gone.Target, gone.Site)
					return d.publish(ctx, t)
				})
			}
		},
	}
}

func redirectsListCommand() *command {
	return &command{
		name: "redirects list", about: "list redirects",
		examples: []string{"stagedoor redirects list --site lyceum"},
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
					rules, err := d.Redirects(ctx, *site)
					if err != nil {
						return err
					}
					if len(rules) == 0 {
						fmt.Fprintln(t.out, "There are no redirects.")
						return nil
					}
					table := tabwriter.NewWriter(t.out, 0, 4, 2, ' ', 0)
					fmt.Fprintln(table, "SITE\tMATCH\tSOURCE\tTARGET\tSTATUS\tUNTIL\tBY")
					for _, r := range rules {
						until := "for ever"
						if !r.EndsAt.IsZero() {
							zone, err := d.Zone(ctx, r.Site)
							if err != nil {
								return err
							}
							until = r.EndsAt.In(zone).Format(clock)
						}
						fmt.Fprintf(table, "%s\t%s\t%s\t%s\t%d\t%s\t%s\n", r.Site, r.Match, r.Source, r.Target, r.Status, until, r.CreatedBy)
					}
					return table.Flush()
				})
			}
		},
	}
}
