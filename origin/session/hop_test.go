package session_test

import (
	"log/slog"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/stagedoor/stagedoor/edge/hop"
	"github.com/stagedoor/stagedoor/origin/session"
)

// Only what the edge signed gets through, and every answer, a refusal or an error of ours too, says that it is ours.
func TestOnlyFromEdge(t *testing.T) {
	key := []byte("a key of enough bytes")
	now := time.Date(2026, 11, 21, 10, 0, 0, 0, time.UTC)
	signer, err := hop.New(key)
	if err != nil {
		t.Fatal(err)
	}
	handler := session.OnlyFromEdge(key, func() time.Time { return now }, slog.New(slog.DiscardHandler), http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if got := session.Site(r.Context()) + " " + session.Origin(r.Context()); got != "lyceum https://lyceum.example" {
			t.Errorf("serves %q", got)
		}
		w.WriteHeader(http.StatusServiceUnavailable)
	}))
	for _, c := range []struct {
		name   string
		site   string
		status int
	}{{"signed", "lyceum", http.StatusServiceUnavailable}, {"signed for another site", "apollo", http.StatusForbidden}} {
		r := httptest.NewRequest(http.MethodGet, "/shows?day=2", nil)
		r.Header.Set(hop.HeaderSite, "lyceum")
		r.Header.Set(hop.HeaderForwardedHost, "lyceum.example")
		r.Header.Set(hop.HeaderForwardedProto, "https")
		r.Header.Set(hop.HeaderHop, string(signer.Append(nil, now.Unix(), "GET", "/shows?day=2", c.site, "lyceum.example")))
		answer := httptest.NewRecorder()
		handler.ServeHTTP(answer, r)
		if answer.Code != c.status || answer.Header().Get(hop.HeaderAnswered) == "" {
			t.Errorf("%s: %d %v", c.name, answer.Code, answer.Header())
		}
	}
}
