// Package venue describes brands, the theatres they sell for and the seating plans inside them.
package venue

import (
	"strconv"

	"github.com/google/uuid"
)

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
	// General is set where people stand or sit where they like: the section has that many places and no rows.
	General *General `json:"general,omitempty"`
}

// General is an area whose places have no numbers: as many people as there are places, and first come, first served.
type General struct {
	Count  int     `json:"count"`
	Band   string  `json:"band"`
	X      float64 `json:"x"` // of the area, plan units
	Y      float64 `json:"y"`
	Width  float64 `json:"width"`
	Height float64 `json:"height"`
}

// Places are the IDs under which the places are kept and sold, one by one, in a section of that ID. None for nil.
func (g *General) Places(section string) []string {
	if g == nil {
		return nil
	}
	ids := make([]string, g.Count)
	for i := range ids {
		ids[i] = section + "-GA-" + strconv.Itoa(i+1)
	}
	return ids
}

// PlaceName is a place as people read it: "Stalls, row F, seat 12", and a place without a number by its section alone, which
// is the only one without a row.
func PlaceName(section, row, label string) string {
	if row == "" {
		return section
	}
	return section + ", row " + row + ", seat " + label
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
	Unnumbered Kind = "general"    // a place in an area without numbers
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
		for i, id := range section.General.Places(section.ID) {
			seat := Seat{ID: id, Label: strconv.Itoa(i + 1), Band: section.General.Band, Kind: Unnumbered, X: section.General.X, Y: section.General.Y}
			index[id] = Located{Seat: seat, SectionID: section.ID, Section: section.Name}
		}
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
		count += len(section.General.Places(section.ID))
		for _, row := range section.Rows {
			count += len(row.Seats)
		}
	}
	return count
}
