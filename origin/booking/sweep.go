package booking

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"golang.org/x/sync/errgroup"

	"github.com/stagedoor/stagedoor/origin/payment"
	"github.com/stagedoor/stagedoor/origin/postgres/dbsqlc"
)

const (
	batch        = 50               // how many of a kind one sweep takes on
	claimLease   = 30 * time.Second // how long whoever claimed a chore has it to themselves
	passTogether = 1000             // deadlines that are taken out in one transaction
)

// backoff is how long a chore that failed waits, doubling from 2 seconds to an hour.
func backoff(attempts int32) time.Duration {
	return min(time.Hour, time.Second<<min(max(attempts, 1), 12))
}

// Sweep takes every step that was written down and not taken: by a process that died, or because something was
// down. It returns how many it took on; what failed is in the error and is tried again later.
func (s *Service) Sweep(ctx context.Context) (int, error) {
	taken, failed := 0, []error(nil)
	for _, chore := range []func(context.Context) (int, error){
		s.processEvents,   // what the provider told us
		s.ExpireOverdue,   // orders whose time ran out
		s.callOffPayments, // so that their intents take no money
		s.endOffers,       // of other seats, that nobody took
		s.takeLost,        // of what banks keep, where an older version left it in the books
		s.sendRefunds,     // of money that came all the same
		s.sweepPromos,     // uses of promo codes by orders that came to nothing
		s.refreshSeatMap,  // what all this means for the seats
	} {
		n, err := chore(ctx)
		taken += n
		failed = append(failed, err)
	}
	return taken, errors.Join(failed...)
}

// processEvents acts on stored events that nobody finished.
func (s *Service) processEvents(ctx context.Context) (int, error) {
	now := s.now()
	due, err := s.queries().ClaimEvents(ctx, dbsqlc.ClaimEventsParams{Now: now, AgainAt: now.Add(claimLease), Most: batch})
	if err != nil {
		return 0, fmt.Errorf("booking: events due: %w", err)
	}
	var group errgroup.Group
	group.SetLimit(s.workers)
	failed := make([]error, len(due))
	for i, event := range due {
		work := func() error { failed[i] = s.processClaimed(ctx, event); return nil }
		if s.workers == 1 {
			_ = work()
			continue
		}
		group.Go(work)
	}
	_ = group.Wait()
	return len(due), errors.Join(failed...)
}

// processStored acts on an event as it was kept.
func (s *Service) processStored(ctx context.Context, id string, payload []byte) (Outcome, error) {
	var m message
	if err := json.Unmarshal(payload, &m); err != nil {
		return outcomeUnfinished, fmt.Errorf("booking: event %s: %w", id, err)
	}
	return s.process(ctx, id, m)
}

// processClaimed acts on one event, or puts it off.
func (s *Service) processClaimed(ctx context.Context, event dbsqlc.ClaimEventsRow) error {
	outcome, failure := s.processStored(ctx, event.ID, event.Payload)
	if failure == nil && outcome != OutcomeEarly {
		return nil
	}
	reason := string(outcome)
	if failure != nil {
		reason = failure.Error()
	}
	err := s.queries().PutOffEvent(ctx, dbsqlc.PutOffEventParams{
		ID: event.ID, NextAttemptAt: s.now().Add(backoff(event.Attempts)), LastError: reason,
	})
	return errors.Join(failure, err)
}

// ExpireOverdue ends the orders whose time, and grace, ran out without a payment, and returns how many.
func (s *Service) ExpireOverdue(ctx context.Context) (int, error) {
	ended := s.now().Add(-s.grace)
	overdue, err := s.queries().OverdueOrders(ctx, dbsqlc.OverdueOrdersParams{ExpiresAt: ended, Limit: batch})
	if err != nil {
		return 0, fmt.Errorf("booking: overdue orders: %w", err)
	}
	expired, failed := 0, []error(nil)
	for _, order := range overdue {
		if kept, err := s.holds.Get(ctx, order.HoldID); err == nil && kept.ExpiresAt.After(order.ExpiresAt) {
			// Extended, but whoever did it died before telling us.
			failed = append(failed, s.Extended(ctx, order.HoldID, kept.ExpiresAt))
			continue
		}
		done, err := s.expire(ctx, order.ID)
		failed = append(failed, err)
		if done {
			expired++
			s.metrics.expired.Inc()
		}
	}
	until := ended
	if len(overdue) == batch { // the lines of those after them are for the next sweeps, and are not read before
		until = overdue[batch-1].Deadline
	}
	return expired, errors.Join(append(failed, s.passDeadlines(ctx, until))...)
}

// passDeadlines takes out the lines of deadlines that came, of orders that wait no longer: after a busy hour there are very
// many, so each transaction takes a few.
func (s *Service) passDeadlines(ctx context.Context, until time.Time) error {
	for {
		n, err := s.queries().PassDeadlines(ctx, dbsqlc.PassDeadlinesParams{Until: until, Most: passTogether})
		if err != nil {
			return fmt.Errorf("booking: deadlines that came: %w", err)
		}
		if n < passTogether {
			return nil
		}
	}
}

func (s *Service) expire(ctx context.Context, id uuid.UUID) (done bool, err error) {
	err = s.inTx(ctx, "expire order", func(tx pgx.Tx, q *dbsqlc.Queries) error {
		order, err := q.LockOrder(ctx, id)
		if err != nil {
			return fmt.Errorf("lock order: %w", err)
		}
		if State(order.State) != AwaitingPayment || keeps(AwaitingPayment, order.ExpiresAt, s.now(), s.grace) {
			return nil
		}
		done = true
		const why = "the time ran out before a payment came"
		if err := s.move(ctx, q, &order, Expired, actorSweeper, why); err != nil {
			return err
		}
		return s.tellOver(ctx, tx, q, order, why)
	})
	return done && err == nil, err
}

// callOffPayments cancels the intents of orders that are over. A payment that was quicker is applied.
func (s *Service) callOffPayments(ctx context.Context) (int, error) {
	now := s.now()
	open, err := s.queries().ClaimOpenPayments(ctx, dbsqlc.ClaimOpenPaymentsParams{Now: now, AgainAt: now.Add(claimLease), Most: batch})
	if err != nil {
		return 0, fmt.Errorf("booking: open payments: %w", err)
	}
	var failed []error
	for _, p := range open {
		order, err := s.queries().GetOrder(ctx, p.OrderID)
		if err == nil {
			err = s.callOff(ctx, order, p.IntentID)
		}
		if err == nil {
			continue
		}
		wait := backoff(p.Attempts)
		switch {
		case errors.Is(err, ErrPaid): // applied, or the bank is still thinking
		case errors.Is(err, payment.ErrNotFound):
			wait = time.Hour // the provider does not know it: nothing can be taken through it
		default:
			failed = append(failed, fmt.Errorf("booking: call off %s: %w", p.IntentID, err))
		}
		if err := s.queries().PutOffPayment(ctx, dbsqlc.PutOffPaymentParams{IntentID: p.IntentID, NextAttemptAt: s.now().Add(wait)}); err != nil {
			failed = append(failed, fmt.Errorf("booking: put off %s: %w", p.IntentID, err))
		}
	}
	return len(open), errors.Join(failed...)
}
