package holdredis

import (
	"context"
	"maps"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/stagedoor/stagedoor/origin/hold"
)

func TestParseDelta(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name, text string
		want       hold.Delta
		wrong      bool
	}{
		{name: "empty", text: "7", want: hold.Delta{Seq: 7}},
		{name: "all states", text: "1763719200000001\nf A-1 A-2\nh B-1\ns C-1", want: hold.Delta{Seq: 1763719200000001, Seats: map[string]hold.SeatState{
			"A-1": hold.Free, "A-2": hold.Free, "B-1": hold.Held, "C-1": hold.Sold}}},
		{name: "nothing", text: "", wrong: true},
		{name: "no number", text: "x\nf A-1", wrong: true},
		{name: "unknown state", text: "7\nq A-1", wrong: true},
	} {
		t.Run(test.name, func(t *testing.T) {
			got, err := parseDelta(test.text)
			if (err != nil) != test.wrong || err == nil && (got.Seq != test.want.Seq || !maps.Equal(got.Seats, test.want.Seats)) {
				t.Errorf("%v, %v; want %v", got, err, test.want)
			}
		})
	}
}

// Nobody may be given what was read before they asked.
func TestCoalescerNeverAnswersWithAnOlderState(t *testing.T) {
	t.Parallel()
	var shared coalescer[string, int64]
	var state, works atomic.Int64
	var callers sync.WaitGroup
	for range 50 {
		callers.Go(func() {
			for range 50 {
				asked := state.Add(1)
				got, err := shared.do(t.Context(), "key", func(context.Context) (int64, error) {
					works.Add(1)
					return state.Load(), nil
				})
				if err != nil || got < asked {
					t.Errorf("asked at %d, answered %d, %v", asked, got, err)
				}
			}
		})
	}
	callers.Wait()
	t.Logf("%d questions, %d readings", state.Load(), works.Load())
}
