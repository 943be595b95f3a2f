package swap_test

import (
	"context"
	"slices"
	"testing"
	"time"

	"github.com/stagedoor/stagedoor/search/index"
	"github.com/stagedoor/stagedoor/search/swap"
)

// TestAShowWrittenMeanwhileIsNoDifference: the catalogue writes a show after it was looked at, and before it is asked which
// shows wait.
func TestAShowWrittenMeanwhileIsNoDifference(t *testing.T) {
	t.Parallel()
	s := newStage(t, 30)
	s.swap.Doubts, s.swap.Settle = 100, time.Second
	var waiting []index.Show
	s.hook(swap.Checking, func() {
		for i := range 20 {
			waiting = append(waiting, s.change(id(i), func(d *index.Show) { d.Title = "Renamed" }))
		}
	})
	s.swap.Waiting = func(ctx context.Context, ids []string) ([]string, error) {
		if len(waiting) > 0 {
			report, err := s.writer().Upsert(ctx, waiting[:1])
			if err != nil || report.Err() != nil {
				return nil, err
			}
			waiting = waiting[1:]
		}
		var out []string
		for _, d := range waiting {
			if slices.Contains(ids, d.ID) {
				out = append(out, d.ID)
			}
		}
		return out, nil
	}
	s.swap.Pause = func(ctx context.Context, _ time.Duration) error { return ctx.Err() }
	st, err := s.swap.Apply(t.Context(), swap.Options{Progress: s.progress})
	if err != nil || st.Phase != swap.Swapped {
		t.Fatalf("%v %+v", err, st.Problems)
	}
}
