// Package holdtest has the rules of package hold twice: as a Store in memory, simple enough to be seen right at a
// glance, for tests of what uses holds; and as a suite that every Store must pass.
package holdtest

import (
	"context"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/google/uuid"

	"github.com/stagedoor/stagedoor/origin/hold"
)

// Config is what a Memory works with.
type Config struct {
	TTL      time.Duration // 0: 5 minutes
	MaxSeats int           // 0: 12
	Sold     hold.SoldSeats
	Clock    func() time.Time // nil: time.Now
}

// Memory is a hold.Store and hold.Feed in memory. Holds end when somebody looks, or when Sweep is called.
type Memory struct {
	cfg   Config
	mu    sync.Mutex
	plays map[uuid.UUID]*play
}

var (
	_ hold.Store = (*Memory)(nil)
	_ hold.Feed  = (*Memory)(nil)

	_ hold.Finder    = (*Memory)(nil)
	_ hold.Pledger   = (*Memory)(nil)
	_ hold.Allocator = (*Memory)(nil)
)

type play struct {
	seq, token int64
	sold       map[string]bool
	withheld   map[string]bool
	holds      map[string]*lease
	readers    map[chan hold.Delta]bool
}

type lease struct {
	hold.Hold
	since   time.Time
	pledged time.Time // an order keeps the seats until then, if that is later than the hold
}

// over says whether the seats are let go.
func (l *lease) over(now time.Time) bool { return !now.Before(l.ExpiresAt) && !now.Before(l.pledged) }

// nobody is the session of what an order keeps when its buyer has another hold by now.
const nobody = "~"

// NewMemory makes an empty store.
func NewMemory(cfg Config) *Memory {
	if cfg.TTL == 0 {
		cfg.TTL = 5 * time.Minute
	}
	if cfg.MaxSeats == 0 {
		cfg.MaxSeats = 12
	}
	if cfg.Clock == nil {
		cfg.Clock = time.Now
	}
	return &Memory{cfg: cfg, plays: make(map[uuid.UUID]*play)}
}

// enter locks the store and brings a performance up to date; the caller unlocks. What changed until leave is one delta.
func (m *Memory) enter(ctx context.Context, id uuid.UUID) (p *play, now time.Time, leave func(), err error) {
	m.mu.Lock()
	now = m.cfg.Clock().Truncate(time.Millisecond).UTC()
	p = m.plays[id]
	if p == nil {
		p = &play{sold: map[string]bool{}, withheld: map[string]bool{}, holds: map[string]*lease{}, readers: map[chan hold.Delta]bool{}}
		if m.cfg.Sold != nil {
			seats, err := m.cfg.Sold.SoldSeats(ctx, id)
			if err != nil {
				m.mu.Unlock()
				return nil, now, nil, err
			}
			for _, seat := range seats {
				p.sold[seat] = true
			}
		}
		m.plays[id] = p
	}
	before := p.seats()
	for id, l := range p.holds {
		if l.over(now) {
			delete(p.holds, id)
		}
	}
	return p, now, func() { p.tell(before); m.mu.Unlock() }, nil
}

func (p *play) seats() map[string]hold.SeatState {
	seats := map[string]hold.SeatState{}
	for seat := range p.withheld {
		seats[seat] = hold.Withheld
	}
	for _, l := range p.holds {
		for _, seat := range l.Seats {
			seats[seat] = hold.Held
		}
	}
	for seat := range p.sold {
		seats[seat] = hold.Sold
	}
	return seats
}

// tell sends the difference to before to every reader.
func (p *play) tell(before map[string]hold.SeatState) {
	after, delta := p.seats(), map[string]hold.SeatState{}
	for seat, state := range after {
		if before[seat] != state {
			delta[seat] = state
		}
	}
	for seat := range before {
		if _, ok := after[seat]; !ok {
			delta[seat] = hold.Free
		}
	}
	if len(delta) == 0 {
		return
	}
	p.seq++
	for reader := range p.readers {
		select {
		case reader <- hold.Delta{Seq: p.seq, Seats: delta}:
		default:
			delete(p.readers, reader)
			close(reader)
		}
	}
}

// end is when a hold that is given its full time from a moment is over: no later than twice that time after the first
// of its seats was taken, and no earlier than it was before.
func (m *Memory) end(from time.Time, l *lease, full time.Duration) time.Time {
	end, most := from.Add(full), l.since.Add(2*full)
	if most.Before(end) {
		end = most
	}
	if end.Before(l.ExpiresAt) {
		return l.ExpiresAt
	}
	return end
}

// Get implements hold.Store.
func (m *Memory) Get(ctx context.Context, id string) (hold.Hold, error) {
	return m.change(ctx, id, func(*play, time.Time, *lease) error { return nil })
}

// Extend implements hold.Store.
func (m *Memory) Extend(ctx context.Context, id, session string) (hold.Hold, error) {
	return m.change(ctx, id, func(_ *play, _ time.Time, l *lease) error {
		if l.Session != session {
			return hold.ErrNotYours
		}
		end := m.end(l.ExpiresAt, l, m.cfg.TTL)
		if l.Extended || !end.After(l.ExpiresAt) {
			return hold.ErrExtended
		}
		l.Extended, l.ExpiresAt = true, end
		return nil
	})
}

// Release implements hold.Store.
func (m *Memory) Release(ctx context.Context, id, session string) error {
	performanceID, err := hold.PerformanceOf(id)
	if err != nil {
		return nil
	}
	p, now, leave, err := m.enter(ctx, performanceID)
	if err != nil {
		return err
	}
	defer leave()
	l := p.holds[id]
	switch {
	case l == nil:
	case l.Session == session:
		delete(p.holds, id)
	case now.Before(l.ExpiresAt):
		return hold.ErrNotYours
	}
	return nil
}

// change does something with a live hold.
func (m *Memory) change(ctx context.Context, id string, do func(*play, time.Time, *lease) error) (hold.Hold, error) {
	performanceID, err := hold.PerformanceOf(id)
	if err != nil {
		return hold.Hold{}, err
	}
	p, now, leave, err := m.enter(ctx, performanceID)
	if err != nil {
		return hold.Hold{}, err
	}
	defer leave()
	l := p.holds[id]
	if l == nil || !now.Before(l.ExpiresAt) {
		return hold.Hold{}, hold.ErrGone
	}
	if err := do(p, now, l); err != nil {
		return hold.Hold{}, err
	}
	return l.Hold, nil
}

// MarkSold implements hold.Store.
func (m *Memory) MarkSold(ctx context.Context, performanceID uuid.UUID, holdID string, seats []string) error {
	p, _, leave, err := m.enter(ctx, performanceID)
	if err != nil {
		return err
	}
	defer leave()
	delete(p.holds, holdID)
	for _, seat := range seats {
		for id, l := range p.holds {
			if slices.Contains(l.Seats, seat) {
				delete(p.holds, id)
			}
		}
		p.sold[seat] = true
	}
	return nil
}

// MarkFree implements hold.Store.
func (m *Memory) MarkFree(ctx context.Context, performanceID uuid.UUID, seats []string) error {
	p, _, leave, err := m.enter(ctx, performanceID)
	if err != nil {
		return err
	}
	defer leave()
	for _, seat := range seats {
		delete(p.sold, seat)
	}
	return nil
}

// Snapshot implements hold.Store.
func (m *Memory) Snapshot(ctx context.Context, performanceID uuid.UUID) (hold.Snapshot, error) {
	p, _, leave, err := m.enter(ctx, performanceID)
	if err != nil {
		return hold.Snapshot{}, err
	}
	leave()
	m.mu.Lock()
	defer m.mu.Unlock()
	return hold.Snapshot{Seq: p.seq, Seats: p.seats()}, nil
}

// Subscribe implements hold.Feed.
func (m *Memory) Subscribe(ctx context.Context, performanceID uuid.UUID) (<-chan hold.Delta, error) {
	p, _, leave, err := m.enter(ctx, performanceID)
	if err != nil {
		return nil, err
	}
	defer leave()
	reader := make(chan hold.Delta, 64)
	p.readers[reader] = true
	context.AfterFunc(ctx, func() {
		m.mu.Lock()
		defer m.mu.Unlock()
		if p.readers[reader] {
			delete(p.readers, reader)
			close(reader)
		}
	})
	return reader, nil
}

// Sweep ends every hold whose time is over.
func (m *Memory) Sweep(ctx context.Context) {
	m.mu.Lock()
	ids := slices.Collect(maps.Keys(m.plays))
	m.mu.Unlock()
	for _, id := range ids {
		if _, _, leave, err := m.enter(ctx, id); err == nil {
			leave()
		}
	}
}

// Withhold implements hold.Allocator.
func (m *Memory) Withhold(ctx context.Context, performanceID uuid.UUID, seats []string) error {
	p, _, leave, err := m.enter(ctx, performanceID)
	if err != nil {
		return err
	}
	defer leave()
	clear(p.withheld)
	for _, seat := range seats {
		p.withheld[seat] = true
	}
	return nil
}
