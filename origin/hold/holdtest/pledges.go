package holdtest

import (
	"time"

	"github.com/stagedoor/stagedoor/origin/hold"
)

func pledge(n *night) {
	h := n.mustAcquire("ada", "A-1", "A-2")
	until := h.ExpiresAt.Add(30 * time.Second)
	n.wantErr(n.Store.Pledge(n.Context(), h.ID, until), nil)
	n.wantErr(n.Store.Pledge(n.Context(), h.ID, h.ExpiresAt), nil) // sooner: it changes nothing
	n.Advance(n.TTL)
	_, err := n.Store.Get(n.Context(), h.ID)
	n.wantErr(err, hold.ErrGone)
	_, err = n.Store.Extend(n.Context(), h.ID, "ada")
	n.wantErr(err, hold.ErrGone)
	n.wantTaken("ben", []string{"A-1"}, "A-1")
	n.wantErr(n.Store.Release(n.Context(), h.ID, "ben"), nil)
	n.wantSeats(states(hold.Held, "A-1", "A-2"))
	n.Advance(30*time.Second - time.Millisecond)
	n.wantTaken("ben", []string{"A-1"}, "A-1")
	n.Advance(time.Millisecond)
	n.wantSeats(nil)
	n.wantErr(n.Store.Pledge(n.Context(), h.ID, until.Add(time.Hour)), hold.ErrGone)
	n.wantErr(n.Store.Unpledge(n.Context(), h.ID), nil)

	// An order that is over lets go of what only it kept, and of nothing else.
	h = n.mustAcquire("ben", "A-1")
	n.wantErr(n.Store.Pledge(n.Context(), h.ID, h.ExpiresAt.Add(time.Hour)), nil)
	n.wantErr(n.Store.Unpledge(n.Context(), h.ID), nil)
	n.wantSeats(states(hold.Held, "A-1"))
	n.wantErr(n.Store.Pledge(n.Context(), h.ID, h.ExpiresAt.Add(time.Hour)), nil)
	n.Advance(n.TTL)
	n.wantSeats(states(hold.Held, "A-1"))
	n.wantErr(n.Store.Unpledge(n.Context(), h.ID), nil)
	n.wantSeats(nil)
	n.wantErr(n.Store.Pledge(n.Context(), "nonsense", until), hold.ErrGone)
}

func pledgeAndSwap(n *night) {
	h := n.mustAcquire("ada", "A-1", "A-2")
	n.wantErr(n.Store.Pledge(n.Context(), h.ID, h.ExpiresAt.Add(30*time.Second)), nil)
	second := n.mustAcquire("ada", "A-2", "A-3")
	_, err := n.Store.Get(n.Context(), h.ID)
	n.wantErr(err, hold.ErrGone)
	n.wantSeats(states(hold.Held, "A-1", "A-2", "A-3")) // A-1 is still her order's
	n.wantTaken("ada", []string{"A-1"}, "A-1")
	n.wantErr(n.Store.Unpledge(n.Context(), h.ID), nil)
	n.wantSeats(states(hold.Held, "A-2", "A-3"))

	// In the grace after the end its own buyer may take the seats anew, no longer than in all twice the full time.
	n.wantErr(n.Store.Pledge(n.Context(), second.ID, second.ExpiresAt.Add(3*n.TTL)), nil)
	n.Advance(n.TTL)
	third := n.mustAcquire("ada", "A-2", "A-3")
	if want := second.ExpiresAt.Add(n.TTL); third.ExpiresAt.After(want) {
		n.Errorf("kept until %s, want %s at the latest", third.ExpiresAt, want)
	}
	n.wantErr(n.Store.Pledge(n.Context(), third.ID, third.ExpiresAt.Add(n.TTL)), nil)
	n.Advance(n.TTL)
	n.wantTaken("ada", []string{"A-2"}, "A-2")
}

func boxOffice(n *night) {
	n.wantErr(n.Store.Withhold(n.Context(), n.id, nil), nil)
	deltas, view := n.watch(n.Context())
	n.mustAcquire("ada", "A-1")
	n.wantErr(n.Store.Withhold(n.Context(), n.id, []string{"A-1", "A-2", "A-3"}), nil)
	want := map[string]hold.SeatState{"A-1": hold.Held, "A-2": hold.Withheld, "A-3": hold.Withheld}
	n.wantSeats(want)
	n.follow(deltas, view, want)
	n.wantTaken("ben", []string{"A-2", "A-4"}, "A-2")
	long := n.TTL * 5
	h, err := n.Store.Acquire(n.Context(), hold.Request{PerformanceID: n.id, Session: "desk", Seats: []string{"A-2", "A-4"}, Channel: hold.BoxOffice, For: long})
	if err != nil {
		n.Fatal(err)
	}
	n.Advance(n.TTL * 4)
	if _, err := n.Store.Get(n.Context(), h.ID); err != nil {
		n.Errorf("a long hold was over before its time: %v", err)
	}
	n.wantSeats(map[string]hold.SeatState{"A-1": hold.Withheld, "A-2": hold.Held, "A-3": hold.Withheld, "A-4": hold.Held})
	n.wantErr(n.Store.Release(n.Context(), h.ID, "desk"), nil)
	n.wantSeats(states(hold.Withheld, "A-1", "A-2", "A-3"))
	n.Judge.Sell(n.id, "A-2")
	n.wantErr(n.Store.MarkSold(n.Context(), n.id, "", []string{"A-2"}), nil)
	n.wantErr(n.Store.Withhold(n.Context(), n.id, []string{"A-2"}), nil)
	n.wantSeats(states(hold.Sold, "A-2"))
	n.Judge.Refund(n.id, "A-2")
	n.wantErr(n.Store.MarkFree(n.Context(), n.id, []string{"A-2"}), nil)
	n.wantSeats(states(hold.Withheld, "A-2"))
	n.wantErr(n.Store.Withhold(n.Context(), n.id, nil), nil)
	n.follow(deltas, view, map[string]hold.SeatState{})
}
