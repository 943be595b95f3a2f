package data

import (
	"regexp"
	"time"

	"github.com/stagedoor/stagedoor/origin/venue"
	"github.com/stagedoor/stagedoor/origin/venue/layout"
)

// Markets are the price levels a theatre may belong to.
const (
	WestEnd  = "west-end"
	Touring  = "touring"
	Broadway = "broadway"
)

// Group is the brand that sells for every theatre.
type Group struct {
	ID       string      `json:"id"`
	Name     string      `json:"name"`
	Country  string      `json:"country"`
	Locale   string      `json:"locale"`
	Currency string      `json:"currency"`
	TimeZone string      `json:"time_zone"`
	Theme    venue.Theme `json:"theme"`
}

// Theatre is a brand and its building.
type Theatre struct {
	ID         string      `json:"id"` // brand and venue slug, first label of the hostname
	Name       string      `json:"name"`
	Market     string      `json:"market"`
	Address    string      `json:"address"` // street and number
	Postcode   string      `json:"postcode"`
	City       string      `json:"city"`
	Country    string      `json:"country"`  // ISO 3166-1 alpha-2
	Latitude   float64     `json:"latitude"` // degrees, WGS 84
	Longitude  float64     `json:"longitude"`
	TimeZone   string      `json:"time_zone"`
	Locale     string      `json:"locale"`
	Currency   string      `json:"currency"`
	Capacity   int         `json:"capacity"` // places, wheelchair spaces included
	OpenedYear int         `json:"opened_year"`
	Architect  string      `json:"architect"`
	About      string      `json:"about"`
	Theme      venue.Theme `json:"theme"`
	Plan       layout.Spec `json:"plan"`
}

// Zone is the theatre's time zone. It is known for a theatre that Load returned.
func (t Theatre) Zone() *time.Location {
	zone, err := venue.Zone(t.TimeZone)
	if err != nil {
		return time.UTC
	}
	return zone
}

var slugPattern = regexp.MustCompile(`^[a-z0-9]+(-[a-z0-9]+)*$`)

// customs are what goes with a country.
var customs = map[string]struct {
	locale, currency         string
	south, north, west, east float64
}{
	"GB": {"en-GB", "GBP", 49.8, 60.9, -8.2, 1.8},
	"US": {"en-US", "USD", 24.4, 49.4, -125, -66.9},
}

func (g Group) check(at report) {
	if g.ID != venue.GroupBrand {
		at("id", "is %q, not %q", g.ID, venue.GroupBrand)
	}
	at.text("name", g.Name, 80)
	checkCustoms(g.Country, g.Locale, g.Currency, g.TimeZone, at)
	at.each("theme", g.Theme.Validate())
}

func checkCustoms(country, locale, currency, zone string, at report) {
	c, known := customs[country]
	if !known {
		at("country", "%q is neither GB nor US", country)
		return
	}
	if locale != c.locale {
		at("locale", "is %q, not %q as elsewhere in %s", locale, c.locale, country)
	}
	if currency != c.currency {
		at("currency", "is %q, not %q as elsewhere in %s", currency, c.currency, country)
	}
	if _, err := venue.Zone(zone); err != nil {
		at("time_zone", "%q is not an IANA time zone", zone)
	}
}

func (t Theatre) check(at report) {
	if len(t.ID) < 2 || len(t.ID) > 40 || !slugPattern.MatchString(t.ID) {
		at("id", "%q is not 2 to 40 lower-case letters, digits and single hyphens", t.ID)
	}
	at.text("name", t.Name, 80)
	at.text("address", t.Address, 120)
	at.text("postcode", t.Postcode, 12)
	at.text("city", t.City, 60)
	at.text("architect", t.Architect, 80)
	at.text("about", t.About, 400)
	if t.Market != WestEnd && t.Market != Touring && t.Market != Broadway {
		at("market", "%q is none of %s, %s, %s", t.Market, WestEnd, Touring, Broadway)
	}
	checkCustoms(t.Country, t.Locale, t.Currency, t.TimeZone, at)
	if c, known := customs[t.Country]; known {
		if !(t.Latitude >= c.south && t.Latitude <= c.north) {
			at("latitude", "%v is not in %s", t.Latitude, t.Country)
		}
		if !(t.Longitude >= c.west && t.Longitude <= c.east) {
			at("longitude", "%v is not in %s", t.Longitude, t.Country)
		}
	}
	if t.OpenedYear < 1576 || t.OpenedYear > 2100 {
		at("opened_year", "%d is not a year a theatre may have opened in", t.OpenedYear)
	}
	if t.Capacity <= 0 {
		at("capacity", "is %d", t.Capacity)
	} else {
		at.each("plan", t.Plan.Validate(t.Capacity))
	}
	at.each("theme", t.Theme.Validate())
}
