package seating_test

import (
	"fmt"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/stagedoor/stagedoor/origin/hold/seating"
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

// first takes the first choice of an order that is free, as a store does it, without the rule about seats left alone.
func first(o *seating.Order, free func(string) bool) []string {
	if o == nil {
		return nil
	}
	for _, w := range o.Lists[0] {
		if w.Block < 0 {
			continue
		}
		seats := o.Blocks[w.Block][w.At : w.At+o.Seats]
		if !slices.ContainsFunc(seats, func(seat string) bool { return !free(seat) }) {
			return seats
		}
	}
	return nil
}

func TestOrder(t *testing.T) {
	t.Parallel()
	s := seating.New(house())
	everything := func(string) bool { return true }
	for _, c := range []struct {
		name string
		wish seating.Wish
		want []string
	}{
		{"a pair in the best band", seating.Wish{Count: 2}, []string{"stalls-B-4", "stalls-B-5"}},
		{"not over the aisle", seating.Wish{Count: 6}, nil},
		{"a whole block", seating.Wish{Count: 5}, []string{"stalls-B-1", "stalls-B-2", "stalls-B-3", "stalls-B-4", "stalls-B-5"}},
		{"of a band", seating.Wish{Count: 3, Band: "B"}, []string{"stalls-C-3", "stalls-C-4", "stalls-C-5"}},
		{"released places count last", seating.Wish{Count: 5, Band: "B", Released: true}, []string{"stalls-C-1", "stalls-C-2", "stalls-C-3", "stalls-C-4", "stalls-C-5"}},
		{"nobody", seating.Wish{}, nil},
		{"more wheelchairs than people", seating.Wish{Count: 1, Spaces: 2}, nil},
		{"no such band", seating.Wish{Count: 1, Band: "Z"}, nil},
		{"no such section", seating.Wish{Count: 1, Section: "roof"}, nil},
	} {
		if got := first(s.Order(c.wish), everything); !slices.Equal(got, c.want) {
			t.Errorf("%s: %v, want %v", c.name, got, c.want)
		}
	}
	with := s.Order(seating.Wish{Count: 3, Spaces: 1})
	if with == nil || with.Companions != 1 || with.Seats != 1 || with.Pairs[0] != (seating.Pair{Space: "stalls-C-9", Companion: "stalls-C-10"}) {
		t.Fatalf("a wheelchair user and two others: %+v", with)
	}
	if got := first(with, everything); !slices.Equal(got, []string{"stalls-C-8"}) {
		t.Errorf("the third sits in %v, want beside them", got)
	}
	if s.Order(seating.Wish{Count: 4, Spaces: 2}) != nil {
		t.Error("two spaces in a house with one")
	}
	if s.Order(seating.Wish{Count: 2}) != s.Order(seating.Wish{Count: 2}) {
		t.Error("an order was worked out twice")
	}
}

// Whatever is taken: the first choice that is free is of the band, in one row, not over the aisle, and as many as asked
// for; there is none only when there is none.
func TestOrderHasEveryChoice(t *testing.T) {
	t.Parallel()
	plan := house()
	s, index := seating.New(plan), plan.Index()
	rapid.Check(t, func(t *rapid.T) {
		taken := map[string]bool{}
		for id := range index {
			taken[id] = rapid.Bool().Draw(t, id)
		}
		wish := seating.Wish{
			Count: rapid.IntRange(1, 6).Draw(t, "count"), Band: rapid.SampledFrom([]string{"", "A", "B"}).Draw(t, "band"),
			Released: rapid.Bool().Draw(t, "released"),
		}
		got := first(s.Order(wish), func(id string) bool { return !taken[id] })
		possible := false
		for _, row := range plan.Sections[0].Rows {
			for i := range row.Seats {
				possible = possible || fits(row.Seats, i, taken, wish)
			}
		}
		if possible != (got != nil) {
			t.Fatalf("chose %v, possible: %v", got, possible)
		}
		for i, id := range got {
			seat := index[id]
			if taken[id] || seat.Row != index[got[0]].Row || !wish.Released && seat.Kind != venue.Standard || wish.Band != "" && seat.Band != wish.Band {
				t.Fatalf("chose %v for %+v: %s does not fit", got, wish, id)
			}
			if i > 0 && seat.X-index[got[i-1]].X > 60 {
				t.Fatalf("chose %v: an aisle runs through", got)
			}
		}
	})
}

func fits(row []venue.Seat, from int, taken map[string]bool, wish seating.Wish) bool {
	for i := from; i < from+wish.Count; i++ {
		if i >= len(row) || taken[row[i].ID] || !wish.Released && row[i].Kind != venue.Standard ||
			wish.Band != "" && row[i].Band != wish.Band || i > from && row[i].X-row[i-1].X > 60 {
			return false
		}
	}
	return true
}

// A script reads what Pack writes: four bytes a window, and every seat of a block.
func TestPack(t *testing.T) {
	t.Parallel()
	o := seating.New(house()).Order(seating.Wish{Count: 3, Spaces: 1})
	packed := o.Pack()
	if packed.Pairs[0] != "stalls-C-9 stalls-C-10 0" || len(packed.Lists[0]) != 4*len(o.Lists[0]) || len(packed.Blocks) != len(o.Blocks) {
		t.Fatalf("%+v", packed)
	}
	for i, w := range o.Lists[0] {
		text := packed.Lists[0][4*i : 4*i+4]
		block, at := int(text[0])<<8|int(text[1]), int(text[2])<<8|int(text[3])
		if w.Block >= 0 && (block != w.Block || at != w.At) || w.Block < 0 && block != 0xffff {
			t.Errorf("window %d: %d %d, want %+v", i, block, at, w)
		}
	}
}

func TestPlacesWithoutNumbers(t *testing.T) {
	t.Parallel()
	plan := house()
	plan.Sections = append(plan.Sections, venue.Section{ID: "pit", Name: "Pit", General: &venue.General{Count: 40, Band: "C"}})
	s := seating.New(plan)
	if got := s.General("pit"); len(got) != 40 || s.Len() != 70 || plan.Count() != 70 {
		t.Errorf("%d places in the pit, %d and %d in the house", len(got), s.Len(), plan.Count())
	}
	if place, ok := s.Place("pit-GA-7"); !ok || place.Name() != "Pit" || place.Band != "C" {
		t.Errorf("%+v, %t", place, ok)
	}
	if s.General("stalls") != nil || len(s.Blocks([]string{"pit-GA-7", "stalls-A-1", "stalls-A-2", "stalls-A-7"}, false)) != 2 {
		t.Error("places without numbers stand in a block")
	}
}
