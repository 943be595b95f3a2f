package holdtest

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/google/uuid"

	"github.com/stagedoor/stagedoor/origin/hold"
)

func allOrNone(n *night) {
	h := n.mustAcquire("ada", "A-1", "A-2")
	if !slices.Equal(h.Seats, []string{"A-1", "A-2"}) || h.Session != "ada" || h.PerformanceID != n.id || h.Extended {
		n.Errorf("hold %+v", h)
	}
	if id, err := hold.PerformanceOf(h.ID); err != nil || id != n.id {
		n.Errorf("the ID names performance %v, %v", id, err)
	}
	n.wantTaken("ben", []string{"A-2", "A-3"}, "A-2")
	n.wantTaken("ben", []string{"A-1", "A-2"}, "A-1", "A-2")
	n.wantSeats(states(hold.Held, "A-1", "A-2"))
	n.mustAcquire("ben", "A-3")
	other := &night{T: n.T, House: n.House, id: uuid.New()}
	other.mustAcquire("ben", "A-1")
}

func swap(n *night) {
	first := n.mustAcquire("ada", "A-1", "A-2")
	second := n.mustAcquire("ada", "A-2", "A-3")
	if second.ID == first.ID || second.Token <= first.Token {
		n.Errorf("the new hold has ID %s and token %d, the old one %s and %d", second.ID, second.Token, first.ID, first.Token)
	}
	_, err := n.Store.Get(n.Context(), first.ID)
	n.wantErr(err, hold.ErrGone)
	n.wantSeats(states(hold.Held, "A-2", "A-3"))
	n.mustAcquire("ben", "A-1")
	n.wantTaken("ada", []string{"A-1", "A-4"}, "A-1")
	if _, err := n.Store.Get(n.Context(), second.ID); err != nil {
		n.Errorf("after a refusal the hold is lost: %v", err)
	}
	n.wantSeats(states(hold.Held, "A-1", "A-2", "A-3"))
}

func swapKeepsTheTime(n *night) {
	first := n.mustAcquire("ada", "A-1")
	latest := first.ExpiresAt.Add(n.TTL)
	for range 8 {
		n.Advance(n.TTL / 2)
		h, err := n.acquire("ada", "A-1")
		if err != nil {
			n.Fatal(err)
		}
		if h.ExpiresAt.After(latest) {
			// It must be a new one, taken after the old one was over.
			if h.ExpiresAt.Before(latest.Add(n.TTL)) {
				n.Fatalf("kept until %s, %s at the latest", h.ExpiresAt, latest)
			}
			return
		}
	}
	n.Error("the seat was kept for ever")
}

func get(n *night) {
	h := n.mustAcquire("ada", "A-1", "A-2")
	got, err := n.Store.Get(n.Context(), h.ID)
	if err != nil {
		n.Fatal(err)
	}
	if got.ID != h.ID || got.Session != "ada" || got.Token != h.Token || !got.ExpiresAt.Equal(h.ExpiresAt) || !slices.Equal(got.Seats, h.Seats) {
		n.Errorf("got %+v, want %+v", got, h)
	}
	for _, id := range []string{hold.NewID(n.id), hold.NewID(uuid.New()), "", "nonsense"} {
		_, err := n.Store.Get(n.Context(), id)
		n.wantErr(err, hold.ErrGone)
	}
}

func extend(n *night) {
	h := n.mustAcquire("ada", "A-1")
	n.Advance(n.TTL / 2)
	_, err := n.Store.Extend(n.Context(), h.ID, "ben")
	n.wantErr(err, hold.ErrNotYours)
	longer, err := n.Store.Extend(n.Context(), h.ID, "ada")
	if err != nil {
		n.Fatal(err)
	}
	if !longer.Extended || !longer.ExpiresAt.Equal(h.ExpiresAt.Add(n.TTL)) || longer.Token != h.Token {
		n.Errorf("extended %+v, was %+v", longer, h)
	}
	_, err = n.Store.Extend(n.Context(), h.ID, "ada")
	n.wantErr(err, hold.ErrExtended)
	n.Advance(n.TTL*3/2 - time.Millisecond)
	if _, err := n.Store.Get(n.Context(), h.ID); err != nil {
		n.Errorf("over before its extended time: %v", err)
	}
	n.Advance(time.Millisecond)
	_, err = n.Store.Extend(n.Context(), h.ID, "ada")
	n.wantErr(err, hold.ErrGone)
}

// However a hold is extended and taken anew, a seat is kept twice the full time at most; and what an extension gave is
// not lost by changing one's mind about a neighbour.
func extensionIsCapped(n *night) {
	first := n.mustAcquire("ada", "A-1")
	latest := first.ExpiresAt.Add(n.TTL)
	longer, err := n.Store.Extend(n.Context(), first.ID, "ada") // at once: nothing of it is wasted
	if err != nil || !longer.ExpiresAt.Equal(latest) {
		n.Errorf("extended at once until %s, %v, want %s", longer.ExpiresAt, err, latest)
	}
	changed := n.mustAcquire("ada", "A-1", "A-2")
	if !changed.ExpiresAt.Equal(latest) || !changed.Extended {
		n.Errorf("with another seat: %+v, want until %s", changed, latest)
	}
	_, err = n.Store.Extend(n.Context(), changed.ID, "ada")
	n.wantErr(err, hold.ErrExtended)

	late := n.mustAcquire("ben", "A-3")
	n.Advance(n.TTL / 2)
	again := n.mustAcquire("ben", "A-3", "A-4") // half a time later than it was
	longer, err = n.Store.Extend(n.Context(), again.ID, "ben")
	if want := late.ExpiresAt.Add(n.TTL); err != nil || !longer.ExpiresAt.Equal(want) {
		n.Errorf("taken anew and extended: until %s, %v, want %s", longer.ExpiresAt, err, want)
	}
}

func release(n *night) {
	h := n.mustAcquire("ada", "A-1", "A-2")
	n.wantErr(n.Store.Release(n.Context(), h.ID, "ben"), hold.ErrNotYours)
	n.wantSeats(states(hold.Held, "A-1", "A-2"))
	for range 2 {
		if err := n.Store.Release(n.Context(), h.ID, "ada"); err != nil {
			n.Fatal(err)
		}
	}
	n.wantSeats(nil)
	n.mustAcquire("ben", "A-1")
	if err := n.Store.Release(n.Context(), h.ID, "ada"); err != nil {
		n.Fatal(err)
	}
	n.wantSeats(states(hold.Held, "A-1"))
	if err := n.Store.Release(n.Context(), "nonsense", "ada"); err != nil {
		n.Errorf("releasing what never was: %v", err)
	}
}

func end(n *night) {
	h := n.mustAcquire("ada", "A-1", "A-2")
	n.Advance(n.TTL - time.Millisecond)
	n.wantTaken("ben", []string{"A-1"}, "A-1")
	n.Advance(time.Millisecond)
	_, err := n.Store.Get(n.Context(), h.ID)
	n.wantErr(err, hold.ErrGone)
	n.wantSeats(nil)
	n.mustAcquire("ben", "A-1")
}

func sold(n *night) {
	n.Judge.Sell(n.id, "Z-1")
	n.wantTaken("ada", []string{"Z-1", "A-1"}, "Z-1")
	h := n.mustAcquire("ada", "A-1", "A-2")
	caught := n.mustAcquire("ben", "A-4", "A-5")
	// A-4 was sold to somebody who had paid before Ben came (his hold was lost, say): Ben can't have it any more.
	n.Judge.Sell(n.id, "A-1", "A-2", "A-4")
	for range 2 {
		if err := n.Store.MarkSold(n.Context(), n.id, h.ID, []string{"A-1", "A-2", "A-4"}); err != nil {
			n.Fatal(err)
		}
	}
	n.wantSeats(states(hold.Sold, "Z-1", "A-1", "A-2", "A-4"))
	for _, id := range []string{h.ID, caught.ID} {
		_, err := n.Store.Get(n.Context(), id)
		n.wantErr(err, hold.ErrGone)
	}
	n.wantErr(n.Store.Release(n.Context(), h.ID, "ada"), nil)
	n.wantTaken("ada", []string{"A-1"}, "A-1")

	n.Judge.Refund(n.id, "A-1", "Z-1")
	for range 2 {
		if err := n.Store.MarkFree(n.Context(), n.id, []string{"A-1", "Z-1", "A-9"}); err != nil {
			n.Fatal(err)
		}
	}
	n.wantSeats(states(hold.Sold, "A-2", "A-4"))
	n.mustAcquire("ben", "A-1")
	if err := n.Store.MarkFree(n.Context(), n.id, []string{"A-1"}); err != nil {
		n.Fatal(err)
	}
	n.wantTaken("ada", []string{"A-1"}, "A-1")
	if err := n.Store.MarkSold(n.Context(), n.id, "", nil); err != nil {
		n.Errorf("nothing sold: %v", err)
	}
}

func tokensGrow(n *night) {
	var last int64
	for i := range 20 {
		h := n.mustAcquire("ada", fmt.Sprint("A-", i%3))
		if h.Token <= last {
			n.Fatalf("token %d after %d", h.Token, last)
		}
		last = h.Token
	}
}

func limits(n *night) {
	seats := make([]string, n.Most+1)
	for i := range seats {
		seats[i] = fmt.Sprint("A-", i)
	}
	n.mustAcquire("ada", seats[:n.Most]...)
	for _, test := range []struct {
		session string
		seats   []string
		field   string
	}{
		{"ben", seats, "seats"},
		{"ben", nil, "seats"},
		{"ben", []string{"B-1", "B-1"}, "seats[1]"},
		{"ben", []string{"B-1", "#token"}, "seats[1]"},
		{"ben", []string{"B 1"}, "seats[0]"},
		{"", []string{"B-1"}, "session"},
		{"ben jonson", []string{"B-1"}, "session"},
	} {
		_, err := n.acquire(test.session, test.seats...)
		var invalid *hold.InvalidError
		if !errors.As(err, &invalid) || invalid.Field != test.field {
			n.Errorf("%q asks for %v: %v, want an InvalidError of %s", test.session, test.seats, err, test.field)
		}
	}
	n.wantSeats(states(hold.Held, seats[:n.Most]...))
}
