package content

import (
	"context"
	"testing"
	"time"

	"github.com/stagedoor/stagedoor/origin/cms"
)

// An order that is being written while its performance changes over to another seating plan is one that keeps the plan.
func TestAnOrderThatIsBeingPlacedKeepsItsPlan(t *testing.T) {
	t.Parallel()
	other := with(aPlan(), fields{"name": "In the round", "layout": layout(9)})
	other.ID = "s-round"
	for _, test := range []struct {
		name   string
		change cms.Change
	}{
		{"the schedule names another plan", later(with(aSchedule(), fields{"plan": ref("s-round")}), 2)},
		{"the plan has another layout", later(with(aPlan(), fields{"layout": layout(6)}), 2)},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			s := newStage(t)
			s.must(append(house(), other)...)
			const planOfSecond = "select plan_id::text from performances where starts_at = '2026-12-02 19:30Z'"
			before := s.text(planOfSecond)

			tx, err := s.db.Begin(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = tx.Rollback(context.WithoutCancel(t.Context())) }()
			if _, err := tx.Exec(t.Context(), sale, "second"); err != nil {
				t.Fatal(err)
			}
			applied := make(chan error, 1)
			go func() { applied <- s.apply(test.change) }()
			s.untilItWaits(applied)
			if err := tx.Commit(t.Context()); err != nil {
				t.Fatal(err)
			}
			if err := <-applied; err != nil {
				t.Fatal(err)
			}
			if got := s.text(planOfSecond); got != before {
				t.Errorf("the performance plays on plan %s, want the one %s that its seats were sold from", got, before)
			}
		})
	}
}

// untilItWaits returns once a statement waits for a lock in the stage's database.
func (s *stage) untilItWaits(applied <-chan error) {
	s.Helper()
	ctx, cancel := context.WithTimeout(s.Context(), 2*time.Minute)
	defer cancel()
	for {
		var waits bool
		err := s.db.QueryRow(ctx, "select exists (select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock')").Scan(&waits)
		if err != nil {
			s.Fatal(err)
		}
		if waits {
			return
		}
		select {
		case err := <-applied:
			s.Fatalf("it did not wait for the order: %v", err)
		case <-time.After(10 * time.Millisecond):
		}
	}
}
