package edgeconfig_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stagedoor/stagedoor/origin/edgeconfig"
)

func TestParseWhen(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct{ name, text, zone, want, fault string }{
		{name: "now", text: "now", zone: "Europe/London", want: "2026-11-21T12:00:00Z"},
		{name: "from now", text: "+90m", zone: "Europe/London", want: "2026-11-21T13:30:00Z"},
		{name: "later today", text: "14:00", zone: "Europe/London", want: "2026-11-21T14:00:00Z"},
		{name: "tomorrow, as it is past", text: "11:00", zone: "Europe/London", want: "2026-11-22T11:00:00Z"},
		{name: "venue's own time", text: "2026-11-22 14:00", zone: "America/New_York", want: "2026-11-22T19:00:00Z"},
		{name: "in summer", text: "2026-07-01 14:00", zone: "Europe/London", want: "2026-07-01T13:00:00Z"},
		{name: "a day", text: "2026-12-01", zone: "America/New_York", want: "2026-12-01T05:00:00Z"},
		{name: "RFC 3339", text: "2026-11-22T14:00:00+01:00", zone: "America/New_York", want: "2026-11-22T13:00:00Z"},
		{name: "skipped in spring", text: "2027-03-28 01:30", zone: "Europe/London", fault: "does not exist"},
		{name: "twice in autumn", text: "2026-11-01 01:30", zone: "America/New_York", want: "2026-11-01T05:30:00Z"},
		{name: "twice in autumn, London", text: "2027-10-31 01:30", zone: "Europe/London", want: "2027-10-31T00:30:00Z"},
		{name: "words", text: "tonight", zone: "Europe/London", fault: "is not a time"},
		{name: "backwards", text: "+-1h", zone: "Europe/London", fault: "not a duration"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			zone, err := time.LoadLocation(tc.zone)
			if err != nil {
				t.Fatal(err)
			}
			got, err := edgeconfig.ParseWhen(tc.text, now, zone)
			switch {
			case tc.fault != "":
				if err == nil || !strings.Contains(err.Error(), tc.fault) {
					t.Errorf("error = %v, want %q", err, tc.fault)
				}
			case err != nil || got.Format(time.RFC3339) != tc.want:
				t.Errorf("= %s, %v, want %s", got.Format(time.RFC3339), err, tc.want)
			}
		})
	}
}
