package holdtest

import (
	"context"
	"fmt"
	"maps"
	"time"

	"github.com/stagedoor/stagedoor/origin/hold"
)

// patience bounds how long a test waits for what must come; it asserts nothing about how soon.
const patience = 2 * time.Minute

// View is what a reader knows of a performance: a snapshot and the deltas after it.
type View struct {
	Seq   int64
	Seats map[string]hold.SeatState
}

// Apply takes a delta in. It reports false for one that does not follow.
func (v *View) Apply(delta hold.Delta) bool {
	if delta.Seq <= v.Seq {
		return true // the snapshot had it
	}
	if delta.Seq != v.Seq+1 {
		return false
	}
	v.Seq = delta.Seq
	for seat, state := range delta.Seats {
		if state == hold.Free {
			delete(v.Seats, seat)
		} else {
			v.Seats[seat] = state
		}
	}
	return true
}

// watch subscribes and takes a snapshot, in this order.
func (n *night) watch(ctx context.Context) (<-chan hold.Delta, *View) {
	n.Helper()
	deltas, err := n.Feed.Subscribe(ctx, n.id)
	if err != nil {
		n.Fatal(err)
	}
	snapshot := n.snapshot()
	return deltas, &View{snapshot.Seq, maps.Clone(snapshot.Seats)}
}

// follow reads deltas until the view is as wanted.
func (n *night) follow(deltas <-chan hold.Delta, view *View, want map[string]hold.SeatState) {
	n.Helper()
	deadline := time.After(patience)
	for !maps.Equal(view.Seats, want) {
		select {
		case delta, open := <-deltas:
			if !open {
				n.Fatalf("the feed was closed; seen %v, want %v", view.Seats, want)
			}
			if !view.Apply(delta) {
				n.Fatalf("delta %d after %d", delta.Seq, view.Seq)
			}
		case <-deadline:
			n.Fatalf("seen %v, want %v", view.Seats, want)
		}
	}
}

func feed(n *night) {
	n.Judge.Sell(n.id, "Z-1")
	ctx, cancel := context.WithCancel(n.Context())
	deltas, view := n.watch(ctx)
	n.follow(deltas, view, states(hold.Sold, "Z-1"))
	h := n.mustAcquire("ada", "A-1", "A-2")
	n.wantTaken("ben", []string{"A-2"}, "A-2") // nothing changes, so nothing is told
	n.follow(deltas, view, map[string]hold.SeatState{"Z-1": hold.Sold, "A-1": hold.Held, "A-2": hold.Held})
	h = n.mustAcquire("ada", "A-2", "A-3")
	n.follow(deltas, view, map[string]hold.SeatState{"Z-1": hold.Sold, "A-2": hold.Held, "A-3": hold.Held})
	if err := n.Store.MarkSold(n.Context(), n.id, h.ID, h.Seats); err != nil {
		n.Fatal(err)
	}
	n.follow(deltas, view, states(hold.Sold, "Z-1", "A-2", "A-3"))
	if err := n.Store.MarkFree(n.Context(), n.id, []string{"Z-1"}); err != nil {
		n.Fatal(err)
	}
	n.follow(deltas, view, states(hold.Sold, "A-2", "A-3"))
	h = n.mustAcquire("ada", "A-1")
	if err := n.Store.Release(n.Context(), h.ID, "ada"); err != nil {
		n.Fatal(err)
	}
	n.mustAcquire("ben", "A-9")
	n.follow(deltas, view, map[string]hold.SeatState{"A-2": hold.Sold, "A-3": hold.Sold, "A-9": hold.Held})
	if got := n.snapshot(); got.Seq != view.Seq {
		n.Errorf("snapshot %d, the last delta was %d", got.Seq, view.Seq)
	}
	cancel()
	n.closed(deltas)
}

// closed wants the channel to be closed.
func (n *night) closed(deltas <-chan hold.Delta) {
	n.Helper()
	deadline := time.After(patience)
	for {
		select {
		case _, open := <-deltas:
			if !open {
				return
			}
		case <-deadline:
			n.Fatal("the feed is still open")
		}
	}
}

func feedTellsOfEnds(n *night) {
	deltas, view := n.watch(n.Context())
	n.mustAcquire("ada", "A-1")
	n.mustAcquire("ben", "A-2")
	n.follow(deltas, view, states(hold.Held, "A-1", "A-2"))
	n.Advance(n.TTL)
	n.follow(deltas, view, map[string]hold.SeatState{}) // nobody asked for the seats or for a snapshot
}

func slowReaders(n *night) {
	slow, err := n.Feed.Subscribe(n.Context(), n.id)
	if err != nil {
		n.Fatal(err)
	}
	deltas, view := n.watch(n.Context())
	for i := range 300 { // more than a reader may fall behind
		seat := fmt.Sprint("A-", i)
		h := n.mustAcquire("ada", seat)
		n.follow(deltas, view, states(hold.Held, seat))
		if err := n.Store.Release(n.Context(), h.ID, "ada"); err != nil {
			n.Fatal(err)
		}
		n.follow(deltas, view, map[string]hold.SeatState{})
	}
	n.closed(slow)
}
