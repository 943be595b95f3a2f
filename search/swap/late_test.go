package swap_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stagedoor/stagedoor/search/index"
	"github.com/stagedoor/stagedoor/search/swap"
)

// late is a stage whose writers are told of changes of some shows only after very many looks: the database has them, and
// the catalogue is behind. It never becomes fewer than keep.
func late(t *testing.T, doubts, keep int) (*stage, *int) {
	s := newStage(t, 30)
	s.swap.Doubts, s.swap.Settle = doubts, time.Second // the time of Pause, which does not pass here
	var waiting []index.Show
	s.hook(swap.Checking, func() {
		for i := range 20 {
			waiting = append(waiting, s.change(id(i), func(d *index.Show) { d.Title = "Renamed" }))
		}
	})
	s.swap.Waiting = func(_ context.Context, ids []string) ([]string, error) {
		var out []string
		for _, d := range waiting {
			if slices.Contains(ids, d.ID) {
				out = append(out, d.ID)
			}
		}
		return out, nil
	}
	looks, patience := new(int), 2*int(s.swap.Settle/(250*time.Millisecond))
	s.swap.Pause = func(ctx context.Context, _ time.Duration) error {
		if *looks++; *looks > patience && len(waiting) > keep {
			report, err := s.writer().Upsert(ctx, waiting[:1])
			waiting = waiting[1:]
			return errors.Join(err, report.Err())
		}
		return ctx.Err()
	}
	return s, looks
}

// TestACatalogueThatIsBehindIsWaitedFor: shows of which the writers have not been told yet differ for longer than writers
// need, and are no reason to stop; how many there are is told.
func TestACatalogueThatIsBehindIsWaitedFor(t *testing.T) {
	t.Parallel()
	for name, doubts := range map[string]int{"a few": 100, "too many to look at one by one": 5} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, looks := late(t, doubts, 0)
			told := 0
			st, err := s.swap.Apply(t.Context(), swap.Options{Progress: func(st swap.State) {
				s.progress(st)
				told = max(told, st.Check.Waiting)
			}})
			if err != nil || st.Phase != swap.Swapped || told < 15 || st.Check.Waiting != 0 {
				t.Fatalf("%v after %d looks, %d waiting, %+v", err, *looks, told, st)
			}
			s.same(t, "shows_v9")
			s.same(t, "shows_v8")
		})
	}
}

// TestACatalogueThatStandsStillIsNotWaitedForForEver: it stops, and says that the catalogue is behind.
func TestACatalogueThatStandsStillIsNotWaitedForForEver(t *testing.T) {
	t.Parallel()
	for name, doubts := range map[string]int{"a few": 100, "too many to look at one by one": 5} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, looks := late(t, doubts, 20)
			s.swap.CatchUp = 4 * time.Second
			st, err := s.swap.Apply(t.Context(), swap.Options{Progress: s.progress})
			var parity *swap.ParityError
			if !errors.As(err, &parity) || s.searched(t) != "shows_v8" || len(st.Notes) != 1 || !strings.Contains(st.Notes[0], "20 of the shows that differ wait for the catalogue") {
				t.Fatalf("%v after %d looks, %+v", err, *looks, st)
			}
		})
	}
}
