package venue

import (
	"time"

	"github.com/google/uuid"
)

// Venue is a theatre: a building with one auditorium.
type Venue struct {
	ID         uuid.UUID
	BrandID    string
	Slug       string // unique among all venues
	Name       string // official name: "Lyceum Theatre"
	Address    string // street and number
	City       string
	Postcode   string  // in the US with the state: "NY 10036"
	Country    string  // ISO 3166-1 alpha-2
	Latitude   float64 // decimal degrees, WGS 84
	Longitude  float64
	TimeZone   string // IANA
	Capacity   int    // places in the seating plan, wheelchair spaces included
	OpenedYear int    // of the present building
	Architect  string // may be empty
	About      string // a sentence or two for visitors
}

// Location is the time zone its performances are shown in.
func (v Venue) Location() *time.Location { return location(v.TimeZone) }
