package season_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/stagedoor/stagedoor/origin/seed/data"
	"github.com/stagedoor/stagedoor/origin/seed/season"
)

var monday = time.Date(2026, 11, 16, 0, 0, 0, 0, time.UTC)

func house(t testing.TB) data.House {
	t.Helper()
	h, err := data.Load(data.Files())
	if err != nil {
		t.Fatal(err)
	}
	return h
}

func plan(t testing.TB, h data.House, start time.Time) []season.Run {
	t.Helper()
	runs, err := season.Plan(h, 1, start)
	if err != nil {
		t.Fatal(err)
	}
	return runs
}

func TestEveryTheatrePlaysEightTimesAWeekForHalfAYear(t *testing.T) {
	h := house(t)
	// These windows hold both changes of the clocks in both countries, and Christmas on a Friday and on a Saturday.
	for _, start := range []time.Time{monday, time.Date(2027, 8, 30, 0, 0, 0, 0, time.UTC)} {
		weeks := map[string]map[time.Time]int{}
		last := map[string]time.Time{}
		for _, run := range plan(t, h, start) {
			id, zone := run.Theatre.ID, run.Theatre.Zone()
			if weeks[id] == nil {
				weeks[id] = map[time.Time]int{}
			}
			for _, p := range run.Performances {
				local := p.StartsAt.In(zone)
				day := time.Date(local.Year(), local.Month(), local.Day(), 0, 0, 0, 0, time.UTC)
				weeks[id][season.WeekOf(day)]++
				if gap := p.StartsAt.Sub(last[id]); gap < time.Duration(run.Work.RunningMinutes+45)*time.Minute {
					t.Errorf("%s: %s begins %v after the performance before it", id, local, gap)
				}
				last[id] = p.StartsAt
				checkHour(t, run, local)
			}
		}
		for _, theatre := range h.Theatres {
			if len(weeks[theatre.ID]) != season.Weeks {
				t.Errorf("%s plays in %d weeks, want %d", theatre.ID, len(weeks[theatre.ID]), season.Weeks)
			}
			for week, n := range weeks[theatre.ID] {
				if n != 8 {
					t.Errorf("%s plays %d times in the week of %s, want 8", theatre.ID, n, week.Format(time.DateOnly))
				}
			}
		}
	}
}

// checkHour holds a performance to the clock on the theatre's wall, whatever the season.
func checkHour(t *testing.T, run season.Run, local time.Time) {
	t.Helper()
	allowed := map[string][]string{
		"GB": {"14:30", "19:00", "19:30"},
		"US": {"14:00", "15:00", "19:00", "19:30", "20:00"},
	}[run.Theatre.Country]
	if !slices.Contains(allowed, local.Format("15:04")) {
		t.Errorf("%s begins at %s", run.Theatre.ID, local)
	}
	rest := map[string]time.Weekday{"GB": time.Sunday, "US": time.Monday}[run.Theatre.Country]
	if local.Weekday() == rest {
		t.Errorf("%s plays on %s", run.Theatre.ID, local)
	}
	if run.Theatre.Country == "GB" && local.Month() == time.December && local.Day() == 25 {
		t.Errorf("%s plays on Christmas Day", run.Theatre.ID)
	}
}

func TestRuns(t *testing.T) {
	h := house(t)
	runs := plan(t, h, monday)
	works, slugs, seeds := map[string]bool{}, map[string]bool{}, map[int64]bool{}
	perTheatre := map[string]int{}
	for i, run := range runs {
		works[run.Work.ID], seeds[run.PosterSeed] = true, true
		perTheatre[run.Theatre.ID]++
		if key := run.Theatre.ID + "/" + run.Slug; slugs[key] {
			t.Errorf("%s is used twice", key)
		} else {
			slugs[key] = true
		}
		if !run.Work.Scale.Fits(run.Theatre.Capacity) {
			t.Errorf("%s, a %s work, plays to %d", run.Work.ID, run.Work.Scale, run.Theatre.Capacity)
		}
		if at := run.OnSaleAt.In(run.Theatre.Zone()); at.Hour() != 10 || at.Weekday() != time.Friday || !at.Before(run.OpensOn) {
			t.Errorf("%s/%s goes on sale at %s", run.Theatre.ID, run.Slug, at)
		}
		for _, other := range runs[:i] {
			if other.Work.ID == run.Work.ID && other.Theatre.City == run.Theatre.City &&
				!other.ClosesOn.Before(run.OpensOn) && !run.ClosesOn.Before(other.OpensOn) {
				t.Errorf("%s plays at %s and at %s at once", run.Work.ID, run.Theatre.ID, other.Theatre.ID)
			}
		}
		checkAccess(t, run)
	}
	if len(works) < 60 {
		t.Errorf("%d different works in a season, want at least 60", len(works))
	}
	if len(seeds) != len(runs) {
		t.Errorf("%d poster seeds for %d runs", len(seeds), len(runs))
	}
	for id, n := range perTheatre {
		if n < 4 {
			t.Errorf("%s has only %d runs", id, n)
		}
	}
}

// checkAccess wants one performance of each kind in a run that lies wholly in the window.
func checkAccess(t *testing.T, run season.Run) {
	t.Helper()
	if run.OpensOn.Before(monday) || run.ClosesOn.After(monday.AddDate(0, 0, 7*season.Weeks)) {
		return
	}
	count := map[string]int{}
	for _, p := range run.Performances {
		for _, tag := range p.Access {
			count[tag]++
		}
	}
	if want := "map[audio_described:1 captioned:1 relaxed:1 signed:1]"; fmt.Sprint(count) != want {
		t.Errorf("%s/%s offers %v", run.Theatre.ID, run.Slug, count)
	}
}

// A week later the same performances are planned, save those of the week that went by.
func TestTheCalendarIsAbsolute(t *testing.T) {
	h := house(t)
	list := func(start time.Time) map[string]bool {
		out := map[string]bool{}
		for _, run := range plan(t, h, start) {
			for _, p := range run.Performances {
				out[fmt.Sprint(run.Theatre.ID, run.Slug, run.OpensOn, run.ClosesOn, run.OnSaleAt, run.PosterSeed, p)] = true
			}
		}
		return out
	}
	now, later := list(monday), list(monday.AddDate(0, 0, 7))
	week := 8 * len(h.Theatres)
	missing := 0
	for key := range now {
		if !later[key] {
			missing++
		}
	}
	if missing != week || len(later) != len(now) || len(now) != week*season.Weeks {
		t.Errorf("%d of %d performances are gone a week later, want %d", missing, len(now), week)
	}
}

func TestWindowsBeginOnMondays(t *testing.T) {
	tests := map[string]time.Time{
		"a Tuesday":        monday.AddDate(0, 0, 1),
		"not midnight":     monday.Add(time.Hour),
		"before the epoch": season.Epoch().AddDate(0, 0, -7),
	}
	for name, start := range tests {
		if _, err := season.Plan(house(t), 1, start); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
	for _, at := range []time.Time{monday, time.Date(2026, 11, 22, 23, 59, 59, 0, time.UTC)} {
		if got := season.WeekOf(at); !got.Equal(monday) {
			t.Errorf("WeekOf(%s) = %s", at, got)
		}
	}
}
