package holdredis

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/google/uuid"

	"github.com/stagedoor/stagedoor/origin/hold"
)

// Snapshot implements hold.Store. Callers that come while one is being read share the next one, so a crowd costs Redis
// two readings at a time and nobody is given a state older than their question. They must not change the map.
func (s *Store) Snapshot(ctx context.Context, performanceID uuid.UUID) (hold.Snapshot, error) {
	return s.snapshots.do(ctx, performanceID, func(ctx context.Context) (hold.Snapshot, error) {
		answer, err := s.withSold(ctx, performanceID, func() ([]string, error) {
			return s.run(ctx, snapshotScript, performanceID, nil, idle.Milliseconds())
		})
		if err != nil {
			return hold.Snapshot{}, err
		}
		if len(answer) != 5 {
			return hold.Snapshot{}, fmt.Errorf("holdredis: an answer of %d words", len(answer))
		}
		seq, err := strconv.ParseInt(answer[1], 10, 64)
		if err != nil {
			return hold.Snapshot{}, fmt.Errorf("holdredis: sequence number: %w", err)
		}
		seats := make(map[string]hold.SeatState, len(answer[2]+answer[3]+answer[4])/8)
		for i, state := range []hold.SeatState{hold.Sold, hold.Held, hold.Withheld} {
			for seat := range strings.FieldsSeq(answer[2+i]) {
				seats[seat] = state
			}
		}
		return hold.Snapshot{Seq: seq, Seats: seats}, nil
	})
}

// coalescer lets callers with the same key share the work, but only work that began after they asked.
type coalescer[K comparable, V any] struct {
	mu      sync.Mutex
	current map[K]*round[V]
}

// round is one piece of shared work; next collects those who came while it was being done.
type round[V any] struct {
	done  chan struct{}
	value V
	err   error
	next  *round[V]
}

func (c *coalescer[K, V]) do(ctx context.Context, key K, work func(context.Context) (V, error)) (V, error) {
	c.mu.Lock()
	if c.current == nil {
		c.current = make(map[K]*round[V])
	}
	mine := c.current[key]
	switch {
	case mine == nil:
		mine = &round[V]{done: make(chan struct{})}
		c.current[key] = mine
		go c.run(ctx, key, mine, work)
	case mine.next == nil:
		mine.next = &round[V]{done: make(chan struct{})}
		mine = mine.next
	default:
		mine = mine.next
	}
	c.mu.Unlock()
	select {
	case <-mine.done:
		return mine.value, mine.err
	case <-ctx.Done():
		var zero V
		return zero, fmt.Errorf("%w: %w", hold.ErrUnavailable, ctx.Err())
	}
}

// run does the rounds of a key one after another until nobody waits.
func (c *coalescer[K, V]) run(ctx context.Context, key K, r *round[V], work func(context.Context) (V, error)) {
	for r != nil {
		shared, cancel := context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second)
		r.value, r.err = work(shared)
		cancel()
		c.mu.Lock()
		close(r.done)
		if r = r.next; r != nil {
			c.current[key] = r
		} else {
			delete(c.current, key)
		}
		c.mu.Unlock()
	}
}
