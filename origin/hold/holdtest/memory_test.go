package holdtest_test

import (
	"sync/atomic"
	"testing"
	"time"

	"github.com/stagedoor/stagedoor/origin/hold/holdtest"
)

func TestMemory(t *testing.T) {
	t.Parallel()
	holdtest.Run(t, func(t *testing.T) holdtest.House {
		start := time.Now()
		var passed atomic.Int64
		judge := &holdtest.Judge{}
		memory := holdtest.NewMemory(holdtest.Config{TTL: time.Minute, MaxSeats: 4, Sold: judge, Clock: func() time.Time {
			return start.Add(time.Duration(passed.Load()))
		}})
		return holdtest.House{Store: memory, Feed: memory, Judge: judge, TTL: time.Minute, Most: 4, Advance: func(d time.Duration) {
			passed.Add(int64(d))
			memory.Sweep(t.Context())
		}}
	})
}
