// Package bestseats chooses seats for visitors who would rather not: side by side, where one sees well.
package bestseats

import (
	"cmp"
	"math"
	"slices"

	"github.com/stagedoor/stagedoor/origin/venue"
)

// Wish is what is wanted.
type Wish struct {
	Count int    // how many, side by side; at least 1
	Band  string // price band, "" for the best there is
}

// candidate is a run of neighbouring seats in one row.
type candidate struct {
	seats      []venue.Seat
	band       string  // the dearest of its bands: "A" before "B"
	restricted int     // seats from which part of the stage can't be seen
	distance   float64 // from where one sees best, plan units
}

// Choose returns the IDs of the best free seats that are side by side in one row, or nil when there are none.
// taken is asked for every seat. Wheelchair spaces and companions' seats are left for those who need them.
//
// The dearest band comes first, then a full view, then what is nearest to the middle of its part of the house, a
// third of the way back.
func Choose(plan *venue.Plan, taken func(seatID string) bool, wish Wish) []string {
	if wish.Count < 1 {
		return nil
	}
	reach := 1.5 * spacing(plan)
	var best *candidate
	for _, section := range plan.Sections {
		x, y := sweetSpot(plan, section)
		for _, row := range section.Rows {
			for _, run := range runs(row, reach, taken) {
				for i := 0; i+wish.Count <= len(run); i++ {
					c, ok := judge(run[i:i+wish.Count], wish.Band, x, y)
					if ok && (best == nil || better(c, *best)) {
						best = &c
					}
				}
			}
		}
	}
	if best == nil {
		return nil
	}
	ids := make([]string, len(best.seats))
	for i, seat := range best.seats {
		ids[i] = seat.ID
	}
	return ids
}

// runs cuts a row into stretches of free standard seats without an aisle between them.
func runs(row venue.Row, reach float64, taken func(string) bool) [][]venue.Seat {
	seats := slices.Clone(row.Seats)
	slices.SortFunc(seats, func(a, b venue.Seat) int { return cmp.Compare(a.X, b.X) })
	var out [][]venue.Seat
	var run []venue.Seat
	for _, seat := range seats {
		free := seat.Kind == venue.Standard && !taken(seat.ID)
		if len(run) > 0 && (!free || gap(run[len(run)-1], seat) > reach) {
			out = append(out, run)
			run = nil
		}
		if free {
			run = append(run, seat)
		}
	}
	if len(run) > 0 {
		out = append(out, run)
	}
	return out
}

func judge(seats []venue.Seat, band string, x, y float64) (candidate, bool) {
	c := candidate{seats: seats, band: seats[0].Band}
	for _, seat := range seats {
		if band != "" && seat.Band != band {
			return c, false
		}
		c.band = min(c.band, seat.Band)
		if seat.Restricted {
			c.restricted++
		}
		c.distance += math.Hypot(seat.X-x, seat.Y-y) / float64(len(seats))
	}
	return c, true
}

func better(a, b candidate) bool {
	return cmp.Or(cmp.Compare(a.band, b.band), cmp.Compare(a.restricted, b.restricted), cmp.Compare(a.distance, b.distance)) < 0
}

// sweetSpot is in line with the middle of the stage, a third of the way back in the section.
func sweetSpot(plan *venue.Plan, section venue.Section) (x, y float64) {
	front, back := math.Inf(1), math.Inf(-1)
	for _, row := range section.Rows {
		for _, seat := range row.Seats {
			front, back = min(front, seat.Y), max(back, seat.Y)
		}
	}
	return plan.Stage.X + plan.Stage.Width/2, front + (back-front)/3
}

// spacing is the usual distance from seat to seat in a row.
func spacing(plan *venue.Plan) float64 {
	var gaps []float64
	for _, section := range plan.Sections {
		for _, row := range section.Rows {
			for i := 1; i < len(row.Seats); i++ {
				gaps = append(gaps, gap(row.Seats[i-1], row.Seats[i]))
			}
		}
	}
	if len(gaps) == 0 {
		return 0
	}
	slices.Sort(gaps)
	return gaps[len(gaps)/2]
}

func gap(a, b venue.Seat) float64 { return math.Hypot(a.X-b.X, a.Y-b.Y) }
