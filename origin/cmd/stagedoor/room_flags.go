package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/stagedoor/stagedoor/origin/edgeconfig"
	"github.com/stagedoor/stagedoor/origin/show"
	"github.com/stagedoor/stagedoor/origin/waiting"
)

// roomFlags are what may be said of a room; those that were given change it.
type roomFlags struct {
	flags *flag.FlagSet
	room  waiting.Room

	sites, mode, show, performance, opens, sale, ends string
	passLife, pollEvery, stay                         time.Duration
}

func newRoomFlags(flags *flag.FlagSet) *roomFlags {
	r := &roomFlags{flags: flags}
	list := func(into *[]string) func(string) error {
		return func(text string) error { *into = append(*into, strings.Split(text, ",")...); return nil }
	}
	flags.StringVar(&r.sites, "site", "", "the `brands` on whose sites it is, by comma: lyceum,shubert")
	flags.StringVar(&r.room.Name, "name", "", "what `visitors` call it (default: the show's title)")
	flags.StringVar(&r.show, "show", "", "guard the holds of a show, by its `slug`; needs one --site")
	flags.StringVar(&r.performance, "performance", "", "guard the holds of one performance, by its `id`")
	flags.Func("path", "a `path` that it guards; may be repeated (default: the pages of the show or performance)", list(&r.room.Paths))
	flags.Func("method", "only requests of this `method`; may be repeated (default: all)", list(&r.room.Methods))
	flags.StringVar(&r.mode, "mode", "", "fifo, lottery, queue-all, passthrough or reject (default fifo)")
	flags.IntVar(&r.room.Active, "active", 500, "how many `people` may be inside at once")
	flags.IntVar(&r.room.PerMinute, "per-minute", 0, "how many new `people` may come in a minute; 0 is no limit of its own")
	flags.DurationVar(&r.passLife, "pass-life", 10*time.Minute, "how `long` who came in may stay idle")
	flags.DurationVar(&r.pollEvery, "poll-every", 15*time.Second, "how `often` the queue page asks")
	flags.DurationVar(&r.stay, "stay", 5*time.Minute, "how `long` people are expected to stay, until the room has seen its own")
	flags.StringVar(&r.opens, "opens", "", "`when` the pre-queue opens, in the venue's time; none opens none")
	flags.StringVar(&r.sale, "sale", "", "`when` the sale begins; none unsets it")
	flags.StringVar(&r.ends, "ends", "", "`when` the room ends; none unsets it")
	flags.StringVar(&r.room.Message, "message", "", "a `sentence` for those who wait")
	flags.BoolVar(&r.room.FailClosed, "fail-closed", false, "have people wait when the room's state is not known; else they go in")
	flags.IntVar(&r.room.PageStatus, "status", 200, "what the queue page answers with: 200 or `503`")
	flags.IntVar(&r.room.Gates, "gates", 0, "how many `objects` at the edge sum up what it counts; 0 is its own choice")
	flags.IntVar(&r.room.ArrivalsPerPrefix, "arrivals-per-prefix", 0, "how many `places` a minute one network is given; 0 is the edge's own choice")
	return r
}

// none unsets a time.
const noTime = "none"

// apply changes a room as the flags that were given say.
func (r *roomFlags) apply(ctx context.Context, d *roomDesk, to *waiting.Room) error {
	var errs []error
	r.flags.Visit(func(f *flag.Flag) {
		switch f.Name {
		case "site":
			to.Brands = slices.DeleteFunc(strings.Split(r.sites, ","), func(s string) bool { return s == "" })
		case "name":
			to.Name = r.room.Name
		case "path":
			to.Paths = r.room.Paths
		case "method":
			to.Methods = r.room.Methods
		case "mode":
			to.Mode = waiting.Mode(r.mode)
		case "active":
			to.Active = r.room.Active
		case "per-minute":
			to.PerMinute = r.room.PerMinute
		case "pass-life":
			to.PassLife = int(r.passLife.Seconds())
		case "poll-every":
			to.PollEvery = int(r.pollEvery.Seconds())
		case "stay":
			to.TypicalStay = int(r.stay.Seconds())
		case "message":
			to.Message = r.room.Message
		case "fail-closed":
			to.FailClosed = r.room.FailClosed
		case "gates":
			to.Gates = r.room.Gates
		case "arrivals-per-prefix":
			to.ArrivalsPerPrefix = r.room.ArrivalsPerPrefix
		case "status":
			to.PageStatus = r.room.PageStatus
		case "performance":
			id, err := uuid.Parse(r.performance)
			if err != nil {
				errs = append(errs, usageError(fmt.Sprintf("--performance %q is not an ID, such as the one in the address of its seat map", r.performance)))
			}
			to.PerformanceID, to.ProductionID = id, uuid.Nil
		}
	})
	if r.given("show") {
		errs = append(errs, r.guardShow(ctx, d, to))
	}
	if len(errs) > 0 && errors.Join(errs...) != nil {
		return errors.Join(errs...)
	}
	return r.schedule(ctx, d, to)
}

func (r *roomFlags) given(name string) bool {
	found := false
	r.flags.Visit(func(f *flag.Flag) { found = found || f.Name == name })
	return found
}

// guardShow has the room guard a production.
func (r *roomFlags) guardShow(ctx context.Context, d *roomDesk, to *waiting.Room) error {
	if len(to.Brands) != 1 {
		return usageError("--show needs one --site: the theatre that plays it")
	}
	production, err := d.shows.Production(ctx, to.Brands[0], r.show, time.Now())
	if errors.Is(err, show.ErrNotFound) {
		return edgeconfig.Refused{Reason: fmt.Sprintf("%s plays no show %q", to.Brands[0], r.show)}
	}
	to.ProductionID, to.PerformanceID = production.ID, uuid.Nil
	return err
}

// schedule reads times in the zone of the room's first site.
func (r *roomFlags) schedule(ctx context.Context, d *roomDesk, to *waiting.Room) error {
	zone := time.UTC
	if len(to.Brands) > 0 {
		var err error
		if zone, err = d.Zone(ctx, to.Brands[0]); err != nil {
			return err
		}
	} else if r.opens+r.sale+r.ends != "" {
		return usageError("--opens, --sale and --ends need a --site, in whose time they are")
	}
	now := time.Now()
	for _, when := range []struct {
		text string
		into *time.Time
	}{{r.opens, &to.Event.OpensAt}, {r.sale, &to.Event.SaleAt}, {r.ends, &to.Event.EndsAt}} {
		switch when.text {
		case "":
		case noTime:
			*when.into = time.Time{}
		default:
			at, err := edgeconfig.ParseWhen(when.text, now, zone)
			if err != nil {
				return err
			}
			*when.into = at
		}
	}
	return nil
}
