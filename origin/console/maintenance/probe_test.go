package maintenance

import (
	"io"
	"net/http"
	"net/http/httptest"
	"testing"
)

// The edge's own "closed" is told from every other answer.
func TestHTTPProbe(t *testing.T) {
	t.Parallel()
	const problem = "application/problem+json"
	for _, c := range []struct {
		name, kind, body string
		status           int
		want             Seen
	}{
		{"closed", problem, `{"type":"urn:stagedoor:problem:maintenance","status":503}`, http.StatusServiceUnavailable, SeenClosed},
		{"open", "text/html", "<h1>Hamlet</h1>", http.StatusOK, SeenOpen},
		{"led elsewhere", "text/html", "", http.StatusFound, SeenOpen},
		{"nothing there", "text/html", "", http.StatusNotFound, SeenOpen},
		{"the origin is away", problem, `{"type":"urn:stagedoor:problem:origin","status":503}`, http.StatusServiceUnavailable, SeenOpen},
		{"another's 503", "text/html", "urn:stagedoor:problem:maintenance", http.StatusServiceUnavailable, SeenOpen},
		{"half a problem", problem, `{"type":"urn:stagedoor:pro`, http.StatusServiceUnavailable, SeenOpen},
		{"not let in from here", problem, "{}", http.StatusForbidden, SeenUnknown},
		{"asked too often", problem, "{}", http.StatusTooManyRequests, SeenUnknown},
		{"a host that the edge does not know", "text/plain", "", http.StatusMisdirectedRequest, SeenUnknown},
	} {
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Path != "/shows" {
				t.Errorf("%s: asks for %s", c.name, r.URL)
			}
			w.Header().Set("Content-Type", c.kind)
			w.WriteHeader(c.status)
			_, _ = io.WriteString(w, c.body)
		}))
		probe := HTTPProbe(server.Client(), func(string) string { return server.URL })
		if seen, err := probe(t.Context(), "lyceum", "/shows"); err != nil || seen != c.want {
			t.Errorf("%s: %v, %v", c.name, seen, err)
		}
		server.Close()
		if seen, err := probe(t.Context(), "lyceum", "/shows"); err == nil || seen != SeenUnknown {
			t.Errorf("%s, with the edge gone: %v, %v", c.name, seen, err)
		}
	}
}
