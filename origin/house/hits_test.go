package house

import (
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/stagedoor/stagedoor/edge/hits"
	"github.com/stagedoor/stagedoor/edge/hop"
	"github.com/stagedoor/stagedoor/origin/edgeconfig"
	"github.com/stagedoor/stagedoor/origin/postgres/pgtest"
)

func TestHitsAreTakenFromTheEdgeAlone(t *testing.T) {
	t.Parallel()
	db := pgtest.Pool(t)
	h := &House{
		cfg: Config{Edge: Edge{HopKey: edgeKey}}, logger: slog.New(slog.DiscardHandler), Editor: &edgeconfig.Editor{DB: db, Now: time.Now},
		sites: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNotFound) }),
	}
	good := `{"id":"` + uuid.NewString() + `","hits":{}}`
	ask := func(siteID, body string) int {
		r := httptest.NewRequest(http.MethodPost, "http://origin.example"+hits.Path, strings.NewReader(body))
		if siteID != "" {
			if err := hop.Sign([]byte(edgeKey), r, siteID, time.Now()); err != nil {
				t.Fatal(err)
			}
		}
		w := httptest.NewRecorder()
		h.countHits(w, r)
		return w.Code
	}
	for _, tc := range []struct {
		name, siteID, body string
		status             int
	}{
		{"the edge's", hits.SiteID, good, http.StatusNoContent},
		{"unsigned", "", good, http.StatusForbidden},
		{"a visitor's, signed for a site", "lyceum", good, http.StatusNotFound},
		{"no batch", hits.SiteID, "<html>", http.StatusBadRequest},
		{"no ID", hits.SiteID, "{}", http.StatusBadRequest},
		{"too large", hits.SiteID, `{"id":"` + strings.Repeat("x", hits.MaxBody) + `"}`, http.StatusBadRequest},
	} {
		if status := ask(tc.siteID, tc.body); status != tc.status {
			t.Errorf("%s: %d, want %d", tc.name, status, tc.status)
		}
	}
	db.Close()
	if status := ask(hits.SiteID, good); status != http.StatusServiceUnavailable {
		t.Errorf("without a database: %d", status)
	}
}
