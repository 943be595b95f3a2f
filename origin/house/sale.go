package house

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/google/uuid"

	"github.com/stagedoor/stagedoor/origin/hold"
	"github.com/stagedoor/stagedoor/origin/hold/seating"
	"github.com/stagedoor/stagedoor/origin/show"
)

const (
	saleKept  = 5 * time.Second // how late a cancellation or a new on-sale is noticed by holds
	mostSales = 10_000          // performances remembered at a time
	mostPlans = 64
)

// sales tells holds what is for sale, from memory: it is asked before every hold.
type sales struct {
	shows *show.Repository
	now   func() time.Time
	// How long before a performance seats may be left alone, and accessible places are sold to everybody.
	loneSeats, accessible time.Duration

	mu    sync.Mutex
	known map[uuid.UUID]knownSale
	plans map[uuid.UUID]*seating.Seating
}

type knownSale struct {
	hold.Sale
	at time.Time
}

// Sale implements hold.Plans.
func (s *sales) Sale(ctx context.Context, performance uuid.UUID) (hold.Sale, error) {
	s.mu.Lock()
	known, found := s.known[performance]
	s.mu.Unlock()
	if found && s.now().Sub(known.at) < saleKept {
		return known.Sale, nil
	}
	detail, err := s.shows.Performance(ctx, performance)
	if errors.Is(err, show.ErrNotFound) {
		return hold.Sale{}, hold.ErrUnknownPerformance
	}
	if err != nil {
		return hold.Sale{}, err
	}
	house, err := s.seating(ctx, detail.PlanID)
	if err != nil {
		return hold.Sale{}, err
	}
	sale := hold.Sale{
		OpensAt: detail.OnSaleAt, ClosesAt: detail.StartsAt, Seating: house, Cancelled: detail.Status == show.Cancelled,
		LoneSeatsFrom: detail.StartsAt.Add(-s.loneSeats), AccessibleFrom: detail.StartsAt.Add(-s.accessible),
	}
	if detail.Status == show.Scheduled { // announced without an on-sale that holds
		sale.OpensAt = detail.StartsAt
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.known) >= mostSales {
		clear(s.known)
	}
	s.known[performance] = knownSale{sale, s.now()}
	return sale, nil
}

// seating works a plan out once: it never changes.
func (s *sales) seating(ctx context.Context, id uuid.UUID) (*seating.Seating, error) {
	s.mu.Lock()
	house, found := s.plans[id]
	s.mu.Unlock()
	if found {
		return house, nil
	}
	plan, err := s.shows.Plan(ctx, id)
	if err != nil {
		return nil, err
	}
	house = seating.New(plan)
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.plans) >= mostPlans {
		clear(s.plans)
	}
	s.plans[id] = house
	return house, nil
}
