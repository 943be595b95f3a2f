package intake

import (
	"context"
	"fmt"
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/stagedoor/stagedoor/origin/cms"
)

// alone is an Applier that sees whether two work on one entry at once.
type alone struct {
	plays
	mu    sync.Mutex
	busy  map[string]bool
	twice []string
}

func (a *alone) Apply(ctx context.Context, tx pgx.Tx, c cms.Change) error {
	a.mu.Lock()
	if a.busy[c.ID] {
		a.twice = append(a.twice, c.ID)
	}
	a.busy[c.ID] = true
	a.mu.Unlock()
	defer func() {
		a.mu.Lock()
		a.busy[c.ID] = false
		a.mu.Unlock()
	}()
	return a.plays.Apply(ctx, tx, c)
}

// TestManyWorkersShareTheWork: three intakes of several workers each, as in three processes, work on webhooks that arrive in
// any order while they do. Productions are told before their venues.
func TestManyWorkersShareTheWork(t *testing.T) {
	t.Parallel()
	const entries, versions = 12, 5
	applier := &alone{busy: map[string]bool{}}
	s := newStage(t, func(c *Config) { c.Applier = applier })
	ctx, stop := context.WithCancel(t.Context())
	var running, sending sync.WaitGroup
	defer func() { stop(); running.Wait() }()
	intakes := []*Intake{s.Intake}
	for range 2 {
		other, err := New(s.cfg)
		if err != nil {
			t.Fatal(err)
		}
		intakes = append(intakes, other)
	}
	for _, n := range intakes {
		running.Go(func() { _ = n.Run(ctx) })
	}
	for i := range entries {
		sending.Go(func() {
			for v := range versions {
				version := (v*3 + i) % versions // any order, each once
				body := entry(fmt.Sprint("play", i), "production", fmt.Sprint("version ", version), at(version), version, linkTo("venue", fmt.Sprint("venue", i%3)))
				if status := s.send("publish", body); status != http.StatusAccepted {
					t.Errorf("answered %d", status)
				}
			}
		})
	}
	sending.Wait()
	for i := range 3 {
		s.send("publish", entry(fmt.Sprint("venue", i), "venue", "Venue", at(0), 1, ""))
	}
	deadline := time.Now().Add(2 * time.Minute)
	for {
		var open int
		if err := s.db.QueryRow(ctx, "select count(*) from cms_deliveries where state <> 'done'").Scan(&open); err != nil {
			t.Fatal(err)
		}
		if open == 0 {
			break
		}
		if time.Now().After(deadline) {
			t.Fatalf("%d deliveries are still open: %v", open, s.states())
		}
		time.Sleep(10 * time.Millisecond)
	}
	for i := range entries {
		var title string
		if err := s.db.QueryRow(ctx, "select title from plays where id = $1", fmt.Sprint("play", i)).Scan(&title); err != nil || title != fmt.Sprint("version ", versions-1) {
			t.Errorf("play%d: the public sees %q (%v)", i, title, err)
		}
	}
	if len(applier.twice) > 0 {
		t.Errorf("two worked at once on %v", applier.twice)
	}
}
