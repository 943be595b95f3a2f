package breaker_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/stagedoor/stagedoor/origin/booking/bookingtest"
	"github.com/stagedoor/stagedoor/origin/payment"
	"github.com/stagedoor/stagedoor/origin/payment/breaker"
)

// counting counts the calls that get through.
type counting struct {
	*bookingtest.Provider
	mu    sync.Mutex
	calls int
	wait  chan struct{} // nil: answers at once
}

func (c *counting) GetIntent(ctx context.Context, id string) (payment.Intent, error) {
	c.mu.Lock()
	c.calls++
	wait := c.wait
	c.mu.Unlock()
	if wait != nil {
		<-wait
	}
	return c.Provider.GetIntent(ctx, id)
}

func (c *counting) count() int { c.mu.Lock(); defer c.mu.Unlock(); return c.calls }

func TestTheBreaker(t *testing.T) {
	t.Parallel()
	clock := bookingtest.NewClock()
	behind := &counting{Provider: bookingtest.NewProvider(clock.Now)}
	g := breaker.New(behind, breaker.Config{Failures: 3, Pause: 10 * time.Second, Now: clock.Now})
	ask := func() error { _, err := g.GetIntent(t.Context(), "pi_none"); return err }

	for range 10 { // that there is none is an answer
		if err := ask(); !errors.Is(err, payment.ErrNotFound) {
			t.Fatalf("closed: %v", err)
		}
	}
	behind.Down(true)
	for range 3 {
		if err := ask(); !payment.IsRetryable(err) || errors.Is(err, breaker.ErrOpen) {
			t.Fatalf("while it fails: %v", err)
		}
	}
	let := behind.count()
	for range 5 {
		if err := ask(); !errors.Is(err, breaker.ErrOpen) || !payment.IsRetryable(err) {
			t.Fatalf("open: %v", err)
		}
	}
	if behind.count() != let {
		t.Error("calls went through although it is open")
	}
	clock.Advance(10 * time.Second)
	if err := ask(); errors.Is(err, breaker.ErrOpen) || behind.count() != let+1 {
		t.Errorf("after the pause one is let through: %v", err)
	}
	clock.Advance(10 * time.Second) // the second pause is twice as long, less a quarter at most
	if err := ask(); !errors.Is(err, breaker.ErrOpen) {
		t.Errorf("in the second pause: %v", err)
	}
	clock.Advance(10 * time.Second)
	behind.Down(false)

	// Only one tries it out; who comes meanwhile is told at once.
	behind.mu.Lock()
	behind.wait = make(chan struct{})
	behind.mu.Unlock()
	done := make(chan error)
	before := behind.count()
	go func() { done <- ask() }()
	for behind.count() == before {
		time.Sleep(time.Millisecond)
	}
	if err := ask(); !errors.Is(err, breaker.ErrOpen) {
		t.Errorf("while another tries it out: %v", err)
	}
	close(behind.wait)
	if err := <-done; !errors.Is(err, payment.ErrNotFound) {
		t.Errorf("the one that tried it out: %v", err)
	}
	if err := ask(); !errors.Is(err, payment.ErrNotFound) {
		t.Errorf("closed again: %v", err)
	}
	t.Log("injected: every call to the provider failed")
	t.Logf("users saw: told at once instead of waiting: %d calls were let through", let)
	t.Log("found: closed again after the pause")
}

// Calls that were under way when it opened say nothing new when they fail: the
// pause stays as short as it was.
func TestFailuresUnderWayDoNotLengthenThePause(t *testing.T) {
	t.Parallel()
	clock := bookingtest.NewClock()
	behind := &counting{Provider: bookingtest.NewProvider(clock.Now), wait: make(chan struct{})}
	behind.Down(true)
	g := breaker.New(behind, breaker.Config{Failures: 3, Pause: 10 * time.Second, Now: clock.Now})
	ask := func() error { _, err := g.GetIntent(t.Context(), "pi_none"); return err }
	var group sync.WaitGroup
	for range 20 {
		group.Go(func() {
			if err := ask(); !payment.IsRetryable(err) || errors.Is(err, breaker.ErrOpen) {
				t.Errorf("under way: %v", err)
			}
		})
	}
	for behind.count() < 20 {
		time.Sleep(time.Millisecond)
	}
	close(behind.wait)
	group.Wait()
	if err := ask(); !errors.Is(err, breaker.ErrOpen) {
		t.Errorf("open: %v", err)
	}
	clock.Advance(10 * time.Second)
	if err := ask(); errors.Is(err, breaker.ErrOpen) {
		t.Error("still shut after the first pause")
	}
}
