package main

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"net/url"
	"os"
	"strings"
	"time"

	"github.com/stagedoor/stagedoor/origin/edgeconfig"
	"github.com/stagedoor/stagedoor/origin/waiting"
	"github.com/stagedoor/stagedoor/waitingroom/rehearse"
)

// rehearsalRooms is what the IDs of rooms for rehearsals begin with.
const rehearsalRooms = "rehearsal-"

// rehearsalWait is how long a new room is waited for: sites may be a minute behind.
const rehearsalWait = 2 * time.Minute

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

func (p rehearsalPlan) run(ctx context.Context, t terminal, d *roomDesk) (err error) {
	id := make([]byte, 6)
	if _, err := rand.Read(id); err != nil {
		return err
	}
	room := waiting.Room{
		ID: rehearsalRooms + hex.EncodeToString(id), Name: "A rehearsal", Brands: []string{p.brand}, Mode: waiting.FIFO, Active: p.active,
		PassLife: int(p.pass.Seconds()), PollEvery: int(p.poll.Seconds()), TypicalStay: max(int(p.pass.Seconds()), 5), FailClosed: true,
	}
	room.Paths = []string{"/" + room.ID}
	address, err := url.Parse(d.edge.SiteURL(p.brand))
	if err != nil || address.Host == "" {
		return fmt.Errorf("the address of the site %s is not known", p.brand)
	}
	address.Path = room.Paths[0]
	if !rehearse.IsLoopback(address.Host) && address.Hostname() != p.allow {
		return usageError(fmt.Sprintf("%s is not this machine: a rehearsal there is real traffic; say --allow-host %s if you mean it", address.Hostname(), address.Hostname()))
	}
	c := rehearse.Config{
		Address: address, Room: room.ID, Limit: p.active, PassLife: p.pass.Truncate(time.Second), PollEvery: p.poll,
		Visitors: p.visitors, Within: p.within, For: p.limit, Progress: rehearsalProgress(t),
	}
	if rehearse.IsLoopback(address.Host) && address.Port() != "" {
		c.Connect = "127.0.0.1:" + address.Port()
	}
	if err := c.Check(); err != nil {
		return usageError(err.Error())
	}

	if err := d.sweep(ctx); err != nil {
		return err
	}
	if _, err := d.CreateRoom(ctx, actor(), room); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, d.strike(ctx, room.ID)) }()
	if _, err := d.publisher.Publish(ctx, edgeconfig.Options{}); err != nil {
		return err
	}
	if err := d.tender.Tend(ctx, room.ID); err != nil {
		return fmt.Errorf("the room's coordinator cannot be told: %w", err)
	}
	if !d.asJSON {
		fmt.Fprintf(t.out, "The room %s is before %s, for %d at once; %d visitors come.\n", room.ID, address, p.active, p.visitors)
	}
	if err := rehearse.Await(ctx, c, rehearsalWait); err != nil {
		return err
	}
	outcome, err := rehearse.Run(ctx, c)
	if err != nil {
		return err
	}
	// The room's own view, for as long as it is there.
	if status, err := d.control.Status(context.WithoutCancel(ctx), room.ID); err == nil {
		outcome.Counted = &rehearse.Counted{Arrived: status.Arrived, Admitted: status.Admitted, OvershootMax: status.OvershootMax, EstimateErrorP50Pct: status.EstimateErrorP50}
	}
	if d.asJSON {
		encoder := json.NewEncoder(t.out)
		encoder.SetIndent("", "  ")
		if err := encoder.Encode(outcome); err != nil {
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

// strike takes a rehearsal's room away, also when the rehearsal was interrupted.
func (d *roomDesk) strike(ctx context.Context, id string) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Minute)
	defer cancel()
	if _, err := d.DeleteRoom(ctx, actor(), id, 0); err != nil {
		return fmt.Errorf("the room %s is still there: %w\n`stagedoor room delete %s` takes it away", id, err, id)
	}
	_, err := d.publisher.Publish(ctx, edgeconfig.Options{})
	return errors.Join(err, d.tender.Tend(ctx, id))
}

// sweep takes away what a rehearsal that was killed has left behind.
func (d *roomDesk) sweep(ctx context.Context) error {
	rooms, err := d.Rooms(ctx, edgeconfig.AllSites)
	if err != nil {
		return err
	}
	for _, r := range rooms {
		if strings.HasPrefix(r.ID, rehearsalRooms) && r.DeletedAt.IsZero() && time.Since(r.CreatedAt) > rehearse.MaxFor+rehearsalWait {
			if err := d.strike(ctx, r.ID); err != nil {
				return err
			}
		}
	}
	return nil
}

// rehearsalProgress shows a line that changes on a terminal, and nothing elsewhere.
func rehearsalProgress(t terminal) func(rehearse.Progress) {
	info, err := t.err.Stat()
	if err != nil || info.Mode()&os.ModeCharDevice == 0 {
		return nil
	}
	return func(p rehearse.Progress) {
		fmt.Fprintf(t.err, "\r\033[K%3.0f s: %d of %d came, %d wait, %d were let in (%.0f %%), %d inside, %d refused, %d failed, %.0f requests a second\r",
			p.After.Seconds(), p.Arrived, p.Visitors, p.Waiting, p.Admitted, 100*float64(p.Admitted)/float64(p.Visitors), p.Inside, p.Refused, p.Failed,
			float64(p.Requests)/max(p.After.Seconds(), 1))
		if p.Admitted+p.Refused+p.Failed == p.Visitors {
			fmt.Fprint(t.err, "\033[K")
		}
	}
}
