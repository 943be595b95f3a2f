//go:build !tinygo

package site

import (
	"encoding/json"
	"fmt"
	"slices"
	"time"
)

// Encode returns the document to store under Key(hostname) for the site's
// hostname and each of its aliases. It fills defaults and the local times that
// visitors read, and refuses a site that Validate faults. s is not changed.
func Encode(s Site) ([]byte, error) {
	s.Maintenance = slices.Clone(s.Maintenance)
	s.Redirects = slices.Clone(s.Redirects)
	s.Rooms = slices.Clone(s.Rooms)
	s.SetDefaults()
	if err := s.Validate(); err != nil {
		return nil, err
	}
	var f Faults
	if s.validateEpochs(&f); len(f) > 0 {
		return nil, f
	}
	zone, err := time.LoadLocation(s.TimeZone)
	if err != nil {
		return nil, Faults{{Field: "time_zone", Problem: fmt.Sprintf("%q is not a known time zone", s.TimeZone)}}
	}
	for i := range s.Maintenance {
		w := &s.Maintenance[i]
		w.StartsAt, w.EndsAt = w.StartsAt.UTC(), w.EndsAt.UTC()
		if !w.EndsAt.IsZero() {
			w.EndsLocal = w.EndsAt.In(zone).Format("Monday 2 January at 15:04 MST")
		}
	}
	for i := range s.Redirects {
		r := &s.Redirects[i]
		r.StartsAt, r.EndsAt = r.StartsAt.UTC(), r.EndsAt.UTC()
	}
	for i := range s.Rooms {
		r := &s.Rooms[i]
		r.StartsAt, r.EndsAt = r.StartsAt.UTC(), r.EndsAt.UTC()
	}
	return json.Marshal(s)
}

// Hostnames lists every hostname the document belongs under, primary first.
func (s *Site) Hostnames() []string {
	return append([]string{s.Hostname}, s.Aliases...)
}
