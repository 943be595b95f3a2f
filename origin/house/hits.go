package house

import (
	"encoding/json"
	"errors"
	"net/http"
	"time"

	"github.com/stagedoor/stagedoor/edge/hits"
	"github.com/stagedoor/stagedoor/edge/hop"
	"github.com/stagedoor/stagedoor/origin/edgeconfig"
)

// countHits takes the edge's counts of redirects. Requests for the path that are signed for a theatre's site are a
// visitor's.
func (h *House) countHits(w http.ResponseWriter, r *http.Request) {
	siteID, err := hop.Verify([]byte(h.cfg.Edge.HopKey), r, time.Now())
	if err == nil && siteID != hits.SiteID {
		h.sites.ServeHTTP(w, r)
		return
	}
	if err != nil {
		h.logger.WarnContext(r.Context(), "counts of redirects are not the edge's", "error", err)
		http.Error(w, "This is for the edge alone.", http.StatusForbidden)
		return
	}
	var batch hits.Batch
	if err := json.NewDecoder(http.MaxBytesReader(w, r.Body, hits.MaxBody)).Decode(&batch); err != nil {
		http.Error(w, "The counts cannot be read: "+err.Error(), http.StatusBadRequest)
		return
	}
	var refused edgeconfig.Refused
	switch err := h.Editor.CountHits(r.Context(), batch); {
	case errors.As(err, &refused):
		http.Error(w, refused.Reason, http.StatusBadRequest)
	case err != nil:
		h.logger.ErrorContext(r.Context(), "redirects were not counted", "error", err)
		http.Error(w, "Redirects cannot be counted just now.", http.StatusServiceUnavailable)
	default:
		w.WriteHeader(http.StatusNoContent)
	}
}
