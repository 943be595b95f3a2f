package layout

import (
	"fmt"
	"math"
	"strings"

	"github.com/stagedoor/stagedoor/origin/venue"
)

// Distances in plan units (centimetres).
const (
	seatPitch  = 54.0  // from seat to seat along a row
	rowPitch   = 88.0  // from row to row
	aisleWidth = 104.0 // clear of seats, beyond the pitch
	levelGap   = 190.0 // between the last row of a level and the first of the next
	margin     = 130.0 // around everything
	stageDepth = 300.0
	apron      = 120.0 // from the stage to the nearest seat
)

// widestAngle is how far a row may reach around the stage, in radians either side of its middle.
const widestAngle = 1.1

// Draw makes the plan of a house of exactly so many places. It returns Validate's error for a spec that can't be
// drawn. The plan has no ID, venue or version yet.
func Draw(name string, seats int, spec Spec) (*venue.Plan, error) {
	if err := spec.Validate(seats); err != nil {
		return nil, fmt.Errorf("layout: %s: %w", name, err)
	}
	seated := seats
	if spec.Standing != nil {
		seated -= spec.Standing.Places
	}
	house := arrange(seated, spec)
	house.place()
	house.number()
	house.reserveAccess()
	house.judgeSight()
	house.price()
	return house.plan(name), nil
}

// house is a plan in the making.
type house struct {
	spec   Spec
	levels []*level
	boxes  []*box
	focus  float64 // distance from the centre of the arcs to the front row
	seats  int

	width, height float64
	stage         venue.Stage
}

// level is one floor: rows from the front to the back.
type level struct {
	id, name string
	rows     []*row
}

// row is one arc of seats, from the audience's left to its right.
type row struct {
	label  string
	radius float64 // from the common centre of all arcs
	blocks []int   // seats between aisles, from the left; their sum is len(seats)
	seats  []*seat
}

// seat is one place, with what only the drawing needs to know.
type seat struct {
	venue.Seat
	block  int     // index of the block it stands in
	angle  float64 // radians right of the middle, as the arc runs
	merit  float64 // lower is better; decides the band
	paired *seat   // the companion seat of a wheelchair space
}

// each calls f for every seat in rows, not for boxes.
func (h *house) each(f func(l *level, index int, r *row, s *seat)) {
	for _, l := range h.levels {
		for i, r := range l.rows {
			for _, s := range r.seats {
				f(l, i, r, s)
			}
		}
	}
}

// place turns blocks on arcs into coordinates and fits the drawing around them.
func (h *house) place() {
	left, top := math.Inf(1), math.Inf(1)
	right, bottom := math.Inf(-1), math.Inf(-1)
	h.each(func(_ *level, _ int, r *row, s *seat) {
		s.X, s.Y = r.radius*math.Sin(s.angle), r.radius*math.Cos(s.angle)
		left, right = min(left, s.X), max(right, s.X)
		top, bottom = min(top, s.Y), max(bottom, s.Y)
	})
	half := max(right, -left) + margin
	if h.boxes != nil {
		half = max(half, h.stageWidth()/2+boxesWidth(len(h.boxes)/2)+margin)
	}
	shiftX := half
	shiftY := margin + stageDepth + apron - top
	h.each(func(_ *level, _ int, _ *row, s *seat) {
		s.X, s.Y = math.Round(s.X+shiftX), math.Round(s.Y+shiftY)
	})
	h.width, h.height = math.Ceil(2*half), math.Ceil(bottom+shiftY+margin)
	width := h.stageWidth()
	h.stage = venue.Stage{X: math.Round(half - width/2), Y: margin, Width: width, Height: stageDepth}
	h.placeBoxes()
}

// stageWidth is that of the proscenium: near enough the width of the front row.
func (h *house) stageWidth() float64 {
	front := h.levels[0].rows[0]
	return math.Round(max(600, float64(len(front.seats))*seatPitch*0.9))
}

func (h *house) plan(name string) *venue.Plan {
	plan := &venue.Plan{Name: name, Width: h.width, Height: h.height, Stage: h.stage}
	for _, l := range h.levels {
		section := venue.Section{ID: l.id, Name: l.name}
		for _, r := range l.rows {
			section.Rows = append(section.Rows, finished(r.label, r.seats))
		}
		plan.Sections = append(plan.Sections, section)
	}
	if h.boxes != nil {
		section := venue.Section{ID: boxesID, Name: "Boxes"}
		for _, b := range h.boxes {
			section.Rows = append(section.Rows, finished(b.label, b.seats))
		}
		plan.Sections = append(plan.Sections, section)
	}
	if standing := h.spec.Standing; standing != nil {
		plan.Sections = append(plan.Sections, h.standing(*standing))
	}
	return plan
}

// standing is the area between the stage and the first row. It costs what the cheapest seats do.
func (h *house) standing(s Standing) venue.Section {
	const clear = 25.0 // of the stage's bow on one side and of people's knees on the other
	return venue.Section{ID: slug(s.Name), Name: s.Name, General: &venue.General{
		Count: s.Places, Band: bands[len(bands)-1].name,
		X: h.stage.X, Y: h.stage.Y + h.stage.Height + clear, Width: h.stage.Width, Height: apron - 2*clear - seatPitch/2 + clear,
	}}
}

func finished(label string, seats []*seat) venue.Row {
	out := venue.Row{Label: label, Seats: make([]venue.Seat, len(seats))}
	for i, s := range seats {
		out.Seats[i] = s.Seat
	}
	return out
}

// slug is the section ID of a level's name: "Dress Circle" becomes "dress-circle".
func slug(name string) string {
	return strings.Join(strings.FieldsFunc(strings.ToLower(name), func(r rune) bool {
		return (r < 'a' || r > 'z') && (r < '0' || r > '9')
	}), "-")
}
