package show

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/google/uuid"

	"github.com/stagedoor/stagedoor/origin/venue"
)

func TestPlanCacheLoadsOnce(t *testing.T) {
	c := planCache{most: 2}
	var loads atomic.Int32
	gate := make(chan struct{})
	id := uuid.New()
	var all sync.WaitGroup
	for range 32 {
		all.Go(func() {
			plan, err := c.get(t.Context(), id, func(context.Context) (*venue.Plan, error) {
				loads.Add(1)
				<-gate
				return &venue.Plan{ID: id}, nil
			})
			if err != nil || plan.ID != id {
				t.Errorf("plan %v, %v", plan, err)
			}
		})
	}
	close(gate)
	all.Wait()
	if loads.Load() != 1 {
		t.Errorf("loaded %d times", loads.Load())
	}
}

func TestPlanCacheIsBounded(t *testing.T) {
	c := planCache{most: 2}
	loads := map[uuid.UUID]int{}
	get := func(id uuid.UUID) {
		t.Helper()
		_, err := c.get(t.Context(), id, func(context.Context) (*venue.Plan, error) {
			loads[id]++
			return &venue.Plan{}, nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	a, b, other := uuid.New(), uuid.New(), uuid.New()
	for _, id := range []uuid.UUID{a, b, a, other, a, b} { // other drives out b, the least recently used
		get(id)
	}
	if len(c.plans) != 2 || loads[a] != 1 || loads[b] != 2 || loads[other] != 1 {
		t.Errorf("%d plans kept; loaded a %d, b %d, other %d times", len(c.plans), loads[a], loads[b], loads[other])
	}
}

func TestPlanCacheForgetsFailures(t *testing.T) {
	c := planCache{most: 2}
	id, failed := uuid.New(), errors.New("down")
	if _, err := c.get(t.Context(), id, func(context.Context) (*venue.Plan, error) { return nil, failed }); !errors.Is(err, failed) {
		t.Errorf("err = %v", err)
	}
	plan, err := c.get(t.Context(), id, func(context.Context) (*venue.Plan, error) { return &venue.Plan{Name: "up"}, nil })
	if err != nil || plan.Name != "up" {
		t.Errorf("plan %v, %v", plan, err)
	}
}

// The reader who came first leaves; those who wait for the same load still get the plan.
func TestPlanCacheOutlivesTheFirstReader(t *testing.T) {
	c := planCache{most: 2}
	id, gate, begun := uuid.New(), make(chan struct{}), make(chan struct{})
	load := func(ctx context.Context) (*venue.Plan, error) {
		close(begun)
		<-gate
		return &venue.Plan{}, ctx.Err()
	}
	ctx, leave := context.WithCancel(t.Context())
	first := make(chan error)
	go func() {
		_, err := c.get(ctx, id, load)
		first <- err
	}()
	<-begun
	leave()
	if err := <-first; !errors.Is(err, context.Canceled) {
		t.Errorf("the first reader got %v", err)
	}
	close(gate)
	if _, err := c.get(t.Context(), id, load); err != nil {
		t.Errorf("the second reader got %v", err)
	}
}
