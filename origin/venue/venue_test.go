package venue_test

import (
	"math"
	"strings"
	"testing"
	"time"

	"github.com/stagedoor/stagedoor/origin/venue"
)

func TestContrast(t *testing.T) {
	tests := map[string]struct {
		a, b string
		want float64
	}{
		"black on white":       {"#000000", "#ffffff", 21},
		"white on black":       {"#ffffff", "#000000", 21},
		"a colour on itself":   {"#7a1f1f", "#7a1f1f", 1},
		"the grey of WCAG":     {"#767676", "#ffffff", 4.54},
		"upper case is colour": {"#FF0000", "#FFFFFF", 4.0},
	}
	for name, tt := range tests {
		got, err := venue.Contrast(tt.a, tt.b)
		if err != nil || math.Abs(got-tt.want) > 0.005 {
			t.Errorf("%s: %.3f, %v, want %.2f", name, got, err, tt.want)
		}
	}
	for _, wrong := range []string{"", "#fff", "red", "#12345g", "0x1234", "#+12345"} {
		if _, err := venue.Contrast(wrong, "#ffffff"); err == nil {
			t.Errorf("%q is taken for a colour", wrong)
		}
	}
}

func TestThemeValidate(t *testing.T) {
	good := venue.Theme{
		Background: "#ffffff", Ink: "#111111", Accent: "#9e2225",
		DarkBackground: "#111111", DarkInk: "#f5f5f5", DarkAccent: "#fea199", Heading: venue.HeadingRoman,
	}
	if err := good.Validate(); err != nil {
		t.Error(err)
	}
	bad := venue.Theme{
		Background: "#ffffff", Ink: "#888888", Accent: "#ffff00",
		DarkBackground: "black", DarkInk: "#f5f5f5", DarkAccent: "#222222", Heading: "gothic",
	}
	err := bad.Validate()
	for _, field := range []string{"ink: ", "accent: ", "dark_ink: ", "dark_accent: ", "heading: "} {
		if err == nil || !strings.Contains(err.Error(), field) {
			t.Errorf("the error doesn't name %s: %v", field, err)
		}
	}
}

func TestZone(t *testing.T) {
	for _, name := range []string{"Europe/London", "America/New_York", "Europe/London"} {
		zone, err := venue.Zone(name)
		if err != nil || zone.String() != name {
			t.Errorf("Zone(%q) = %v, %v", name, zone, err)
		}
	}
	for _, name := range []string{"", "Local", "Europe/Atlantis", "../../etc/passwd"} {
		if zone, err := venue.Zone(name); err == nil {
			t.Errorf("Zone(%q) = %v", name, zone)
		}
	}
	summer := time.Date(2026, 7, 1, 18, 30, 0, 0, time.UTC)
	if got := summer.In(venue.Venue{TimeZone: "Europe/London"}.Location()).Format("15:04"); got != "19:30" {
		t.Errorf("half past six UTC in summer is %s in London", got)
	}
	if (venue.Brand{TimeZone: "Nowhere"}).Location() != time.UTC {
		t.Error("an unknown zone is not UTC")
	}
}

func TestPlanIndex(t *testing.T) {
	plan := venue.Plan{Sections: []venue.Section{
		{ID: "stalls", Name: "Stalls", Rows: []venue.Row{{Label: "A", Seats: []venue.Seat{{ID: "stalls-A-1"}, {ID: "stalls-A-2"}}}}},
		{ID: "boxes", Name: "Boxes", Rows: []venue.Row{{Label: "B", Seats: []venue.Seat{{ID: "boxes-B-1"}}}}},
	}}
	index := plan.Index()
	if seat := index["boxes-B-1"]; plan.Count() != 3 || len(index) != 3 || seat.Section != "Boxes" || seat.Row != "B" || seat.SectionID != "boxes" {
		t.Errorf("%d places, index %v", plan.Count(), index)
	}
}
