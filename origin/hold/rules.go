package hold

import (
	"fmt"
	"strings"
	"time"

	"github.com/stagedoor/stagedoor/origin/hold/seating"
	"github.com/stagedoor/stagedoor/origin/venue"
)

// open returns an *InvalidError unless the performance is on sale.
func (s Sale) open(now time.Time) error {
	switch {
	case s.Cancelled:
		return &InvalidError{Field: "performance_id", Reason: "this performance is cancelled"}
	case now.Before(s.OpensAt):
		return &InvalidError{Field: "performance_id", Reason: "this performance is not on sale yet"}
	case !now.Before(s.ClosesAt):
		return &InvalidError{Field: "performance_id", Reason: "this performance is no longer on sale"}
	}
	return nil
}

// released says whether accessible places are sold to everybody.
func (s Sale) released(now time.Time) bool { return !now.Before(s.AccessibleFrom) }

// complete checks a request against the plan and the rules about choices as a whole, and adds what the store needs to
// apply the rule that depends on what is free.
func (s Sale) complete(request *Request, now time.Time) error {
	accessible := false
	for i, seat := range request.Seats {
		place, ok := s.Seating.Place(seat)
		if !ok {
			return &InvalidError{Field: fmt.Sprintf("seats[%d]", i), Reason: fmt.Sprintf("there is no seat %s in this house", seat)}
		}
		accessible = accessible || place.Accessible()
	}
	areas := make([]AnyOf, len(request.General))
	for i, area := range request.General {
		area.Places = s.Seating.General(area.Section)
		if len(area.Places) == 0 {
			return &InvalidError{Field: fmt.Sprintf("general[%d].section", i), Reason: "every seat there has a number: choose one"}
		}
		for _, other := range areas[:i] {
			if other.Section == area.Section {
				return &InvalidError{Field: fmt.Sprintf("general[%d].section", i), Reason: "is asked for twice"}
			}
		}
		areas[i] = area
	}
	request.General, request.Blocks = areas, nil
	released := s.released(now)
	if accessible && !released && request.Channel != BoxOffice {
		if err := s.forThoseWhoNeedThem(*request); err != nil {
			return err
		}
	}
	late := !s.LoneSeatsFrom.IsZero() && !now.Before(s.LoneSeatsFrom)
	if !late && !(accessible && !released) { // a party with a wheelchair user sits where there is a space
		request.Blocks = s.Seating.Blocks(request.Seats, released)
	}
	return nil
}

// forThoseWhoNeedThem refuses accessible places to those who do not say that they need them, and companions' seats to
// more people than there are to accompany.
func (s Sale) forThoseWhoNeedThem(request Request) error {
	type row struct{ section, label string }
	spaces := map[row]int{}
	for i, seat := range request.Seats {
		place, _ := s.Seating.Place(seat)
		if place.Accessible() && !request.Accessible {
			return &InvalidError{Field: fmt.Sprintf("seats[%d]", i), Reason: place.Name() + " is kept for wheelchair users and their companions; if somebody in your party uses a wheelchair, say so and it is yours"}
		}
		if place.Kind == venue.Wheelchair {
			spaces[row{place.Section, place.Row}]++
		}
	}
	for i, seat := range request.Seats {
		place, _ := s.Seating.Place(seat)
		if place.Kind != venue.Companion {
			continue
		}
		if at := (row{place.Section, place.Row}); spaces[at] > 0 {
			spaces[at]--
			continue
		}
		return &InvalidError{Field: fmt.Sprintf("seats[%d]", i), Reason: place.Name() + " is for the companion of a wheelchair user: choose the space beside it as well"}
	}
	return nil
}

// moveAlong says what to do about seats left alone.
func (s Sale) moveAlong(e *AloneError) string {
	one, it := "one seat", "it"
	if len(e.Seats) > 1 {
		one, it = "single seats", "them"
	}
	reason := fmt.Sprintf("That would leave %s between others: %s. Take %s as well", one, names(s.Seating, e.Seats), it)
	if len(e.Instead) > 0 {
		reason += ", or take " + names(s.Seating, e.Instead) + " instead"
	}
	return reason + "."
}

// names says seats as people do: "Stalls F12 and Stalls F13".
func names(house *seating.Seating, seats []string) string {
	words := make([]string, len(seats))
	for i, seat := range seats {
		words[i] = seat
		if place, ok := house.Place(seat); ok {
			words[i] = place.Name()
		}
	}
	if last := len(words) - 1; last > 0 {
		return strings.Join(words[:last], ", ") + " and " + words[last]
	}
	return strings.Join(words, "")
}
