package house

import (
	"context"
	"encoding/json"
	"net/http"
	"time"

	"github.com/stagedoor/stagedoor/edge/hop"
	"github.com/stagedoor/stagedoor/edge/ops/reconcile"
)

// reconciling is how long a comparison and its repair may take: the ops Worker waits no longer.
const reconciling = 25 * time.Second

// reconcile answers the ops Worker, which tells what the edge's KV holds: what differs from the database is published
// again. Requests for the path that are signed for a theatre's site are a visitor's.
func (h *House) reconcile(w http.ResponseWriter, r *http.Request) {
	siteID, err := hop.Verify([]byte(h.cfg.Edge.HopKey), r, time.Now())
	if err == nil && siteID != reconcile.SiteID {
		h.sites.ServeHTTP(w, r)
		return
	}
	if err != nil {
		h.logger.WarnContext(r.Context(), "a report of drift is not the edge's", "error", err)
		http.Error(w, "This is for the edge alone.", http.StatusForbidden)
		return
	}
	_ = http.NewResponseController(w).SetWriteDeadline(time.Now().Add(reconciling + time.Second)) // a server without it has its own
	var report reconcile.Report
	if err := json.NewDecoder(http.MaxBytesReader(w, r.Body, reconcile.MaxReport)).Decode(&report); err != nil {
		http.Error(w, "The report cannot be read: "+err.Error(), http.StatusBadRequest)
		return
	}
	ctx, cancel := context.WithTimeout(r.Context(), reconciling)
	defer cancel()
	outcome, err := h.Publisher.Reconcile(ctx, report)
	if err != nil {
		h.logger.ErrorContext(ctx, "Postgres and KV were not compared", "error", err)
		http.Error(w, "Postgres and KV cannot be compared just now.", http.StatusServiceUnavailable)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	if err := json.NewEncoder(w).Encode(outcome); err != nil {
		h.logger.WarnContext(ctx, "the outcome of reconciling did not arrive", "error", err)
	}
}
