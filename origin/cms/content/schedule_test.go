package content

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stagedoor/stagedoor/origin/cms"
	"github.com/stagedoor/stagedoor/origin/venue"
)

func TestStartInAZone(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ zone, start, want, why string }{
		{"Europe/London", "2026-12-01T19:30", "2026-12-01T19:30:00Z", ""},
		{"Europe/London", "2026-07-01T19:30", "2026-07-01T18:30:00Z", ""},
		{"Europe/London", "2026-07-01 19:30", "2026-07-01T18:30:00Z", ""},
		{"Europe/London", "2026-07-01T19:30+01:00", "2026-07-01T18:30:00Z", ""},
		{"Europe/London", "2026-07-01T19:30Z", "", "has an offset that Europe/London does not have then"},
		{"Europe/London", "2026-03-29T01:30", "", "does not exist in Europe/London"},
		{"Europe/London", "2026-03-29T00:59", "2026-03-29T00:59:00Z", ""},
		{"Europe/London", "2026-03-29T02:00", "2026-03-29T01:00:00Z", ""},
		{"Europe/London", "2026-10-25T01:30", "", "is shown twice by the clocks in Europe/London: they go back that day. Write 2026-10-25T01:30+01:00 for the first or 2026-10-25T01:30Z for the second."},
		{"Europe/London", "2026-10-25T01:30+01:00", "2026-10-25T00:30:00Z", ""},
		{"Europe/London", "2026-10-25T01:30Z", "2026-10-25T01:30:00Z", ""},
		{"America/New_York", "2026-03-08T02:30", "", "does not exist"},
		{"America/New_York", "2026-11-01T01:15", "", "is shown twice"},
		{"America/New_York", "2026-11-01T20:00", "2026-11-02T01:00:00Z", ""},
		{"Europe/London", "half past seven", "", "must be the time at the venue"},
		{"Europe/London", "", "", "must be the time at the venue"},
	} {
		zone, err := venue.Zone(test.zone)
		if err != nil {
			t.Fatal(err)
		}
		at, why := startIn(zone, test.start)
		got := ""
		if !at.IsZero() {
			got = at.UTC().Format(time.RFC3339)
		}
		if got != test.want || !strings.Contains(why, test.why) || (why == "") != (test.why == "") {
			t.Errorf("%s in %s: got %q, %q, want %q, %q", test.start, test.zone, got, why, test.want, test.why)
		}
	}
}

func TestScheduleFaults(t *testing.T) {
	t.Parallel()
	checkFaults(t, Check(with(aSchedule(), fields{"onSaleAt": "tomorrow", "performances": []any{
		fields{"start": "2026-12-01T19:30", "key": "a"}, fields{"start": "2026-12-01", "key": "a", "tier": "VIP!", "access": []any{"loud"}, "status": "sold", "on_sale_at": "soon"},
	}})), "onSaleAt: must be a date and time", "performances: line 2: start must be the time", "performances: a is there already, in line 1", "performances: line 2: tier", "performances: line 2: access",
		"performances: line 2: status must be", "performances: line 2: on_sale_at must be")
	s := newStage(t)
	s.must(house()...)
	s.refused(later(with(aSchedule(), fields{"performances": []any{
		fields{"start": "2027-03-28T01:30"}, fields{"key": "twice", "start": "2026-12-01T19:30"}, fields{"key": "again", "start": "2026-12-01T19:30"}, fields{"start": "2026-11-01T19:30"},
	}}), 2), "performances: line 1: start 2027-03-28T01:30 does not exist", "performances: line 3: start 2026-12-01T19:30 is the same moment as line 2", "performances: line 4: goes on sale after it begins")

	rival := with(aProduction(), fields{"slug": "edward", "title": "Edward II"})
	rival.ID = "p-edward"
	s.must(rival)
	clash := with(aSchedule(), fields{"production": ref("p-edward"), "performances": []any{fields{"start": "2026-12-02T19:30"}}})
	clash.ID = "t-edward"
	s.refused(clash, "performances: line 1: Doctor Faustus plays at The Rose at 2026-12-02T19:30 already")
	s.refused(later(with(aSchedule(), fields{"plan": ref("v-rose")}), 2), "plan: links to a venue; it must be a seatingPlan")
}

func lines(list ...fields) fields {
	all := []any{}
	for _, l := range list {
		all = append(all, l)
	}
	return fields{"performances": all}
}

func TestScheduleChanges(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	s.must(house()...)
	s.sell("first")
	s.facts()
	want := func(what, programme string) {
		t.Helper()
		if got := s.programme(); got != programme {
			t.Errorf("%s:\n got %s\nwant %s", what, got, programme)
		}
	}
	// Two performances change places; one of them was sold, another goes, a third is added.
	s.must(later(with(aSchedule(), lines(fields{"key": "first", "start": "2026-12-02T19:30", "tier": "peak"}, fields{"key": "second", "start": "2026-12-01T19:30"}, fields{"key": "third", "start": "2026-12-03T14:30"})), 2))
	want("changed places", "second 12-01 19:30 on_sale; first 12-02 19:30 on_sale; third 12-03 14:30 on_sale")
	told := s.facts()
	moved := about(told, "performance.moved")
	if len(moved) != 1 || !strings.Contains(moved[0], `"from": "2026-12-01T19:30:00Z"`) || !strings.Contains(moved[0], `"to": "2026-12-02T19:30:00Z"`) || !strings.Contains(moved[0], `"orders": 1`) {
		t.Errorf("told %q, want the sold one's move", moved)
	}
	if got := s.text("select from_at::date || ' ' || to_at::date || ' ' || orders from performance_moves"); got != "2026-12-01 2026-12-02 1" {
		t.Errorf("recorded %q", got)
	}
	if shows := about(told, "show.changed"); len(shows) != 1 || strings.Count(shows[0], "-") < 4*4 {
		t.Errorf("told %q, want one fact that names the four performances", shows)
	}
	// One that was sold is cancelled.
	s.must(later(with(aSchedule(), lines(fields{"key": "first", "start": "2026-12-02T19:30", "status": "cancelled"}, fields{"key": "second", "start": "2026-12-01T19:30"})), 3))
	want("cancelled", "second 12-01 19:30 on_sale; first 12-02 19:30 cancelled")
	if off := about(s.facts(), "performance.cancelled"); len(off) != 1 || !strings.Contains(off[0], `"orders": 1`) || !strings.Contains(off[0], `"brand_id": "rose"`) {
		t.Errorf("told %q, want the cancellation", off)
	}
	// And stands again, under another key at the same time; the other is taken out of the list.
	s.must(later(with(aSchedule(), lines(fields{"key": "renamed", "start": "2026-12-02T19:30"})), 4))
	want("renamed", "renamed 12-02 19:30 on_sale")
	// Taken out although it was sold: it stays and is not for sale.
	s.must(later(with(aSchedule(), lines(fields{"key": "second", "start": "2026-12-05T19:30"})), 5))
	want("taken out", "(renamed 12-02 19:30 scheduled); second 12-05 19:30 on_sale")
	s.must(gone(cms.Unpublish, cms.PerformanceSchedule, "t-faustus", 6))
	want("unpublished", "(? 12-02 19:30 scheduled)")
	s.must(later(with(aSchedule(), lines(fields{"key": "first", "start": "2026-12-02T19:30"}, fields{"key": "second", "start": "2026-12-05T19:30"})), 7))
	want("published again", "first 12-02 19:30 on_sale; second 12-05 19:30 on_sale")
	if n := s.count("select count(*) from orders o join performances f on f.id = o.performance_id"); n != 1 {
		t.Errorf("%d orders have their performance", n)
	}
}

// A performance that something else than orders needs is not deleted either.
func TestScheduleLeavesWhatTheHouseNeeds(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	s.must(house()...)
	s.exec(`insert into door_policies (performance_id, opens_before_minutes, screens_only, readmission, updated_at) select performance_id, 30, false, false, now() from performance_schedules where key = 'second'`)
	s.must(later(with(aSchedule(), lines()), 2))
	if got := s.programme(); got != "(second 12-02 19:30 scheduled)" {
		t.Errorf("left is %q, want the one with a door", got)
	}
}

func TestScheduleMovesToAnotherProduction(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	s.must(house()...)
	s.sell("second")
	other := with(aProduction(), fields{"slug": "edward", "title": "Edward II"})
	other.ID = "p-edward"
	s.must(other, later(with(aSchedule(), fields{"production": ref("p-edward"), "performances": []any{fields{"key": "second", "start": "2026-12-09T19:30"}}}), 2))
	if got := s.text(`select string_agg(title || ' ' || starts_at::date || ' ' || status, '; ' order by starts_at) from performances f join productions p on p.id = f.production_id`); got != "Doctor Faustus 2026-12-02 scheduled; Edward II 2026-12-09 scheduled" {
		t.Errorf("got %s, want what was sold to stay where it was", got)
	}
}

func TestALongSchedule(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	s.must(house()...)
	var list []fields
	for day := range 10_000 {
		list = append(list, fields{"start": time.Date(2026, 12, 1+day, 19, 30, 0, 0, time.UTC).Format("2006-01-02T15:04"), "key": fmt.Sprint(day)})
	}
	s.must(later(with(aSchedule(), lines(list...)), 2))
	if n := s.count("select count(*) from performances where status = 'on_sale'"); n != 10_000 {
		t.Errorf("%d performances", n)
	}
	told := about(s.facts(), "show.changed")
	if last := told[len(told)-1]; !strings.Contains(last, `"performance_ids": []`) {
		t.Errorf("%d bytes told, want none named", len(last))
	}
	s.must(later(with(aSchedule(), lines(list...)), 3))
	if told := s.facts(); len(told) != 1 {
		t.Errorf("nothing new tells %d facts, want content.changed alone", len(told))
	}
}
