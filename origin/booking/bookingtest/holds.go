package bookingtest

import (
	"context"
	"errors"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/google/uuid"

	"github.com/stagedoor/stagedoor/origin/hold"
)

// HoldFor is how long a hold lasts.
const HoldFor = 5 * time.Minute

// Holds keeps holds in memory, by the contract of hold.Store.
type Holds struct {
	Now func() time.Time

	mu     sync.Mutex
	token  int64
	seq    int64
	holds  map[string]hold.Hold
	lost   map[string]hold.Hold
	sold   map[uuid.UUID]map[string]bool
	broken bool
}

// NewHolds makes an empty store.
func NewHolds(now func() time.Time) *Holds {
	h := &Holds{Now: now, lost: map[string]hold.Hold{}}
	h.Lose()
	return h
}

// Lose forgets everything but the fencing token, as an emptied Redis does.
func (h *Holds) Lose() {
	h.mu.Lock()
	defer h.mu.Unlock()
	maps.Copy(h.lost, h.holds)
	h.holds, h.sold = map[string]hold.Hold{}, map[uuid.UUID]map[string]bool{}
}

// Remember brings back every hold that was lost, however many keep the same seat: as if whoever asks had read its
// own just before.
func (h *Holds) Remember() {
	h.mu.Lock()
	defer h.mu.Unlock()
	maps.Copy(h.holds, h.lost)
}

// Break makes every call fail until it is called with false.
func (h *Holds) Break(broken bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.broken = broken
}

// Sold lists the seats marked as sold.
func (h *Holds) Sold(performanceID uuid.UUID) []string {
	h.mu.Lock()
	defer h.mu.Unlock()
	return slices.Sorted(maps.Keys(h.sold[performanceID]))
}

var errBroken = errors.New("bookingtest: Redis is down")

// lock takes the lock or fails as a broken Redis does.
func (h *Holds) lock() error {
	h.mu.Lock()
	if h.broken {
		h.mu.Unlock()
		return errBroken
	}
	return nil
}

func (h *Holds) live(id string) (hold.Hold, error) {
	kept, ok := h.holds[id]
	if !ok || !h.Now().Before(kept.ExpiresAt) {
		return hold.Hold{}, hold.ErrGone
	}
	return kept, nil
}

func (h *Holds) keeper(performanceID uuid.UUID, seat string) (hold.Hold, bool) {
	for id, kept := range h.holds {
		if kept.PerformanceID == performanceID && slices.Contains(kept.Seats, seat) {
			if live, err := h.live(id); err == nil {
				return live, true
			}
		}
	}
	return hold.Hold{}, false
}

// Acquire implements hold.Store.
func (h *Holds) Acquire(_ context.Context, r hold.Request) (hold.Hold, error) {
	if err := h.lock(); err != nil {
		return hold.Hold{}, err
	}
	defer h.mu.Unlock()
	var taken []string
	for _, seat := range r.Seats {
		keeper, held := h.keeper(r.PerformanceID, seat)
		if held && keeper.Session != r.Session || h.sold[r.PerformanceID][seat] {
			taken = append(taken, seat)
		}
	}
	if taken != nil {
		return hold.Hold{}, &hold.TakenError{Seats: taken}
	}
	maps.DeleteFunc(h.holds, func(_ string, kept hold.Hold) bool { // the new hold takes the place of the old
		return kept.PerformanceID == r.PerformanceID && kept.Session == r.Session
	})
	h.token++
	h.seq++
	kept := hold.Hold{
		ID: hold.NewID(r.PerformanceID), PerformanceID: r.PerformanceID, Session: r.Session,
		Seats: slices.Clone(r.Seats), Token: h.token, ExpiresAt: h.Now().Add(HoldFor),
	}
	h.holds[kept.ID] = kept
	return kept, nil
}

// Get implements hold.Store.
func (h *Holds) Get(_ context.Context, id string) (hold.Hold, error) {
	if err := h.lock(); err != nil {
		return hold.Hold{}, err
	}
	defer h.mu.Unlock()
	return h.live(id)
}

// Extend implements hold.Store.
func (h *Holds) Extend(_ context.Context, id, session string) (hold.Hold, error) {
	if err := h.lock(); err != nil {
		return hold.Hold{}, err
	}
	defer h.mu.Unlock()
	kept, err := h.live(id)
	switch {
	case err != nil:
		return kept, err
	case kept.Session != session:
		return kept, hold.ErrNotYours
	case kept.Extended:
		return kept, hold.ErrExtended
	}
	kept.Extended, kept.ExpiresAt = true, kept.ExpiresAt.Add(HoldFor)
	h.holds[id] = kept
	return kept, nil
}

// Release implements hold.Store.
func (h *Holds) Release(_ context.Context, id, session string) error {
	if err := h.lock(); err != nil {
		return err
	}
	defer h.mu.Unlock()
	kept, err := h.live(id)
	switch {
	case err != nil:
		return nil
	case kept.Session != session:
		return hold.ErrNotYours
	}
	h.seq++
	delete(h.holds, id)
	return nil
}

// MarkSold implements hold.Store.
func (h *Holds) MarkSold(_ context.Context, performanceID uuid.UUID, holdID string, seats []string) error {
	if err := h.lock(); err != nil {
		return err
	}
	defer h.mu.Unlock()
	h.seq++
	delete(h.holds, holdID)
	if h.sold[performanceID] == nil {
		h.sold[performanceID] = map[string]bool{}
	}
	for _, seat := range seats {
		h.sold[performanceID][seat] = true
	}
	return nil
}

// MarkFree implements hold.Store.
func (h *Holds) MarkFree(_ context.Context, performanceID uuid.UUID, seats []string) error {
	if err := h.lock(); err != nil {
		return err
	}
	defer h.mu.Unlock()
	h.seq++
	for _, seat := range seats {
		delete(h.sold[performanceID], seat)
	}
	return nil
}

// Snapshot implements hold.Store.
func (h *Holds) Snapshot(_ context.Context, performanceID uuid.UUID) (hold.Snapshot, error) {
	if err := h.lock(); err != nil {
		return hold.Snapshot{}, err
	}
	defer h.mu.Unlock()
	snapshot := hold.Snapshot{Seq: h.seq, Seats: map[string]hold.SeatState{}}
	for id, kept := range h.holds {
		if _, err := h.live(id); err != nil || kept.PerformanceID != performanceID {
			continue
		}
		for _, seat := range kept.Seats {
			snapshot.Seats[seat] = hold.Held
		}
	}
	for seat := range h.sold[performanceID] {
		snapshot.Seats[seat] = hold.Sold
	}
	return snapshot, nil
}

var _ hold.Store = (*Holds)(nil)
