package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/stagedoor/stagedoor/origin/edgeconfig"
	"github.com/stagedoor/stagedoor/origin/waiting/trial"
	"github.com/stagedoor/stagedoor/waitingroom/rehearse"
)

func roomRehearseCommand() *command {
	return &command{
		name: "room rehearse", about: "send synthetic visitors through the running edge, and say whether all went well",
		more: `It makes a waiting room of its own, before a page that does not exist, and takes it away at the end, Ctrl-C included: nothing
of a real sale is touched. The visitors' requests are real, so they are bounded, and only go to this machine unless
--allow-host names another. Each visitor who comes in holds their pass until it runs out. The exit code is 1 unless everyone
was let in or told why not, nobody twice, and the limit was never crossed.`,
		examples: []string{
			"stagedoor room rehearse", "stagedoor room rehearse --visitors 5000 --active 2000 --for 10m",
			"stagedoor room rehearse --site lyceum --allow-host lyceum.example --json",
		},
		setup: func(flags *flag.FlagSet) action {
			var w where
			w.flag(flags)
			var p rehearsalPlan
			flags.StringVar(&p.brand, "site", "lyceum", "on whose `site`")
			flags.StringVar(&p.allow, "allow-host", "", "a `host` other than this machine that may be rehearsed on")
			flags.IntVar(&p.visitors, "visitors", 500, fmt.Sprintf("how many come, at most %d", rehearse.MaxVisitors))
			flags.IntVar(&p.active, "active", 250, "how many may be inside at once")
			flags.DurationVar(&p.within, "within", 0, "the time over which they come; 0: all at once")
			flags.DurationVar(&p.pass, "pass", 30*time.Second, "how long each of them stays")
			flags.DurationVar(&p.poll, "poll", 5*time.Second, "how often one who waits asks")
			flags.DurationVar(&p.limit, "for", 5*time.Minute, "the time after which it ends, whoever waits")
			asJSON := jsonFlag(flags)
			return func(ctx context.Context, t terminal, args []string) error {
				if err := none(args); err != nil {
					return err
				}
				return w.rooms(ctx, t, *asJSON, func(d *roomDesk) error { return p.run(ctx, t, d) })
			}
		},
	}
}

// rehearsalPlan is what was asked for.
type rehearsalPlan struct {
	brand, allow              string
	visitors, active          int
	within, pass, poll, limit time.Duration
}

func (p rehearsalPlan) run(ctx context.Context, t terminal, d *roomDesk) error {
	plan := trial.Plan{
		Site: p.brand, Visitors: p.visitors, Active: p.active, Within: int(p.within.Seconds()), Pass: int(p.pass.Seconds()), Poll: int(p.poll.Seconds()),
		For: int(p.limit.Seconds()), Room: trial.NewRoom(),
	}
	stage := &trial.Stage{
		Editor: d, Publish: func(ctx context.Context) error { _, err := d.publisher.Publish(ctx, edgeconfig.Options{}); return err },
		Tend: d.tender.Tend, Control: d.control, SiteURL: d.edge.SiteURL,
	}
	address, err := plan.Address(stage.SiteURL(p.brand))
	if err != nil {
		return usageError(err.Error())
	}
	if !rehearse.IsLoopback(address.Host) && address.Hostname() != p.allow {
		return usageError(fmt.Sprintf("%s is not this machine: a rehearsal there is real traffic; say --allow-host %s if you mean it", address.Hostname(), address.Hostname()))
	}
	if err := stage.Sweep(ctx, actor(), time.Now()); err != nil {
		return err
	}
	if !d.asJSON {
		fmt.Fprintf(t.out, "The room %s is put before %s, for %d at once; %d visitors come.\n", plan.Room, address, p.active, p.visitors)
	}
	outcome, err := stage.Rehearse(ctx, actor(), plan, rehearsalProgress(t))
	if outcome != nil {
		err = errors.Join(err, d.writeOutcome(t, outcome))
	}
	return err
}

// writeOutcome writes what a rehearsal found. Problems are an error.
func (d *roomDesk) writeOutcome(t terminal, outcome *trial.Rehearsed) error {
	if d.asJSON {
		if err := writeJSON(t, outcome); err != nil {
			return err
		}
	} else if err := outcome.Write(t.out); err != nil {
		return err
	}
	if problems := outcome.Problems(); len(problems) > 0 {
		return errors.New("the rehearsal found problems: " + strings.Join(problems, "; "))
	}
	return nil
}

// rehearsalProgress shows a line that changes on a terminal, and nothing elsewhere.
func rehearsalProgress(t terminal) func(trial.Progress) {
	info, err := t.err.Stat()
	if err != nil || info.Mode()&os.ModeCharDevice == 0 {
		return nil
	}
	return func(p trial.Progress) {
		switch {
		case p.Fraction == 1:
			fmt.Fprint(t.err, "\r\033[K")
		case p.Arrived == 0:
			fmt.Fprintf(t.err, "\r\033[K%s…\r", p.Step)
		default:
			fmt.Fprintf(t.err, "\r\033[K%3.0f s: %d of %d came, %d wait, %d were let in (%.0f %%), %d inside, %d refused, %d failed, %.0f requests a second\r",
				p.After, p.Arrived, p.Visitors, p.Waiting, p.Admitted, 100*float64(p.Admitted)/float64(p.Visitors), p.Inside, p.Refused, p.Failed, p.Rate)
		}
	}
}
