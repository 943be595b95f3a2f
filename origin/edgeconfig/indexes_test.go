package edgeconfig_test

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stagedoor/stagedoor/edge/redirect"
	"github.com/stagedoor/stagedoor/edge/site"
	"github.com/stagedoor/stagedoor/origin/edgeconfig"
)

// fill gives lyceum as many rules, all from one version.
func (h *house) fill(t *testing.T, rules int) {
	t.Helper()
	_, err := h.db.Exec(t.Context(), `insert into redirects (id, brand_id, match, source, target, status, created_by)
		select gen_random_uuid(), 'lyceum', 'exact', '/old/' || n, '/shows/' || n, 301, 'test' from generate_series(1, $1::integer) n`, rules)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := h.db.Exec(t.Context(), `insert into redirect_heads values ('lyceum', 1, $1)`, rules); err != nil {
		t.Fatal(err)
	}
	if _, err := h.db.Exec(t.Context(), `insert into redirect_versions values ('lyceum', 1, now(), 'test', 'test', '', $1, 0, 0, $1)`, rules); err != nil {
		t.Fatal(err)
	}
}

func (h *house) index(t *testing.T) (key string, x *redirect.Index) {
	t.Helper()
	sum := h.published(t, "lyceum.localhost").RedirectIndex
	key = site.RedirectIndexKey(sum)
	content := h.store.values[key]
	if got := sha256.Sum256(content); hex.EncodeToString(got[:]) != sum {
		t.Fatalf("the document names %q, under which %d other bytes stand", sum, len(content))
	}
	x, err := redirect.Open(content)
	if err != nil {
		t.Fatal(err)
	}
	return key, x
}

func TestManyRulesArePublishedAsAnIndexBeforeTheDocumentThatNamesIt(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.publish(t)
	h.fill(t, 300)
	h.store.order = nil
	if r := h.publish(t); r.Indexes != 1 || r.Written != 1 || r.Unchanged != 3 {
		t.Errorf("%+v", r)
	}
	first, x := h.index(t)
	if want := []string{first, "site:lyceum.localhost"}; !slices.Equal(h.store.order, want) {
		t.Errorf("written in the order %q, want %q", h.store.order, want)
	}
	if m, ok := x.Find("lyceum.localhost", "/old/77", now.UnixMilli()); !ok || m.Rule.Target != "/shows/77" || x.Len() != 300 {
		t.Errorf("%d rules; /old/77 leads to %+v", x.Len(), m.Rule)
	}
	if doc := h.published(t, "lyceum.localhost"); len(doc.Redirects) > 0 {
		t.Errorf("the document carries %d rules as well", len(doc.Redirects))
	}
	if r := h.publish(t); r != (edgeconfig.Report{Unchanged: 4}) {
		t.Errorf("again: %+v", r)
	}

	if _, err := h.AddRedirect(t.Context(), "ana", edgeconfig.Redirect{Site: "lyceum", Source: "/panto", Target: "/shows/1"}); err != nil {
		t.Fatal(err)
	}
	h.publish(t)
	second, x := h.index(t)
	if _, ok := x.Find("lyceum.localhost", "/panto", now.UnixMilli()); !ok || second == first {
		t.Errorf("the new rule is not in the index")
	}
	if h.store.values[first] == nil {
		t.Error("the index before was deleted while the edge may still use it")
	}
	h.Publisher.Now = func() time.Time { return now.Add(25 * time.Hour) }
	h.publish(t)
	if h.store.values[first] != nil || h.store.values[second] == nil {
		t.Error("a day later the old index is still there, or the new one is gone")
	}
}

func TestADocumentDoesNotNameAnIndexThatCouldNotBeWritten(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.publish(t)
	h.fill(t, 300)
	h.store.refusePrefix = "redirects:"
	if _, err := h.db.Exec(t.Context(), "update brands set name = 'The Shubert' where id = 'shubert'"); err != nil {
		t.Fatal(err)
	}
	_, err := h.Publish(t.Context(), edgeconfig.Options{})
	if err == nil || !strings.Contains(err.Error(), "redirects of lyceum") {
		t.Errorf("error = %v", err)
	}
	if doc := h.published(t, "lyceum.localhost"); doc.RedirectIndex != "" {
		t.Error("the document names an index that is not there")
	}
	if name := h.published(t, "shubert.localhost").Name; name != "The Shubert" {
		t.Errorf("another site's change waits for it: %q", name)
	}
	h.store.refusePrefix = ""
	h.publish(t)
	h.index(t)
}

func TestDriftIsFoundAndRepaired(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.fill(t, 300)
	h.publish(t)
	key, _ := h.index(t)
	if drift, err := h.Check(t.Context()); err != nil || drift.Drifted() || drift.Compared != 5 {
		t.Fatalf("nothing has drifted: %+v, %v", drift, err)
	}
	good := h.store.values["site:shubert.localhost"]
	delete(h.store.values, "site:lyceum.localhost")
	h.store.values["site:shubert.localhost"] = []byte("{}")
	h.store.values["site:ghost.localhost"] = good
	h.store.values[key] = h.store.values[key][1:]
	h.store.values["room:hamlet"] = []byte("none of ours")

	drift, err := h.Check(t.Context())
	if err != nil || !slices.Equal(drift.Missing, []string{"site:lyceum.localhost"}) ||
		!slices.Equal(drift.Different, []string{key, "site:shubert.localhost"}) || !slices.Equal(drift.Unknown, []string{"site:ghost.localhost"}) {
		t.Fatalf("found %+v, %v", drift, err)
	}
	if h.store.values["site:lyceum.localhost"] != nil {
		t.Error("looking changed something")
	}
	repaired, err := h.Repair(t.Context())
	if err != nil || repaired.Written != 3 || repaired.Removed != 1 {
		t.Errorf("repaired %+v, %v", repaired, err)
	}
	if drift, err := h.Check(t.Context()); err != nil || drift.Drifted() {
		t.Errorf("afterwards: %+v, %v", drift, err)
	}
	if string(h.store.values["room:hamlet"]) != "none of ours" {
		t.Error("a key of somebody else's was touched")
	}
	h.index(t)
}

func TestAKeyIsWrittenAtMostOnceASecond(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	clock := now
	h.Publisher.Now = func() time.Time { return clock }
	h.Editor.Now = h.Publisher.Now
	var waited []time.Duration
	h.Publisher.Pause = func(d time.Duration) { waited = append(waited, d); clock = clock.Add(d) }
	h.publish(t)
	for i := range 3 {
		clock = clock.Add(300 * time.Millisecond)
		if _, err := h.OpenWindow(t.Context(), "ana", edgeconfig.Window{Site: "lyceum", PathPrefix: fmt.Sprintf("/%d", i)}); err != nil {
			t.Fatal(err)
		}
		h.publish(t)
	}
	if want := []time.Duration{700 * time.Millisecond, 700 * time.Millisecond, 700 * time.Millisecond}; !slices.Equal(waited, want) {
		t.Errorf("waited %v, want %v", waited, want)
	}
	clock = clock.Add(time.Minute)
	waited = nil
	if _, err := h.OpenWindow(t.Context(), "ana", edgeconfig.Window{Site: "shubert"}); err != nil {
		t.Fatal(err)
	}
	if h.publish(t); len(waited) > 0 {
		t.Errorf("a key that rests is waited for: %v", waited)
	}
}
