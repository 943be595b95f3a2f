package storefront

import (
	"math"
	"net/url"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/stagedoor/stagedoor/search/index"
)

func TestAskingLeavesOutWhatMakesNoSense(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ name, asked, want string }{
		{"nothing", "", "/search"},
		{"words", "q=+ham+", "/search?q=ham"},
		{"everything", "q=ham&city=London&genre=Tragedy&when=matinee&access=relaxed&access=captioned&from=2026-12-01&to=2026-12-24&most=40&open=1&sort=price&view=map",
			"/search?access=captioned&access=relaxed&city=London&from=2026-12-01&genre=Tragedy&most=40&open=1&q=ham&sort=price&to=2026-12-24&view=map&when=matinee"},
		{"days the wrong way round", "from=2026-12-24&to=2026-12-01", "/search?from=2026-12-01&to=2026-12-24"},
		{"no days", "from=yesterday&to=2026-02-31", "/search"},
		{"days beyond all calendars", "from=9999-12-31&to=0001-01-01", "/search"},
		{"no price", "most=-5", "/search"},
		{"a price beyond all money", "most=99999999999999999999", "/search"},
		{"nobody's kind of access", "access=flying&access=", "/search"},
		{"an order there is not", "sort=random", "/search"},
		{"the nearest to nowhere", "sort=nearest", "/search"},
		{"near", "near=51.51234,-0.12999", "/search?near=51.51%2C-0.13"},
		{"off the earth", "near=91,0", "/search"},
		{"no number", "near=NaN,0", "/search"},
		{"half a place", "near=51.5", "/search"},
		{"a view there is not", "view=hologram", "/search"},
		{"the list, which is usual", "view=list", "/search"},
		{"a page before the first", "page=-7", "/search"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			values, err := url.ParseQuery(test.asked)
			if err != nil {
				t.Fatal(err)
			}
			if got := readAsking(values).String(); got != test.want {
				t.Errorf("= %s, want %s", got, test.want)
			}
		})
	}
}

// What an address says is what the next page's address says, and no text of a visitor's gets out of its place.
func TestAnAddressMeansItself(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		values := url.Values{}
		for _, name := range []string{"q", "city", "genre", "when", "language", "from", "to", "sort", "view", "near", "most", "open", "month", "page", "access"} {
			if rapid.Bool().Draw(t, "set "+name) {
				values.Add(name, rapid.OneOf(rapid.String(), rapid.SampledFrom([]string{"2026-12-24", "51.5,-0.1", "matinee", "relaxed", "nearest", "map", "40", "1", "2026-12"})).Draw(t, name))
			}
		}
		first := readAsking(values)
		address, err := url.Parse(first.String())
		if err != nil || address.Path != "/search" {
			t.Fatalf("%q: %v", first, err)
		}
		if again := readAsking(address.Query()); again.String() != first.String() {
			t.Fatalf("%s became %s", first, again)
		}
	})
}

func TestMarksOnTheMapAreApartAndInside(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		points := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) index.Point {
			return index.Point{Lat: rapid.Float64Range(51.4, 51.6).Draw(t, "lat"), Lon: rapid.Float64Range(-0.3, 0.1).Draw(t, "lon")}
		}), 1, 30).Draw(t, "points")
		if rapid.Bool().Draw(t, "one twice") {
			points = append(points, points[0])
		}
		marks, scale := project(points)
		if scale.Text == "" || strings.Contains(scale.Long, "NaN") {
			t.Fatalf("scale %+v", scale)
		}
		for i, m := range marks {
			if math.IsNaN(m.x) || m.x < 0 || m.x > mapWidth || m.y < 0 || m.y > mapHeight {
				t.Fatalf("mark %d is at %v", i, m)
			}
			for j := range i {
				if gap := math.Hypot(m.x-marks[j].x, m.y-marks[j].y); gap < 4 {
					t.Fatalf("marks %d and %d are %.1f apart", i, j, gap)
				}
			}
		}
	})
}
