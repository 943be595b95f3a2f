package theme_test

import (
	"fmt"
	"regexp"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/stagedoor/stagedoor/origin/storefront/theme"
	"github.com/stagedoor/stagedoor/origin/venue"
)

var property = regexp.MustCompile(`--([a-z-]+):(#[0-9a-f]{6});`)

// schemes reads the colours back out of a sheet: light, dark, print.
func schemes(t *rapid.T, css string) []map[string]string {
	var out []map[string]string
	for _, block := range strings.SplitAfter(css, "}\n") {
		colours := map[string]string{}
		for _, m := range property.FindAllStringSubmatch(block, -1) {
			colours[m[1]] = m[2]
		}
		if len(colours) > 0 {
			out = append(out, colours)
		}
	}
	if len(out) != 3 {
		t.Fatalf("got %d schemes, want light, dark and print", len(out))
	}
	return out
}

// Whatever a brand chooses, text can be read.
func TestEveryThemeIsReadable(t *testing.T) {
	t.Parallel()
	colour := func(from, to int) *rapid.Generator[string] {
		return rapid.Custom(func(t *rapid.T) string {
			channel := rapid.IntRange(from, to)
			return fmt.Sprintf("#%02x%02x%02x", channel.Draw(t, "r"), channel.Draw(t, "g"), channel.Draw(t, "b"))
		})
	}
	light, dark, loud, pale := colour(205, 255), colour(0, 45), colour(0, 200), colour(90, 255)
	pairs := []struct {
		figure, ground string
		least          float64
	}{
		{"ink", "paper", 7}, {"ink", "surface", 4.5}, {"ink", "wash", 4.5},
		{"muted", "paper", 4.5}, {"muted", "wash", 4.5},
		{"accent", "paper", 4.5}, {"accent", "surface", 4.5}, {"on-accent", "accent", 4.5},
		{"edge", "surface", 3},
		{"stage-ink", "stage", 4.5}, {"stage-muted", "stage", 4.5}, {"stage-accent", "stage", 4.5},
		{"on-stage-accent", "stage-accent", 4.5},
	}
	rapid.Check(t, func(t *rapid.T) {
		chosen := venue.Theme{
			Background: light.Draw(t, "background"), Ink: dark.Draw(t, "ink"), Accent: loud.Draw(t, "accent"),
			DarkBackground: dark.Draw(t, "dark background"), DarkInk: light.Draw(t, "dark ink"),
			DarkAccent: pale.Draw(t, "dark accent"),
			Heading:    rapid.SampledFrom(venue.Headings()).Draw(t, "heading"),
		}
		if chosen.Validate() != nil {
			t.Skip("not a theme a brand can have")
		}
		for i, colours := range schemes(t, string(theme.SheetOf(chosen).CSS)) {
			for _, p := range pairs {
				ratio, err := venue.Contrast(colours[p.figure], colours[p.ground])
				if err != nil || ratio < p.least {
					t.Errorf("scheme %d: %s %s on %s %s has %.2f, want %.1f (%v)", i,
						p.figure, colours[p.figure], p.ground, colours[p.ground], ratio, p.least, err)
				}
			}
		}
	})
}

func TestSheetVersionFollowsContent(t *testing.T) {
	t.Parallel()
	a := theme.SheetOf(venue.Theme{})
	b := theme.SheetOf(venue.Theme{
		Background: "#ffffff", Ink: "#000000", Accent: "#00429d",
		DarkBackground: "#000000", DarkInk: "#ffffff", DarkAccent: "#9ecbff", Heading: venue.HeadingCaps,
	})
	if a.Version == b.Version || a.Version != theme.SheetOf(venue.Theme{}).Version {
		t.Errorf("versions %q and %q, want two that are stable", a.Version, b.Version)
	}
	if strings.Contains(string(b.CSS), "</") {
		t.Error("a sheet holds markup")
	}
}
