package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"net/url"
	"time"

	"github.com/stagedoor/stagedoor/origin/house"
	"github.com/stagedoor/stagedoor/origin/smoke"
	"github.com/stagedoor/stagedoor/origin/up/datadir"
)

func smokeCommand() *command {
	return &command{
		name: "smoke", about: "buy a ticket through a running house, as two rival buyers would see it",
		more:     "It waits for a house that is still starting.",
		examples: []string{"stagedoor smoke", "stagedoor smoke --site https://lyceum.example"},
		setup: func(flags *flag.FlagSet) action {
			port := flags.Int("port", defaultPort, "first `port` of the house")
			data := flags.String("data", defaultData, "data `folder` of the house")
			site := flags.String("site", "", "another theatre's `address` than the local Lyceum's")
			wait := flags.Duration("wait", 15*time.Minute, "how long to wait for a house that is starting")
			return func(ctx context.Context, t terminal, args []string) error {
				if err := none(args); err != nil {
					return err
				}
				c := smoke.Config{Out: t.out, Wait: *wait}
				address := *site
				if address == "" {
					cfg, err := waitFor(ctx, t, *data, *port, *wait)
					if err != nil {
						return err
					}
					address = cfg.Edge.SiteURL("lyceum")
					if c.Mailbox, err = url.Parse(cfg.Edge.OriginURL + house.MailboxPath); err != nil {
						return err
					}
				}
				var err error
				if c.Site, err = url.Parse(address); err != nil || c.Site.Host == "" {
					return usageError(fmt.Sprintf("--site %q is not an address", address))
				}
				got, err := smoke.Run(ctx, c)
				if err != nil {
					return err
				}
				fmt.Fprintf(t.out, "\nOrder %s: %d seats for %s\n%s\n", got.Number, len(got.Seats), got.Total, got.URL)
				return nil
			}
		},
	}
}

// hintEvery is how often somebody who waits is told how long, and when nothing is starting, what to do.
const hintEvery = 30 * time.Second

// waitFor waits until the house in a data folder is open.
func waitFor(ctx context.Context, t terminal, data string, port int, wait time.Duration) (house.Config, error) {
	var hint time.Time
	for began := time.Now(); ; {
		cfg, err := running(data)
		if err == nil {
			return cfg, nil
		}
		now := time.Now()
		if !errors.Is(err, datadir.ErrNotRunning) || now.Sub(began) > wait {
			return cfg, fmt.Errorf("%w; start it with `make up`", err)
		}
		switch {
		case hint.IsZero():
			fmt.Fprintf(t.out, "Waiting for the house in %s to open (port %d) …\n", data, port)
			hint = now
		case now.Sub(hint) > hintEvery:
			state := "it is starting"
			if !datadir.InUse(data) {
				state = "nothing is starting there: run `make up` in another terminal"
			}
			fmt.Fprintf(t.out, "  %s so far; %s.\n", now.Sub(began).Round(time.Second), state)
			hint = now
		}
		select {
		case <-ctx.Done():
			return cfg, ctx.Err()
		case <-time.After(300 * time.Millisecond):
		}
	}
}
