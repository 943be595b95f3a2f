package content

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/google/uuid"

	"github.com/stagedoor/stagedoor/origin/cms"
	"github.com/stagedoor/stagedoor/origin/postgres/dbsqlc"
	"github.com/stagedoor/stagedoor/origin/show"
	"github.com/stagedoor/stagedoor/origin/venue"
)

// mostPerformances is how many lines a schedule may have: 50 years, eight times a week.
const mostPerformances = 20_000

// mostLineFaults is how many faults of a schedule are told at once.
const mostLineFaults = 50

type schedule struct {
	production, plan cms.Ref
	onSaleAt         time.Time
	lines            []line
}

// line is one performance as the schedule tells it.
type line struct {
	number   int // in the list, from 1
	key      string
	start    string // at the venue; read once it is known which
	tier     string
	access   []string // sorted
	onSaleAt time.Time
	status   string
}

func decodeSchedule(r *reader) entry {
	type given struct {
		Key    string   `json:"key"`
		Start  string   `json:"start"`
		Tier   string   `json:"tier"`
		Access []string `json:"access"`
		OnSale string   `json:"on_sale_at"`
		Status string   `json:"status"`
	}
	each(r, "name", text) // for colleagues alone
	s := schedule{production: one(each(r, "production", link)), plan: one(each(r, "plan", link)), onSaleAt: one(each(r, "onSaleAt", instant))}
	lists := each(r, "performances", shaped[[]given])
	list := one(lists)
	if len(list) > mostPerformances {
		r.fault("performances", "", "has %d lines; at most %d fit", len(list), mostPerformances)
		return s
	}
	keys, told := map[string]int{}, 0
	for i, g := range list {
		fault := func(format string, args ...any) {
			if told++; told <= mostLineFaults {
				r.fault("performances", "", "line %d: "+format, append([]any{i + 1}, args...)...)
			}
		}
		l := line{number: i + 1, key: strings.TrimSpace(g.Key), start: strings.TrimSpace(g.Start), tier: g.Tier, onSaleAt: s.onSaleAt, status: g.Status}
		if _, _, why := readStart(l.start); why != "" {
			fault("start %s", why)
		}
		if l.key == "" {
			l.key = l.start
		}
		if len(l.key) > 100 || !utf8.ValidString(l.key) || strings.ContainsFunc(l.key, func(c rune) bool { return c < ' ' }) {
			fault("key must be a short name of at most 100 bytes")
		}
		if first, twice := keys[l.key]; twice {
			fault("%s is there already, in line %d: give each performance a key of its own", l.key, first)
		}
		keys[l.key] = i + 1
		if l.tier == "" {
			l.tier = "standard"
		}
		if !tierID.MatchString(l.tier) {
			fault("tier %q must be lower-case letters, such as standard or peak", l.tier)
		}
		if l.status == "" {
			l.status = string(show.OnSale)
		}
		if !slices.Contains([]string{string(show.OnSale), string(show.Scheduled), string(show.Cancelled)}, l.status) {
			fault("status must be on_sale, scheduled or cancelled")
		}
		for _, tag := range g.Access {
			if !slices.Contains([]string{show.Captioned, show.AudioDescribed, show.Relaxed, show.Signed}, tag) {
				fault("access %q must be captioned, audio_described, relaxed or signed", tag)
			}
		}
		l.access = slices.Compact(slices.Sorted(slices.Values(g.Access)))
		if g.OnSale != "" {
			at, why := parseInstant(g.OnSale)
			if why != "" {
				fault("on_sale_at %s", why)
			}
			l.onSaleAt = at
		}
		s.lines = append(s.lines, l)
	}
	if told > mostLineFaults {
		r.fault("performances", "", "and %d faults more", told-mostLineFaults)
	}
	return s
}

// place is where and with which seats a schedule plays.
type place struct {
	production dbsqlc.Production
	house      dbsqlc.Venue
	plan       uuid.UUID
	takesOver  bool // what was seeded for the production and is not listed goes
}

// write brings the production's performances in line with the list.
//
// A performance is known by its key. It is the one this entry listed under that key before; else the one of the
// production at that instant which no other schedule lists, as those that were seeded; else a new one. What this entry
// listed and does not list any more, and what was seeded for the production and is not listed, goes if there was never
// an order for it; otherwise it stays and is not for sale. A performance keeps its seating plan once there are orders.
func (s schedule) write(ctx context.Context, w *work, _ bool) (string, error) {
	at, err := s.place(ctx, w)
	if err != nil {
		return "", err
	}
	starts, err := s.starts(w, at)
	if err != nil {
		return "", err
	}
	if err := leaveOthers(ctx, w, at.production.ID); err != nil {
		return "", err
	}
	return w.change.ID, w.reschedule(ctx, at, s.lines, starts)
}

func (s schedule) place(ctx context.Context, w *work) (place, error) {
	var at place
	id, err := w.referRow(ctx, "production", s.production, cms.Production)
	if err != nil {
		return at, err
	}
	if s.plan.ID != "" {
		if at.plan, err = w.referRow(ctx, "plan", s.plan, cms.SeatingPlan); err != nil {
			return at, err
		}
	}
	if at.production, err = w.q.LockProduction(ctx, id); err != nil {
		return at, err
	}
	w.facts.brandID = at.production.BrandID
	if at.house, err = w.q.GetVenue(ctx, at.production.VenueID); err != nil {
		return at, err
	}
	plans, err := w.q.ListPlansOfVenue(ctx, at.house.ID)
	if err != nil {
		return at, err
	}
	if at.plan == uuid.Nil && len(plans) > 0 {
		at.plan = plans[0].ID
	}
	at.takesOver = true
	if len(s.lines) == 0 {
		return at, nil
	}
	if at.plan == uuid.Nil {
		return at, w.invalid(Fault{Field: "plan", Why: at.house.Name + " has no seating plan yet: publish one, then publish this again"})
	}
	if !slices.ContainsFunc(plans, func(p dbsqlc.SeatingPlan) bool { return p.ID == at.plan }) {
		return at, w.invalid(Fault{Field: "plan", Why: "is of another venue than the production's, " + at.house.Name})
	}
	return at, nil
}

// starts reads the lines' times in the venue's zone.
func (s schedule) starts(w *work, at place) ([]time.Time, error) {
	zone, err := venue.Zone(at.house.TimeZone)
	if err != nil {
		return nil, err
	}
	var faults []Fault
	out := make([]time.Time, len(s.lines))
	seen := map[int64]int{}
	for i, l := range s.lines {
		start, why := startIn(zone, l.start)
		if why == "" {
			if first, twice := seen[start.Unix()]; twice {
				why = fmt.Sprintf("is the same moment as line %d", first)
			}
			seen[start.Unix()] = l.number
		}
		if why != "" {
			faults = append(faults, Fault{Field: "performances", Why: fmt.Sprintf("line %d: start %s %s", l.number, l.start, why)})
		}
		if why == "" && l.onSaleAt.After(start) && l.status == string(show.OnSale) {
			faults = append(faults, Fault{Field: "performances", Why: fmt.Sprintf("line %d: goes on sale after it begins", l.number)})
		}
		out[i] = start
	}
	if len(faults) > mostLineFaults {
		faults = append(faults[:mostLineFaults], Fault{Field: "performances", Why: fmt.Sprintf("and %d faults more", len(faults)-mostLineFaults)})
	}
	if len(faults) > 0 {
		return nil, w.invalid(faults...)
	}
	return out, nil
}

// dropSchedule takes every performance of the schedule out of it.
func dropSchedule(ctx context.Context, w *work, _ string) error { return leaveOthers(ctx, w, uuid.Nil) }

// leaveOthers takes the schedule's performances out of every production but one.
func leaveOthers(ctx context.Context, w *work, but uuid.UUID) error {
	source, id := string(w.change.Source), w.change.ID
	productions, err := w.q.ProductionsOfSchedule(ctx, dbsqlc.ProductionsOfScheduleParams{Source: source, EntryID: id})
	if err != nil {
		return err
	}
	for _, production := range productions {
		if production == but {
			continue
		}
		row, err := w.q.LockProduction(ctx, production)
		if err != nil {
			return err
		}
		if w.facts.brandID == "" {
			w.facts.brandID = row.BrandID
		}
		if err := w.reschedule(ctx, place{production: row}, nil, nil); err != nil {
			return err
		}
		if err := w.q.ReleaseSchedule(ctx, dbsqlc.ReleaseScheduleParams{ProductionID: production, Source: source, EntryID: id}); err != nil {
			return err
		}
	}
	return nil
}
