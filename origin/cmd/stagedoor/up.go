package main

import (
	"context"
	"flag"
	"fmt"

	"github.com/stagedoor/stagedoor/origin/house"
	"github.com/stagedoor/stagedoor/origin/up"
	"github.com/stagedoor/stagedoor/origin/up/datadir"
)

func upCommand() *command {
	return &command{
		name: "up", about: "run the whole house on this machine",
		more: `Postgres, Redis, NATS, search, a payment sandbox, the origin and the edge start together, filled with theatres and
their season. Ctrl-C closes the house; a second Ctrl-C leaves at once. Each of these variables replaces a part by a
real one: DATABASE_URL, REDIS_URL, NATS_URL, TYPESENSE_URL (with TYPESENSE_API_KEY), STRIPE_KEY (with
STRIPE_PUBLISHABLE_KEY and STRIPE_WEBHOOK_SECRET). Ports follow --port: the edge is first, then the origin (+1), the
payment sandbox (+2), the local Cloudflare API (+3), search (+4), Postgres (+5), Redis (+6) and NATS (+7).`,
		examples: []string{"stagedoor up", "stagedoor up --port 9000 --data /tmp/second-house", "DATABASE_URL=postgres://me@db/stagedoor stagedoor up"},
		setup: func(flags *flag.FlagSet) action {
			port := flags.Int("port", defaultPort, "first `port`; the sites are there")
			data := flags.String("data", defaultData, "`folder` for everything that is kept")
			number := flags.Uint64("seed", 1, "which season to fill an empty house with")
			var other up.Ports
			each := func(into *int, name, what string) {
				flags.IntVar(into, name+"-port", 0, "`port` of "+what+" (0: by --port)")
			}
			each(&other.Origin, "origin", "the origin")
			each(&other.Stripe, "stripe", "the payment sandbox")
			each(&other.KV, "kv", "the local Cloudflare API")
			each(&other.Search, "search", "search")
			each(&other.Postgres, "postgres", "Postgres")
			each(&other.Redis, "redis", "Redis")
			each(&other.NATS, "nats", "NATS")
			each(&other.Ops, "ops", "the ops Worker")
			return func(ctx context.Context, t terminal, args []string) error {
				if err := none(args); err != nil {
					return err
				}
				root, err := checkout()
				if err != nil {
					return err
				}
				return up.Run(ctx, up.Config{
					Root: root, Data: *data, Ports: up.PortsFrom(*port).With(other), Seed: *number,
					Version: version(), Out: t.out, Lookup: t.lookup,
				})
			}
		},
	}
}

func resetCommand() *command {
	return &command{
		name: "reset", about: "empty the data folder, after making sure that nothing runs in it",
		examples: []string{"stagedoor reset", "stagedoor reset --data /tmp/second-house"},
		setup: func(flags *flag.FlagSet) action {
			data := flags.String("data", defaultData, "the `folder` to empty")
			return func(_ context.Context, t terminal, args []string) error {
				if err := none(args); err != nil {
					return err
				}
				if err := up.Reset(*data); err != nil {
					return err
				}
				fmt.Fprintf(t.out, "%s is empty.\n", *data)
				return nil
			}
		},
	}
}

// running is the house that runs in a data folder.
func running(data string) (house.Config, error) {
	var r up.Running
	err := datadir.Running(data, &r)
	return r.House, err
}
