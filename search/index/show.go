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
