package idempotency_test

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/stagedoor/stagedoor/origin/booking/idempotency"
)

// seen is a context that tells when somebody first looks whether it is over: whoever asks a bundle does so when they are in it.
type seen struct {
	context.Context
	once *sync.Once
	told chan<- struct{}
}

func (s seen) Done() <-chan struct{} {
	s.once.Do(func() { s.told <- struct{}{} })
	return s.Context.Done()
}

// One who sends bytes that no text has, or is answered with what can't be kept, is in one bundle with others: those get
// their keys, and their answers are kept.
func TestWhatCantBeStoredIsNotTheOthersFault(t *testing.T) {
	t.Parallel()
	const good = 6
	keys, _ := newKeys(t)
	keys.Wait = time.Minute
	ctx := t.Context()
	var group sync.WaitGroup
	// Both places at work are taken by those who wait for a key that is being written; meanwhile the others come together.
	blocker, err := keys.DB.Begin(ctx)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = blocker.Rollback(context.WithoutCancel(ctx)) }()
	for n := range 2 {
		key := fmt.Sprintf("busy-%d", n)
		if _, err := blocker.Exec(ctx, `insert into idempotency_keys (scope, key, request_hash, locked_until, lock_id, created_at)
			values ('ada', $1, '', now(), gen_random_uuid(), now())`, key); err != nil {
			t.Fatal(err)
		}
	}
	for n := range 2 {
		group.Go(func() {
			if _, _, err := keys.Do(ctx, "ada", fmt.Sprintf("busy-%d", n), "x", answering("busy")); err != nil {
				t.Errorf("who keeps the others waiting: %v", err)
			}
		})
		for waiting := 0; waiting <= n; {
			if err := keys.DB.QueryRow(ctx, "select count(*) from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'").Scan(&waiting); err != nil {
				t.Fatal(err)
			}
		}
	}
	joined := make(chan struct{}, good+2)
	ask := func(key, answer string, bad bool) {
		group.Go(func() {
			_, _, err := keys.Do(seen{ctx, new(sync.Once), joined}, "ada", key, "x", func(context.Context) (any, idempotency.Outcome, error) {
				return answer, idempotency.Begun, nil
			})
			if (err != nil) != bad {
				t.Errorf("key %q, answer %q: %v", key, answer, err)
			}
		})
	}
	ask("stray \xff bytes", "fine", true)
	ask("fine", "nothing \x00 to keep", true)
	for n := range good {
		ask(fmt.Sprintf("good-%d", n), "fine", false)
	}
	for range good + 2 {
		<-joined
	}
	if err := blocker.Rollback(ctx); err != nil {
		t.Fatal(err)
	}
	group.Wait()
	for n := range good {
		if got, replayed, err := keys.Do(ctx, "ada", fmt.Sprintf("good-%d", n), "x", answering("other")); string(got) != `"fine"` || !replayed || err != nil {
			t.Errorf("repeated: %s, %t, %v", got, replayed, err)
		}
	}
}
