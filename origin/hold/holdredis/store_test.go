package holdredis_test

import (
	"context"
	"io"
	"log/slog"
	"sync/atomic"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/stagedoor/stagedoor/origin/hold/holdredis"
	"github.com/stagedoor/stagedoor/origin/hold/holdredis/redistest"
	"github.com/stagedoor/stagedoor/origin/hold/holdtest"
)

const (
	ttl  = time.Minute
	most = 4
)

// start makes a store as one process has it and runs it until the test ends.
func start(t *testing.T, client redis.UniversalClient, change func(*holdredis.Config)) *holdredis.Store {
	t.Helper()
	cfg := holdredis.Config{
		Client: client, Sold: &holdtest.Judge{}, TTL: ttl, MaxSeats: most, SweepEvery: 20 * time.Millisecond, SubscribeWithin: time.Minute,
		Logger: slog.New(slog.NewTextHandler(io.Discard, nil)),
	}
	if change != nil {
		change(&cfg)
	}
	store, err := holdredis.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() { defer close(done); store.Run(ctx) }()
	t.Cleanup(func() { cancel(); <-done })
	return store
}

// TestContract runs the suite of package holdtest, each test on a clock and so on a Redis of its own: every process that
// shares one ends the holds of all.
func TestContract(t *testing.T) {
	t.Parallel()
	for name, client := range map[string]func(*testing.T) redis.UniversalClient{
		"one server": func(t *testing.T) redis.UniversalClient { return redistest.Client(t) },
		"cluster":    func(t *testing.T) redis.UniversalClient { return redistest.Cluster(t) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			holdtest.Run(t, func(t *testing.T) holdtest.House { return house(t, client(t)) })
		})
	}
}

func house(t *testing.T, client redis.UniversalClient) holdtest.House {
	began := time.Now()
	var passed atomic.Int64
	judge := &holdtest.Judge{}
	store := start(t, client, func(cfg *holdredis.Config) {
		cfg.Sold = judge
		cfg.Clock = func() time.Time { return began.Add(time.Duration(passed.Load())) }
	})
	return holdtest.House{Store: store, Feed: store, Judge: judge, TTL: ttl, Most: most, Advance: func(d time.Duration) { passed.Add(int64(d)) }}
}
