package swap_test

import (
	"context"
	"errors"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/typesense/typesense-go/v3/typesense/api"

	"github.com/stagedoor/stagedoor/search/index"
	"github.com/stagedoor/stagedoor/search/swap"
)

// alone is a stage where nobody but the test writes: nothing is waited for.
func alone(t *testing.T, shows int) *stage {
	t.Helper()
	s := newStage(t, shows)
	s.swap.Pause = func(ctx context.Context, _ time.Duration) error { return ctx.Err() }
	return s
}

// put writes a show into one collection, past the writers.
func (s *stage) put(t *testing.T, collection string, show index.Show) {
	t.Helper()
	if report, err := index.NewIndexer(s.client).UpsertInto(t.Context(), collection, []index.Show{show}); err != nil || report.Err() != nil {
		t.Error(err, report.Err())
	}
}

// take takes shows out of one collection.
func (s *stage) take(t *testing.T, collection string, ids ...string) {
	t.Helper()
	for _, id := range ids {
		if _, err := s.client.Collection(collection).Document(id).Delete(t.Context()); err != nil {
			t.Error(err)
		}
	}
}

// older is a show as it was before something was changed.
func older(i int) index.Show {
	s := show(i)
	s.Title, s.PriceFrom = "As it was called once", 1
	return s
}

// TestWhatTheOtherHasNot: the two collections differ by a document or more, while nobody writes. The new one is not put
// in place, and why is said by name. Each is then overruled, or mended and applied again.
func TestWhatTheOtherHasNot(t *testing.T) {
	t.Parallel()
	cases := map[string]struct {
		spoil func(t *testing.T, s *stage)
		want  string
	}{
		"the new one lacks one": {func(t *testing.T, s *stage) { s.take(t, "shows_v9", id(5)) },
			"1 show is missing from the new collection: show-00005"},
		"the new one has an old version": {func(t *testing.T, s *stage) { s.put(t, "shows_v9", older(6)) },
			"1 show is not what the database says in the new collection: show-00006"},
		"the old one lacks one": {func(t *testing.T, s *stage) { s.take(t, "shows_v8", id(5)) },
			"1 show that the database has is missing from shows_v8, which people search now: show-00005"},
		"the old one has one too many": {func(t *testing.T, s *stage) { s.put(t, "shows_v8", show(500)) },
			"1 show that people find now is neither in the new collection nor in the database: show-00500"},
		"the old one has an old version": {func(t *testing.T, s *stage) { s.put(t, "shows_v8", older(6)) },
			"1 show says something else in shows_v8, which people search now, than in the database and in the new collection: show-00006"},
		"the old one has the same number of others": {func(t *testing.T, s *stage) {
			s.take(t, "shows_v8", id(5))
			s.put(t, "shows_v8", show(500))
		}, "neither in the new collection nor in the database: show-00500"},
		"more than can be named": {func(t *testing.T, s *stage) {
			for i := range 12 {
				s.take(t, "shows_v9", id(20+i))
			}
		}, "12 shows are missing from the new collection: show-00020, show-00021, show-00022, show-00023, show-00024, " +
			"show-00025, show-00026, show-00027, show-00028, show-00029 and 2 more"},
	}
	for name, tt := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, ctx := alone(t, 40), t.Context()
			s.hook(swap.Checking, func() { tt.spoil(t, s) })
			st, err := s.swap.Apply(ctx, swap.Options{Progress: s.progress})
			var parity *swap.ParityError
			if !errors.As(err, &parity) || !strings.Contains(strings.Join(st.Problems, "\n"), tt.want) || s.searched(t) != "shows_v8" {
				t.Fatalf("%s is searched, %v, %+v", s.searched(t), err, st)
			}
			again, err := s.swap.Apply(ctx, swap.Options{})
			if !errors.As(err, &parity) || again.Seen == "" || again.Seen != st.Seen {
				t.Fatalf("applied again without a reason: %v, %+v", err, again)
			}
			st, err = s.swap.Apply(ctx, swap.Options{By: "night shift", Despite: "the box office knows", Seen: again.Seen})
			if err != nil || st.Phase != swap.Swapped || s.searched(t) != "shows_v9" || len(st.Problems) > 0 {
				t.Fatalf("overruled: %v, %+v", err, st)
			}
			kept, err := s.store.Current(ctx)
			if o := kept.Overruled; err != nil || o == nil || o.By != "night shift" || o.Why != "the box office knows" || o.At.IsZero() ||
				!strings.Contains(strings.Join(o.Reasons, "\n"), tt.want) {
				t.Fatalf("recorded %+v, %v", kept.Overruled, err)
			}
		})
	}
}

// TestOneTooManyIsTakenOut: a show that ended while the new collection was filled is a leftover there, and is taken out.
func TestOneTooManyIsTakenOut(t *testing.T) {
	t.Parallel()
	s := alone(t, 40)
	s.hook(swap.Checking, func() { s.put(t, "shows_v9", show(500)) })
	st, err := s.swap.Apply(t.Context(), swap.Options{Progress: s.progress})
	if err != nil || st.Phase != swap.Swapped || st.Check.Removed != 1 || s.count(t, "shows_v9") != 40 {
		t.Fatalf("%v, %+v", err, st)
	}
}

// TestNothingNewIsOverruled: whoever overrules knows what was found. What is found afterwards stops it again.
func TestNothingNewIsOverruled(t *testing.T) {
	t.Parallel()
	s, ctx := alone(t, 40), t.Context()
	var no *swap.RefusedError
	if _, err := s.swap.Apply(ctx, swap.Options{Despite: "in a hurry"}); !errors.As(err, &no) || !strings.Contains(err.Error(), "apply first") {
		t.Fatalf("before anything was found: %v", err)
	}
	s.hook(swap.Checking, func() { s.take(t, "shows_v8", id(5)) })
	var parity *swap.ParityError
	first, err := s.swap.Apply(ctx, swap.Options{Progress: s.progress})
	if !errors.As(err, &parity) {
		t.Fatal(err)
	}
	for _, seen := range []string{"", "00000000"} {
		if _, err := s.swap.Apply(ctx, swap.Options{Despite: "I know", Seen: seen}); !errors.As(err, &no) || !strings.Contains(err.Error(), "read it again") {
			t.Fatalf("without having read it: %v", err)
		}
	}
	s.put(t, "shows_v8", show(5))
	s.take(t, "shows_v8", id(7)) // another one: as many of the same kind
	st, err := s.swap.Apply(ctx, swap.Options{Despite: "it is show 5", Seen: first.Seen})
	if !errors.As(err, &parity) || s.searched(t) != "shows_v8" || !strings.Contains(err.Error(), id(7)) {
		t.Fatalf("one show is overruled by another: %v, %+v", err, st)
	}
	s.put(t, "shows_v8", show(7))
	s.take(t, "shows_v8", id(5), id(6))
	if st, err = s.swap.Apply(ctx, swap.Options{}); !errors.As(err, &parity) {
		t.Fatal(err)
	}
	s.put(t, "shows_v8", show(6))
	s.take(t, "shows_v8", id(7))
	st, err = s.swap.Apply(ctx, swap.Options{Despite: "it is show 5, and 6", Seen: st.Seen})
	if !errors.As(err, &parity) || s.searched(t) != "shows_v8" || !strings.Contains(err.Error(), "2 shows that the database has are missing from shows_v8") {
		t.Fatalf("two are overruled by one: %v, %+v", err, st)
	}
	s.put(t, "shows_v8", show(5))
	if st, err = s.swap.Apply(ctx, swap.Options{}); !errors.As(err, &parity) || st.Overruled != nil {
		t.Fatalf("what one gave a reason for, another who gives none puts in place: %v, %+v", err, st)
	}
	s.put(t, "shows_v8", show(7))
	if st, err = s.swap.Apply(ctx, swap.Options{}); err != nil || st.Phase != swap.Swapped {
		t.Fatalf("mended: %v, %+v", err, st)
	}
}

// TestNoShowsAreNeverOverruled: an empty index helps nobody.
func TestNoShowsAreNeverOverruled(t *testing.T) {
	t.Parallel()
	s, ctx := alone(t, 10), t.Context()
	clear(s.shows)
	if _, err := s.swap.Apply(ctx, swap.Options{}); err == nil {
		t.Fatal("an empty index is in place")
	}
	var no *swap.RefusedError
	if _, err := s.swap.Apply(ctx, swap.Options{Despite: "I insist", Seen: "00000000"}); !errors.As(err, &no) || s.searched(t) != "shows_v8" {
		t.Fatal(err)
	}
}

// TestWhatIsToBeExpected: an index that is built anew because something is wrong with it is replaced, and so is one that
// no longer takes shows as they are written. What differs is told.
func TestWhatIsToBeExpected(t *testing.T) {
	t.Parallel()
	stale := func(t *testing.T, s *stage) {
		s.put(t, "shows_v8", older(6))
		s.take(t, "shows_v8", id(5))
	}
	t.Run("built anew", func(t *testing.T) {
		t.Parallel()
		s := alone(t, 40)
		stale(t, s)
		s.put(t, "shows_v8", show(500))
		st, err := s.swap.Apply(t.Context(), swap.Options{Rebuild: true})
		notes := strings.Join(st.Notes, "\n")
		if err != nil || st.Phase != swap.Swapped || !strings.Contains(notes, id(500)) || !strings.Contains(notes, id(5)) || !strings.Contains(notes, id(6)) {
			t.Fatalf("%v, %+v", err, st)
		}
		s.same(t, "shows_v9")
	})
	t.Run("nothing in it", func(t *testing.T) {
		t.Parallel()
		s := alone(t, 40)
		if _, err := index.NewIndexer(s.client).Delete(t.Context(), slices.Collect(maps.Keys(s.shows))...); err != nil {
			t.Fatal(err)
		}
		st, err := s.swap.Apply(t.Context(), swap.Options{})
		if err != nil || st.Phase != swap.Swapped || len(st.Notes) != 1 || !strings.Contains(st.Notes[0], "40 shows that the database has are missing from shows_v8") {
			t.Fatalf("%v, %+v", err, st)
		}
	})
	t.Run("it refuses shows", func(t *testing.T) {
		t.Parallel()
		s := alone(t, 40)
		stale(t, s)
		s.swap.Schema = func(name string) *api.CollectionSchema { // the running one needs a genre, this one does not
			made := index.Schema(name)
			for i := range made.Fields {
				if made.Fields[i].Name == "genre" {
					made.Fields[i].Optional = ptr(true)
				}
			}
			return made
		}
		st, err := s.swap.Apply(t.Context(), swap.Options{})
		if err != nil || st.Phase != swap.Swapped || len(st.Notes) != 2 {
			t.Fatalf("%v, %+v", err, st)
		}
	})
}

// TestInMotion: a writer that is between two collections while they are compared is waited for.
func TestInMotion(t *testing.T) {
	t.Parallel()
	s := newStage(t, 40)
	moved := show(7)
	s.hook(swap.Checking, func() {
		moved = s.change(id(7), func(d *index.Show) { d.Title = "Renamed" })
		s.put(t, "shows_v9", moved) // and not yet into the old one
		s.end(id(8))
		s.take(t, "shows_v8", id(8)) // and not yet out of the new one
	})
	looks := 0
	s.swap.Pause = func(ctx context.Context, _ time.Duration) error {
		if looks++; looks == 2 {
			s.put(t, "shows_v8", moved)
			s.take(t, "shows_v9", id(8))
		}
		return ctx.Err()
	}
	st, err := s.swap.Apply(t.Context(), swap.Options{Progress: s.progress})
	if err != nil || st.Phase != swap.Swapped || looks < 2 || len(st.Problems)+len(st.Notes) > 0 {
		t.Fatalf("%v after %d looks, %+v", err, looks, st)
	}
	s.same(t, "shows_v9")
	s.same(t, "shows_v8")
}

// TestQueriesMustFindWhatTheyFound: the new collection has every document, and answers a search worse.
func TestQueriesMustFindWhatTheyFound(t *testing.T) {
	t.Parallel()
	for want, spoil := range map[string]func(*api.Field){
		`the query "an author" no longer finds show-00000, show-00001`: func(f *api.Field) { f.TokenSeparators = &[]string{"-"} },
		`the query "an author" fails: 40`:                              func(f *api.Field) { f.Index, f.Facet = ptr(false), nil },
	} {
		s := alone(t, 0)
		for i := range 12 {
			d := show(i)
			d.Author = "Some-Body"
			s.shows[d.ID] = d
			s.put(t, "shows_v8", d)
		}
		s.swap.Schema = func(schema string) *api.CollectionSchema {
			made := index.Schema(schema)
			for i := range made.Fields {
				if made.Fields[i].Name == "author" {
					spoil(&made.Fields[i])
				}
			}
			return made
		}
		s.swap.Golden = []swap.Golden{{Name: "an author", Params: &api.SearchCollectionParams{
			Q: ptr("somebody"), QueryBy: ptr("author"), NumTypos: ptr("0"), SplitJoinTokens: ptr("off"),
		}}}
		st, err := s.swap.Apply(t.Context(), swap.Options{})
		var parity *swap.ParityError
		if !errors.As(err, &parity) || !strings.Contains(err.Error(), want) || s.searched(t) != "shows_v8" || len(st.Problems) > 2 {
			t.Errorf("wanted %q: %v, %+v", want, err, st)
		}
	}
}
