package swap_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/stagedoor/stagedoor/search/index"
	"github.com/stagedoor/stagedoor/search/swap"
)

// TestManyAtOnce: more shows than can be looked at one by one change just before the comparison. Those that writers
// write meanwhile are no reason to stop; those that nobody writes are.
func TestManyAtOnce(t *testing.T) {
	t.Parallel()
	for _, written := range []bool{true, false} {
		s := newStage(t, 60)
		s.swap.Doubts = 10
		var late []index.Show
		s.hook(swap.Checking, func() {
			for i := range 40 {
				late = append(late, s.change(id(i), func(d *index.Show) { d.Title = "Renamed" }))
			}
		})
		pauses := 0
		s.swap.Pause = func(ctx context.Context, d time.Duration) error {
			if pauses++; d != s.swap.Settle || !written {
				return ctx.Err()
			}
			report, err := s.writer().Upsert(ctx, late)
			return errors.Join(err, report.Err())
		}
		st, err := s.swap.Apply(t.Context(), swap.Options{Progress: s.progress})
		var parity *swap.ParityError
		switch {
		case written && (err != nil || st.Phase != swap.Swapped || st.Check.Compared != 60 || st.Check.Equal != 60):
			t.Errorf("written meanwhile: %v, %+v", err, st)
		case !written && (!errors.As(err, &parity) || pauses != 1):
			t.Errorf("never written: %v after %d pauses, %+v", err, pauses, st)
		}
	}
}
