package venue

import "time"

// GroupBrand is the brand of the whole group: it lists every theatre and every show and has no theatre itself.
const GroupBrand = "stagedoor"

// Brand is who sells: a theatre's own site, or the group's.
type Brand struct {
	ID       string // slug, also the first label of its hostname: "lyceum"
	Name     string // as visitors read it
	Country  string // ISO 3166-1 alpha-2: "GB" or "US"
	Locale   string // BCP 47: "en-GB" or "en-US"
	Currency string // ISO 4217: "GBP" or "USD"
	TimeZone string // IANA: "Europe/London"
	Theme    Theme
	Group    bool // sells for every theatre and has none of its own
}

// Location is the time zone in which the brand's performances are shown. A zone the system does not know
// (the seeder and the database's owner check that there is none) is UTC.
func (b Brand) Location() *time.Location { return location(b.TimeZone) }
