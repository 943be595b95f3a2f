package console_test

import (
	"html"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/stagedoor/stagedoor/origin/edgeconfig"
)

// The form thinks in the venue's time, on the days when its clocks change, too.
func TestPlanInVenueTime(t *testing.T) {
	t.Parallel()
	s := newStage(t, "http")
	p := s.signIn("venue-staff")
	utc := func(text string) time.Time {
		at, err := time.Parse(time.RFC3339, text)
		if err != nil {
			t.Fatal(err)
		}
		return at
	}
	for _, c := range []struct {
		name, site, from, fromTime, which, to, toTime string
		wantFault                                     string
		wantFrom, wantTo                              string
	}{
		{"a winter night", "lyceum", "2026-12-01", "23:30", "", "2026-12-02", "02:00", "", "2026-12-01T23:30:00Z", "2026-12-02T02:00:00Z"},
		{"a summer night", "lyceum", "2027-07-01", "23:30", "", "2027-07-02", "02:00", "", "2027-07-01T22:30:00Z", "2027-07-02T01:00:00Z"},
		{"New York", "shubert", "2026-12-01", "23:30", "", "2026-12-02", "02:00", "", "2026-12-02T04:30:00Z", "2026-12-02T07:00:00Z"},
		{"over the hour that is left out", "lyceum", "2027-03-28", "00:30", "", "2027-03-28", "02:30", "", "2027-03-28T00:30:00Z", "2027-03-28T01:30:00Z"},
		{"over the hour that comes twice", "lyceum", "2027-10-31", "00:30", "", "2027-10-31", "02:30", "", "2027-10-30T23:30:00Z", "2027-10-31T02:30:00Z"},
		{"in the hour that is left out", "lyceum", "2027-03-28", "01:30", "", "2027-03-28", "04:00", "the clocks there go forward", "", ""},
		{"in New York's", "shubert", "2027-03-14", "02:30", "", "2027-03-14", "04:00", "the clocks there go forward", "", ""},
		{"in the hour that comes twice", "lyceum", "2027-10-31", "01:30", "", "2027-10-31", "04:00", "01:30 comes twice that night", "", ""},
		{"the first of them", "lyceum", "2027-10-31", "01:30", "first", "2027-10-31", "04:00", "", "2027-10-31T00:30:00Z", "2027-10-31T04:00:00Z"},
		{"the second of them", "lyceum", "2027-10-31", "01:30", "second", "2027-10-31", "04:00", "", "2027-10-31T01:30:00Z", "2027-10-31T04:00:00Z"},
		{"London's day is no other in New York", "shubert", "2027-10-31", "01:30", "", "2027-10-31", "04:00", "", "2027-10-31T05:30:00Z", "2027-10-31T08:00:00Z"},
		{"an end before its start", "lyceum", "2026-12-02", "02:00", "", "2026-12-01", "23:30", "That is before it starts.", "", ""},
		{"in the past", "lyceum", "2026-11-21", "14:59", "", "2026-11-21", "18:00", "That is in the past.", "", ""},
		{"no day", "lyceum", "", "14:59", "", "2026-11-21", "18:00", "Choose a day and a time.", "", ""},
		{"no such day", "lyceum", "2027-02-30", "12:00", "", "2027-03-01", "18:00", "2027-02-30", "", ""},
		{"no such time", "lyceum", "2027-02-20", "25:00", "", "2027-03-01", "18:00", "25:00", "", ""},
	} {
		before := len(s.windows())
		got := p.post("/sites/"+c.site+"/maintenance/plan", url.Values{
			"id": {newID(t)}, "from_date": {c.from}, "from_time": {c.fromTime}, "from_which": {c.which}, "to_date": {c.to}, "to_time": {c.toTime}, "path": {"/"}, "message": {c.name},
		})
		if c.wantFault != "" {
			if text := html.UnescapeString(got.text); got.StatusCode != http.StatusUnprocessableEntity || !strings.Contains(text, c.wantFault) || len(s.windows()) != before {
				t.Errorf("%s: %s\n%s", c.name, got.Status, got.text)
			}
			continue
		}
		var made edgeconfig.Window
		for _, w := range s.windows() {
			if w.Message == c.name {
				made = w
			}
		}
		if got.StatusCode != http.StatusSeeOther || made.Site != c.site || !made.StartsAt.Equal(utc(c.wantFrom)) || !made.EndsAt.Equal(utc(c.wantTo)) {
			t.Errorf("%s: %s, %v to %v", c.name, got.Status, made.StartsAt, made.EndsAt)
		}
	}
	// The calendar knows the days, and what the clocks do on them.
	for path, want := range map[string][]string{
		lyceum + "/plan?month=2027-10":                    {"October 2027", "Sunday 31 October: ", "comes twice", "00:30 – 02:30"},
		lyceum + "/plan?month=2027-03":                    {"March 2027", "Sunday 28 March: ", "does not exist", "00:30 – 02:30"},
		"/sites/shubert/maintenance/plan?month=2027-03":   {"Sunday 14 March: ", "does not exist"},
		"/sites/shubert/maintenance/plan?month=2026-12":   {"23:30 – 24:00", "00:00 – 02:00"},
		lyceum + "/plan?month=9999-99&day=<script>":       {"November 2026"},
		lyceum + "/plan?month=2500-01&day=0000-00-00":     {"November 2026"},
		"/sites/shubert/maintenance/plan?day=2027-10-31":  {`value="2027-10-31"`},
		"/sites/shubert/maintenance/plan?month=2027-10-0": {"November 2026"},
	} {
		page := p.get(path).text
		for _, text := range want {
			if !strings.Contains(page, text) {
				t.Errorf("%s lacks %q", path, text)
			}
		}
		if strings.Contains(page, "<script>") {
			t.Errorf("%s holds a script", path)
		}
	}
}
