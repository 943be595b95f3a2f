package session

import (
	"log/slog"
	"net/http"
	"time"

	"github.com/stagedoor/stagedoor/edge/hop"
)

// OnlyFromEdge lets a request through when the edge signed it, with its Site and Origin in the context.
// Any other request is refused with 403: going around the edge gains nothing. Every answer says that it is this
// program's own, so that the edge does not take one of its errors for a dead pool.
func OnlyFromEdge(key []byte, now func() time.Time, logger *slog.Logger, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set(hop.HeaderAnswered, "1")
		site, err := hop.Verify(key, r, now())
		if err != nil {
			logger.WarnContext(r.Context(), "request refused: not from the edge", "path", r.URL.Path, "reason", err.Error())
			w.Header().Set("Content-Type", "application/problem+json")
			w.Header().Set("Cache-Control", "no-store")
			w.WriteHeader(http.StatusForbidden)
			_, _ = w.Write([]byte(`{"type":"/api/docs#edge_only","title":"Only for the edge","status":403,"code":"edge_only","detail":"This address serves the edge only. Open the theatre's own site instead."}` + "\n"))
			return
		}
		scheme := "https"
		if r.Header.Get("X-Forwarded-Proto") == "http" {
			scheme = "http"
		}
		origin := scheme + "://" + r.Header.Get("X-Forwarded-Host")
		next.ServeHTTP(w, r.WithContext(WithSite(r.Context(), site, origin)))
	})
}
