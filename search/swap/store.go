package swap

import (
	"context"
	"errors"
	"maps"
	"slices"
	"sync"
)

// Store keeps the state where it outlives this process.
type Store interface {
	// Current returns the last change, or ErrNone. What it returns is never older than what was saved before the call.
	Current(ctx context.Context) (State, error)
	// Hold takes the right to change, for one at a time; others get ErrBusy. It ends with Release, or with the process.
	Hold(ctx context.Context) (Holder, error)
	// Pause asks whoever runs the change to stop, or no longer to.
	Pause(ctx context.Context, id string, paused bool) error
	// Missed counts writes that a collection of the change under way refused though it is not searched.
	Missed(ctx context.Context, collection string, writes int) error
	// History returns the last n changes, the newest first.
	History(ctx context.Context, n int) ([]State, error)
}

// Holder is the right to change.
type Holder interface {
	// Save keeps s and sets s.Paused to what others wish. It fails with ErrLost when the right is gone.
	Save(ctx context.Context, s *State) error
	Release()
}

// Memory is a Store for as long as the process lives: for measurements and tests.
type Memory struct {
	mu     sync.Mutex
	states []State // oldest first
	held   bool
}

// Current implements Store.
func (m *Memory) Current(context.Context) (State, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if len(m.states) == 0 {
		return State{}, ErrNone
	}
	return m.states[len(m.states)-1], nil
}

// Hold implements Store.
func (m *Memory) Hold(context.Context) (Holder, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.held {
		return nil, ErrBusy
	}
	m.held = true
	return &memoryHolder{m: m}, nil
}

// Pause implements Store.
func (m *Memory) Pause(_ context.Context, id string, paused bool) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	for i := range m.states {
		if m.states[i].ID == id {
			m.states[i].Paused = paused
		}
	}
	return nil
}

// Missed implements Store.
func (m *Memory) Missed(_ context.Context, collection string, writes int) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if n := len(m.states); n > 0 && !m.states[n-1].Phase.Over() {
		counts := maps.Clone(m.states[n-1].Missed)
		if counts == nil {
			counts = map[string]int{}
		}
		counts[collection] += writes
		m.states[n-1].Missed = counts
	}
	return nil
}

// History implements Store.
func (m *Memory) History(_ context.Context, n int) ([]State, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	all := slices.Clone(m.states)
	slices.Reverse(all)
	return all[:min(n, len(all))], nil
}

type memoryHolder struct {
	m    *Memory
	gone bool
}

func (h *memoryHolder) Save(_ context.Context, s *State) error {
	h.m.mu.Lock()
	defer h.m.mu.Unlock()
	if h.gone {
		return ErrLost
	}
	for i := range h.m.states {
		if h.m.states[i].ID == s.ID {
			s.Paused, s.Missed = h.m.states[i].Paused, h.m.states[i].Missed
			h.m.states[i] = clone(s)
			return nil
		}
	}
	h.m.states = append(h.m.states, clone(s))
	return nil
}

// clone keeps what is stored apart from what the runner goes on changing.
func clone(s *State) State {
	c := *s
	c.Problems, c.Notes, c.Fill.Failed = slices.Clone(s.Problems), slices.Clone(s.Notes), slices.Clone(s.Fill.Failed)
	return c
}

func (h *memoryHolder) Release() {
	h.m.mu.Lock()
	defer h.m.mu.Unlock()
	if !h.gone {
		h.gone, h.m.held = true, false
	}
}

// Targets tells an index.Indexer which collections to write.
type Targets struct{ Store Store }

// Missed implements index.Missed.
func (t Targets) Missed(ctx context.Context, collection string, shows int) error {
	return t.Store.Missed(ctx, collection, shows)
}

// Targets implements index.Targets.
func (t Targets) Targets(ctx context.Context) ([]string, error) {
	s, err := t.Store.Current(ctx)
	if errors.Is(err, ErrNone) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return s.Targets(), nil
}
