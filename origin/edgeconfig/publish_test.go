package edgeconfig_test

import (
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/stagedoor/stagedoor/edge/site"
	"github.com/stagedoor/stagedoor/origin/edgeconfig"
)

func TestPublishWritesOnlyWhatChanged(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	if r := h.publish(t); r != (edgeconfig.Report{Written: 4}) {
		t.Fatalf("first: %+v", r) // three brands, one of them with an alias
	}
	if r := h.publish(t); r != (edgeconfig.Report{Unchanged: 4}) {
		t.Errorf("second: %+v", r)
	}
	if _, err := h.OpenWindow(t.Context(), "cli:ana", edgeconfig.Window{Site: "lyceum", Message: "Back at two."}); err != nil {
		t.Fatal(err)
	}
	if r := h.publish(t); r != (edgeconfig.Report{Written: 1, Unchanged: 3}) {
		t.Errorf("after a change: %+v", r)
	}
	s := h.published(t, "lyceum.localhost")
	if len(s.Maintenance) != 1 || s.Maintenance[0].Message != "Back at two." || s.Theme.Accent != "#8c1c2b" || s.HTTPS {
		t.Errorf("document: %+v", s)
	}
	if group := h.published(t, "localhost"); group.Hostname != "stagedoor.localhost" {
		t.Errorf("alias leads to %q", group.Hostname)
	}
	if r, err := h.Publish(t.Context(), edgeconfig.Options{All: true}); err != nil || r.Written != 4 {
		t.Errorf("all: %+v, %v", r, err)
	}
}

func TestPublishGoesOnWhereItStopped(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.store.down = 100
	if _, err := h.Publish(t.Context(), edgeconfig.Options{}); err == nil || !strings.Contains(err.Error(), "the store is down") {
		t.Fatalf("a store that is down: %v", err)
	}
	h.store.down, h.store.refuse = 2, []string{site.Key("lyceum.localhost")}
	h.store.puts = 0
	if r := h.publish(t); r.Written != 4 || h.store.puts != 4 {
		t.Errorf("%+v in %d puts, want two failures, one for all and one for what was refused", r, h.store.puts)
	}
	h.published(t, "lyceum.localhost")
}

func TestPublishRemovesBrandsThatAreGone(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.publish(t)
	if _, err := h.db.Exec(t.Context(), "delete from brands where id = 'shubert'"); err != nil {
		t.Fatal(err)
	}
	if r := h.publish(t); r.Removed != 1 || !slices.Equal(h.store.deleted, []string{"site:shubert.localhost"}) {
		t.Errorf("%+v, deleted %q", r, h.store.deleted)
	}
}

func TestAnInvalidBrandKeepsItsDocumentAndStopsNobody(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.publish(t)
	if _, err := h.db.Exec(t.Context(), `update brands set theme = '{"ink":"red"}' where id = 'lyceum'; update brands set name = 'The Shubert' where id = 'shubert'`); err != nil {
		t.Fatal(err)
	}
	r, err := h.Publish(t.Context(), edgeconfig.Options{})
	if err == nil || !strings.Contains(err.Error(), "lyceum keeps its last document") || r.Written != 1 || r.Removed != 0 {
		t.Errorf("%+v, %v", r, err)
	}
	if name := h.published(t, "shubert.localhost").Name; name != "The Shubert" {
		t.Errorf("the valid one was not published: %q", name)
	}
	if accent := h.published(t, "lyceum.localhost").Theme.Accent; accent != "#8c1c2b" {
		t.Errorf("the invalid one was: %q", accent)
	}
}

func TestPublishersTakeTurns(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	var wg sync.WaitGroup
	for range 5 {
		wg.Go(func() {
			if _, err := h.Publish(t.Context(), edgeconfig.Options{}); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if h.store.puts != 1 {
		t.Errorf("%d publishers wrote the same documents", h.store.puts)
	}
}
