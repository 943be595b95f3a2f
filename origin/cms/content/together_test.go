package content

import (
	"errors"
	"sync"
	"testing"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/stagedoor/stagedoor/origin/cms"
)

// Many changes at once, of one entry and of entries that refer to each other, end as they do one after the other.
func TestManyAtOnce(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	var all []cms.Change
	for _, c := range house() {
		all = append(all, c)
		switch c.Kind {
		case cms.SeatingPlan:
			all = append(all, later(with(c, fields{"layout": layout(5)}), 2), later(with(c, fields{"layout": layout(6)}), 3))
		case cms.PerformanceSchedule:
			all = append(all, later(with(c, lines(fields{"key": "second", "start": "2026-12-01T19:30"}, fields{"key": "first", "start": "2026-12-02T19:30"})), 2))
		case cms.Production, cms.PriceList, cms.Person, cms.Promotion:
			all = append(all, gone(cms.Unpublish, c.Kind, c.ID, 2), later(c, 3))
		default:
			all = append(all, later(c, 2))
		}
	}
	want, err := s.after(all)
	if err != nil {
		t.Fatal(err)
	}
	var mu sync.Mutex
	progress := make(chan struct{}) // closed, and made anew, whenever something was applied
	var workers sync.WaitGroup
	for _, c := range all {
		workers.Go(func() {
			for {
				mu.Lock()
				next := progress
				mu.Unlock()
				err := s.apply(c)
				var wait *WaitingError
				var pg *pgconn.PgError
				switch {
				case err == nil:
					mu.Lock()
					close(progress)
					progress = make(chan struct{})
					mu.Unlock()
					return
				case errors.As(err, &wait):
					select {
					case <-next:
					case <-t.Context().Done():
						return
					}
				case errors.As(err, &pg) && pg.Code == "40P01": // a deadlock: the intake tries again, too
				default:
					t.Errorf("%s %s %d: %v", c.Action, c.ID, c.Stamp.Revision, err)
					return
				}
			}
		})
	}
	workers.Wait()
	if got := s.tables(); got != want {
		t.Errorf("together\n got %s\nwant %s", without(got, want), without(want, got))
	}
}
