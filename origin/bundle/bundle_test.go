package bundle_test

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stagedoor/stagedoor/origin/bundle"
)

// patience is longer than any test.
const patience = time.Minute

// gated is work that squares numbers and waits to be let go, bundle by bundle.
type gated struct {
	begun chan []int
	gate  chan struct{}
}

func newGated() *gated { return &gated{begun: make(chan []int, 100), gate: make(chan struct{})} }

func (g *gated) work(_ context.Context, questions []int) []bundle.Result[int] {
	g.begun <- questions
	<-g.gate
	results := make([]bundle.Result[int], len(questions))
	for i, q := range questions {
		results[i].Answer = q * q
	}
	return results
}

func TestThoseWhoComeMeanwhileAreServedTogether(t *testing.T) {
	t.Parallel()
	g := newGated()
	b := bundle.New(3, 1, patience, g.work)
	var group sync.WaitGroup
	ask := func(n int) {
		group.Go(func() {
			if got, err := b.Do(t.Context(), n); err != nil || got != n*n {
				t.Errorf("%d: %d, %v", n, got, err)
			}
		})
	}
	ask(1)
	if alone := <-g.begun; len(alone) != 1 {
		t.Fatalf("the first waited for company: %v", alone)
	}
	for n := 2; n <= 6; n++ {
		ask(n)
	}
	sizes := 0
	for served := 0; served < 5; {
		g.gate <- struct{}{}
		together := <-g.begun
		if len(together) > 3 {
			t.Errorf("%d in a bundle", len(together))
		}
		served, sizes = served+len(together), sizes+1
	}
	close(g.gate)
	group.Wait()
	if sizes > 5 {
		t.Errorf("%d bundles", sizes)
	}
}

// begins takes note of the bundles that are at work by now, one after the other.
func (g *gated) begins() (bundles [][]int) {
	synctest.Wait()
	for len(g.begun) > 0 {
		bundles = append(bundles, <-g.begun)
	}
	return bundles
}

func TestASecondBundleGoesWhenAFullOneWaitsOrTheFirstIsStuck(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		g := newGated()
		b := bundle.New(3, 2, patience, g.work)
		var group sync.WaitGroup
		ask := func(n int) [][]int {
			group.Go(func() {
				if got, err := b.Do(t.Context(), n); err != nil || got != n*n {
					t.Errorf("%d: %d, %v", n, got, err)
				}
			})
			return g.begins()
		}
		want := func(what string, got [][]int, sizes ...int) {
			t.Helper()
			if len(got) != len(sizes) {
				t.Fatalf("%s: %v began, want %v of them", what, got, sizes)
			}
			for i, size := range sizes {
				if len(got[i]) != size {
					t.Fatalf("%s: %v began, want %v of them", what, got, sizes)
				}
			}
		}
		want("the first", ask(1), 1)
		want("a second", ask(2))
		want("a third", ask(3))
		want("a full bundle", ask(4), 3)
		want("both are at work", ask(5))
		g.gate <- struct{}{} // one of them ends, and serves who waits: nobody else did meanwhile
		want("one got on", g.begins(), 1)
		close(g.gate)
		group.Wait()
	})
	synctest.Test(t, func(t *testing.T) {
		g := newGated()
		b := bundle.New(3, 2, patience, g.work)
		var group sync.WaitGroup
		group.Go(func() { _, _ = b.Do(t.Context(), 1) })
		synctest.Wait()
		group.Go(func() { _, _ = b.Do(t.Context(), 2) })
		if got := g.begins(); len(got) != 1 || got[0][0] != 1 {
			t.Fatalf("%v began, want the first alone", got)
		}
		time.Sleep(time.Second) // of the bubble: the first is stuck
		if got := g.begins(); len(got) != 1 || got[0][0] != 2 {
			t.Fatalf("%v began, want the one behind what is stuck", got)
		}
		close(g.gate)
		group.Wait()
	})
	synctest.Test(t, func(t *testing.T) {
		g := newGated()
		b := bundle.New(3, 2, patience, g.work).Eager()
		var group sync.WaitGroup
		for n := range 2 {
			group.Go(func() { _, _ = b.Do(t.Context(), n) })
			if got := g.begins(); len(got) != 1 {
				t.Fatalf("%v began, want one at once", got)
			}
		}
		close(g.gate)
		group.Wait()
	})
}

func TestWhoeverLeavesBeforeTheWorkWasNeverThere(t *testing.T) {
	t.Parallel()
	g := newGated()
	b := bundle.New(10, 1, patience, g.work)
	first := make(chan error, 1)
	go func() { _, err := b.Do(t.Context(), 1); first <- err }()
	<-g.begun
	ctx, cancel := context.WithCancel(t.Context())
	second := make(chan error, 1)
	go func() { _, err := b.Do(ctx, 2); second <- err }()
	cancel()
	if err := <-second; !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	close(g.gate)
	if err := <-first; err != nil {
		t.Error(err)
	}
	select {
	case questions := <-g.begun:
		t.Errorf("%v was asked", questions)
	default:
	}
}

func TestWorkThatHasBegunIsWaitedForByDoAndNotByAsk(t *testing.T) {
	t.Parallel()
	g := newGated()
	b := bundle.New(10, 2, patience, g.work)
	ctx, cancel := context.WithCancel(t.Context())
	do, ask := make(chan error, 1), make(chan error, 1)
	go func() { _, err := b.Do(ctx, 1); do <- err }()
	<-g.begun
	go func() { _, err := b.Ask(ctx, 2); ask <- err }()
	<-g.begun
	cancel()
	if err := <-ask; !errors.Is(err, context.Canceled) {
		t.Errorf("Ask: %v", err)
	}
	close(g.gate)
	if err := <-do; err != nil {
		t.Errorf("Do: %v", err)
	}
}

func TestTheWorkOutlivesTheFirstCaller(t *testing.T) {
	t.Parallel()
	type key struct{}
	ctx, cancel := context.WithCancel(context.WithValue(t.Context(), key{}, "of the first"))
	cancelled, seen := make(chan struct{}), make(chan error, 1)
	b := bundle.New(1, 1, patience, func(ctx context.Context, _ []int) []bundle.Result[int] {
		if ctx.Value(key{}) != "of the first" {
			t.Error("the first one's values are gone")
		}
		cancel()
		close(cancelled)
		seen <- ctx.Err()
		return make([]bundle.Result[int], 1)
	})
	_, _ = b.Ask(ctx, 1)
	<-cancelled
	if err := <-seen; err != nil {
		t.Errorf("the work ended with its caller: %v", err)
	}
}

func TestAPanicAndAWrongCountAreEverybodysErrors(t *testing.T) {
	t.Parallel()
	broken := bundle.New(1, 1, patience, func(context.Context, []int) []bundle.Result[int] { panic("oh") })
	if _, err := broken.Do(t.Context(), 1); err == nil {
		t.Error("a panic was swallowed")
	}
	if _, err := broken.Do(t.Context(), 1); err == nil {
		t.Error("it was never served again")
	}
	short := bundle.New(1, 1, patience, func(context.Context, []int) []bundle.Result[int] { return nil })
	if _, err := short.Do(t.Context(), 1); err == nil {
		t.Error("an answer was made up")
	}
}

func TestNobodyIsForgotten(t *testing.T) {
	t.Parallel()
	const callers, each = 50, 100
	var atWork, most, asked atomic.Int64
	b := bundle.New(7, 3, patience, func(_ context.Context, questions []int) []bundle.Result[int] {
		now := atWork.Add(1)
		defer atWork.Add(-1)
		for seen := most.Load(); now > seen && !most.CompareAndSwap(seen, now); seen = most.Load() {
		}
		asked.Add(int64(len(questions)))
		results := make([]bundle.Result[int], len(questions))
		for i, q := range questions {
			results[i].Answer = -q
		}
		return results
	})
	var group sync.WaitGroup
	for c := range callers {
		group.Go(func() {
			for i := range each {
				if got, err := b.Do(t.Context(), c*each+i); err != nil || got != -(c*each+i) {
					t.Errorf("%d, %v", got, err)
				}
			}
		})
	}
	group.Wait()
	if asked.Load() != callers*each || most.Load() > 3 {
		t.Errorf("%d questions, %d bundles at a time", asked.Load(), most.Load())
	}
}
