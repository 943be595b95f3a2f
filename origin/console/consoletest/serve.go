package consoletest

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/stagedoor/stagedoor/origin/session"
)

// Serve puts the console's pages on a port until the test ends, as the site that the edge knows as the console.
func Serve(t testing.TB, pages http.Handler) *httptest.Server {
	t.Helper()
	var server *httptest.Server
	server = httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		pages.ServeHTTP(w, r.WithContext(session.WithSite(r.Context(), "console", server.URL)))
	}))
	server.Start()
	t.Cleanup(server.Close)
	return server
}
