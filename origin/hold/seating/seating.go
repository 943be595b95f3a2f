// Package seating knows how the places of a house stand to each other: which are side by side, which belong to whoever
// needs them, which have no number at all, and in what order people would have them.
//
// It is worked out once for a plan and only read then. Nothing here knows what is free: that is decided where it is
// kept, by whoever keeps holds, from the orders this package puts places in.
package seating

import (
	"cmp"
	"math"
	"slices"
	"sync"

	"github.com/stagedoor/stagedoor/origin/venue"
)

// Seating is a plan as those who hold seats need it. It is safe for concurrent use.
type Seating struct {
	places  map[string]Place
	general map[string][]string // section -> its places without numbers
	strict  *cut                // accessible places are walls
	open    *cut                // accessible places are seats like others
	pairs   []pair
	spots   map[string]spot // by section

	mu     sync.Mutex
	orders map[Wish]*Order
}

// Place is one place, with the words people know it by.
type Place struct {
	Section     string // ID
	SectionName string
	Row         string
	Label       string
	Band        string
	Kind        venue.Kind
}

// Name says a place as people do: "Stalls F12"; a place without a number by its section.
func (p Place) Name() string {
	if p.Kind == venue.Unnumbered {
		return p.SectionName
	}
	return p.SectionName + " " + p.Row + p.Label
}

// Accessible says whether the place is built for somebody who needs it.
func (p Place) Accessible() bool { return p.Kind == venue.Wheelchair || p.Kind == venue.Companion }

// cut is a house cut into blocks: seats of a row without an aisle or a wall between them, from the left.
type cut struct {
	blocks [][]venue.Located
	ids    [][]string
	at     map[string]int // seat -> its block
}

// pair is a wheelchair space with its companion's seat, if it has one.
type pair struct{ space, companion venue.Located }

// New works out a plan.
func New(plan *venue.Plan) *Seating {
	s := &Seating{
		places: make(map[string]Place, plan.Count()), general: map[string][]string{},
		strict: &cut{at: map[string]int{}}, open: &cut{at: map[string]int{}}, orders: map[Wish]*Order{}, spots: map[string]spot{},
	}
	for id, at := range plan.Index() {
		s.places[id] = Place{Section: at.SectionID, SectionName: at.Section, Row: at.Row, Label: at.Label, Band: at.Band, Kind: at.Kind}
	}
	reach := 1.5 * spacing(plan)
	for _, section := range plan.Sections {
		s.spots[section.ID] = sweetSpot(plan, section)
		s.general[section.ID] = section.General.Places(section.ID)
		for _, row := range section.Rows {
			line := make([]venue.Located, len(row.Seats))
			for i, seat := range row.Seats {
				line[i] = venue.Located{Seat: seat, SectionID: section.ID, Section: section.Name, Row: row.Label}
			}
			slices.SortFunc(line, func(a, b venue.Located) int { return cmp.Or(cmp.Compare(a.X, b.X), cmp.Compare(a.Y, b.Y)) })
			s.strict.add(line, reach, func(seat venue.Located) bool { return seat.Kind == venue.Standard })
			s.open.add(line, reach, func(venue.Located) bool { return true })
			s.pair(line, reach)
		}
	}
	s.rankPairs()
	return s
}

// add cuts a row into blocks; seats that are no seats to the cut are walls.
func (c *cut) add(line []venue.Located, reach float64, seat func(venue.Located) bool) {
	var block []venue.Located
	end := func() {
		if len(block) == 0 {
			return
		}
		ids := make([]string, len(block))
		for i, s := range block {
			ids[i], c.at[s.ID] = s.ID, len(c.blocks)
		}
		c.blocks, c.ids, block = append(c.blocks, block), append(c.ids, ids), nil
	}
	for i, s := range line {
		if i > 0 && gap(line[i-1], s) > reach || !seat(s) {
			end()
		}
		if seat(s) {
			block = append(block, s)
		}
	}
	end()
}

// pair finds for every wheelchair space of a row the companion's seat beside it.
func (s *Seating) pair(line []venue.Located, reach float64) {
	used := map[string]bool{}
	for i, space := range line {
		if space.Kind != venue.Wheelchair {
			continue
		}
		p := pair{space: space}
		for _, j := range []int{i - 1, i + 1} {
			if j >= 0 && j < len(line) && line[j].Kind == venue.Companion && !used[line[j].ID] && gap(space, line[j]) <= reach {
				p.companion = line[j]
				used[line[j].ID] = true
				break
			}
		}
		s.pairs = append(s.pairs, p)
	}
}

// Place returns a place by its ID.
func (s *Seating) Place(id string) (Place, bool) {
	p, ok := s.places[id]
	return p, ok
}

// Len is the number of places.
func (s *Seating) Len() int { return len(s.places) }

// General lists the places of a section that have no numbers, in no particular order; nil for a section whose seats do.
// Callers must not change it.
func (s *Seating) General(section string) []string { return s.general[section] }

// Blocks returns the blocks that seats stand in, each once. Accessible places are walls, and in no block, until they are
// released to everybody. Callers must not change the blocks.
func (s *Seating) Blocks(seats []string, released bool) [][]string {
	c := s.strict
	if released {
		c = s.open
	}
	var blocks [][]string
	var seen []int
	for _, seat := range seats {
		if i, ok := c.at[seat]; ok && !slices.Contains(seen, i) {
			seen = append(seen, i)
			blocks = append(blocks, c.ids[i])
		}
	}
	return blocks
}

// spacing is the usual distance from seat to seat in a row.
func spacing(plan *venue.Plan) float64 {
	var gaps []float64
	for _, section := range plan.Sections {
		for _, row := range section.Rows {
			for i := 1; i < len(row.Seats); i++ {
				gaps = append(gaps, math.Hypot(row.Seats[i-1].X-row.Seats[i].X, row.Seats[i-1].Y-row.Seats[i].Y))
			}
		}
	}
	if len(gaps) == 0 {
		return 0
	}
	slices.Sort(gaps)
	return gaps[len(gaps)/2]
}

func gap(a, b venue.Located) float64 { return math.Hypot(a.X-b.X, a.Y-b.Y) }
