package swap_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/typesense/typesense-go/v3/typesense/api"

	"github.com/stagedoor/stagedoor/search/index"
	"github.com/stagedoor/stagedoor/search/swap"
)

func TestPlanApplyRollbackDrop(t *testing.T) {
	t.Parallel()
	s, ctx := newStage(t, 90), t.Context()
	root := "musical"
	if _, err := s.client.Collection("shows_v8").Synonyms().Upsert(ctx, "words", &api.SearchSynonymSchema{Root: &root, Synonyms: []string{"play"}}); err != nil {
		t.Fatal(err)
	}
	if _, err := s.client.Collection("shows_v8").Overrides().Upsert(ctx, "first", &api.SearchOverrideSchema{
		Rule:     api.SearchOverrideRule{Query: ptr("best"), Match: ptr(api.Exact)},
		Includes: &[]api.SearchOverrideInclude{{Id: id(3), Position: 1}},
	}); err != nil {
		t.Fatal(err)
	}
	plan, err := s.swap.Plan(ctx)
	if err != nil || plan.Live != "shows_v8" || plan.New != "shows_v9" || plan.UpToDate() || len(plan.Changes) != 1 ||
		plan.Changes[0].String() != "+ country: string, facet" || plan.Shows != 90 {
		t.Fatalf("plan %+v, %v", plan, err)
	}
	if s.searched(t) != "shows_v8" {
		t.Fatal("a plan changed something")
	}
	moves := 0
	s.swap.Moved = func(context.Context) error { moves++; return nil }
	var seen []swap.State
	done, err := s.swap.Apply(ctx, swap.Options{By: "tester", Progress: func(st swap.State) { seen = append(seen, st) }})
	if err != nil || done.Phase != swap.Swapped || done.Fill.Done != 90 || done.Check.Equal != 90 || done.Check.Golden == 0 {
		t.Fatalf("%+v, %v", done, err)
	}
	if !slices.ContainsFunc(seen, func(st swap.State) bool {
		return st.Phase == swap.Filling && st.Fill.Done == 40 && st.Fill.Percent() == 44
	}) {
		t.Error("there was no progress to see")
	}
	if s.searched(t) != "shows_v9" || s.count(t, "shows_v8") != 90 {
		t.Error("the new one is not in place, or the old one is not kept")
	}
	s.same(t, "shows_v9")
	synonyms, err := s.client.Collection("shows_v9").Synonyms().Retrieve(ctx)
	if err != nil || len(synonyms) != 1 {
		t.Errorf("synonyms %v, %v", synonyms, err)
	}
	found, err := index.NewSearcher(s.client).Search(ctx, index.Query{Text: "best"})
	if err != nil || len(found.Hits) == 0 || found.Hits[0].Show.ID != id(3) {
		t.Errorf("the override was not carried: %+v, %v", found, err)
	}
	if _, err := s.swap.Apply(ctx, swap.Options{}); !errors.Is(err, swap.ErrUpToDate) {
		t.Errorf("applying again: %v", err)
	}

	// Both are written, so that going back loses nothing.
	changed := s.change(id(5), func(d *index.Show) { d.Title = "Something else" })
	if report, err := s.writer().Upsert(ctx, []index.Show{changed}); err != nil || report.Err() != nil || len(report.Shadow) > 0 {
		t.Fatal(err, report)
	}
	back, err := s.swap.Rollback(ctx, nil)
	if err != nil || back.Phase != swap.RolledBack || s.searched(t) != "shows_v8" || back.Behind() != "" || moves != 2 {
		t.Fatalf("%+v, %v", back, err)
	}
	s.same(t, "shows_v8")
	again, err := s.swap.Apply(ctx, swap.Options{})
	if err != nil || again.Phase != swap.Swapped || s.searched(t) != "shows_v9" {
		t.Fatalf("%+v, %v", again, err)
	}
	dropped, err := s.swap.Drop(ctx, nil)
	if err != nil || dropped.Phase != swap.Dropped {
		t.Fatalf("%+v, %v", dropped, err)
	}
	if _, err := s.client.Collection("shows_v8").Retrieve(ctx); err == nil {
		t.Error("the old collection is still there")
	}
	var no *swap.RefusedError
	if _, err := s.swap.Rollback(ctx, nil); !errors.As(err, &no) {
		t.Errorf("going back to nothing: %v", err)
	}
	if report, err := s.writer().Upsert(ctx, []index.Show{changed}); err != nil || report.Indexed != 1 {
		t.Errorf("writing afterwards: %+v, %v", report, err)
	}
}

func ptr[T any](v T) *T { return &v }

// TestFirstIndex: on an empty server there is nothing to go back to, and all else is the same.
func TestFirstIndex(t *testing.T) {
	t.Parallel()
	s, ctx := newStage(t, 30), t.Context()
	if _, err := s.client.Alias(index.Alias).Delete(ctx); err != nil {
		t.Fatal(err)
	}
	done, err := s.swap.Apply(ctx, swap.Options{})
	if err != nil || done.From != "" || s.searched(t) != "shows_v9" {
		t.Fatalf("%+v, %v", done, err)
	}
	var no *swap.RefusedError
	if _, err := s.swap.Rollback(ctx, nil); !errors.As(err, &no) {
		t.Errorf("got %v", err)
	}
	if err := s.swap.DropCollection(ctx, "shows_v8"); err != nil {
		t.Error(err)
	}
}

// TestInterruptedAnywhere loses every request there is, one in each run, before and after it arrives, and goes on.
func TestInterruptedAnywhere(t *testing.T) {
	t.Parallel()
	for _, answer := range []bool{false, true} {
		s := newStage(t, 12)
		s.swap.Batch, s.swap.Golden = 5, s.swap.Golden[:1]
		ctx := t.Context()
		for at, going := 0, true; going; at++ {
			s.broken.arm(at, answer)
			st, err := s.swap.Apply(ctx, swap.Options{Rebuild: true})
			going = s.broken.didBreak()
			s.broken.arm(-1, false)
			if err != nil && st.Phase != swap.Swapped && !st.Phase.Unfinished() {
				continue // it had not begun
			}
			if err != nil && st.Phase.Unfinished() {
				if st, err = s.swap.Resume(ctx, nil); err != nil {
					t.Fatalf("after request %d was lost: %v (%+v)", at, err, st)
				}
			}
			if st.Phase != swap.Swapped || s.searched(t) != st.To || st.Fill.Refused > 0 || st.Check.Equal != 12 {
				t.Fatalf("after request %d was lost: %+v", at, st)
			}
			s.same(t, st.To)
			s.broken.arm(at%7, answer)
			if st, err = s.swap.Drop(ctx, nil); err != nil {
				s.broken.arm(-1, false)
				if st.Phase.Unfinished() {
					st, err = s.swap.Resume(ctx, nil)
				} else {
					st, err = s.swap.Drop(ctx, nil)
				}
			}
			s.broken.arm(-1, false)
			if err != nil || st.Phase != swap.Dropped {
				t.Fatalf("dropping: %v, %+v", err, st)
			}
		}
	}
	t.Log("injected: each request was lost once, before it arrived and after")
	t.Log("users saw: nothing")
	t.Log("found: every run ended with 12 shows that agree")
}

// TestWritesDuringTheChange: shows change, appear and end while the new collection is filled; nothing is lost, nothing
// older is left over something newer, and nobody who searches sees anything but a whole index.
func TestWritesDuringTheChange(t *testing.T) {
	t.Parallel()
	const shows = 400
	s := newStage(t, shows)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	var wg sync.WaitGroup
	for w := range 3 {
		wg.Go(func() {
			// Each writer has shows of its own, as the catalogue writes one show at a time.
			random, out := rand.New(rand.NewPCG(uint64(w), 1)), s.writer()
			for n := 0; ctx.Err() == nil; n++ {
				k := id(w + 3*random.IntN(shows/3))
				var err error
				if random.IntN(8) == 0 {
					s.end(k)
					_, err = out.Delete(t.Context(), k)
				} else {
					d := s.change(k, func(d *index.Show) {
						if d.ID == "" {
							*d = show(w)
							d.ID = k
						}
						d.Title = fmt.Sprintf("Play as written %d by %d", n, w)
					})
					_, err = out.Upsert(t.Context(), []index.Show{d})
				}
				if err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	wg.Go(func() {
		searcher := index.NewSearcher(s.client)
		for ctx.Err() == nil {
			got, err := searcher.Search(t.Context(), index.Query{})
			if err != nil || got.Found < shows/2 {
				t.Errorf("a search found %d, %v", got.Found, err)
				return
			}
		}
	})
	st, err := s.swap.Apply(t.Context(), swap.Options{})
	cancel()
	wg.Wait()
	if err != nil || st.Phase != swap.Swapped {
		t.Fatalf("%v, %+v", err, st)
	}
	s.same(t, "shows_v9")
	s.same(t, "shows_v8")
	t.Log("injected: three writers changed, added and ended shows while the index was changed")
	t.Log("users saw: every search found a whole index")
	t.Logf("found: both collections are the same: %d shows", st.Check.Equal)
}

func TestRefusedAndUnequalStopIt(t *testing.T) {
	t.Parallel()
	cases := map[string]struct {
		spoil func(t *testing.T, s *stage)
		want  string
	}{
		"a show that the schema refuses": {func(_ *testing.T, s *stage) {
			s.change(id(33), func(d *index.Show) { d.Author = "" })
			s.swap.Schema = func(name string) *api.CollectionSchema {
				made := index.Schema(name)
				for i := range made.Fields {
					if made.Fields[i].Name == "author" {
						made.Fields[i].Optional = nil
					}
				}
				return made
			}
		}, "1 of 90 shows were refused"},
		"a show that nobody wrote": {func(t *testing.T, s *stage) {
			// Somebody writes past the writers, into the new collection alone.
			s.hook(swap.Filling, func() {
				wrong := show(7)
				wrong.Title = "Wrong"
				if _, err := index.NewIndexer(s.client).UpsertInto(t.Context(), "shows_v9", []index.Show{wrong}); err != nil {
					t.Error(err)
				}
			})
		}, "1 show is not what the database says in the new collection: show-00007"},
		"another hand on the alias": {func(t *testing.T, s *stage) {
			s.hook(swap.Checking, func() {
				if _, err := s.client.Collections().Create(t.Context(), oldSchema("shows_other")); err != nil {
					t.Error(err)
				}
				if _, err := s.client.Aliases().Upsert(t.Context(), index.Alias, &api.CollectionAliasSchema{CollectionName: "shows_other"}); err != nil {
					t.Error(err)
				}
			})
		}, "somebody moved it by hand"},
		"no shows at all": {func(_ *testing.T, s *stage) { clear(s.shows) }, "is this the right database?"},
	}
	for name, tt := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, ctx := newStage(t, 90), t.Context()
			tt.spoil(t, s)
			before := s.searched(t)
			st, err := s.swap.Apply(ctx, swap.Options{Progress: s.progress})
			if err == nil || !strings.Contains(err.Error(), tt.want) || !slices.ContainsFunc(st.Problems, func(p string) bool { return strings.Contains(p, tt.want) }) {
				t.Fatalf("%v, problems %q", err, st.Problems)
			}
			if now := s.searched(t); now != before && now != "shows_other" {
				t.Fatalf("%s is searched", now)
			}
			if _, err := s.swap.Resume(ctx, nil); !errors.Is(err, swap.ErrNone) {
				t.Errorf("it goes on by itself: %v", err)
			}
			if st, err = s.swap.Drop(ctx, nil); err != nil || st.Phase != swap.Abandoned {
				t.Fatalf("%v, %+v", err, st)
			}
			if _, err := s.client.Collection("shows_v9").Retrieve(ctx); err == nil {
				t.Error("the new collection is still there")
			}
		})
	}
	t.Logf("injected: %d ways in which the new index is not whole", len(cases))
	t.Log("users saw: the old index")
	t.Log("found: the change stopped, and said why")
}

func TestOneAtATimeAndPause(t *testing.T) {
	t.Parallel()
	s, ctx := newStage(t, 90), t.Context()
	st, err := s.swap.Apply(ctx, swap.Options{Progress: func(st swap.State) {
		if st.Phase == swap.Filling && st.Fill.Done == 40 {
			if _, err := s.swap.Apply(ctx, swap.Options{}); !errors.Is(err, swap.ErrBusy) {
				t.Errorf("a second one at once: %v", err)
			}
			if err := s.store.Pause(ctx, st.ID, true); err != nil {
				t.Error(err)
			}
		}
	}})
	if !errors.Is(err, swap.ErrPaused) || st.Fill.Done != 60 {
		t.Fatalf("%v, %+v", err, st)
	}
	if _, err := s.swap.Resume(ctx, nil); !errors.Is(err, swap.ErrNone) {
		t.Errorf("a paused one goes on: %v", err)
	}
	if st, err = s.swap.Apply(ctx, swap.Options{}); err != nil || st.Phase != swap.Swapped || st.Fill.Done != 90 {
		t.Fatalf("%v, %+v", err, st)
	}
}

func TestNothingThatIsSearchedIsDeleted(t *testing.T) {
	t.Parallel()
	s, ctx := newStage(t, 10), t.Context()
	var no *swap.RefusedError
	for _, name := range []string{index.Alias, "shows_v8", "shows_none", "accounts"} {
		if err := s.swap.DropCollection(ctx, name); !errors.As(err, &no) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if s.count(t, index.Alias) != 10 {
		t.Error("something was deleted")
	}
}
