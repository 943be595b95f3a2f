package main

import (
	"context"
	"flag"
	"fmt"
	"strings"

	"github.com/stagedoor/stagedoor/origin/edgeconfig"
)

func cachePurgeCommand() *command {
	return &command{
		name: "cache purge", args: "SITE", about: "have the edge ask the house anew for what it keeps of a site",
		more: `SITE is a brand, such as lyceum, or all. Changes of the catalogue and of site settings do this by themselves; it is for what
they cannot know, such as a new release of the pages. Without --tag everything goes; a tag is ` + strings.Join(edgeconfig.CacheTags(), ", ") + `,
or show- and the show's name in addresses. Visitors do not notice, but for the time it takes to make a page.`,
		examples: []string{"stagedoor cache purge lyceum", "stagedoor cache purge --tag show-hamlet lyceum", "stagedoor cache purge all"},
		setup: func(flags *flag.FlagSet) action {
			var w where
			w.flag(flags)
			tag := flags.String("tag", edgeconfig.EverythingTag, "only what has this `tag`")
			return func(ctx context.Context, t terminal, args []string) error {
				// The flag may follow the site, as it is natural to write.
				if len(args) > 1 {
					if err := flags.Parse(args[1:]); err != nil {
						return usageError(err.Error())
					}
					args = append(args[:1], flags.Args()...)
				}
				if len(args) != 1 {
					return usageError("it takes one argument, SITE")
				}
				return w.desk(ctx, t, func(d *desk) error {
					tags, err := d.PurgeCache(ctx, actor(), args[0], *tag)
					if err != nil {
						return err
					}
					what := "everything"
					if *tag != edgeconfig.EverythingTag {
						what = *tag
					}
					fmt.Fprintf(t.out, "%s: %s is made anew.\n", args[0], what)
					if err := d.publish(ctx, t); err != nil {
						return err
					}
					return d.zone.PurgeTags(ctx, tags)
				})
			}
		},
	}
}
