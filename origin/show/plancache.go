package show

import (
	"context"
	"sync"
	"time"

	"github.com/google/uuid"

	"github.com/stagedoor/stagedoor/origin/venue"
)

// mostPlans bounds the plans kept in memory. A plan of 2,000 seats takes about 400 KB.
const mostPlans = 64

// planTimeout bounds the reading of one plan.
const planTimeout = 10 * time.Second

// planCache keeps plans by ID, the least recently used leaving first. Readers of a plan that is being loaded wait
// for that load; a failed load is forgotten, and the next reader tries again.
type planCache struct {
	most int

	mu    sync.Mutex
	clock int64
	plans map[uuid.UUID]*cachedPlan
}

type cachedPlan struct {
	used  int64
	ready chan struct{} // closed when plan and err are set
	plan  *venue.Plan
	err   error
}

// get returns the plan kept under id, or what load returns. A waiting reader gives up when its ctx ends; load
// itself runs on, detached from the reader that happened to come first, so that others don't inherit its end.
func (c *planCache) get(
	ctx context.Context, id uuid.UUID, load func(context.Context) (*venue.Plan, error),
) (*venue.Plan, error) {
	c.mu.Lock()
	c.clock++
	entry, found := c.plans[id]
	if !found {
		entry = &cachedPlan{ready: make(chan struct{})}
		if c.plans == nil {
			c.plans = make(map[uuid.UUID]*cachedPlan)
		}
		c.plans[id] = entry
		c.evict(id)
		go c.fill(context.WithoutCancel(ctx), id, entry, load)
	}
	entry.used = c.clock
	c.mu.Unlock()

	select {
	case <-entry.ready:
		return entry.plan, entry.err
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

func (c *planCache) fill(
	ctx context.Context, id uuid.UUID, entry *cachedPlan, load func(context.Context) (*venue.Plan, error),
) {
	ctx, cancel := context.WithTimeout(ctx, planTimeout)
	defer cancel()
	entry.plan, entry.err = load(ctx)
	if entry.err != nil {
		c.mu.Lock()
		if c.plans[id] == entry {
			delete(c.plans, id)
		}
		c.mu.Unlock()
	}
	close(entry.ready)
}

// evict makes room, sparing the newcomer. The caller holds the lock.
func (c *planCache) evict(newcomer uuid.UUID) {
	for len(c.plans) > c.most {
		var oldest uuid.UUID
		var used int64
		for id, entry := range c.plans {
			if id != newcomer && (oldest == uuid.Nil || entry.used < used) {
				oldest, used = id, entry.used
			}
		}
		delete(c.plans, oldest)
	}
}
