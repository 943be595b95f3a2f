package order_test

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"

	"github.com/stagedoor/stagedoor/origin/up/order"
)

func TestRunKeepsTheOrderAndNothingMore(t *testing.T) {
	t.Parallel()
	var mu sync.Mutex
	var log []string
	note := func(name string) {
		mu.Lock()
		defer mu.Unlock()
		log = append(log, name)
	}
	both := make(chan struct{}, 2)
	meet := func(name string) func(context.Context) error {
		return func(ctx context.Context) error { // neither ends before the other has begun
			both <- struct{}{}
			for len(both) < 2 {
				if ctx.Err() != nil {
					return ctx.Err()
				}
			}
			note(name)
			return nil
		}
	}
	err := order.Run(t.Context(), []order.Task{
		{Name: "seed", Needs: []string{"postgres", "redis"}, Run: func(context.Context) error { note("seed"); return nil }},
		{Name: "postgres", Run: meet("postgres")},
		{Name: "redis", Run: meet("redis")},
	})
	if err != nil || len(log) != 3 || log[2] != "seed" {
		t.Errorf("%v, %v", log, err)
	}
}

func TestTheFirstFailureEndsTheRest(t *testing.T) {
	t.Parallel()
	broken := errors.New("no disk")
	begun := make(chan struct{})
	err := order.Run(t.Context(), []order.Task{
		{Name: "a", Run: func(context.Context) error { <-begun; return broken }},
		{Name: "b", Run: func(ctx context.Context) error { close(begun); <-ctx.Done(); return ctx.Err() }},
		{Name: "c", Needs: []string{"a"}, Run: func(context.Context) error { t.Error("c ran"); return nil }},
	})
	if !errors.Is(err, broken) || errors.Is(err, context.Canceled) || !strings.HasPrefix(err.Error(), "a: ") {
		t.Errorf("error = %v", err)
	}
}

func TestInterrupted(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	err := order.Run(ctx, []order.Task{{Name: "a", Run: func(ctx context.Context) error { cancel(); <-ctx.Done(); return nil }}})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("error = %v", err)
	}
}

func TestNeedsThatCannotBeMet(t *testing.T) {
	t.Parallel()
	run := func(context.Context) error { t.Error("it ran"); return nil }
	for _, tc := range []struct {
		name  string
		tasks []order.Task
		says  string
	}{
		{"unknown", []order.Task{{Name: "a", Needs: []string{"z"}, Run: run}}, `a needs "z"`},
		{"circle", []order.Task{{Name: "a", Needs: []string{"b"}, Run: run}, {Name: "b", Needs: []string{"a"}, Run: run}}, "a -> b -> a"},
		{"twice", []order.Task{{Name: "a", Run: run}, {Name: "a", Run: run}}, "two tasks"},
	} {
		if err := order.Run(t.Context(), tc.tasks); err == nil || !strings.Contains(err.Error(), tc.says) {
			t.Errorf("%s: %v", tc.name, err)
		}
	}
}
