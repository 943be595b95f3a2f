package keep_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stagedoor/stagedoor/origin/up/keep"
)

// actor is a part that ends when a test says so.
type actor struct {
	done    chan struct{}
	err     error
	stopped bool
}

func (a *actor) Done() <-chan struct{} { return a.done }
func (a *actor) Err() error            { return a.err }
func (a *actor) Stop(context.Context) error {
	a.stopped = true
	return nil
}

func TestKeep(t *testing.T) {
	t.Parallel()
	var mu sync.Mutex
	var said []string
	var pauses []int
	started := make(chan *actor, 10)
	refusals := 0
	cfg := keep.Config{
		Name: "Redis",
		Start: func(context.Context) (keep.Part, error) {
			mu.Lock()
			defer mu.Unlock()
			if refusals > 0 {
				refusals--
				return nil, errors.New("the port is taken")
			}
			a := &actor{done: make(chan struct{})}
			started <- a
			return a, nil
		},
		Say: func(format string, a ...any) {
			mu.Lock()
			defer mu.Unlock()
			said = append(said, fmt.Sprintf(format, a...))
		},
		Backoff: func(n int) time.Duration {
			pauses = append(pauses, n)
			return 0
		},
		Healthy: time.Hour,
	}
	kept, err := keep.Start(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	first := <-started
	mu.Lock()
	refusals = 2
	mu.Unlock()
	first.err = errors.New("signal: killed")
	close(first.done)
	second := <-started
	if second == first {
		t.Fatal("not started again")
	}
	for kept.Current() != keep.Part(second) {
		time.Sleep(time.Millisecond)
	}
	if err := kept.Stop(t.Context()); err != nil || !second.stopped || first.stopped {
		t.Errorf("stop: %v, second %v, first %v", err, second.stopped, first.stopped)
	}
	mu.Lock()
	defer mu.Unlock()
	all := strings.Join(said, "\n")
	if len(said) < 3 || !strings.Contains(said[0], "signal: killed") || !strings.Contains(all, "the port is taken") {
		t.Errorf("said:\n%s", all)
	}
	if fmt.Sprint(pauses) != "[1 2 2 3 3]" { // each failure asks for its own pause and names the next one
		t.Errorf("pauses: %v", pauses)
	}
}

func TestKeepReportsThatThePartNeverStarted(t *testing.T) {
	t.Parallel()
	_, err := keep.Start(t.Context(), keep.Config{Name: "x", Start: func(context.Context) (keep.Part, error) { return nil, errors.New("no such program") }})
	if err == nil || err.Error() != "no such program" {
		t.Errorf("error = %v", err)
	}
}
