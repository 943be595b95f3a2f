package holdredis_test

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"sync/atomic"
	"testing"

	"github.com/google/uuid"

	"github.com/stagedoor/stagedoor/origin/hold"
	"github.com/stagedoor/stagedoor/origin/hold/holdredis"
	"github.com/stagedoor/stagedoor/origin/hold/holdredis/redistest"
	"github.com/stagedoor/stagedoor/origin/hold/holdtest"
)

func benchStore(b *testing.B) *holdredis.Store {
	b.Helper()
	store, err := holdredis.New(holdredis.Config{Client: redistest.Client(b), Sold: &holdtest.Judge{}, Logger: slog.New(slog.NewTextHandler(io.Discard, nil))})
	if err != nil {
		b.Fatal(err)
	}
	return store
}

// BenchmarkAcquire takes two seats and gives them back, each caller its own, over ten performances.
func BenchmarkAcquire(b *testing.B) {
	store := benchStore(b)
	var performances [10]uuid.UUID
	for i := range performances {
		performances[i] = uuid.New()
	}
	var callers atomic.Int64
	b.SetParallelism(32)
	b.RunParallel(func(pb *testing.PB) {
		n := callers.Add(1)
		session, seats := fmt.Sprint(n), []string{fmt.Sprintf("A-%d", 2*n), fmt.Sprintf("A-%d", 2*n+1)}
		for i := 0; pb.Next(); i++ {
			h, err := store.Acquire(context.Background(), hold.Request{PerformanceID: performances[i%len(performances)], Session: session, Seats: seats})
			if err == nil {
				err = store.Release(context.Background(), h.ID, session)
			}
			if err != nil {
				b.Error(err)
				return
			}
		}
	})
}

// BenchmarkSnapshot reads a house of 2,000 sold seats with 64 callers at a time, who share readings.
func BenchmarkSnapshot(b *testing.B) {
	store, performance := benchStore(b), uuid.New()
	if _, err := store.Snapshot(b.Context(), performance); err != nil {
		b.Fatal(err)
	}
	seats := make([]string, 2000)
	for i := range seats {
		seats[i] = fmt.Sprintf("stalls-A-%d", i)
	}
	if err := store.MarkSold(b.Context(), performance, "", seats); err != nil {
		b.Fatal(err)
	}
	b.SetParallelism(32)
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			if _, err := store.Snapshot(context.Background(), performance); err != nil {
				b.Error(err)
				return
			}
		}
	})
}
