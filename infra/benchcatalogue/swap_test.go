package main

import (
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/typesense/typesense-go/v3/typesense/api"

	"github.com/stagedoor/stagedoor/infra/bench"
	"github.com/stagedoor/stagedoor/search/index"
	"github.com/stagedoor/stagedoor/search/local"
	"github.com/stagedoor/stagedoor/search/local/store"
)

// underTest is an index of the older schema with some shows, to be replaced.
func underTest(t *testing.T, shows int) *swapping {
	t.Helper()
	engine, err := local.Open(local.Config{Dir: t.TempDir(), APIKey: finderKey, Sync: store.SyncNever})
	if err != nil {
		t.Fatal(err)
	}
	web := httptest.NewServer(engine)
	t.Cleanup(func() { web.Close(); _ = engine.Close() })
	client, err := index.Connect(index.Config{URL: web.URL, APIKey: finderKey, Timeout: 2 * time.Minute})
	if err != nil {
		t.Fatal(err)
	}
	w := newSwapping(&finder{client: client}, shows)
	if err := w.old(t.Context(), plan{say: func(string, ...any) {}}); err != nil {
		t.Fatal(err)
	}
	return w
}

// searched asks everything that the load asks once.
func (w *swapping) searchedAll(t *testing.T) {
	t.Helper()
	for i := range 3 * max(len(w.brands), 9) {
		w.search(t.Context(), index.NewSearcher(w.client), i)
	}
	if w.searched == 0 || w.failed > 0 {
		t.Fatalf("%d searched, %d failed: %v", w.searched, w.failed, w.problems)
	}
}

// TestAnIndexThatIsNotWholeIsSeen: what the measurement of a swap counts, it sees: a half-built index, one show too few
// or too many, a show from before a change, and an acknowledged write that is gone.
func TestAnIndexThatIsNotWholeIsSeen(t *testing.T) {
	t.Parallel()
	const shows = 60
	point := func(t *testing.T, w *swapping, name string) {
		t.Helper()
		if _, err := w.client.Aliases().Upsert(t.Context(), index.Alias, &api.CollectionAliasSchema{CollectionName: name}); err != nil {
			t.Fatal(err)
		}
	}
	cases := map[string]struct {
		spoil       func(t *testing.T, w *swapping)
		stale, lost bool
	}{
		"a whole one": {func(*testing.T, *swapping) {}, false, false},
		"half built": {func(t *testing.T, w *swapping) {
			if _, err := w.client.Collections().Create(t.Context(), index.Schema("shows_half")); err != nil {
				t.Fatal(err)
			}
			if _, err := (plan{say: func(string, ...any) {}}).build(t.Context(), index.NewIndexer(w.client), w.corpus, "shows_half", shows/2); err != nil {
				t.Fatal(err)
			}
			point(t, w, "shows_half")
		}, true, true},
		"one show too few": {func(t *testing.T, w *swapping) {
			if _, err := index.NewIndexer(w.client).Delete(t.Context(), w.corpus.Show(7).ID); err != nil {
				t.Fatal(err)
			}
		}, true, true},
		"one show too many": {func(t *testing.T, w *swapping) {
			if _, err := index.NewIndexer(w.client).Upsert(t.Context(), []index.Show{w.corpus.Show(shows + 1)}); err != nil {
				t.Fatal(err)
			}
		}, true, false},
		"a show as it was": {func(t *testing.T, w *swapping) {
			x := index.NewIndexer(w.client)
			if !w.write(t.Context(), x, 0, 1) {
				t.Fatal(w.problems)
			}
			for id := range w.acked {
				before := w.changed[id]
				before.Version--
				if _, err := x.Upsert(t.Context(), []index.Show{before}); err != nil {
					t.Fatal(err)
				}
			}
		}, true, true},
	}
	for name, tt := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := underTest(t, shows)
			tt.spoil(t, w)
			w.searchedAll(t)
			if (w.stale > 0) != tt.stale {
				t.Errorf("%d of %d searches count as stale", w.stale, w.searched)
			}
			at, err := w.client.Alias(index.Alias).Retrieve(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			if lost, err := w.lost(t.Context(), at.CollectionName); err != nil || (lost != 0) != tt.lost {
				t.Errorf("%d lost, %v", lost, err)
			}
		})
	}
}

// TestSwapIsMeasured replaces a small index as the measurement does, there and back and there again.
func TestSwapIsMeasured(t *testing.T) {
	t.Parallel()
	w, n := underTest(t, 120), bench.Numbers{}
	done, err := w.run(t.Context(), plan{say: func(string, ...any) {}}, n)
	if err != nil || n["swap_seconds"] <= 0 || !strings.HasPrefix(done.To, index.Alias+"_v") {
		t.Fatalf("%v, %v, %+v", err, n, done)
	}
	if lost, err := w.lost(t.Context(), done.To); err != nil || lost != 0 {
		t.Errorf("%d lost, %v", lost, err)
	}
}
