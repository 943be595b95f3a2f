package edgeconfig_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/stagedoor/stagedoor/origin/edgeconfig"
)

func TestLocalTimes(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name, zone, date, clock string
		want                    []string // RFC 3339, UTC
		refused                 string
	}{
		{name: "winter in London", zone: "Europe/London", date: "2026-11-24", clock: "14:00", want: []string{"2026-11-24T14:00:00Z"}},
		{name: "summer in London", zone: "Europe/London", date: "2027-06-01", clock: "14:00", want: []string{"2027-06-01T13:00:00Z"}},
		{name: "New York", zone: "America/New_York", date: "2026-11-24", clock: "14:00", want: []string{"2026-11-24T19:00:00Z"}},
		{name: "clocks go forward over it", zone: "Europe/London", date: "2027-03-28", clock: "01:30", refused: "01:30 does not exist on 28 March 2027: the clocks there go forward from 01:00 to 02:00"},
		{name: "the last minute before", zone: "Europe/London", date: "2027-03-28", clock: "00:59", want: []string{"2027-03-28T00:59:00Z"}},
		{name: "the first minute after", zone: "Europe/London", date: "2027-03-28", clock: "02:00", want: []string{"2027-03-28T01:00:00Z"}},
		{name: "and in New York", zone: "America/New_York", date: "2027-03-14", clock: "02:15", refused: "go forward from 02:00 to 03:00"},
		{name: "it comes twice", zone: "Europe/London", date: "2027-10-31", clock: "01:30", want: []string{"2027-10-31T00:30:00Z", "2027-10-31T01:30:00Z"}},
		{name: "twice in New York", zone: "America/New_York", date: "2026-11-01", clock: "01:00", want: []string{"2026-11-01T05:00:00Z", "2026-11-01T06:00:00Z"}},
		{name: "once again at the border", zone: "Europe/London", date: "2027-10-31", clock: "02:00", want: []string{"2027-10-31T02:00:00Z"}},
		{name: "half an hour twice", zone: "Australia/Lord_Howe", date: "2027-04-04", clock: "01:45", want: []string{"2027-04-03T14:45:00Z", "2027-04-03T15:15:00Z"}},
		{name: "a day that Samoa skipped", zone: "Pacific/Apia", date: "2011-12-30", clock: "12:00", refused: "does not exist"},
		{name: "no date", zone: "UTC", date: "2026-02-30", clock: "12:00", refused: "not a date"},
		{name: "no time", zone: "UTC", date: "2026-02-03", clock: "25:00", refused: "not a time of day"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			zone, err := time.LoadLocation(tc.zone)
			if err != nil {
				t.Fatal(err)
			}
			got, err := edgeconfig.LocalTimes(tc.date, tc.clock, zone)
			var refused edgeconfig.Refused
			if tc.refused != "" {
				if !errors.As(err, &refused) || !strings.Contains(refused.Reason, tc.refused) {
					t.Fatalf("= %v, %v", got, err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			var texts []string
			for _, g := range got {
				texts = append(texts, g.Format(time.RFC3339))
			}
			if strings.Join(texts, " ") != strings.Join(tc.want, " ") {
				t.Errorf("= %v, want %v", texts, tc.want)
			}
		})
	}
}
