package layout

import (
	"cmp"
	"math"
	"slices"

	"github.com/stagedoor/stagedoor/origin/venue"
)

// bands are the price bands, the dearest first, with the share of the house in each.
var bands = []struct {
	name  string
	share float64
}{{"A", 0.24}, {"B", 0.26}, {"C", 0.22}, {"D", 0.17}, {"E", 0.11}}

// price puts every seat into a band. Seats compete on merit: the distance from the stage, how far they stand to
// the side and on which level, so that every house has every band, in sweeps that follow the rows.
func (h *house) price() {
	var all []*seat
	h.each(func(l *level, index int, r *row, s *seat) {
		level := slices.Index(h.levels, l)
		within := float64(index) / float64(max(1, len(l.rows)-1))
		sideways := math.Abs(s.angle) * r.radius / (h.width / 2)
		s.merit = 0.3*float64(level) + 0.5*within + 0.34*sideways*sideways
		if level == 0 && index < 2 {
			s.merit += 0.14 // too close to see feet
		}
		if s.Restricted {
			s.merit += 0.3
		}
		all = append(all, s)
	})
	for _, b := range h.boxes {
		for _, s := range b.seats {
			s.merit = 0.66
			all = append(all, s)
		}
	}
	slices.SortStableFunc(all, func(a, b *seat) int { return cmp.Compare(a.merit, b.merit) })
	taken := 0.0
	next := 0
	for i, band := range bands {
		taken += band.share
		end := int(taken*float64(len(all)) + 0.5)
		if i == len(bands)-1 {
			end = len(all)
		}
		for ; next < end; next++ {
			all[next].Band = band.name
		}
	}
	for _, s := range all {
		if s.Kind == "" {
			s.Kind = venue.Standard
		}
		if s.paired != nil {
			s.paired.Band = s.Band
		}
	}
}
