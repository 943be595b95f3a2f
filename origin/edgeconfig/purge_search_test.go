package edgeconfig_test

import (
	"slices"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/stagedoor/stagedoor/origin/edgeconfig"
)

// TestSearchPagesAfterTheIndex: pages of search that were made between a change and the index's having it are made anew.
func TestSearchPagesAfterTheIndex(t *testing.T) {
	t.Parallel()
	h, caches, _ := caching(t)
	var hamlet uuid.UUID
	if err := h.db.QueryRow(t.Context(), "select id from productions where slug = 'hamlet'").Scan(&hamlet); err != nil {
		t.Fatal(err)
	}
	note := func(ids ...uuid.UUID) {
		t.Helper()
		if err := pgx.BeginFunc(t.Context(), h.db, func(tx pgx.Tx) error { return edgeconfig.NoteSearch(t.Context(), tx, ids) }); err != nil {
			t.Fatal(err)
		}
	}
	for _, tc := range []struct {
		name string
		do   func()
		want []string
	}{
		{"a show is written", func() { note(hamlet) }, []string{"lyceum-search", "stagedoor-search"}},
		{"nothing is written", func() { note() }, nil},
		{"a show that is gone is taken out", func() { note(hamlet, uuid.New()) }, []string{"lyceum-search", "shubert-search", "stagedoor-search"}},
		{"another index is searched", func() {
			if err := edgeconfig.NoteAllSearches(t.Context(), h.db); err != nil {
				t.Fatal(err)
			}
		}, []string{"lyceum-search", "shubert-search", "stagedoor-search"}},
	} {
		before := h.epochs(t)
		tc.do()
		caches.Patience = time.Nanosecond
		h.round(t, caches)
		if got := h.purged(t, before); !slices.Equal(got, tc.want) {
			t.Errorf("%s: purged %v, want %v", tc.name, got, tc.want)
		}
	}
}
