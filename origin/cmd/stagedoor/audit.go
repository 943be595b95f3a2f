package main

import (
	"context"
	"encoding/json"
	"flag"
	"time"

	"github.com/stagedoor/stagedoor/origin/house"
)

func auditCommand() *command {
	return &command{
		name: "audit", about: "check that no seat was sold twice, no money lost and no fact left untold",
		more:     "It compares Postgres, Redis, the event stream and the payment provider, while they are in use, changes nothing, and fails\nwhen an invariant is broken.",
		examples: []string{"stagedoor audit", "stagedoor audit --json | jq .violations"},
		setup: func(flags *flag.FlagSet) action {
			var w where
			w.flag(flags)
			asJSON := flags.Bool("json", false, "write the whole report as JSON")
			grace := flags.Duration("grace", time.Minute, "how long a step may be on its way before it is missed")
			return func(ctx context.Context, t terminal, args []string) error {
				if err := none(args); err != nil {
					return err
				}
				return w.house(ctx, t, func(h *house.House) error {
					report, err := h.Audit(ctx, *grace)
					if err != nil {
						return err
					}
					if *asJSON {
						err = json.NewEncoder(t.out).Encode(report)
					} else {
						err = report.WriteTable(t.out)
					}
					if err == nil && !report.OK() {
						err = errQuiet
					}
					return err
				})
			}
		},
	}
}
