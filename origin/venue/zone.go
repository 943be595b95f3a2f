package venue

import (
	"fmt"
	"sync"
	"time"
	_ "time/tzdata" // performances must be told in the theatre's time on machines without zone files, too
)

// zones remembers what time.LoadLocation read: it parses a file at every call, and a page of shows makes hundreds.
// Only names of real zones get in, so it stays small.
var zones sync.Map // string -> *time.Location

// Zone is the time zone of an IANA name such as "Europe/London". "" and "Local", which mean another zone on every
// machine, are errors.
func Zone(name string) (*time.Location, error) {
	if zone, known := zones.Load(name); known {
		return zone.(*time.Location), nil
	}
	if name == "" || name == "Local" {
		return nil, fmt.Errorf("venue: %q is not an IANA time zone", name)
	}
	zone, err := time.LoadLocation(name)
	if err != nil {
		return nil, fmt.Errorf("venue: %w", err)
	}
	zones.Store(name, zone)
	return zone, nil
}

// location is Zone, with UTC for a name that isn't one.
func location(name string) *time.Location {
	zone, err := Zone(name)
	if err != nil {
		return time.UTC
	}
	return zone
}
