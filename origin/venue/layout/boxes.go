package layout

import "math"

// boxesID is the section of all boxes.
const boxesID = "boxes"

const (
	boxSeats = 4 // two rows of two
	boxPitch = 70.0
	boxSize  = 2*boxPitch + 60 // from one box to the next
	boxRows  = 2               // boxes above one another on each side
)

// box is a room of its own beside the stage.
type box struct {
	label string
	seats []*seat
}

func (h *house) addBoxes() {
	for range h.spec.Boxes {
		h.boxes = append(h.boxes, &box{seats: fresh(boxSeats)})
	}
}

// boxesWidth is the room that so many boxes need on one side.
func boxesWidth(boxes int) float64 {
	columns := (boxes + boxRows - 1) / boxRows
	return float64(columns)*boxSize + margin/2
}

// placeBoxes stands boxes on both sides of the stage, nearer ones first, A on the left and B on the right: in a
// band that no row reaches, since the apron keeps rows clear of it.
func (h *house) placeBoxes() {
	for i, b := range h.boxes {
		side := -1.0
		if i%2 == 1 {
			side = 1
		}
		column, tier := i/2/boxRows, i/2%boxRows
		near := h.stage.Width/2 + margin/2 + float64(column)*boxSize + boxPitch/2
		for j, s := range b.seats {
			out, back := float64(j%2), float64(j/2)
			s.X = math.Round(h.width/2 + side*(near+out*boxPitch))
			s.Y = math.Round(h.stage.Y + 30 + float64(tier)*(boxSize-45) + back*boxPitch)
		}
	}
}
