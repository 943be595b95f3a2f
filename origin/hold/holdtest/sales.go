package holdtest

import (
	"context"
	"sync"

	"github.com/google/uuid"

	"github.com/stagedoor/stagedoor/origin/hold"
	"github.com/stagedoor/stagedoor/origin/hold/seating"
	"github.com/stagedoor/stagedoor/origin/venue"
)

// Sales is a hold.Plans made of a function.
type Sales func(ctx context.Context, performanceID uuid.UUID) (hold.Sale, error)

// Sale implements hold.Plans.
func (s Sales) Sale(ctx context.Context, performanceID uuid.UUID) (hold.Sale, error) {
	return s(ctx, performanceID)
}

// Seatings works plans out, each once.
type Seatings struct{ known sync.Map }

// Of returns the seating of a plan, which must not change.
func (s *Seatings) Of(plan *venue.Plan) *seating.Seating {
	if known, ok := s.known.Load(plan); ok {
		return known.(*seating.Seating)
	}
	known, _ := s.known.LoadOrStore(plan, seating.New(plan))
	return known.(*seating.Seating)
}
