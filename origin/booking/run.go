package booking

import (
	"context"
	"sync"
	"time"
)

const (
	sweepEvery  = 2 * time.Second
	forgetEvery = time.Hour
)

// Run acts on events as they are stored and sweeps every two seconds, until ctx ends. Any number of processes may
// run it.
func (s *Service) Run(ctx context.Context) error {
	sweeps, forgets := time.NewTicker(sweepEvery), time.NewTicker(forgetEvery)
	defer sweeps.Stop()
	defer forgets.Stop()
	var beside sync.WaitGroup // the provider may be slow: nobody waits for it here
	defer beside.Wait()
	beside.Go(func() { s.reconcileOften(ctx) })
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-s.wake:
			s.drain(ctx, s.processEvents)
		case <-sweeps.C:
			s.drain(ctx, s.Sweep)
		case <-forgets.C:
			if _, err := s.keys.Forget(ctx); err != nil && ctx.Err() == nil {
				s.logger.WarnContext(ctx, "old idempotency keys are still there", "error", err.Error())
			}
		}
	}
}

// reconcileOften compares with the provider's lists until ctx ends, less often while it can't be reached.
func (s *Service) reconcileOften(ctx context.Context) {
	for failures := int32(0); ; {
		wait := reconcileEvery
		if failures > 0 {
			wait = max(wait, min(5*time.Minute, backoff(failures)))
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(wait):
		}
		err := s.reconcileNow(ctx)
		if failures++; err == nil {
			failures = 0
		} else if ctx.Err() == nil {
			s.logger.WarnContext(ctx, "the provider's lists could not be compared", "error", err.Error())
		}
	}
}

// drain repeats a chore while there is a full batch of it and nothing fails.
func (s *Service) drain(ctx context.Context, chore func(context.Context) (int, error)) {
	for ctx.Err() == nil {
		n, err := chore(ctx)
		if err != nil && ctx.Err() == nil {
			s.metrics.failures.Inc()
			s.logger.ErrorContext(ctx, "a step of a sale failed and will be tried again", "error", err.Error())
		}
		if err != nil || n < batch {
			return
		}
	}
}
