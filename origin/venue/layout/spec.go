// Package layout draws seating plans. From a few facts about an auditorium (how many people it seats, on which
// levels, how strongly its rows curve) it makes a plausible venue.Plan with exactly that many places: curved rows
// with aisles, boxes beside the stage, wheelchair spaces, restricted views and price bands.
//
// It is a pure function: the same Spec gives the same plan. Only the numbers of seats are a theatre's own; which
// row has how many, and where the aisles and pillars stand, is invented.
package layout

import (
	"errors"
	"fmt"
)

// Style decides how rows and seats are named.
type Style string

// The styles.
const (
	// British numbers the seats of a row 1, 2, 3 ... from the audience's left.
	British Style = "british"
	// American numbers the house-left block 1, 3, 5 ... and the house-right block 2, 4, 6 ..., both from the aisle
	// outwards, and the centre block 101, 102 ... from the right.
	American Style = "american"
)

// Spec describes an auditorium.
type Spec struct {
	Style   Style   `json:"style"`
	Curve   float64 `json:"curve"`             // 0 nearly straight rows, 1 a deep horseshoe
	Width   float64 `json:"width"`             // 1 is usual; more makes rows longer and fewer
	Boxes   int     `json:"boxes,omitempty"`   // in all; half on each side of the stage
	Pillars bool    `json:"pillars,omitempty"` // columns carry the level above
	Levels  []Level `json:"levels"`            // from the stage back and up
	// Standing is where people stand, between the stage and the first row; nil: everybody sits.
	Standing *Standing `json:"standing,omitempty"`
}

// Standing is an area whose places have no numbers.
type Standing struct {
	Name   string `json:"name"`   // "Standing, pit"
	Places int    `json:"places"` // of those that the house has
}

// Level is one floor of the auditorium.
type Level struct {
	Name  string `json:"name"`  // "Stalls", "Dress Circle", "Mezzanine" ...
	Share int    `json:"share"` // of the seats, relative to the other levels
}

// The limits of what can be drawn.
const (
	leastSeats = 60
	mostSeats  = 6000
	mostLevels = 6
	mostBoxes  = 24
	// mostStanding is how many places may have no number, at most a quarter of the house.
	mostStanding = 400
	// leastLevelSeats keeps a level from being a row of three.
	leastLevelSeats = 16
)

// Validate reports every fault of the spec for a house of so many seats at once.
func (s Spec) Validate(seats int) error {
	var faults []error
	fault := func(format string, args ...any) { faults = append(faults, fmt.Errorf(format, args...)) }
	if s.Style != British && s.Style != American {
		fault("style: %q is neither %q nor %q", s.Style, British, American)
	}
	if !(s.Curve >= 0 && s.Curve <= 1) {
		fault("curve: %v is not between 0 and 1", s.Curve)
	}
	if !(s.Width >= 0.6 && s.Width <= 1.6) {
		fault("width: %v is not between 0.6 and 1.6", s.Width)
	}
	if seats < leastSeats || seats > mostSeats {
		fault("seats: %d is not between %d and %d", seats, leastSeats, mostSeats)
	}
	if s.Standing != nil {
		if n := s.Standing.Places; n < 1 || n > mostStanding || n*4 > seats {
			fault("standing.places: %d is not from 1 to %d, or more than a quarter of %d seats", n, mostStanding, seats)
		}
		if slug(s.Standing.Name) == "" {
			fault("standing.name is empty")
		}
	}
	if s.Boxes < 0 || s.Boxes > mostBoxes || s.Boxes%2 != 0 {
		fault("boxes: %d is not an even number up to %d", s.Boxes, mostBoxes)
	}
	if s.Boxes*boxSeats*4 > seats {
		fault("boxes: %d would take more than a quarter of %d seats", s.Boxes, seats)
	}
	if n := len(s.Levels); n == 0 || n > mostLevels {
		fault("levels: %d, not 1 to %d", n, mostLevels)
		return errors.Join(faults...)
	}
	named := map[string]bool{boxesID: true}
	if s.Standing != nil {
		named[slug(s.Standing.Name)] = true
		seats -= s.Standing.Places
	}
	total := 0
	for i, level := range s.Levels {
		if id := slug(level.Name); id == "" || named[id] {
			fault("levels[%d].name: %q is empty or used twice", i, level.Name)
		} else {
			named[id] = true
		}
		if level.Share <= 0 || level.Share > 1000 {
			fault("levels[%d].share: %d is not between 1 and 1000", i, level.Share)
			return errors.Join(faults...)
		}
		total += level.Share
	}
	for i, level := range s.Levels {
		if got := (seats - s.Boxes*boxSeats) * level.Share / total; got < leastLevelSeats {
			fault("levels[%d].share: leaves %d seats, fewer than %d", i, got, leastLevelSeats)
		}
	}
	return errors.Join(faults...)
}
