package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"text/tabwriter"
	"time"

	"github.com/stagedoor/stagedoor/origin/house"
	"github.com/stagedoor/stagedoor/origin/payment/domains"
)

func paymentDomainsCommand() *command {
	return &command{
		name: "payment domains", about: "show on which hostnames Apple Pay and Google Pay may be shown, or try one again",
		more: `The payment provider shows wallets on hostnames alone that are registered with it and validated. A running house registers every
hostname of every site by itself, looks again every few hours, and tries again what failed; --retry does not wait for that. Cards
work on every hostname all the while. It fails when a hostname has failed.`,
		examples: []string{"stagedoor payment domains", "stagedoor payment domains --site lyceum", "stagedoor payment domains --retry lyceum.example.com"},
		setup: func(flags *flag.FlagSet) action {
			var w where
			w.flag(flags)
			site := flags.String("site", "", "of one site; all when empty")
			retry := flags.String("retry", "", "look at this `hostname` now")
			return func(ctx context.Context, t terminal, args []string) error {
				if err := none(args); err != nil {
					return err
				}
				return w.house(ctx, t, func(h *house.House) error {
					keeper := h.Domains()
					if *retry == "" {
						list, err := keeper.List(ctx, *site)
						if err != nil {
							return err
						}
						return writeDomains(t.out, list)
					}
					if err := keeper.Compare(ctx); err != nil {
						return err
					}
					now, err := keeper.Retry(ctx, actor(), *site, *retry)
					if errors.Is(err, domains.ErrUnknown) {
						return fmt.Errorf("no site has the hostname %q; `stagedoor payment domains` lists them", *retry)
					}
					if err != nil {
						return err
					}
					return writeDomains(t.out, []domains.Hostname{now})
				})
			}
		},
	}
}

// writeDomains prints a table; the error is errQuiet when one has failed.
func writeDomains(out io.Writer, list []domains.Hostname) error {
	if len(list) == 0 {
		fmt.Fprintln(out, "No hostnames are known yet: a house that runs finds them within seconds.")
		return nil
	}
	table := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "HOSTNAME\tSITE\tSTATE\tCHECKED\tNEXT\tPROBLEM")
	failed := false
	for _, h := range list {
		checked := "not yet"
		if !h.CheckedAt.IsZero() {
			checked = h.CheckedAt.Format(time.RFC3339)
		}
		failed = failed || h.State == domains.Failed
		fmt.Fprintf(table, "%s\t%s\t%s\t%s\t%s\t%s\n", h.Name, h.BrandID, h.State, checked, h.NextAt.Format(time.RFC3339), h.Problem)
	}
	if err := table.Flush(); err != nil {
		return err
	}
	if failed {
		return errQuiet
	}
	return nil
}
