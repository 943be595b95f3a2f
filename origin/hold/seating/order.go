package seating

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/stagedoor/stagedoor/origin/venue"
)

// Wish is what somebody wants who leaves the choice to us.
type Wish struct {
	Count   int    // how many people
	Band    string // price band; "": the dearest there is
	Section string // ID; "": any
	// Spaces is how many of them come in a wheelchair. Each gets a space, and a companion's seat beside it as far as
	// there are others in the party; the rest sit side by side as near as can be.
	Spaces int
	// Released says that accessible places are sold to everybody by now.
	Released bool
}

// Order is every choice that fulfils a wish in a house that is empty, the best first. Whoever keeps the seats takes the
// first that is free, tier by tier; see Best of package hold for the rule. It is shared: nobody may change it.
type Order struct {
	Name               string // of the wish, short
	Spaces, Companions int
	Pairs              []Pair
	Seats              int // side by side, besides; may be 0
	// Lists are orders of windows. Without Spaces the first one counts, else that which the pair taken names.
	Lists  [][]Window
	Blocks [][]string

	pack   sync.Once
	packed Packed
}

// Pair is a wheelchair space and its companion's seat, "" if it has none.
type Pair struct {
	Space, Companion string
	List             int // the order of the seats for the rest of the party
}

// Window is Order.Seats neighbours in a block. A Block below 0 ends a tier: what comes after it is only for those who
// find nothing before it, though a seat is left alone by it.
type Window struct{ Block, At int }

// endOfTier is the window that ends one.
var endOfTier = Window{Block: -1}

// mostOrders bounds how many orders of a house are remembered; there are 12 sizes, some bands and some sections.
const mostOrders = 256

// Order works out, or remembers, the order for a wish. Nil when the house can't fulfil it even empty.
func (s *Seating) Order(w Wish) *Order {
	if w.Count < 1 || w.Spaces < 0 || w.Spaces > w.Count {
		return nil
	}
	s.mu.Lock()
	known, found := s.orders[w]
	s.mu.Unlock()
	if found {
		return known
	}
	order := s.order(w)
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.orders) >= mostOrders {
		clear(s.orders)
	}
	s.orders[w] = order
	return order
}

func (s *Seating) order(w Wish) *Order {
	o := &Order{Name: fmt.Sprintf("%d/%d/%t/%s/%s", w.Count, w.Spaces, w.Released, w.Band, w.Section), Spaces: w.Spaces, Seats: w.Count}
	c := s.strict
	if w.Spaces == 0 && w.Released {
		c = s.open
	}
	o.Blocks = c.ids
	if w.Spaces == 0 {
		o.Lists = [][]Window{c.windows(w, s.merit)}
		if len(o.Lists[0]) == 0 {
			return nil
		}
		return o
	}
	o.Companions = min(w.Spaces, w.Count-w.Spaces)
	o.Seats = w.Count - o.Spaces - o.Companions
	lists := map[string]int{}
	spaces, companions := 0, 0
	for _, p := range s.pairs {
		if w.Band != "" && p.space.Band != w.Band || w.Section != "" && p.space.SectionID != w.Section {
			continue
		}
		spaces++
		if p.companion.ID != "" {
			companions++
		}
		if _, known := lists[p.space.SectionID]; !known && o.Seats > 0 {
			lists[p.space.SectionID] = len(o.Lists)
			o.Lists = append(o.Lists, c.windows(Wish{Count: o.Seats, Band: w.Band, Section: w.Section}, near(p.space)))
		}
		o.Pairs = append(o.Pairs, Pair{Space: p.space.ID, Companion: p.companion.ID, List: lists[p.space.SectionID]})
	}
	if spaces < o.Spaces || companions < o.Companions || o.Seats > 0 && len(o.Lists[0]) == 0 {
		return nil
	}
	return o
}

// merit orders windows: the tier first, then what is better in it; lower comes first.
type merit func(seats []venue.Located) (tier string, rank [3]float64)

// windows lists every stretch of w.Count neighbours that fits, the best first, with the ends of tiers.
func (c *cut) windows(w Wish, judge merit) []Window {
	type judged struct {
		Window
		tier string
		rank [3]float64
	}
	var all []judged
	for b, block := range c.blocks {
		for at := 0; at+w.Count <= len(block); at++ {
			seats := block[at : at+w.Count]
			if slices.ContainsFunc(seats, func(seat venue.Located) bool {
				return w.Band != "" && seat.Band != w.Band || w.Section != "" && seat.SectionID != w.Section
			}) {
				continue
			}
			tier, rank := judge(seats)
			all = append(all, judged{Window{b, at}, tier, rank})
		}
	}
	slices.SortStableFunc(all, func(a, b judged) int {
		return cmp.Or(cmp.Compare(a.tier, b.tier), slices.Compare(a.rank[:], b.rank[:]))
	})
	var list []Window
	for i, j := range all {
		if i > 0 && all[i-1].tier != j.tier {
			list = append(list, endOfTier)
		}
		list = append(list, j.Window)
	}
	return list
}

// merit is what people look for: the dearest band first; in it a full view, then places that nobody needs more, then
// what is nearest to where one sees best in that part of the house.
func (s *Seating) merit(seats []venue.Located) (tier string, rank [3]float64) {
	tier = seats[0].Band
	for _, seat := range seats {
		tier = min(tier, seat.Band)
		if seat.Restricted {
			rank[0]++
		}
		if seat.Kind != venue.Standard {
			rank[1]++
		}
		spot := s.spots[seat.SectionID]
		rank[2] += math.Hypot(seat.X-spot.x, seat.Y-spot.y) / float64(len(seats))
	}
	return tier, rank
}

// near orders seats for the rest of a party by how far they are from a place: its section first.
func near(to venue.Located) merit {
	return func(seats []venue.Located) (string, [3]float64) {
		tier, distance := "1", 0.0
		if seats[0].SectionID == to.SectionID {
			tier = "0"
		}
		for _, seat := range seats {
			distance += gap(seat, to)
		}
		return tier, [3]float64{distance}
	}
}

// spot is where one sees best.
type spot struct{ x, y float64 }

// sweetSpot is in line with the middle of the stage, a third of the way back in the section.
func sweetSpot(plan *venue.Plan, section venue.Section) spot {
	front, back := math.Inf(1), math.Inf(-1)
	for _, row := range section.Rows {
		for _, seat := range row.Seats {
			front, back = min(front, seat.Y), max(back, seat.Y)
		}
	}
	return spot{plan.Stage.X + plan.Stage.Width/2, front + (back-front)/3}
}

// rankPairs orders the pairs as seats are ordered.
func (s *Seating) rankPairs() {
	slices.SortStableFunc(s.pairs, func(a, b pair) int {
		tierA, rankA := s.merit([]venue.Located{a.space})
		tierB, rankB := s.merit([]venue.Located{b.space})
		return cmp.Or(cmp.Compare(tierA, tierB), slices.Compare(rankA[:], rankB[:]))
	})
}

// Packed is an order as a script reads it.
type Packed struct {
	Pairs  []string // "space companion list", "-" for no companion
	Lists  []string // four bytes a window: the block and where in it, high bytes first; block 65,535 ends a tier
	Blocks []string // the seats, a space between them
}

// Pack writes the order down, once.
func (o *Order) Pack() Packed {
	o.pack.Do(func() {
		for _, p := range o.Pairs {
			o.packed.Pairs = append(o.packed.Pairs, p.Space+" "+cmp.Or(p.Companion, "-")+" "+strconv.Itoa(p.List))
		}
		for _, list := range o.Lists {
			text := make([]byte, 0, 4*len(list))
			for _, w := range list {
				block := w.Block
				if block < 0 {
					block = 0xffff
				}
				text = append(text, byte(block>>8), byte(block), byte(w.At>>8), byte(w.At))
			}
			o.packed.Lists = append(o.packed.Lists, string(text))
		}
		for _, block := range o.Blocks {
			o.packed.Blocks = append(o.packed.Blocks, strings.Join(block, " "))
		}
	})
	return o.packed
}
