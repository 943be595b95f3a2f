package hold

import (
	"fmt"
	"regexp"

	"github.com/google/uuid"
)

var (
	validSeat    = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$`)
	validSession = regexp.MustCompile(`^[A-Za-z0-9._:-]{1,128}$`)
)

// Validate reports the first thing that makes the request one that can't succeed anywhere, as *InvalidError.
func (r Request) Validate(maxSeats int) error {
	if r.PerformanceID == uuid.Nil {
		return &InvalidError{Field: "performance_id", Reason: "choose a performance"}
	}
	if !validSession.MatchString(r.Session) {
		return &InvalidError{Field: "session", Reason: noSession}
	}
	count := len(r.Seats)
	for i, area := range r.General {
		if area.Count < 1 {
			return &InvalidError{Field: fmt.Sprintf("general[%d].count", i), Reason: "ask for at least one place"}
		}
		count += min(area.Count, 1<<20)
	}
	if count == 0 {
		return &InvalidError{Field: "seats", Reason: "choose at least one seat"}
	}
	if maxSeats > 0 && count > maxSeats {
		return tooMany(maxSeats)
	}
	return ValidateSeats(r.Seats, maxSeats)
}

// Validate reports the first thing that makes the search one that can't succeed anywhere, as *InvalidError.
func (s Search) Validate(maxSeats int) error {
	if s.PerformanceID == uuid.Nil {
		return &InvalidError{Field: "performance_id", Reason: "choose a performance"}
	}
	if !validSession.MatchString(s.Session) {
		return &InvalidError{Field: "session", Reason: noSession}
	}
	if o := s.Order; o != nil && maxSeats > 0 && o.Spaces+o.Companions+o.Seats > maxSeats {
		return tooMany(maxSeats)
	}
	return nil
}

const noSession = "no session: please allow cookies and load the page again"

func tooMany(most int) error {
	return &InvalidError{Field: "seats", Reason: fmt.Sprintf("at most %d seats can be held at a time", most)}
}

// ValidateSeats checks the form of seat IDs, that none comes twice, and that there are at most maxSeats (0: any
// number). The error is *InvalidError.
func ValidateSeats(seats []string, maxSeats int) error {
	if maxSeats > 0 && len(seats) > maxSeats {
		return tooMany(maxSeats)
	}
	seen := make(map[string]bool, len(seats))
	for i, seat := range seats {
		field := fmt.Sprintf("seats[%d]", i)
		if !validSeat.MatchString(seat) {
			return &InvalidError{Field: field, Reason: "that is not a seat"}
		}
		if seen[seat] {
			return &InvalidError{Field: field, Reason: fmt.Sprintf("seat %s is asked for twice", seat)}
		}
		seen[seat] = true
	}
	return nil
}
