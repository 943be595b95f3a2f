package catalogue_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/stagedoor/stagedoor/origin/catalogue"
	"github.com/stagedoor/stagedoor/origin/postgres/pgtest"
	"github.com/stagedoor/stagedoor/origin/reindex"
	"github.com/stagedoor/stagedoor/search/index"
	"github.com/stagedoor/stagedoor/search/swap"
)

// The search server loses its data while a change of the index is in place, or half done: the index is made anew all the
// same, and the change says that it is over and why.
func TestDataLostDuringAChange(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name  string
		phase swap.Phase
	}{
		{"in place", swap.Swapped},
		{"half filled", swap.Filling},
		{"undone", swap.RolledBack},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			s := newStage(t, pgtest.Pool(t))
			s.clock.at = time.Now()
			find := newFinder(t)
			store := &reindex.Store{DB: s.db}
			s.feed = catalogue.New(catalogue.Config{
				DB: s.db, Index: find.index().WithTargets(swap.Targets{Store: store}), Domain: "localhost",
				Window: 20 * time.Millisecond, Poll: 5 * time.Millisecond, Logger: quiet,
			})
			x := reindex.New(reindex.Config{DB: s.db, Client: find.client(), Catalogue: s.feed, Now: time.Now, Logger: quiet})
			for i := range 5 {
				show := s.production("Hamlet")
				s.performance(show, s.clock.now().Add(time.Duration(i+1)*time.Hour))
				s.tell(changed(show))
			}
			s.start(s.feed.Run)
			whole := func(what string) {
				t.Helper()
				s.until(what, func() bool {
					got, err := s.feed.Compare(t.Context())
					return err == nil && len(got.Found) == 0 && got.Looked == 5
				})
			}
			whole("there is an index")
			st, err := x.Apply(t.Context(), swap.Options{Rebuild: true, By: "tester", Progress: func(st swap.State) {
				if st.Phase == swap.Filling && test.phase == swap.Filling {
					if err := store.Pause(t.Context(), st.ID, true); err != nil {
						t.Error(err)
					}
				}
			}})
			if test.phase == swap.RolledBack {
				st, err = x.Rollback(t.Context(), nil)
			}
			if (err != nil && !errors.Is(err, swap.ErrPaused)) || st.Phase != test.phase || st.From == index.CollectionName() == (st.To == index.CollectionName()) {
				t.Fatalf("%+v, %v", st, err)
			}
			find.stop()
			find.dir = t.TempDir()
			find.start()
			s.exec("update catalogue_shows set changes = changes + 1, digest = 'unknown', due_at = now() where production_id = (select min(production_id::text)::uuid from catalogue_shows)")
			whole("the index that was lost is made anew")
			s.start(func(ctx context.Context) { x.Run(ctx) })
			s.until("the change says that it is lost", func() bool {
				status, err := x.Status(t.Context())
				return err == nil && status.Last.Phase == swap.Lost && len(status.Last.Problems) == 1 && strings.Contains(status.Last.Problems[0], st.To) &&
					status.Searched != ""
			})
			if names, err := (swap.Targets{Store: store}).Targets(t.Context()); err != nil || names != nil {
				t.Errorf("after that, %v is written, %v", names, err)
			}
			whole("it stays whole")
			if done, err := x.Apply(t.Context(), swap.Options{Rebuild: true}); err != nil || done.Phase != swap.Swapped {
				t.Errorf("the next change: %+v, %v", done, err)
			}
		})
	}
}

// An index that cannot be written although it was just made is tried again after a while, not over and over.
func TestNoIndexAgainAndAgain(t *testing.T) {
	t.Parallel()
	s := newStage(t, pgtest.Pool(t))
	hamlet := s.production("Hamlet")
	s.performance(hamlet, opening.Add(time.Hour))
	s.tell(changed(hamlet))
	s.feed = s.newFeed(&vanishing{s.shelf})
	for n, want := range []bool{false, true, true} {
		if busy, err := s.feed.Turn(t.Context()); busy || errors.Is(err, index.ErrNoIndex) != want {
			t.Fatalf("turn %d: busy %v, %v", n, busy, err)
		}
	}
	s.feed = s.newFeed(s.shelf)
	s.turn()
	s.same()
}

// vanishing is an index that is never there when it is written.
type vanishing struct{ *shelf }

func (vanishing) Upsert(context.Context, []index.Show) (index.Report, error) {
	return index.Report{}, index.ErrNoIndex
}
