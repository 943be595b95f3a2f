package house

import (
	"bytes"
	"context"
	"encoding/json"
	"log/slog"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stagedoor/stagedoor/edge/hop"
	"github.com/stagedoor/stagedoor/edge/ops/reconcile"
	"github.com/stagedoor/stagedoor/edge/site"
	"github.com/stagedoor/stagedoor/origin/edgeconfig"
	"github.com/stagedoor/stagedoor/origin/postgres/pgtest"
)

const edgeKey = "a hop key for tests, no secret"

// kv is what the edge reads.
type kv map[string][]byte

func (k kv) Put(_ context.Context, entries []edgeconfig.Entry) ([]string, error) {
	for _, e := range entries {
		k[e.Key] = e.Value
	}
	return nil, nil
}

func (k kv) Delete(_ context.Context, keys []string) error {
	for _, key := range keys {
		delete(k, key)
	}
	return nil
}

func (k kv) Get(_ context.Context, key string) ([]byte, bool, error) {
	value, found := k[key]
	return value, found, nil
}

func (k kv) Keys(_ context.Context, prefix string) ([]string, error) {
	return slices.DeleteFunc(slices.Sorted(maps.Keys(k)), func(key string) bool { return !strings.HasPrefix(key, prefix) }), nil
}

func (k kv) Name() string { return "memory" }

// tell sends a report, signed for a site; "" leaves it unsigned.
func tell(t *testing.T, h *House, siteID, body string) *httptest.ResponseRecorder {
	t.Helper()
	r := httptest.NewRequest(http.MethodPost, "http://origin.example"+reconcile.Path, strings.NewReader(body))
	if siteID != "" {
		if err := hop.Sign([]byte(edgeKey), r, siteID, time.Now()); err != nil {
			t.Fatal(err)
		}
	}
	w := httptest.NewRecorder()
	h.reconcile(w, r)
	return w
}

func TestDriftIsRepairedForTheEdgeAlone(t *testing.T) {
	t.Parallel()
	db, store := pgtest.Pool(t), kv{"site:stranger.localhost": []byte("{}")}
	if _, err := db.Exec(t.Context(), `insert into brands (id, name, country, locale, currency, time_zone) values ('lyceum', 'Lyceum', 'GB', 'en-GB', 'GBP', 'Europe/London')`); err != nil {
		t.Fatal(err)
	}
	h := &House{
		cfg: Config{Edge: Edge{HopKey: edgeKey}}, logger: slog.New(slog.DiscardHandler),
		sites: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNotFound) }),
		Publisher: &edgeconfig.Publisher{
			DB: db, Store: store, Now: time.Now, Pause: func(time.Duration) {}, Logger: slog.New(slog.DiscardHandler),
			Settings: edgeconfig.Settings{Domain: "localhost", Origins: []site.Pool{{ID: "main", BaseURL: "http://127.0.0.1:1", Weight: 1}}},
		},
	}
	for _, refused := range []struct {
		name, siteID, body string
		status             int
	}{
		{"unsigned", "", "{}", http.StatusForbidden},
		{"a visitor's, signed for a site", "lyceum", "{}", http.StatusNotFound},
		{"not a report", reconcile.SiteID, "<html>", http.StatusBadRequest},
		{"too large", reconcile.SiteID, `{"documents":[{"key":"` + strings.Repeat("x", reconcile.MaxReport) + `"}]}`, http.StatusBadRequest},
	} {
		if w := tell(t, h, refused.siteID, refused.body); w.Code != refused.status || len(store) != 1 {
			t.Errorf("%s: %d, and KV holds %d keys", refused.name, w.Code, len(store))
		}
	}

	report, err := json.Marshal(reconcile.Report{At: time.Now().Add(time.Hour), Documents: []reconcile.Document{{Key: "site:stranger.localhost", SHA256: strings.Repeat("0", 64)}}})
	if err != nil {
		t.Fatal(err)
	}
	w := tell(t, h, reconcile.SiteID, string(bytes.TrimSpace(report)))
	var outcome reconcile.Outcome
	if err := json.Unmarshal(w.Body.Bytes(), &outcome); err != nil || w.Code != http.StatusOK {
		t.Fatalf("%d %s", w.Code, w.Body)
	}
	if !slices.Equal(outcome.Missing, []string{"site:lyceum.localhost"}) || !slices.Equal(outcome.Unknown, []string{"site:stranger.localhost"}) || outcome.Written != 1 || outcome.Removed != 1 || len(outcome.Faults) > 0 {
		t.Errorf("%+v", outcome)
	}
	if got, _ := store.Keys(t.Context(), ""); !slices.Equal(got, []string{"site:lyceum.localhost"}) {
		t.Errorf("KV holds %q", got)
	}
}
