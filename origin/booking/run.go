package booking

import (
	"context"
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
