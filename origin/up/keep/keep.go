// Package keep keeps a part of the house running: when it ends without having been told to, it is started again, after
// a pause that grows while it keeps failing.
package keep

import (
	"context"
	"fmt"
	"sync"
	"time"
)

// Part is something that runs until it is stopped or fails.
type Part interface {
	Done() <-chan struct{}          // closed when it has ended
	Err() error                     // why, once it has
	Stop(ctx context.Context) error // ends it; nil when it has ended
}

// Config says what to keep.
type Config struct {
	Name  string
	Start func(ctx context.Context) (Part, error)
	// Say tells a person what happened, in a sentence.
	Say func(format string, a ...any)
	// Backoff is the pause before the nth start in a row that follows a failure, from 1. nil: 0.5 s doubling to 15 s.
	Backoff func(n int) time.Duration
	// Healthy is how long a part must have run for its next failure to count as the first. 0: one minute.
	Healthy time.Duration
}

// Kept is a part that is being kept.
type Kept struct {
	cfg    Config
	cancel context.CancelFunc
	done   chan struct{}

	mu      sync.Mutex
	current Part
}

// Start starts the part. A failure to start the first time is returned; later ones are said and tried again.
func Start(ctx context.Context, cfg Config) (*Kept, error) {
	if cfg.Backoff == nil {
		cfg.Backoff = func(n int) time.Duration { return min(500*time.Millisecond<<min(n-1, 5), 15*time.Second) }
	}
	if cfg.Healthy == 0 {
		cfg.Healthy = time.Minute
	}
	first, err := cfg.Start(ctx)
	if err != nil {
		return nil, err
	}
	// The part lives until Stop, whatever becomes of the context it was started with.
	watching, cancel := context.WithCancel(context.WithoutCancel(ctx))
	k := &Kept{cfg: cfg, cancel: cancel, done: make(chan struct{}), current: first}
	go k.watch(watching)
	return k, nil
}

func (k *Kept) watch(ctx context.Context) {
	defer close(k.done)
	started, failures := time.Now(), 0
	for {
		part := k.part()
		select {
		case <-ctx.Done():
			return
		case <-part.Done():
		}
		if ctx.Err() != nil {
			return
		}
		if time.Since(started) >= k.cfg.Healthy {
			failures = 0
		}
		k.cfg.Say("%s ended unexpectedly (%s) and is started again", k.cfg.Name, reason(part.Err()))
		for {
			failures++
			if !sleep(ctx, k.cfg.Backoff(failures)) {
				return
			}
			next, err := k.cfg.Start(ctx)
			if err == nil {
				k.set(next)
				started = time.Now()
				k.cfg.Say("%s is back", k.cfg.Name)
				break
			}
			if ctx.Err() != nil {
				return
			}
			k.cfg.Say("%s does not start: %v; trying again in %s", k.cfg.Name, err, k.cfg.Backoff(failures+1))
		}
	}
}

// Stop ends the part and the keeping.
func (k *Kept) Stop(ctx context.Context) error {
	k.cancel()
	<-k.done
	if err := k.part().Stop(ctx); err != nil {
		return fmt.Errorf("stop %s: %w", k.cfg.Name, err)
	}
	return nil
}

// Current is the part as it runs now; after an unexpected end it may be the one that ended.
func (k *Kept) Current() Part { return k.part() }

func (k *Kept) part() Part {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.current
}

func (k *Kept) set(p Part) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.current = p
}

func reason(err error) string {
	if err == nil {
		return "without an error"
	}
	return err.Error()
}

func sleep(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}
