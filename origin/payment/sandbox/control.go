package sandbox

import (
	"context"
	"sync"

	"github.com/stagedoor/stagedoor/origin/payment/sandbox/api"
	"github.com/stagedoor/stagedoor/origin/payment/sandbox/courier"
	"github.com/stagedoor/stagedoor/origin/payment/sandbox/ledger"
)

// What follows makes things go wrong on purpose, for tests and rehearsals.

// Fault makes API requests fail, hang or lose their answer.
type Fault = api.Fault

// WebhookPlan delays or duplicates webhooks.
type WebhookPlan = courier.Plan

// Event names an event when webhooks are put in another order.
type Event struct {
	ID   string
	Type string
}

// Inject plans a fault of the API. Faults are used up in the order they were planned.
func (s *Sandbox) Inject(f Fault) { s.api.Inject(f) }

// ClearFaults forgets all planned faults.
func (s *Sandbox) ClearFaults() { s.api.ClearFaults() }

// PendingFaults counts the requests that planned faults are still to hit.
func (s *Sandbox) PendingFaults() int { return s.api.PendingFaults() }

// PlanWebhooks applies to events that happen from now on.
func (s *Sandbox) PlanWebhooks(p WebhookPlan) {
	if s.courier != nil {
		s.courier.SetPlan(p)
	}
}

// HoldWebhooks keeps back the webhooks of everything that happens from now on.
func (s *Sandbox) HoldWebhooks() {
	if s.courier != nil {
		s.courier.Hold()
	}
}

// ReleaseWebhooks delivers what was held, one after the other, in the order that
// reorder puts their indices in (nil: as they happened).
func (s *Sandbox) ReleaseWebhooks(reorder func([]Event) []int) {
	if s.courier == nil {
		return
	}
	s.courier.Release(func(held []*ledger.Event) {
		if reorder == nil {
			return
		}
		events := make([]Event, len(held))
		for i, e := range held {
			events[i] = Event{ID: e.ID, Type: e.Type}
		}
		before := append([]*ledger.Event(nil), held...)
		for place, i := range reorder(events) {
			held[place] = before[i]
		}
	})
}

// Reversed is an order for ReleaseWebhooks: the last event first.
func Reversed(events []Event) []int {
	order := make([]int, len(events))
	for i := range order {
		order[i] = len(events) - 1 - i
	}
	return order
}

// RepeatWebhook delivers an event once more, however old, with a fresh signature.
// It reports whether there is such an event.
func (s *Sandbox) RepeatWebhook(eventID string) bool {
	event, ok := s.ledger.Event(eventID)
	if ok && s.courier != nil {
		s.courier.Repeat(event)
	}
	return ok && s.courier != nil
}

// RetryWebhooks makes every delivery that waits for another attempt due now.
func (s *Sandbox) RetryWebhooks() {
	if s.courier != nil {
		s.courier.Retry()
	}
}

// WebhooksQuiet waits until every webhook not held back is delivered.
func (s *Sandbox) WebhooksQuiet(ctx context.Context) error {
	if s.courier == nil {
		return nil
	}
	return s.courier.Quiet(ctx)
}

// Dispute lets the buyer's bank take a succeeded payment back. It returns the
// dispute's ID, and false if the payment can't be disputed.
func (s *Sandbox) Dispute(intentID, reason string) (string, bool) {
	return s.api.Dispute(intentID, reason)
}

// RollWebhookSecret makes a new signing secret. Until the next roll, webhooks carry
// two signatures, one with the old secret and one with the new, as at Stripe. The roll
// is not written down: a restart goes back to Keys.
func (s *Sandbox) RollWebhookSecret(newSecret string) { s.secrets.roll(newSecret) }

type secrets struct {
	mu      sync.Mutex
	current []string
}

func (s *secrets) all() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.current
}

func (s *secrets) roll(secret string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.current = []string{s.current[len(s.current)-1], secret}
}
