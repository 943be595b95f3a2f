package layout

import "math"

// arrange shares the seats out over levels, rows and blocks and bends the rows.
func arrange(seats int, spec Spec) *house {
	h := &house{spec: spec, seats: seats}
	weights := make([]float64, len(spec.Levels))
	for i, l := range spec.Levels {
		weights[i] = float64(l.Share)
	}
	counts := apportion(seats-spec.Boxes*boxSeats, weights)
	typical := 11 + 0.62*math.Sqrt(float64(seats))*spec.Width // seats in a row of the biggest level
	offset := 0.0                                             // of a row from the front row
	var offsets []float64
	for i, count := range counts {
		l := &level{id: slug(spec.Levels[i].Name), name: spec.Levels[i].Name}
		for _, n := range rowSizes(count, typical, i == 0) {
			l.rows = append(l.rows, &row{seats: fresh(n)})
			offsets = append(offsets, offset)
			offset += rowPitch
		}
		offset += levelGap - rowPitch
		h.levels = append(h.levels, l)
	}
	h.bend(offsets)
	h.divide()
	h.addBoxes()
	return h
}

func fresh(n int) []*seat {
	seats := make([]*seat, n)
	for i := range seats {
		seats[i] = new(seat)
	}
	return seats
}

// apportion shares total out in proportion to weights, to the last one, by largest remainders.
func apportion(total int, weights []float64) []int {
	sum := 0.0
	for _, w := range weights {
		sum += w
	}
	counts := make([]int, len(weights))
	rests := make([]float64, len(weights))
	given := 0
	for i, w := range weights {
		exact := float64(total) * w / sum
		counts[i] = int(exact)
		rests[i] = exact - float64(counts[i])
		given += counts[i]
	}
	for ; given < total; given++ {
		best := 0
		for i := range rests {
			if rests[i] > rests[best] {
				best = i
			}
		}
		counts[best]++
		rests[best] = -1
	}
	return counts
}

// rowSizes says how many seats stand in each row of a level of count seats, front to back. Rows of the ground
// floor widen from the stage; those above are more alike, as they span the house from wall to wall.
func rowSizes(count int, typical float64, ground bool) []int {
	rows := max(1, int(math.Round(float64(count)/typical)))
	front := 0.86
	if ground {
		front = 0.66
	}
	weights := make([]float64, rows)
	for i := range weights {
		depth := 1.0
		if rows > 1 {
			depth = float64(i) / float64(rows-1)
		}
		weights[i] = front + (1-front)*math.Sqrt(depth)
	}
	// The back of the ground floor narrows where doors and the sound desk stand.
	if ground && rows > 8 {
		weights[rows-1] *= 0.86
	}
	return apportion(count, weights)
}

// bend gives every row its radius: all arcs share a centre behind the stage, so that rows never meet. The
// stronger the curve, the nearer the centre; but no row may reach around further than widestAngle.
func (h *house) bend(offsets []float64) {
	widest := 0
	for _, r := range h.levels[0].rows {
		widest = max(widest, len(r.seats))
	}
	h.focus = float64(widest) * seatPitch * (2.2 - 1.5*h.spec.Curve)
	i := 0
	for _, l := range h.levels {
		for _, r := range l.rows {
			reach := float64(len(r.seats))*seatPitch/2 + 2*aisleWidth + seatPitch
			h.focus = max(h.focus, reach/widestAngle-offsets[i])
			i++
		}
	}
	i = 0
	for _, l := range h.levels {
		for _, r := range l.rows {
			r.radius = h.focus + offsets[i]
			i++
		}
	}
}

// divide cuts rows into blocks at aisles that run straight away from the stage, and gives every seat its angle.
func (h *house) divide() {
	for _, l := range h.levels {
		aisles := aisleAngles(l)
		for _, r := range l.rows {
			r.blocks = blocksOf(len(r.seats), r.radius, aisles)
			seat, at := 0, -r.length()/2
			for b, n := range r.blocks {
				for range n {
					at += seatPitch / 2
					r.seats[seat].angle, r.seats[seat].block = at/r.radius, b
					at += seatPitch / 2
					seat++
				}
				at += aisleWidth
			}
		}
	}
}

// length is that of the row along its arc, aisles included.
func (r *row) length() float64 {
	return float64(len(r.seats))*seatPitch + float64(len(r.blocks)-1)*aisleWidth
}

// aisleAngles are the angles right of the middle at which a level's aisles run, mirrored on the left.
func aisleAngles(l *level) []float64 {
	widest := l.rows[0]
	for _, r := range l.rows {
		if len(r.seats) > len(widest.seats) {
			widest = r
		}
	}
	half := float64(len(widest.seats)) * seatPitch / 2 / widest.radius
	switch n := len(widest.seats); {
	case n < 16:
		return nil
	case n < 54:
		return []float64{half * 0.46}
	default:
		return []float64{half * 0.3, half * 0.74}
	}
}

// blocksOf cuts n seats on an arc into a centre block and pairs of side blocks, symmetrically. Outer aisles that
// would leave a block of fewer than three seats are left out.
func blocksOf(n int, radius float64, aisles []float64) []int {
	centre := n
	var sides []int // outwards
	inner := 0.0    // arc length from the middle to the inside of the present block
	for i, angle := range aisles {
		room := angle*radius - aisleWidth/2 - inner
		size := int(math.Round(room / seatPitch))
		if i == 0 {
			size = int(math.Round(2 * room / seatPitch))
			size += (n - size) & 1 // what is left must halve
			if size < 4 || (n-size)/2 < 3 {
				return []int{n}
			}
			centre = size
			sides = []int{(n - size) / 2}
		} else {
			outer := sides[len(sides)-1] - size
			if size < 3 || outer < 3 {
				break
			}
			sides[len(sides)-1] = size
			sides = append(sides, outer)
		}
		inner = angle*radius + aisleWidth/2
	}
	blocks := make([]int, 0, 2*len(sides)+1)
	for i := len(sides) - 1; i >= 0; i-- {
		blocks = append(blocks, sides[i])
	}
	blocks = append(blocks, centre)
	return append(blocks, sides...)
}
