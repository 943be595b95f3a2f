package idempotency_test

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stagedoor/stagedoor/origin/booking/bookingtest"
	"github.com/stagedoor/stagedoor/origin/booking/idempotency"
	"github.com/stagedoor/stagedoor/origin/postgres/pgtest"
)

var errWork = errors.New("the work failed")

func newKeys(t *testing.T) (*idempotency.Keys, *bookingtest.Clock) {
	t.Helper()
	clock := bookingtest.NewClock()
	return &idempotency.Keys{DB: pgtest.Pool(t), Now: clock.Now, Wait: 20 * time.Millisecond}, clock
}

func answering(text string) func(context.Context) (any, idempotency.Outcome, error) {
	return func(context.Context) (any, idempotency.Outcome, error) { return text, idempotency.Begun, nil }
}

func failing(o idempotency.Outcome) func(context.Context) (any, idempotency.Outcome, error) {
	return func(context.Context) (any, idempotency.Outcome, error) { return nil, o, errWork }
}

func TestKeys(t *testing.T) {
	t.Parallel()
	keys, clock := newKeys(t)
	ctx := t.Context()
	do := func(scope, key, request string, work func(context.Context) (any, idempotency.Outcome, error)) (string, bool, error) {
		answer, replayed, err := keys.Do(ctx, scope, key, request, work)
		return string(answer), replayed, err
	}
	if got, replayed, err := do("ada", "k", "x", answering("one")); got != `"one"` || replayed || err != nil {
		t.Errorf("first: %s, %t, %v", got, replayed, err)
	}
	if got, replayed, err := do("ada", "k", "x", answering("two")); got != `"one"` || !replayed || err != nil {
		t.Errorf("repeated: %s, %t, %v", got, replayed, err)
	}
	if _, _, err := do("ada", "k", "y", answering("two")); !errors.Is(err, idempotency.ErrReused) {
		t.Errorf("for another request: %v", err)
	}
	if got, _, err := do("bob", "k", "y", answering("bob's")); got != `"bob's"` || err != nil {
		t.Errorf("in another scope: %s, %v", got, err)
	}

	if _, _, err := do("ada", "unchanged", "x", failing(idempotency.Unchanged)); !errors.Is(err, errWork) {
		t.Errorf("failed: %v", err)
	}
	if got, _, err := do("ada", "unchanged", "y", answering("afresh")); got != `"afresh"` || err != nil {
		t.Errorf("when nothing was done the key is free: %s, %v", got, err)
	}
	if _, _, err := do("ada", "begun", "x", failing(idempotency.Begun)); !errors.Is(err, errWork) {
		t.Errorf("failed: %v", err)
	}
	if _, _, err := do("ada", "begun", "y", answering("other")); !errors.Is(err, idempotency.ErrReused) {
		t.Errorf("when something was done only the same request may go on: %v", err)
	}
	if got, replayed, err := do("ada", "begun", "x", answering("done")); got != `"done"` || replayed || err != nil {
		t.Errorf("the same request goes on: %s, %t, %v", got, replayed, err)
	}

	clock.Advance(idempotency.Kept + time.Second)
	if n, err := keys.Forget(ctx); n != 4 || err != nil {
		t.Errorf("forgot %d, %v", n, err)
	}
}

func TestADeadRequestLeavesItsKeyToTheNext(t *testing.T) {
	t.Parallel()
	keys, clock := newKeys(t)
	ctx := t.Context()
	started, release, done := make(chan struct{}), make(chan struct{}), make(chan struct{})
	go func() {
		defer close(done)
		_, _, err := keys.Do(ctx, "ada", "k", "x", func(context.Context) (any, idempotency.Outcome, error) {
			close(started)
			<-release
			return "late", idempotency.Begun, nil
		})
		if err != nil {
			t.Errorf("the late one: %v", err)
		}
	}()
	<-started
	var busy *idempotency.InProgressError
	if _, _, err := keys.Do(ctx, "ada", "k", "x", answering("two")); !errors.As(err, &busy) || busy.RetryAfter < time.Second {
		t.Errorf("while the first is at work: %v", err)
	}
	clock.Advance(idempotency.Lease + time.Second)
	if got, _, err := keys.Do(ctx, "ada", "k", "x", answering("two")); string(got) != `"two"` || err != nil {
		t.Errorf("when the first is given up: %s, %v", got, err)
	}
	close(release)
	<-done
	if got, _, err := keys.Do(ctx, "ada", "k", "x", answering("three")); string(got) != `"two"` || err != nil {
		t.Errorf("the one given up must not change the answer: %s, %v", got, err)
	}
}

func TestManyAtOnceWorkOnce(t *testing.T) {
	t.Parallel()
	keys, _ := newKeys(t)
	keys.Wait = time.Minute
	var worked atomic.Int32
	var group sync.WaitGroup
	for range 30 {
		group.Go(func() {
			got, _, err := keys.Do(t.Context(), "ada", "k", "x", func(context.Context) (any, idempotency.Outcome, error) {
				worked.Add(1)
				return "once", idempotency.Begun, nil
			})
			if string(got) != `"once"` || err != nil {
				t.Errorf("%s, %v", got, err)
			}
		})
	}
	group.Wait()
	if n := worked.Load(); n != 1 {
		t.Errorf("worked %d times", n)
	}
}
