// Package show describes what is played: productions, their performances and what a seat costs. It is the read
// side that pages, booking and search share; nothing here changes anything.
package show

import (
	"errors"
	"time"

	"github.com/google/uuid"

	"github.com/stagedoor/stagedoor/origin/venue"
)

// ErrNotFound is wrapped when there is no such brand, venue, production, performance or plan.
var ErrNotFound = errors.New("show: not found")

// Production is one staging of a work at one theatre, over a run of weeks.
type Production struct {
	ID          uuid.UUID
	BrandID     string
	VenueID     uuid.UUID
	Slug        string // unique within the brand
	Title       string
	Author      string
	Genre       string // "Comedy", "Tragedy", "Opera" ...
	Language    string // BCP 47, of what is spoken or sung
	Summary     string // one sentence
	Description string // a few sentences, plain text
	// DescriptionHTML is the same as an editor laid it out, sanitised; "": Description is all there is.
	DescriptionHTML string
	FirstStaged     string // of the work: "1895", "c. 1606", "411 BC"
	AgeGuidance     string // "Ages 8+"
	RunningMinutes  int    // intervals included
	Intervals       int
	PosterSeed      int64     // decides the look of the poster, see package poster
	OpensOn         time.Time // dates at the venue, at midnight UTC
	ClosesOn        time.Time
}

// Listing is a production with what its coming performances add up to.
type Listing struct {
	Production
	Brand     venue.Brand
	Venue     venue.Venue
	FirstAt   time.Time // first performance of the run, perhaps past; zero without any
	NextAt    time.Time // first performance still to come; zero without any
	LastAt    time.Time // last performance of the run
	OnSaleAt  time.Time // when the first coming performance goes, or went, on sale
	Coming    int       // performances still to come
	Access    []string  // access tags of the performances to come, sorted
	PriceFrom int64     // lowest adult price, minor units of Brand.Currency; 0 when nothing is to come
	PriceTo   int64     // highest adult price
}

// Status says what may be done with a performance.
type Status string

// The states of a performance.
const (
	Scheduled Status = "scheduled" // announced, not for sale yet
	OnSale    Status = "on_sale"   // for sale from OnSaleAt until it starts
	Cancelled Status = "cancelled"
)

// Access tags say what a performance offers.
const (
	Captioned      = "captioned"
	AudioDescribed = "audio_described"
	Relaxed        = "relaxed"
	Signed         = "signed" // interpreted in BSL or ASL
)

// Performance is one evening or afternoon of a production.
type Performance struct {
	ID           uuid.UUID
	ProductionID uuid.UUID
	VenueID      uuid.UUID
	PlanID       uuid.UUID
	StartsAt     time.Time // UTC
	OnSaleAt     time.Time // UTC
	Status       Status
	PriceTier    string   // which of the production's price tiers holds
	Access       []string // access tags
}

// Bookable reports whether seats may be sold at an instant.
func (p Performance) Bookable(now time.Time) bool {
	return p.Status == OnSale && !now.Before(p.OnSaleAt) && now.Before(p.StartsAt)
}

// Matinee reports whether the performance starts before five in the afternoon at the venue.
func (p Performance) Matinee(at *time.Location) bool { return p.StartsAt.In(at).Hour() < 17 }

// Detail is a performance with all that a seat map and an order need to know, save the plan itself
// (Repository.Plan, by PlanID).
type Detail struct {
	Performance
	Production Production
	Venue      venue.Venue
	Brand      venue.Brand
	Prices     PriceTable
}
