package hold

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"

	"github.com/stagedoor/stagedoor/origin/hold/seating"
)

// Sale is what may be sold of a performance, and when.
type Sale struct {
	OpensAt   time.Time        // the on-sale
	ClosesAt  time.Time        // no holds from here on; the curtain, say
	Cancelled bool             // never mind the times
	Seating   *seating.Seating // shared, never changed
	// LoneSeatsFrom is when seats may be left alone between others: late, when an odd seat sold beats one that is not.
	// Zero: never.
	LoneSeatsFrom time.Time
	// AccessibleFrom is when accessible places are released to everybody. Until then they are for parties with a wheelchair
	// user. Zero: from the start.
	AccessibleFrom time.Time
}

// ErrUnknownPerformance says that there is no such performance.
var ErrUnknownPerformance = errors.New("hold: no such performance")

// Plans knows the performances. Sale returns ErrUnknownPerformance for one that does not exist. It is asked before every
// hold, so it should answer from memory.
type Plans interface {
	Sale(ctx context.Context, performanceID uuid.UUID) (Sale, error)
}

// Service is the Store and Feed as buyers may use them: places that exist, of performances that are on sale, by the rules
// of the house. Every channel goes through it.
type Service struct {
	Store
	Feed
	Finder Finder
	Plans  Plans
	Clock  func() time.Time // nil: time.Now
	// Admit returns a *RoomError while a waiting room keeps the visitor from holding seats of a performance. Nil: there
	// are no waiting rooms. The box office does not queue.
	Admit func(ctx context.Context, performanceID uuid.UUID) error
}

// RoomError says that a waiting room is before the performance and has not let the visitor in.
type RoomError struct {
	Room, Name string
	URL        string // where it lets them in
}

func (e *RoomError) Error() string { return "hold: the waiting room " + e.Room + " is before it" }

// Acquire checks the request against the plan, the sale, the waiting room and the rules about choices, then takes the
// places. Besides the errors of Store.Acquire it returns ErrUnknownPerformance, *RoomError and *AloneError.
func (s *Service) Acquire(ctx context.Context, request Request) (Hold, error) {
	if err := request.Validate(0); err != nil {
		return Hold{}, err
	}
	sale, now, err := s.sale(ctx, request.PerformanceID)
	if err != nil {
		return Hold{}, err
	}
	if err := sale.complete(&request, now); err != nil {
		return Hold{}, err
	}
	if err := s.admit(ctx, request.PerformanceID, request.Channel); err != nil {
		return Hold{}, err
	}
	kept, err := s.Store.Acquire(ctx, request)
	var alone *AloneError
	if errors.As(err, &alone) {
		alone.Reason = sale.moveAlong(alone)
	}
	return kept, err
}

// BestRequest asks for the best places that fulfil a wish.
type BestRequest struct {
	PerformanceID uuid.UUID
	Session       string
	Channel       Channel
	For           time.Duration
	Wish          seating.Wish // whether accessible places are released is for the sale to say
}

// Best takes the best places there are for a wish. Besides the errors of Finder.Best it returns those of Acquire.
func (s *Service) Best(ctx context.Context, request BestRequest) (Hold, error) {
	search := Search{PerformanceID: request.PerformanceID, Session: request.Session, Channel: request.Channel, For: request.For}
	if err := search.Validate(0); err != nil {
		return Hold{}, err
	}
	wish := request.Wish
	if wish.Count < 1 {
		return Hold{}, &InvalidError{Field: "count", Reason: "ask for at least one seat"}
	}
	if wish.Spaces < 0 || wish.Spaces > wish.Count {
		return Hold{}, &InvalidError{Field: "wheelchairs", Reason: "there can't be more wheelchairs than people"}
	}
	sale, now, err := s.sale(ctx, request.PerformanceID)
	if err != nil {
		return Hold{}, err
	}
	if err := s.admit(ctx, request.PerformanceID, request.Channel); err != nil {
		return Hold{}, err
	}
	wish.Released = sale.released(now)
	search.Order = sale.Seating.Order(wish)
	return s.Finder.Best(ctx, search)
}

// sale reads the sale of a performance and returns an *InvalidError unless it is open now.
func (s *Service) sale(ctx context.Context, performanceID uuid.UUID) (Sale, time.Time, error) {
	now := time.Now
	if s.Clock != nil {
		now = s.Clock
	}
	at := now()
	sale, err := s.Plans.Sale(ctx, performanceID)
	if err != nil {
		return sale, at, fmt.Errorf("hold: the sale of %s: %w", performanceID, err)
	}
	return sale, at, sale.open(at)
}

// admit asks whoever else has a say about a buyer.
func (s *Service) admit(ctx context.Context, performanceID uuid.UUID, channel Channel) error {
	if channel == BoxOffice || s.Admit == nil {
		return nil
	}
	if err := s.Admit(ctx, performanceID); err != nil {
		return fmt.Errorf("hold: admission to %s: %w", performanceID, err)
	}
	return nil
}
