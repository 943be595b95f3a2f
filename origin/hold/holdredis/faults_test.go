package holdredis_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/redis/go-redis/v9"

	"github.com/stagedoor/stagedoor/origin/hold"
	"github.com/stagedoor/stagedoor/origin/hold/holdredis"
	"github.com/stagedoor/stagedoor/origin/hold/holdredis/redistest"
	"github.com/stagedoor/stagedoor/origin/hold/holdtest"
)

func acquire(t *testing.T, store hold.Store, performance uuid.UUID, session string, seats ...string) hold.Hold {
	t.Helper()
	var h hold.Hold
	until(t, "seats can be held", func() bool { // Redis may be just back
		var err error
		h, err = store.Acquire(t.Context(), hold.Request{PerformanceID: performance, Session: session, Seats: seats})
		if err != nil && !errors.Is(err, hold.ErrUnavailable) {
			t.Fatal(err)
		}
		return err == nil
	})
	return h
}

func until(t *testing.T, what string, condition func() bool) {
	t.Helper()
	for deadline := time.Now().Add(time.Minute); !condition(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("gave up waiting until %s", what)
		}
	}
}

func wantSeats(t *testing.T, store hold.Store, performance uuid.UUID, want map[string]hold.SeatState) {
	t.Helper()
	var got hold.Snapshot
	until(t, "there is a snapshot", func() bool {
		var err error
		got, err = store.Snapshot(t.Context(), performance)
		return err == nil
	})
	if !maps.Equal(got.Seats, want) {
		t.Fatalf("seats %v, want %v", got.Seats, want)
	}
}

func isClosed(t *testing.T, deltas <-chan hold.Delta) {
	t.Helper()
	deadline := time.After(time.Minute)
	for {
		select {
		case _, open := <-deltas:
			if !open {
				return
			}
		case <-deadline:
			t.Fatal("the reader was not told to start again")
		}
	}
}

// Whatever way Redis loses everything: the holds are gone, what was sold is not, tokens and sequence numbers go on
// above the old ones, and readers are told to start again.
func TestRedisEmptied(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name string
		lose func(*redistest.Server, *redis.Client)
	}{
		{"killed and emptied", func(s *redistest.Server, _ *redis.Client) { s.Kill(); s.Empty(); s.Restart() }},
		{"flushed", func(_ *redistest.Server, c *redis.Client) { c.FlushAll(context.Background()) }},
		{"seats lost alone", func(_ *redistest.Server, c *redis.Client) {
			keys, _ := c.Keys(context.Background(), "hold:*:seats").Result()
			c.Del(context.Background(), keys...)
		}},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			server := redistest.Start(t)
			judge := &holdtest.Judge{}
			store := start(t, server.Client(), func(cfg *holdredis.Config) { cfg.Sold = judge })
			performance := uuid.New()
			judge.Sell(performance, "Z-1")
			deltas, err := store.Subscribe(t.Context(), performance)
			if err != nil {
				t.Fatal(err)
			}
			paid := acquire(t, store, performance, "ada", "A-1")
			before := acquire(t, store, performance, "ben", "A-2")
			judge.Sell(performance, "A-1")
			if err := store.MarkSold(t.Context(), performance, paid.ID, paid.Seats); err != nil {
				t.Fatal(err)
			}
			seen, err := store.Snapshot(t.Context(), performance)
			if err != nil {
				t.Fatal(err)
			}

			test.lose(server, server.Client())

			isClosed(t, deltas)
			var taken *hold.TakenError
			until(t, "the sold seat is refused", func() bool {
				_, err = store.Acquire(t.Context(), hold.Request{PerformanceID: performance, Session: "cleo", Seats: []string{"A-1", "A-2"}})
				return !errors.Is(err, hold.ErrUnavailable)
			})
			if !errors.As(err, &taken) || len(taken.Seats) != 1 || taken.Seats[0] != "A-1" {
				t.Fatalf("got %v, want A-1 taken", err)
			}
			if _, err := store.Get(t.Context(), before.ID); !errors.Is(err, hold.ErrGone) {
				t.Errorf("a lost hold: %v, want ErrGone", err)
			}
			after := acquire(t, store, performance, "cleo", "A-2")
			if after.Token <= before.Token {
				t.Errorf("token %d after %d: the lost hold could pay for the seat", after.Token, before.Token)
			}
			wantSeats(t, store, performance, map[string]hold.SeatState{"Z-1": hold.Sold, "A-1": hold.Sold, "A-2": hold.Held})
			if now, err := store.Snapshot(t.Context(), performance); err != nil || now.Seq <= seen.Seq+1 {
				t.Errorf("sequence number %d after %d (%v): a reader would not see the gap", now.Seq, seen.Seq, err)
			}
			t.Logf("injected: Redis %s, with two holds and two seats sold", test.name)
			t.Logf("users saw: %v was refused, %v was free again", taken.Seats, after.Seats)
			t.Logf("found: token %d after %d", after.Token, before.Token)
		})
	}
}

// lastToken is a judge that knows the tokens as well.
type lastToken struct {
	*holdtest.Judge
	token int64
}

func (l lastToken) LastToken(context.Context, uuid.UUID) (int64, error) { return l.token, nil }

func TestTokensGrowThoughTheClockWasSetBack(t *testing.T) {
	t.Parallel()
	future := time.Now().Add(24 * time.Hour).UnixMicro()
	store := start(t, redistest.Client(t), func(cfg *holdredis.Config) { cfg.Sold = lastToken{&holdtest.Judge{}, future} })
	if h := acquire(t, store, uuid.New(), "ada", "A-1"); h.Token <= future {
		t.Errorf("token %d, %d was presented before", h.Token, future)
	}
	t.Log("injected: Redis's clock a day behind that of the tokens given before")
	t.Log("users saw: a later hold still wins")
	t.Log("found: the next token is greater")
}

// A holder whose Redis restarted with its data still holds, and readers carry on after a fresh snapshot.
func TestRedisRestarted(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t)
	store := start(t, server.Client(), nil)
	performance := uuid.New()
	deltas, err := store.Subscribe(t.Context(), performance)
	if err != nil {
		t.Fatal(err)
	}
	h := acquire(t, store, performance, "ada", "A-1")
	server.Kill()
	if _, err := store.Snapshot(t.Context(), performance); !errors.Is(err, hold.ErrUnavailable) {
		t.Errorf("while Redis is away: %v, want ErrUnavailable", err)
	}
	if _, err := store.Acquire(t.Context(), hold.Request{PerformanceID: performance, Session: "ben", Seats: []string{"A-2"}}); !errors.Is(err, hold.ErrUnavailable) {
		t.Errorf("while Redis is away: %v, want ErrUnavailable", err)
	}
	server.Restart()
	isClosed(t, deltas)
	deltas, err = store.Subscribe(t.Context(), performance)
	if err != nil {
		t.Fatal(err)
	}
	wantSeats(t, store, performance, map[string]hold.SeatState{"A-1": hold.Held})
	if _, err := store.Extend(t.Context(), h.ID, "ada"); err != nil {
		t.Errorf("the hold did not outlive the restart: %v", err)
	}
	acquire(t, store, performance, "ben", "A-2")
	if delta := <-deltas; delta.Seats["A-2"] != hold.Held {
		t.Errorf("delta %v, want A-2 held", delta)
	}
	t.Log("injected: SIGKILL of Redis, started again with its data")
	t.Log("users saw: not available while it was away; their hold afterwards")
	t.Log("found: the hold outlived it")
}

// Expiry is told by Redis's event alone and by the sweep alone.
func TestEndsAreSeenEitherWay(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name   string
		change func(*holdredis.Config)
		spoil  func(context.Context, *redis.Client)
	}{
		{"by events", func(cfg *holdredis.Config) { cfg.SweepEvery = time.Hour }, nil},
		{"by sweeping", nil, func(ctx context.Context, c *redis.Client) { c.ConfigSet(ctx, "notify-keyspace-events", "") }},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			client := redistest.Client(t)
			store := start(t, client, func(cfg *holdredis.Config) {
				cfg.TTL = 300 * time.Millisecond
				if test.change != nil {
					test.change(cfg)
				}
			})
			performance := uuid.New()
			deltas, err := store.Subscribe(t.Context(), performance)
			if err != nil {
				t.Fatal(err)
			}
			until(t, "the events are switched on", func() bool {
				setting, err := client.ConfigGet(t.Context(), "notify-keyspace-events").Result()
				return err == nil && setting["notify-keyspace-events"] != ""
			})
			if test.spoil != nil {
				test.spoil(t.Context(), client)
			}
			acquire(t, store, performance, "ada", "A-1")
			for delta := range deltas {
				if delta.Seats["A-1"] == hold.Free {
					return
				}
			}
			t.Fatal("the feed was closed")
		})
	}
}

// What is sold or refunded while the sold seats are being read must not be overwritten by what was read before.
func TestSalesBesideTheFirstReading(t *testing.T) {
	t.Parallel()
	judge := &holdtest.Judge{}
	store := start(t, redistest.Client(t), func(cfg *holdredis.Config) { cfg.Sold = judge })
	performance := uuid.New()
	judge.Sell(performance, "A-1")
	judge.Before(func() {
		judge.Refund(performance, "A-1")
		judge.Sell(performance, "A-2")
		if err := store.MarkFree(t.Context(), performance, []string{"A-1"}); err != nil {
			t.Error(err)
		}
		if err := store.MarkSold(t.Context(), performance, "", []string{"A-2"}); err != nil {
			t.Error(err)
		}
	})
	wantSeats(t, store, performance, map[string]hold.SeatState{"A-2": hold.Sold})
}

func TestReconcileCorrectsWhatDiffers(t *testing.T) {
	t.Parallel()
	judge := &holdtest.Judge{}
	store := start(t, redistest.Client(t), func(cfg *holdredis.Config) { cfg.Sold = judge })
	performance := uuid.New()
	judge.Sell(performance, "A-1", "A-2")
	acquire(t, store, performance, "ada", "B-1")
	lost := acquire(t, store, performance, "ben", "B-2", "B-3")
	judge.Refund(performance, "A-1")
	judge.Sell(performance, "B-2")
	corrected, err := store.Reconcile(t.Context(), performance)
	if err != nil || corrected != 2 {
		t.Errorf("corrected %d, %v; want 2", corrected, err)
	}
	wantSeats(t, store, performance, map[string]hold.SeatState{"A-2": hold.Sold, "B-2": hold.Sold, "B-1": hold.Held})
	if _, err := store.Get(t.Context(), lost.ID); !errors.Is(err, hold.ErrGone) {
		t.Errorf("the hold on a sold seat: %v, want ErrGone", err)
	}
	if corrected, err := store.Reconcile(t.Context(), performance); err != nil || corrected != 0 {
		t.Errorf("corrected %d, %v; want 0", corrected, err)
	}
}

func TestTheJudgeIsAskedOnceByACrowd(t *testing.T) {
	t.Parallel()
	judge := &holdtest.Judge{}
	store := start(t, redistest.Client(t), func(cfg *holdredis.Config) { cfg.Sold = judge })
	performance := uuid.New()
	var crowd sync.WaitGroup
	for i := range 50 {
		crowd.Go(func() {
			if _, err := store.Snapshot(t.Context(), performance); err != nil {
				t.Error(err)
			}
			if _, err := store.Acquire(t.Context(), hold.Request{PerformanceID: performance, Session: fmt.Sprint(i), Seats: []string{fmt.Sprint("A-", i)}}); err != nil {
				t.Error(err)
			}
		})
	}
	crowd.Wait()
	if n := judge.Asked(); n != 1 {
		t.Errorf("asked %d times", n)
	}
}

func TestTheJudgeIsAway(t *testing.T) {
	t.Parallel()
	judge := &holdtest.Judge{}
	judge.Fail(errors.New("no database"))
	store := start(t, redistest.Client(t), func(cfg *holdredis.Config) { cfg.Sold = judge })
	performance := uuid.New()
	if _, err := store.Snapshot(t.Context(), performance); !errors.Is(err, hold.ErrUnavailable) {
		t.Errorf("got %v, want ErrUnavailable", err)
	}
	judge.Fail(nil)
	acquire(t, store, performance, "ada", "A-1")
}

// Two processes on one Redis see each other.
func TestTwoProcesses(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t)
	one, two := start(t, server.Client(), nil), start(t, server.Client(), nil)
	performance := uuid.New()
	deltas, err := two.Subscribe(t.Context(), performance)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := two.Snapshot(t.Context(), performance); err != nil {
		t.Fatal(err)
	}
	h := acquire(t, one, performance, "ada", "A-1")
	var delta hold.Delta
	for delta = range deltas {
		if len(delta.Seats) > 0 {
			break
		}
	}
	if delta.Seats["A-1"] != hold.Held {
		t.Errorf("delta %v, want A-1 held", delta)
	}
	if got, err := two.Get(t.Context(), h.ID); err != nil || got.Session != "ada" {
		t.Errorf("got %+v, %v", got, err)
	}
	wantSeats(t, two, performance, map[string]hold.SeatState{"A-1": hold.Held})
}

// A stalled Redis is given up in the time the client allows; nothing was half done when it goes on.
func TestRedisStalls(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t)
	client, err := holdredis.Connect(server.URL())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = client.Close() })
	store := start(t, client, nil)
	performance := uuid.New()
	first := acquire(t, store, performance, "ada", "A-1")
	server.Freeze()
	_, err = store.Acquire(t.Context(), hold.Request{PerformanceID: performance, Session: "ada", Seats: []string{"A-1", "A-2"}})
	server.Thaw()
	if !errors.Is(err, hold.ErrUnavailable) {
		t.Fatalf("got %v, want ErrUnavailable", err)
	}
	// The request may have been carried out when Redis went on: then it was carried out whole.
	second := acquire(t, store, performance, "ada", "A-1", "A-2")
	if second.Token <= first.Token {
		t.Errorf("token %d after %d", second.Token, first.Token)
	}
	wantSeats(t, store, performance, map[string]hold.SeatState{"A-1": hold.Held, "A-2": hold.Held})
	t.Log("injected: SIGSTOP of Redis")
	t.Log("users saw: not available; then all seats or none")
	t.Logf("found: second token %d, first %d", second.Token, first.Token)
}
