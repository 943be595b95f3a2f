package holdtest

import (
	"fmt"
	"maps"
	"slices"

	"github.com/stagedoor/stagedoor/origin/hold/seating"
	"github.com/stagedoor/stagedoor/origin/venue"
)

// Plan is a house drawn for tests: in every section so many rows, their seats as a text with a letter a seat, s for a
// standard one, w for a wheelchair space, c for its companion's, and a blank for an aisle. The first row of the stalls is
// stalls-A; its seats are stalls-A-1 and so on. The front half of a section is band A, the rest B.
func Plan(sections ...[]string) *venue.Plan {
	names := []string{"Stalls", "Circle", "Balcony"}
	plan := &venue.Plan{Name: "Test", Width: 2000, Height: 2000, Stage: venue.Stage{X: 800, Width: 400, Height: 100}}
	y := 200.0
	for i, rows := range sections {
		section := venue.Section{ID: []string{"stalls", "circle", "balcony"}[i], Name: names[i]}
		for r, text := range rows {
			row := venue.Row{Label: string(rune('A' + r))}
			for x, kind := range text {
				if kind == ' ' {
					continue
				}
				n := fmt.Sprint(len(row.Seats) + 1)
				seat := venue.Seat{ID: section.ID + "-" + row.Label + "-" + n, Label: n, X: 500 + 50*float64(x), Y: y, Band: "A", Kind: venue.Standard}
				if 2*r >= len(rows) {
					seat.Band = "B"
				}
				switch kind {
				case 'w':
					seat.Kind = venue.Wheelchair
				case 'c':
					seat.Kind = venue.Companion
				}
				row.Seats = append(row.Seats, seat)
			}
			section.Rows = append(section.Rows, row)
			y += 90
		}
		plan.Sections = append(plan.Sections, section)
		y += 200
	}
	return plan
}

// littlePlan has few seats, so that random buyers meet, and one of everything.
func littlePlan() *venue.Plan {
	plan := Plan([]string{"sssss", "ss sss", "wcss cw"}, []string{"ssw"})
	plan.Sections = append(plan.Sections, venue.Section{ID: "pit", Name: "Pit", General: &venue.General{Count: 3, Band: "B"}})
	return plan
}

var little = seating.New(littlePlan())

func littleSeats() []string { return slices.Sorted(maps.Keys(littlePlan().Index())) }
