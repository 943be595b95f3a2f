package index

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
)

// Availability is how many seats a show still has, over all its coming
// performances.
type Availability string

// The availabilities a show can have.
const (
	AvailabilityNone Availability = "none" // sold out, or nothing on sale
	AvailabilityFew  Availability = "few"
	AvailabilityGood Availability = "good"
)

// Point is a place on earth in decimal degrees (WGS 84). In JSON it is
// [latitude, longitude], as Typesense wants it.
type Point struct {
	Lat float64
	Lon float64
}

// MarshalJSON writes [lat, lon].
func (p Point) MarshalJSON() ([]byte, error) {
	return json.Marshal([2]float64{p.Lat, p.Lon})
}

// UnmarshalJSON reads [lat, lon].
func (p *Point) UnmarshalJSON(b []byte) error {
	var pair []float64
	if err := json.Unmarshal(b, &pair); err != nil {
		return fmt.Errorf("index: point: %w", err)
	}
	if len(pair) != 2 {
		return fmt.Errorf("index: point: want [latitude, longitude], have %d numbers", len(pair))
	}
	p.Lat, p.Lon = pair[0], pair[1]
	return nil
}

// Show is one production as people search for it: N performances folded into
// one document. Times are unix seconds (UTC), prices are minor units (pence,
// cents) of Currency.
type Show struct {
	ID            string       `json:"id"` // production id
	BrandID       string       `json:"brand_id"`
	Brand         string       `json:"brand"`
	Title         string       `json:"title"`
	Author        string       `json:"author,omitempty"`
	Genre         string       `json:"genre"`
	Venue         string       `json:"venue"`
	City          string       `json:"city"`
	Country       string       `json:"country"`
	Location      *Point       `json:"location,omitempty"`
	Description   string       `json:"description,omitempty"`
	Hostname      string       `json:"hostname"`          // of the brand's site, without a port
	URLPath       string       `json:"url_path"`          // of the show's page on that site
	FirstAt       int64        `json:"first_at"`          // first performance
	LastAt        int64        `json:"last_at"`           // last performance
	NextAt        int64        `json:"next_at,omitempty"` // next performance on sale; 0: none
	PriceFrom     int64        `json:"price_from"`        // lowest price
	PriceTo       int64        `json:"price_to"`          // highest price
	Currency      string       `json:"currency"`          // ISO 4217
	Availability  Availability `json:"availability"`
	Accessibility []string     `json:"accessibility,omitempty"` // "captioned", "audio_described", "relaxed", ...
	Language      string       `json:"language,omitempty"`      // BCP 47
	PosterSeed    int64        `json:"poster_seed,omitempty"`   // draws the poster

	// Version grows with every writing of the show: of two documents of one show the higher one is newer.
	Version int64    `json:"version"`
	Cast    []string `json:"cast,omitempty"` // names of who is on stage
	// Days on which it is still played, at the venue: 20261224. Ascending, each once.
	Days []int32 `json:"days,omitempty"`
	// OpenDays are those of Days with a performance on sale that has seats left.
	OpenDays []int32 `json:"open_days,omitempty"`
	// Times are the parts of the week in which it is still played, at the venue, each once and sorted: "matinee",
	// "evening", "sat", "sat_matinee", see Times.
	Times []string `json:"times,omitempty"`
	// AccessDays are kinds of access on the days that offer them: "captioned_20261224".
	AccessDays []string `json:"access_days,omitempty"`
	// Performances still to come, soonest first. They are kept with the document and cannot be searched.
	Performances []Performance `json:"performances,omitempty"`
}

// Performance is one evening or afternoon of a show.
type Performance struct {
	ID            string       `json:"id"`
	At            int64        `json:"at"`                   // curtain up, unix seconds
	Day           int32        `json:"day"`                  // at the venue: 20261224
	Clock         string       `json:"clock"`                // at the venue: "19:30"
	OnSaleAt      int64        `json:"on_sale_at,omitempty"` // when booking opens or opened; 0: not known yet
	Availability  Availability `json:"availability"`
	PriceFrom     int64        `json:"price_from"`
	PriceTo       int64        `json:"price_to"`
	Accessibility []string     `json:"accessibility,omitempty"`
}

// Validate reports every fault of s at once, or nil.
func (s Show) Validate() error {
	var faults []error
	for _, f := range []struct{ name, value string }{
		{"id", s.ID}, {"brand_id", s.BrandID}, {"brand", s.Brand}, {"title", s.Title}, {"venue", s.Venue},
		{"hostname", s.Hostname}, {"url_path", s.URLPath}, {"currency", s.Currency},
	} {
		if f.value == "" {
			faults = append(faults, fmt.Errorf("%s is empty", f.name))
		}
	}
	if !slices.Contains([]Availability{AvailabilityNone, AvailabilityFew, AvailabilityGood}, s.Availability) {
		faults = append(faults, fmt.Errorf("availability %q is not none, few or good", s.Availability))
	}
	if s.LastAt < s.FirstAt {
		faults = append(faults, errors.New("last_at is before first_at"))
	}
	if s.PriceFrom < 0 || s.PriceTo < s.PriceFrom {
		faults = append(faults, errors.New("prices must satisfy 0 <= price_from <= price_to"))
	}
	if p := s.Location; p != nil && (p.Lat < -90 || p.Lat > 90 || p.Lon < -180 || p.Lon > 180) {
		faults = append(faults, fmt.Errorf("location [%g, %g] is not on earth", p.Lat, p.Lon))
	}
	if len(faults) == 0 {
		return nil
	}
	return fmt.Errorf("index: show %q: %w", s.ID, errors.Join(faults...))
}
