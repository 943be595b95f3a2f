package layout_test

import (
	"fmt"
	"math"
	"regexp"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/stagedoor/stagedoor/origin/venue"
	"github.com/stagedoor/stagedoor/origin/venue/layout"
)

// leastDistance is how near two places may stand, middle to middle, in plan units.
const leastDistance = 50

func TestDrawAnyHouse(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		spec := layout.Spec{
			Style:   rapid.SampledFrom([]layout.Style{layout.British, layout.American}).Draw(t, "style"),
			Curve:   rapid.Float64Range(0, 1).Draw(t, "curve"),
			Width:   rapid.Float64Range(0.6, 1.6).Draw(t, "width"),
			Boxes:   2 * rapid.IntRange(0, 12).Draw(t, "half the boxes"),
			Pillars: rapid.Bool().Draw(t, "pillars"),
		}
		for i := range rapid.IntRange(1, 6).Draw(t, "levels") {
			spec.Levels = append(spec.Levels, layout.Level{
				Name: fmt.Sprintf("Level %d", i), Share: rapid.IntRange(1, 1000).Draw(t, "share"),
			})
		}
		seats := rapid.IntRange(60, 6000).Draw(t, "seats")
		if spec.Validate(seats) != nil {
			t.Skip("can't be drawn")
		}
		plan, err := layout.Draw("Any", seats, spec)
		if err != nil {
			t.Fatal(err)
		}
		check(t, plan, seats)
	})
}

type failer interface{ Errorf(string, ...any) }

var idPattern = regexp.MustCompile(`^[a-z0-9-]+-[A-Z]+-[0-9]+$`)

// check holds a plan to all that is promised of one.
func check(t failer, plan *venue.Plan, seats int) {
	if got := plan.Count(); got != seats {
		t.Errorf("the plan has %d places, the house %d", got, seats)
	}
	if got := len(plan.Index()); got != seats {
		t.Errorf("%d different IDs for %d places", got, seats)
	}
	var all []venue.Located
	bands := map[string]int{}
	spaces := 0
	for _, section := range plan.Sections {
		for _, row := range section.Rows {
			if len(row.Seats) == 0 {
				t.Errorf("%s: row %s is empty", section.ID, row.Label)
			}
			for i, seat := range row.Seats {
				all = append(all, venue.Located{Seat: seat, SectionID: section.ID, Row: row.Label})
				bands[seat.Band]++
				if want := section.ID + "-" + row.Label + "-" + seat.Label; seat.ID != want || !idPattern.MatchString(want) {
					t.Errorf("seat ID %q, want %q", seat.ID, want)
				}
				if seat.Restricted && seat.Note == "" {
					t.Errorf("%s is restricted and doesn't say why", seat.ID)
				}
				if seat.X < 20 || seat.Y < 20 || seat.X > plan.Width-20 || seat.Y > plan.Height-20 {
					t.Errorf("%s stands outside the drawing, at %v, %v", seat.ID, seat.X, seat.Y)
				}
				if seat.Kind != venue.Wheelchair {
					continue
				}
				spaces++
				beside := func(j int) bool {
					return j >= 0 && j < len(row.Seats) && row.Seats[j].Kind == venue.Companion && row.Seats[j].Band == seat.Band
				}
				if !beside(i-1) && !beside(i+1) {
					t.Errorf("no companion seat beside %s", seat.ID)
				}
			}
		}
	}
	if want := max(2, float64(seats)*0.01); math.Abs(float64(spaces)-want) > 1 {
		t.Errorf("%d wheelchair spaces in a house of %d, want about %.0f", spaces, seats, want)
	}
	for _, band := range strings.Split("ABCDE", "") {
		if share := float64(bands[band]) / float64(seats); share < 0.05 || share > 0.4 {
			t.Errorf("band %s has %.0f %% of the house", band, 100*share)
		}
	}
	if a, b, d := nearest(all); d < leastDistance {
		t.Errorf("%s and %s are %.1f apart", a, b, d)
	}
	stage := plan.Stage
	for _, seat := range all {
		if seat.X > stage.X-20 && seat.X < stage.X+stage.Width+20 && seat.Y < stage.Y+stage.Height+20 {
			t.Errorf("%s stands on the stage", seat.ID)
		}
	}
}

// nearest finds the two places that stand closest, by a grid of cells.
func nearest(all []venue.Located) (a, b string, distance float64) {
	const cell = 100
	grid := map[[2]int][]venue.Located{}
	distance = math.Inf(1)
	for _, seat := range all {
		cx, cy := int(seat.X/cell), int(seat.Y/cell)
		for dx := -1; dx <= 1; dx++ {
			for dy := -1; dy <= 1; dy++ {
				for _, other := range grid[[2]int{cx + dx, cy + dy}] {
					if d := math.Hypot(seat.X-other.X, seat.Y-other.Y); d < distance {
						a, b, distance = seat.ID, other.ID, d
					}
				}
			}
		}
		grid[[2]int{cx, cy}] = append(grid[[2]int{cx, cy}], seat)
	}
	return a, b, distance
}

func small(style layout.Style) layout.Spec {
	return layout.Spec{Style: style, Curve: 0.4, Width: 1, Boxes: 4, Levels: []layout.Level{
		{Name: "Ground", Share: 60}, {Name: "Dress Circle", Share: 40},
	}}
}

func TestNumbering(t *testing.T) {
	tests := map[layout.Style]string{
		layout.British:  "1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21",
		layout.American: "11 9 7 5 3 1 109 108 107 106 105 104 103 102 101 2 4 6 8 10 12",
	}
	for style, want := range tests {
		t.Run(string(style), func(t *testing.T) {
			plan, err := layout.Draw("Small", 700, small(style))
			if err != nil {
				t.Fatal(err)
			}
			var labels []string
			for _, seat := range plan.Sections[0].Rows[0].Seats {
				labels = append(labels, seat.Label)
			}
			if got := strings.Join(labels, " "); got != want {
				t.Errorf("row A is\n%s, want\n%s", got, want)
			}
		})
	}
}

func TestRowsSkipLettersThatLookLikeDigits(t *testing.T) {
	plan, err := layout.Draw("Deep", 3000, layout.Spec{Style: layout.British, Width: 0.6, Levels: []layout.Level{{Name: "Stalls", Share: 1}}})
	if err != nil {
		t.Fatal(err)
	}
	var labels []string
	for _, row := range plan.Sections[0].Rows {
		labels = append(labels, row.Label)
	}
	got := strings.Join(labels, " ")
	if want := "A B C D E F G H J K L M N P Q R S T U V W X Y Z AA BB CC"; !strings.HasPrefix(got, want) {
		t.Errorf("rows %s, want them to begin %s", got, want)
	}
}

func TestDrawIsPure(t *testing.T) {
	first, err := layout.Draw("Small", 700, small(layout.British))
	if err != nil {
		t.Fatal(err)
	}
	second, err := layout.Draw("Small", 700, small(layout.British))
	if err != nil {
		t.Fatal(err)
	}
	if fmt.Sprint(first) != fmt.Sprint(second) {
		t.Error("the same spec gave two plans")
	}
}

func TestValidateNamesEveryFault(t *testing.T) {
	_, err := layout.Draw("Wrong", 20, layout.Spec{Style: "roman", Curve: math.NaN(), Width: 3, Boxes: 3, Levels: []layout.Level{
		{Name: "Stalls", Share: 1}, {Name: "stalls!", Share: 0},
	}})
	if err == nil {
		t.Fatal("drawn")
	}
	for _, field := range []string{"style", "curve", "width", "seats", "boxes", "levels[1].name", "levels[1].share"} {
		if !strings.Contains(err.Error(), field+": ") {
			t.Errorf("the error doesn't name %s: %v", field, err)
		}
	}
}
