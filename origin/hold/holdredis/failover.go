package holdredis

import (
	"context"
	"maps"
	"slices"
	"strings"
	"sync"

	"github.com/google/uuid"
	"github.com/redis/go-redis/v9"
)

// What Redis acknowledged last may be missing after a failover or a restart: the server that goes on had not heard of it.
// Lost holds are only lost, but a seat whose sale was lost would be shown as free, and refused to whoever orders it. So
// when a server answers that did not before, every performance it knows is compared with the judge.

// servers remembers who answered.
type servers struct {
	mu    sync.Mutex
	known map[string]bool // run IDs; nil until the first look
}

// changed notes who answers and reports whether somebody does who did not before. The first look is none: what is read then
// is all there is.
func (s *servers) changed(ids []string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	first, fresh := s.known == nil, false
	for _, id := range ids {
		fresh = fresh || !s.known[id]
	}
	if first || fresh {
		s.known = map[string]bool{}
	}
	for _, id := range ids {
		s.known[id] = true
	}
	return fresh && !first
}

// forget makes the next look find what this one found: the comparison did not come to its end.
func (s *servers) forget(ids []string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, id := range ids {
		delete(s.known, id)
	}
}

// lookForFailover compares everything with the judge if Redis is another server than at the last look.
func (w *sweeper) lookForFailover(ctx context.Context) {
	ids, err := runIDs(ctx, w.store.cfg.Client)
	if err != nil || len(ids) == 0 || !w.servers.changed(ids) {
		return
	}
	corrected, compared, err := w.store.ReconcileAll(ctx)
	if err != nil {
		if ctx.Err() == nil {
			w.servers.forget(ids)
			w.store.cfg.Logger.WarnContext(ctx, "Redis is another server now, and what it knows could not be compared; it is tried again", "error", err)
		}
		return
	}
	w.store.cfg.Logger.WarnContext(ctx, "Redis is another server now: what it knows was compared with what is sold", "performances", compared, "seats_corrected", corrected)
}

// ReconcileAll is Reconcile for every performance that Redis knows.
func (s *Store) ReconcileAll(ctx context.Context) (corrected, compared int, err error) {
	found := map[uuid.UUID]bool{}
	err = eachMaster(ctx, s.cfg.Client, func(ctx context.Context, node redis.Cmdable) error {
		keys := node.Scan(ctx, 0, namespace+":{*}:seats", 1000).Iterator()
		for keys.Next(ctx) {
			if id, ok := performanceOfKey(keys.Val()); ok {
				found[id] = true
			}
		}
		return keys.Err()
	})
	if err != nil {
		return 0, 0, err
	}
	for _, id := range slices.Collect(maps.Keys(found)) {
		n, err := s.Reconcile(ctx, id)
		if err != nil {
			return corrected, compared, err
		}
		corrected, compared = corrected+n, compared+1
	}
	return corrected, compared, nil
}

// runIDs are the names that the servers gave themselves when they started.
func runIDs(ctx context.Context, client redis.UniversalClient) ([]string, error) {
	var ids []string
	err := eachMaster(ctx, client, func(ctx context.Context, node redis.Cmdable) error {
		info, err := node.Info(ctx, "server").Result()
		if err != nil {
			return err
		}
		for line := range strings.Lines(info) {
			if id, ok := strings.CutPrefix(strings.TrimSpace(line), "run_id:"); ok {
				ids = append(ids, id)
			}
		}
		return nil
	})
	return ids, err
}

// eachMaster calls work for each server that takes writes, one after the other.
func eachMaster(ctx context.Context, client redis.UniversalClient, work func(ctx context.Context, node redis.Cmdable) error) error {
	cluster, ok := client.(*redis.ClusterClient)
	if !ok {
		return work(ctx, client)
	}
	var mu sync.Mutex
	return cluster.ForEachMaster(ctx, func(ctx context.Context, node *redis.Client) error {
		mu.Lock()
		defer mu.Unlock()
		return work(ctx, node)
	})
}
