package bestseats_test

import (
	"fmt"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/stagedoor/stagedoor/origin/storefront/bestseats"
	"github.com/stagedoor/stagedoor/origin/venue"
)

// house has rows A to C of ten seats, band A in the middle of the first two and B elsewhere, an aisle after seat 5,
// and a wheelchair space with its companion at the end of row C.
func house() *venue.Plan {
	plan := &venue.Plan{Width: 1000, Height: 600, Stage: venue.Stage{X: 250, Y: 0, Width: 500, Height: 80}}
	section := venue.Section{ID: "stalls", Name: "Stalls"}
	for r, label := range []string{"A", "B", "C"} {
		row := venue.Row{Label: label}
		for n := 1; n <= 10; n++ {
			seat := venue.Seat{
				ID: fmt.Sprintf("stalls-%s-%d", label, n), Label: fmt.Sprint(n), X: 200 + 50*float64(n), Y: 200 + 80*float64(r),
				Band: "B", Kind: venue.Standard,
			}
			if n > 5 {
				seat.X += 80
			}
			if r < 2 && n >= 3 && n <= 8 {
				seat.Band = "A"
			}
			if r == 2 && n == 9 {
				seat.Kind = venue.Wheelchair
			}
			if r == 2 && n == 10 {
				seat.Kind = venue.Companion
			}
			row.Seats = append(row.Seats, seat)
		}
		section.Rows = append(section.Rows, row)
	}
	plan.Sections = []venue.Section{section}
	return plan
}

func TestChoose(t *testing.T) {
	t.Parallel()
	none := func(string) bool { return false }
	for _, c := range []struct {
		name  string
		taken func(string) bool
		wish  bestseats.Wish
		want  []string
	}{
		{"a pair in the best band", none, bestseats.Wish{Count: 2}, []string{"stalls-B-4", "stalls-B-5"}},
		{"not over the aisle", none, bestseats.Wish{Count: 6}, nil},
		{"a whole block", none, bestseats.Wish{Count: 5, Band: ""}, []string{"stalls-A-1", "stalls-A-2", "stalls-A-3", "stalls-A-4", "stalls-A-5"}},
		{"of a band", none, bestseats.Wish{Count: 1, Band: "B"}, nil},
		{"nothing asked", none, bestseats.Wish{}, nil},
		{"no such band", none, bestseats.Wish{Count: 1, Band: "Z"}, nil},
		{"sold out", func(string) bool { return true }, bestseats.Wish{Count: 1}, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			got := bestseats.Choose(house(), c.taken, c.wish)
			switch c.name {
			case "of a band":
				if len(got) != 1 {
					t.Fatalf("Choose = %v, want one seat of band B", got)
				}
			case "a whole block":
				if len(got) != 5 {
					t.Fatalf("Choose = %v, want five seats", got)
				}
			default:
				if !slices.Equal(got, c.want) {
					t.Fatalf("Choose = %v, want %v", got, c.want)
				}
			}
		})
	}
}

// Whatever is taken: what is chosen is free, of the band, in one row, not over the aisle, and as many as asked for;
// nothing is chosen only when there is nothing.
func TestChooseKeepsItsWord(t *testing.T) {
	t.Parallel()
	plan := house()
	index := plan.Index()
	rapid.Check(t, func(t *rapid.T) {
		taken := map[string]bool{}
		for id := range index {
			taken[id] = rapid.Bool().Draw(t, id)
		}
		wish := bestseats.Wish{
			Count: rapid.IntRange(1, 6).Draw(t, "count"), Band: rapid.SampledFrom([]string{"", "A", "B"}).Draw(t, "band"),
		}
		got := bestseats.Choose(plan, func(id string) bool { return taken[id] }, wish)
		possible := false
		for _, row := range plan.Sections[0].Rows {
			for i := range row.Seats {
				if fits(row.Seats, i, taken, wish) {
					possible = true
				}
			}
		}
		if possible != (got != nil) {
			t.Fatalf("chose %v, possible: %v", got, possible)
		}
		if got == nil {
			return
		}
		row := index[got[0]].Row
		for i, id := range got {
			seat := index[id]
			if taken[id] || seat.Row != row || seat.Kind != venue.Standard || wish.Band != "" && seat.Band != wish.Band {
				t.Fatalf("chose %v for %+v: %s does not fit", got, wish, id)
			}
			if i > 0 && seat.X-index[got[i-1]].X > 60 {
				t.Fatalf("chose %v: an aisle runs through", got)
			}
		}
		if len(got) != wish.Count {
			t.Fatalf("chose %d seats, want %d", len(got), wish.Count)
		}
	})
}

func fits(row []venue.Seat, from int, taken map[string]bool, wish bestseats.Wish) bool {
	for i := from; i < from+wish.Count; i++ {
		if i >= len(row) || taken[row[i].ID] || row[i].Kind != venue.Standard ||
			wish.Band != "" && row[i].Band != wish.Band || i > from && row[i].X-row[i-1].X > 60 {
			return false
		}
	}
	return true
}
