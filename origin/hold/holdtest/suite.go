package holdtest

import (
	"context"
	"errors"
	"maps"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/stagedoor/stagedoor/origin/hold"
)

// Store is all that keeps holds.
type Store interface {
	hold.Store
	hold.Finder
	hold.Pledger
	hold.Allocator
}

// House is a store under test with what is around it.
type House struct {
	Store   Store
	Feed    hold.Feed
	Judge   *Judge
	TTL     time.Duration         // full time of a hold, at least a second
	Most    int                   // seats in a hold
	Advance func(d time.Duration) // moves the store's clock on
}

// Judge is a hold.SoldSeats that tests can tell what was sold.
type Judge struct {
	mu    sync.Mutex
	sold  map[uuid.UUID]map[string]bool
	fail  error
	asked int
	hook  func()
}

// Sell and Refund change the judge's list, as a committed transaction would.
func (j *Judge) Sell(performanceID uuid.UUID, seats ...string) {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.sold == nil {
		j.sold = make(map[uuid.UUID]map[string]bool)
	}
	if j.sold[performanceID] == nil {
		j.sold[performanceID] = make(map[string]bool)
	}
	for _, seat := range seats {
		j.sold[performanceID][seat] = true
	}
}

// Refund takes seats off the list.
func (j *Judge) Refund(performanceID uuid.UUID, seats ...string) {
	j.mu.Lock()
	defer j.mu.Unlock()
	for _, seat := range seats {
		delete(j.sold[performanceID], seat)
	}
}

// Fail makes the judge answer with an error until it is called with nil.
func (j *Judge) Fail(err error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.fail = err
}

// Before runs once, after the judge has made up its next answer and before that is heard.
func (j *Judge) Before(hook func()) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.hook = hook
}

// Asked is how often the judge was asked.
func (j *Judge) Asked() int {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.asked
}

// SoldSeats implements hold.SoldSeats.
func (j *Judge) SoldSeats(_ context.Context, performanceID uuid.UUID) ([]string, error) {
	j.mu.Lock()
	j.asked++
	seats, err, hook := slices.Sorted(maps.Keys(j.sold[performanceID])), j.fail, j.hook
	j.hook = nil
	j.mu.Unlock()
	if hook != nil {
		hook()
	}
	return seats, err
}

// Run puts a store through everything that package hold promises. open is called for every test.
func Run(t *testing.T, open func(t *testing.T) House) {
	for _, test := range []struct {
		name string
		run  func(*night)
	}{
		{"all or none", allOrNone},
		{"a new hold takes the place of the old one", swap},
		{"seats are not kept for ever by taking them again", swapKeepsTheTime},
		{"get", get},
		{"extend", extend},
		{"an extension is capped", extensionIsCapped},
		{"release", release},
		{"end", end},
		{"sold", sold},
		{"tokens grow", tokensGrow},
		{"limits", limits},
		{"feed", feed},
		{"feed tells of ends", feedTellsOfEnds},
		{"slow readers", slowReaders},
		{"race for seats", race},
		{"no seat is left alone", noSeatLeftAlone},
		{"areas without numbers", generalAdmission},
		{"best seats", best},
		{"best seats for wheelchair users", bestAccessible},
		{"race for the best seats", raceForTheBest},
		{"a pledge keeps the seats", pledge},
		{"a pledge outlives the buyer's new hold", pledgeAndSwap},
		{"the box office", boxOffice},
		{"same as the model", sameAsModel},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			test.run(&night{T: t, House: open(t), id: uuid.New()})
		})
	}
}

// night is one performance in one test.
type night struct {
	*testing.T
	House
	id uuid.UUID
}

func (n *night) acquire(session string, seats ...string) (hold.Hold, error) {
	return n.Store.Acquire(n.Context(), hold.Request{PerformanceID: n.id, Session: session, Seats: seats})
}

func (n *night) mustAcquire(session string, seats ...string) hold.Hold {
	n.Helper()
	h, err := n.acquire(session, seats...)
	if err != nil {
		n.Fatalf("%s can't have %v: %v", session, seats, err)
	}
	return h
}

func (n *night) wantTaken(session string, seats []string, taken ...string) {
	n.Helper()
	_, err := n.acquire(session, seats...)
	var refused *hold.TakenError
	if !errors.As(err, &refused) {
		n.Fatalf("%s asks for %v: %v, want a TakenError", session, seats, err)
	}
	slices.Sort(refused.Seats)
	if !slices.Equal(refused.Seats, taken) {
		n.Fatalf("taken %v, want %v", refused.Seats, taken)
	}
}

func (n *night) wantErr(err, want error) {
	n.Helper()
	if !errors.Is(err, want) {
		n.Fatalf("got %v, want %v", err, want)
	}
}

func (n *night) snapshot() hold.Snapshot {
	n.Helper()
	snapshot, err := n.Store.Snapshot(n.Context(), n.id)
	if err != nil {
		n.Fatal(err)
	}
	return snapshot
}

func (n *night) wantSeats(want map[string]hold.SeatState) {
	n.Helper()
	if got := n.snapshot().Seats; !maps.Equal(got, want) {
		n.Fatalf("seats %v, want %v", got, want)
	}
}

func states(state hold.SeatState, seats ...string) map[string]hold.SeatState {
	m := map[string]hold.SeatState{}
	for _, seat := range seats {
		m[seat] = state
	}
	return m
}
