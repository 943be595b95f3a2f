package calendarfile_test

import (
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/stagedoor/stagedoor/origin/storefront/calendarfile"
)

func TestWrite(t *testing.T) {
	t.Parallel()
	london, err := time.LoadLocation("Europe/London")
	if err != nil {
		t.Fatal(err)
	}
	start := time.Date(2027, 7, 1, 19, 30, 0, 0, london)
	got := string(calendarfile.Write(calendarfile.Event{
		UID: "LYC-7K4QPWR@lyceum.example", Stamp: start, Start: start, End: start.Add(150 * time.Minute),
		Summary: "The Importance of Being Earnest; a trivial comedy, for serious people", Location: "Lyceum Theatre\nLondon",
		Description: "Stalls, row F, seat 12", URL: "https://lyceum.example/orders/LYC-7K4QPWR",
		Latitude: "51.51170", Longitude: "-0.11990",
	}))
	for _, want := range []string{
		"BEGIN:VCALENDAR\r\nVERSION:2.0\r\n", "DTSTART:20270701T183000Z\r\n", "DTEND:20270701T210000Z\r\n",
		`SUMMARY:The Importance of Being Earnest\; a trivial comedy\, for serious pe`, `LOCATION:Lyceum Theatre\nLondon`,
		"GEO:51.51170;-0.11990\r\n", "END:VEVENT\r\nEND:VCALENDAR\r\n",
	} {
		if !strings.Contains(got, want) {
			t.Errorf("no %q in:\n%s", want, got)
		}
	}
}

// Whatever the words, the file has the lines it should have and no other.
func FuzzWrite(f *testing.F) {
	f.Add("Tosca\r\nEND:VCALENDAR", "a;b,c\\d")
	f.Add(strings.Repeat("ő", 200), "\x00\xff")
	f.Fuzz(func(t *testing.T, summary, location string) {
		got := string(calendarfile.Write(calendarfile.Event{UID: "x", Summary: summary, Location: location}))
		if !utf8.ValidString(got) {
			t.Fatal("not UTF-8")
		}
		names := ""
		for _, line := range strings.Split(strings.TrimSuffix(got, "\r\n"), "\r\n") {
			if len(line) > 75 {
				t.Fatalf("a line of %d octets", len(line))
			}
			if strings.HasPrefix(line, " ") {
				continue
			}
			name, _, _ := strings.Cut(line, ":")
			names += name + " "
		}
		want := "BEGIN VERSION PRODID CALSCALE METHOD BEGIN UID DTSTAMP DTSTART DTEND SUMMARY END END "
		if location != "" {
			want = strings.Replace(want, "SUMMARY ", "SUMMARY LOCATION ", 1)
		}
		if names != want {
			t.Fatalf("lines %q, want %q", names, want)
		}
	})
}
