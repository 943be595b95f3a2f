// Package venue describes brands, the theatres they sell for and the seating plans inside them.
package venue

import "github.com/google/uuid"

// Plan is one version of a theatre's seating, drawn in plan units (about one unit a centimetre,
// x to the right as the audience sees it, y away from the stage). It never changes once a
// performance uses it: a new layout is a new version.
type Plan struct {
	ID       uuid.UUID `json:"-"`
	VenueID  uuid.UUID `json:"-"`
	Version  int       `json:"-"`
	Name     string    `json:"name"`
	Width    float64   `json:"width"`
	Height   float64   `json:"height"`
	Stage    Stage     `json:"stage"`
	Sections []Section `json:"sections"`
}

// Stage is the rectangle the audience faces, in plan units.
type Stage struct {
	X      float64 `json:"x"`
	Y      float64 `json:"y"`
	Width  float64 `json:"width"`
	Height float64 `json:"height"`
}

// Section is a part of the house with a name of its own: stalls, dress circle, balcony, a box.
type Section struct {
	ID   string `json:"id"` // slug, unique in the plan: "dress-circle"
	Name string `json:"name"`
	Rows []Row  `json:"rows"`
}

// Row is a line of seats that share a letter.
type Row struct {
	Label string `json:"label"`
	Seats []Seat `json:"seats"`
}

// Kind says whom a place is built for.
type Kind string

// The kinds of places in a plan.
const (
	Standard   Kind = "standard"
	Wheelchair Kind = "wheelchair" // a space without a fixed seat
	Companion  Kind = "companion"  // the seat beside a wheelchair space
)

// Seat is one place that can be sold.
type Seat struct {
	ID         string  `json:"id"`    // unique in the plan, stable and readable: "stalls-F-12"
	Label      string  `json:"label"` // what is painted on it: "12"
	X          float64 `json:"x"`
	Y          float64 `json:"y"`
	Band       string  `json:"band"` // price band, "A" the dearest
	Kind       Kind    `json:"kind"`
	Restricted bool    `json:"restricted,omitempty"` // part of the stage can't be seen
	Note       string  `json:"note,omitempty"`       // why, in words for the buyer
}

// Located is a seat with the names of the section and row it stands in.
type Located struct {
	Seat
	SectionID string
	Section   string
	Row       string
}

// Index lists every seat of the plan by its ID.
func (p *Plan) Index() map[string]Located {
	index := make(map[string]Located)
	for _, section := range p.Sections {
		for _, row := range section.Rows {
			for _, seat := range row.Seats {
				index[seat.ID] = Located{Seat: seat, SectionID: section.ID, Section: section.Name, Row: row.Label}
			}
		}
	}
	return index
}

// Count is the number of places in the plan, wheelchair spaces included.
func (p *Plan) Count() int {
	count := 0
	for _, section := range p.Sections {
		for _, row := range section.Rows {
			count += len(row.Seats)
		}
	}
	return count
}
