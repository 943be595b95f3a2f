package booking

import (
	"context"
	"sync"
	"time"

	"github.com/google/uuid"

	"github.com/stagedoor/stagedoor/origin/show"
	"github.com/stagedoor/stagedoor/origin/venue"
)

// recallFor is how late booking notices that a performance was cancelled or its prices changed, or twice that for those who
// ask while somebody looks. Holds are as late.
const recallFor = time.Second

// recall remembers for a moment what is sold, as on a busy morning everybody asks for the same few performances. Where
// every seat of a plan stands is worked out once: a plan never changes.
type recall struct {
	Shows
	now func() time.Time

	mu      sync.Mutex
	known   map[uuid.UUID]recalled
	indexes map[*venue.Plan]map[string]venue.Located
}

type recalled struct {
	show.Detail
	at      time.Time
	looking bool // somebody is
}

// Performance implements Shows.
func (r *recall) Performance(ctx context.Context, id uuid.UUID) (show.Detail, error) {
	now := r.now()
	if known, ok := r.recent(id, now); ok {
		return known, nil
	}
	detail, err := r.Shows.Performance(ctx, id)
	if err != nil {
		r.mu.Lock()
		defer r.mu.Unlock()
		delete(r.known, id)
		return detail, err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.known == nil || len(r.known) >= 10_000 {
		r.known = map[uuid.UUID]recalled{}
	}
	r.known[id] = recalled{Detail: detail, at: now}
	return detail, nil
}

// forget has whoever asks for a performance next look.
func (r *recall) forget(id uuid.UUID) {
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.known, id)
}

// recent is what is known of a performance, unless it is time that the caller looked.
func (r *recall) recent(id uuid.UUID, now time.Time) (show.Detail, bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	known, ok := r.known[id]
	age := now.Sub(known.at)
	switch {
	case !ok || age < 0 || age >= 2*recallFor:
		return show.Detail{}, false
	case age < recallFor || known.looking:
		return known.Detail, true
	}
	known.looking = true
	r.known[id] = known
	return show.Detail{}, false
}

// index is plan.Index(), which must not be changed.
func (r *recall) index(plan *venue.Plan) map[string]venue.Located {
	r.mu.Lock()
	defer r.mu.Unlock()
	if found, ok := r.indexes[plan]; ok {
		return found
	}
	if r.indexes == nil || len(r.indexes) >= 64 {
		r.indexes = map[*venue.Plan]map[string]venue.Located{}
	}
	made := plan.Index()
	r.indexes[plan] = made
	return made
}
