package holdredis

import (
	"context"
	"fmt"
	"strconv"

	"github.com/google/uuid"
	"github.com/redis/go-redis/v9"

	"github.com/stagedoor/stagedoor/origin/hold"
)

// Live counts the holds that are in time, by performance. It looks at every performance with holds; it is for people
// who look at a page, not for every request.
func (s *Store) Live(ctx context.Context) (map[uuid.UUID]int, error) {
	names, err := s.cfg.Client.ZRange(ctx, index, 0, -1).Result()
	if err != nil {
		return nil, fmt.Errorf("%w: count holds: %w", hold.ErrUnavailable, err)
	}
	after := "(" + strconv.FormatInt(s.clock().UnixMilli(), 10)
	counts := make(map[uuid.UUID]*redis.IntCmd, len(names))
	_, err = s.cfg.Client.Pipelined(ctx, func(p redis.Pipeliner) error {
		for _, name := range names {
			if id, err := uuid.Parse(name); err == nil {
				counts[id] = p.ZCount(ctx, tag(id)+"due", after, "+inf")
			}
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("%w: count holds: %w", hold.ErrUnavailable, err)
	}
	live := make(map[uuid.UUID]int, len(counts))
	for id, count := range counts {
		if n := int(count.Val()); n > 0 {
			live[id] = n
		}
	}
	return live, nil
}
