package api

import (
	"context"
	"sync"
	"time"

	"golang.org/x/sync/singleflight"
)

// recent keeps what was read a moment ago, so that a crowd reading the same thing costs one reading. Values are
// shared: callers must not change them. Errors are not kept.
type recent[V any] struct {
	keep time.Duration
	most int // entries; when there are more, all are forgotten
	now  func() time.Time

	flights singleflight.Group
	mu      sync.RWMutex
	entries map[string]kept[V]
}

type kept[V any] struct {
	value V
	until time.Time
}

func (c *recent[V]) get(ctx context.Context, key string, read func(context.Context) (V, error)) (V, error) {
	c.mu.RLock()
	entry, found := c.entries[key]
	c.mu.RUnlock()
	if found && c.now().Before(entry.until) {
		return entry.value, nil
	}
	// The reading belongs to all who wait for it: it does not end with the request that came first.
	flight := c.flights.DoChan(key, func() (any, error) {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), handlerPatience)
		defer cancel()
		value, err := read(ctx)
		if err == nil {
			c.put(key, value)
		}
		return value, err
	})
	select {
	case result := <-flight:
		value, _ := result.Val.(V)
		return value, result.Err
	case <-ctx.Done():
		var none V
		return none, ctx.Err()
	}
}

func (c *recent[V]) put(key string, value V) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.entries == nil || len(c.entries) >= c.most {
		c.entries = make(map[string]kept[V])
	}
	c.entries[key] = kept[V]{value, c.now().Add(c.keep)}
}
