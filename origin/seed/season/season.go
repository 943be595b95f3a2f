// Package season plans what every theatre plays: runs of weeks, eight performances a week.
//
// The plan is a pure function of the house, a seed and a date. It follows an absolute calendar that begins at
// Epoch: a window asked for a week later holds the same performances, one week fewer at its beginning and one more
// at its end. That is what lets a re-seeded database keep its identifiers, and with them what was sold.
package season

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"github.com/stagedoor/stagedoor/origin/seed/data"
)

// Weeks is how far ahead a season is planned: half a year.
const Weeks = 26

// Epoch is the Monday on which the calendar of all seasons begins.
func Epoch() time.Time { return time.Date(2024, time.January, 1, 0, 0, 0, 0, time.UTC) }

// WeekOf is the Monday of the week an instant falls in, as UTC counts, at midnight UTC. Windows begin on one.
func WeekOf(now time.Time) time.Time {
	day := now.UTC().Truncate(24 * time.Hour)
	return day.AddDate(0, 0, -weekdayFromMonday(day))
}

func weekdayFromMonday(day time.Time) int { return (int(day.Weekday()) + 6) % 7 }

// Run is one work at one theatre for some weeks. Only its performances inside the window are listed.
type Run struct {
	Theatre      data.Theatre
	Work         data.Work
	Slug         string    // unique at the theatre
	OpensOn      time.Time // dates at the theatre, at midnight UTC; perhaps before the window
	ClosesOn     time.Time // perhaps after the window
	OnSaleAt     time.Time // UTC
	PosterSeed   int64     // 0 to 2^32-1
	Performances []Performance
}

// Performance is one evening or afternoon.
type Performance struct {
	StartsAt time.Time // UTC
	Tier     string    // TierStandard or TierPeak
	Access   []string  // sorted
}

// Plan lists the runs with a performance in the 26 weeks from the Monday start, by theatre and date.
func Plan(house data.House, seed uint64, start time.Time) ([]Run, error) {
	if start.Before(Epoch()) || !start.Equal(WeekOf(start)) {
		return nil, fmt.Errorf("season: %s is not a Monday, midnight UTC, on or after %s",
			start.Format(time.DateTime), Epoch().Format(time.DateOnly))
	}
	end := start.AddDate(0, 0, 7*Weeks)
	var runs []Run
	for _, b := range book(house, seed, end) {
		if !b.ends().After(start) {
			continue
		}
		run := b.run(seed)
		for _, week := range b.mondays() {
			if !week.Before(start) && week.Before(end) {
				run.Performances = append(run.Performances, b.week(seed, week)...)
			}
		}
		runs = append(runs, run)
	}
	slices.SortFunc(runs, func(a, b Run) int {
		return cmp.Or(cmp.Compare(a.Theatre.ID, b.Theatre.ID), a.OpensOn.Compare(b.OpensOn))
	})
	return runs, nil
}

// run describes a booking, without its performances.
func (b booking) run(seed uint64) Run {
	last := b.week(seed, b.ends().AddDate(0, 0, -7))
	first := b.week(seed, b.opens)
	zone := b.theatre.Zone()
	return Run{
		Theatre: b.theatre, Work: b.work, Slug: b.slug(),
		OpensOn: date(first[0].StartsAt, zone), ClosesOn: date(last[len(last)-1].StartsAt, zone),
		OnSaleAt:   b.onSaleAt(),
		PosterSeed: int64(pick(seed, "poster", b.theatre.ID, b.slug()) % (1 << 32)),
	}
}

// date is the day an instant falls on in a zone, at midnight UTC.
func date(at time.Time, zone *time.Location) time.Time {
	y, m, d := at.In(zone).Date()
	return time.Date(y, m, d, 0, 0, 0, 0, time.UTC)
}

// saleWeeks is how long before a run's first week its booking opens.
const saleWeeks = 20

// onSaleAt is ten in the morning at the theatre on the Friday before the week saleWeeks before the run's first.
func (b booking) onSaleAt() time.Time {
	y, m, d := b.opens.AddDate(0, 0, -7*saleWeeks-3).Date()
	return time.Date(y, m, d, 10, 0, 0, 0, b.theatre.Zone()).UTC()
}
