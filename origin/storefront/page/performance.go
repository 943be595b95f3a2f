package page

import (
	"time"

	"github.com/stagedoor/stagedoor/origin/show"
)

// Performance is the page with the seat map.
type Performance struct {
	Frame
	Detail  show.Detail
	ShowURL string
	Poster  string
	When    string // in the venue's zone
	Zone    string
	Access  []string
	Bands   []BandPrice
	Best    BestForm
	Data    SeatData
	Closed  string // why no seat can be chosen here, "" when they can
	OpensAt string // when booking opens, if it is not open yet
	Mine    *MyHold
	// Exchange says that the seats are chosen in return for others; nil when they are not.
	Exchange *Exchanging
}

// BandPrice is a line of the legend.
type BandPrice struct {
	Band  string
	Price string // of an adult
}

// BestForm lets visitors ask for the best seats there are instead of choosing them one by one: the way without
// scripts, and a quick one for everybody.
type BestForm struct {
	Action  string
	Counts  []int
	Count   int
	Band    string
	Problem string // why the last try found nothing

	Sections    []SectionName // with numbered seats
	Areas       []SectionName // where places have no numbers; each with its price
	Section     string        // ID
	Wheelchairs int           // of the party
}

// SectionName is a part of the house to look in.
type SectionName struct{ ID, Name string }

// MyHold is the hold that this visitor already has for the performance.
type MyHold struct {
	ID        string   `json:"id"`
	Seats     []string `json:"seats"`
	ExpiresIn int      `json:"expires_in"` // seconds, when the page was written
	URL       string   `json:"url"`        // of its checkout
}

// SeatData is what the seat map's script starts from, as JSON in the page.
type SeatData struct {
	PerformanceID string                      `json:"performance_id"`
	PlanURL       string                      `json:"plan_url"`
	EventsURL     string                      `json:"events_url"`
	SeatsURL      string                      `json:"seats_url"`
	HoldsURL      string                      `json:"holds_url"`
	CheckoutURL   string                      `json:"checkout_url"` // the hold's ID follows
	Currency      string                      `json:"currency"`
	Locale        string                      `json:"locale"`
	MaxSeats      int                         `json:"max_seats"`
	Types         []TypeData                  `json:"types"`
	Prices        map[string]map[string]int64 `json:"prices"` // band -> price type -> minor units
	Hold          *MyHold                     `json:"hold"`
}

// TypeData is a price type.
type TypeData struct {
	ID   string `json:"id"`
	Name string `json:"name"`
	Note string `json:"note"`
}

// Machine is the instant for a time element.
func (p Performance) Machine() string { return p.Detail.StartsAt.Format(time.RFC3339) }
