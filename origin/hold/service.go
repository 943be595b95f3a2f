package hold

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"
)

// Place is what the rules need to know of a seat.
type Place struct {
	Section string
	Row     string
	Kind    string // "standard", "wheelchair", "companion": see package venue
}

// Sale is what may be sold of a performance, and when.
type Sale struct {
	OpensAt   time.Time        // the on-sale
	ClosesAt  time.Time        // no holds from here on; the curtain, say
	Cancelled bool             // never mind the times
	Places    map[string]Place // by seat ID; shared, never changed
}

// ErrUnknownPerformance says that there is no such performance.
var ErrUnknownPerformance = errors.New("hold: no such performance")

// Plans knows the performances. Sale returns ErrUnknownPerformance for one that does not exist. It is asked before every
// hold, so it should answer from memory.
type Plans interface {
	Sale(ctx context.Context, performanceID uuid.UUID) (Sale, error)
}

// Service is the Store and Feed as buyers may use them: seats that exist, of performances that are on sale.
type Service struct {
	Store
	Feed
	Plans Plans
	Clock func() time.Time // nil: time.Now
	// Admit returns a *RoomError while a waiting room keeps the visitor from holding seats of a performance. Nil: there
	// are no waiting rooms.
	Admit func(ctx context.Context, performanceID uuid.UUID) error
}

// RoomError says that a waiting room is before the performance and has not let the visitor in.
type RoomError struct {
	Room, Name string
	URL        string // where it lets them in
}

func (e *RoomError) Error() string { return "hold: the waiting room " + e.Room + " is before it" }

// Acquire checks the request against the plan, the sale and the waiting room, then takes the seats. Besides the errors
// of Store.Acquire it returns ErrUnknownPerformance and *RoomError.
func (s *Service) Acquire(ctx context.Context, request Request) (Hold, error) {
	if err := request.Validate(0); err != nil {
		return Hold{}, err
	}
	sale, err := s.Plans.Sale(ctx, request.PerformanceID)
	if err != nil {
		return Hold{}, fmt.Errorf("hold: the sale of %s: %w", request.PerformanceID, err)
	}
	now := time.Now
	if s.Clock != nil {
		now = s.Clock
	}
	if err := sale.check(request, now()); err != nil {
		return Hold{}, err
	}
	if s.Admit != nil {
		if err := s.Admit(ctx, request.PerformanceID); err != nil {
			return Hold{}, fmt.Errorf("hold: admission to %s: %w", request.PerformanceID, err)
		}
	}
	return s.Store.Acquire(ctx, request)
}

// check applies the rules of the sale. Rules about a choice as a whole (seats left alone, companions) belong here too.
func (s Sale) check(request Request, now time.Time) error {
	switch {
	case s.Cancelled:
		return &InvalidError{Field: "performance_id", Reason: "this performance is cancelled"}
	case now.Before(s.OpensAt):
		return &InvalidError{Field: "performance_id", Reason: "this performance is not on sale yet"}
	case !now.Before(s.ClosesAt):
		return &InvalidError{Field: "performance_id", Reason: "this performance is no longer on sale"}
	}
	for i, seat := range request.Seats {
		if _, ok := s.Places[seat]; !ok {
			return &InvalidError{Field: fmt.Sprintf("seats[%d]", i), Reason: fmt.Sprintf("there is no seat %s in this house", seat)}
		}
	}
	return nil
}
