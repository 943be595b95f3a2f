package layout

import (
	"math"

	"github.com/stagedoor/stagedoor/origin/venue"
)

// farSide is the angle past which the near side of the proscenium hides part of the stage, seen from the
// proscenium's own edge: 42 degrees in radians.
const farSide = 42 * math.Pi / 180

// judgeSight marks the seats from which part of the stage can't be seen and says why.
func (h *house) judgeSight() {
	for _, b := range h.boxes {
		for _, s := range b.seats {
			s.Restricted, s.Note = true, "Box beside the stage: the near side of the stage is out of view"
		}
	}
	middle, edge := h.stage.X+h.stage.Width/2, h.stage.Y+h.stage.Height
	h.each(func(l *level, index int, r *row, s *seat) {
		if s.Kind == venue.Wheelchair || s.Kind == venue.Companion {
			return
		}
		above := l != h.levels[len(h.levels)-1] // a level overhead
		fromBack := len(l.rows) - 1 - index
		ground := l == h.levels[0]
		end := s == r.seats[0] || s == r.seats[len(r.seats)-1]
		switch {
		case math.Atan2(math.Abs(s.X-middle)-h.stage.Width/2, s.Y-edge) > farSide:
			s.restrict("Far to the side: part of the stage is out of view")
		case h.spec.Pillars && above && h.behindPillar(l, index, s):
			s.restrict("Behind a pillar")
		case ground && above && len(l.rows) > 14 && fromBack == 0:
			s.restrict("Under the circle: the top of the set is out of view")
		case !ground && l != h.levels[1] && index == 0:
			s.restrict("Safety rail in the line of sight")
		case !ground && end && fromBack > 0 && len(r.blocks) > 1:
			s.restrict("End of the row: the near edge of the stage is out of view")
		}
	})
}

func (s *seat) restrict(why string) { s.Restricted, s.Note = true, why }

// behindPillar says whether a pillar stands in front of the seat. Pillars stand in two pairs two thirds back, and
// hide the seats of the two rows behind them.
func (h *house) behindPillar(l *level, index int, s *seat) bool {
	at := len(l.rows) * 2 / 3
	if index <= at || index > at+2 {
		return false
	}
	r := l.rows[at]
	wall := r.length() / 2 / r.radius
	for _, place := range []float64{0.32, 0.72} {
		if math.Abs(math.Abs(s.angle)-place*wall) < seatPitch/2/r.radius {
			return true
		}
	}
	return false
}
