package booking

import (
	"testing"
	"time"

	"github.com/google/uuid"
)

func TestFenceAdmits(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 21, 19, 0, 0, 0, time.UTC)
	grace := 30 * time.Second
	mine, other := uuid.New(), uuid.New()
	live := fence{Token: 5, OrderID: other, HoldID: "theirs", State: AwaitingPayment, ExpiresAt: now.Add(time.Minute)}
	with := func(f fence, change func(*fence)) fence { change(&f); return f }
	buying := claim{OrderID: mine, HoldID: "mine", Token: 6}
	paid := claim{OrderID: mine, HoldID: "mine", Token: 4, Paid: true}
	cases := []struct {
		name  string
		fence fence
		claim claim
		want  bool
	}{
		{"my own fence", fence{Token: 6, OrderID: mine, State: AwaitingPayment, ExpiresAt: now}, buying, true},
		{"assigned, even to a dead order", with(live, func(f *fence) { f.Assigned, f.State = true, Expired }), buying, false},
		{"a live order stands against a newer token", live, buying, false},
		{"a live order stands against a late payment", live, paid, false},
		{"within its grace an order is live", with(live, func(f *fence) { f.ExpiresAt = now.Add(-29 * time.Second) }), buying, false},
		{"after it, the newer token wins", with(live, func(f *fence) { f.ExpiresAt = now.Add(-grace) }), buying, true},
		{"an expired order gives way to a newer token", with(live, func(f *fence) { f.State = Expired }), buying, true},
		{"an older token loses against a dead order too", with(live, func(f *fence) { f.State, f.Token = Expired, 7 }), buying, false},
		{"an equal token is not newer", with(live, func(f *fence) { f.State, f.Token = Cancelled, 6 }), buying, false},
		{"unless it is the same hold ordered anew", with(live, func(f *fence) { f.State, f.Token, f.HoldID = Cancelled, 6, "mine" }), buying, true},
		{"money that came late takes what was let go", with(live, func(f *fence) { f.State = Expired }), paid, true},
		{"and what was refunded", with(live, func(f *fence) { f.State = Refunded }), paid, true},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			if got := c.fence.admits(c.claim, now, grace); got != c.want {
				t.Errorf("admits = %t, want %t", got, c.want)
			}
		})
	}
}
