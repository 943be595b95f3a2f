package rooms

import (
	"regexp"
	"strconv"
	"testing"

	"pgregory.net/rapid"

	"github.com/stagedoor/stagedoor/origin/waiting"
)

var coordinate = regexp.MustCompile(`-?[0-9]+\.[0-9]`)

// Whatever a coordinator remembers, a chart stays inside its frame and ends with the newest point.
func TestChartsStayInTheirFrame(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		s := waiting.Status{Limit: rapid.IntRange(0, 1_000_000).Draw(t, "limit")}
		at := rapid.Int64Range(0, 1<<40).Draw(t, "from")
		for range rapid.IntRange(0, 1000).Draw(t, "points") {
			at += rapid.Int64Range(0, 90).Draw(t, "step")
			count := func(name string) int { return rapid.IntRange(0, 20_000_000).Draw(t, name) }
			s.History = append(s.History, waiting.Point{T: at, Arrived: count("arrived"), Waiting: count("waiting"), Active: count("active"), Admitted: count("admitted"), P50: count("p50")})
		}
		for _, c := range charts(s) {
			if c.Empty != (len(s.History) < 2) {
				t.Fatalf("%s: empty %v of %d points", c.ID, c.Empty, len(s.History))
			}
			for _, l := range c.Lines {
				for i, text := range coordinate.FindAllString(l.Path+c.Limit, -1) {
					n, err := strconv.ParseFloat(text, 64)
					if err != nil || i%2 == 0 && l.Path != "" && (n < 0 || n > chartWidth) || n < 0 || n > chartWidth {
						t.Fatalf("%s: %s in %s", c.ID, text, l.Path)
					}
				}
			}
			if kept := thin(s.History); len(kept) > mostPoints || len(kept) > 0 && kept[len(kept)-1] != s.History[len(s.History)-1] {
				t.Fatalf("%d points are kept of %d", len(kept), len(s.History))
			}
		}
	})
}
