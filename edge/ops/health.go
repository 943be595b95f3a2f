package ops

import (
	"context"
	"encoding/json"
	"log/slog"
	"net/http"
	"time"

	"github.com/stagedoor/stagedoor/edge/ops/reconcile"
)

// State of the drift between Postgres and KV.
const (
	InStep   = "in step"  // at the last comparison
	Repaired = "repaired" // by it
	Faulty   = "faulty"   // something could not be repaired
	NotKnown = "not known"
)

// tooOld is the age of the last good comparison from which drift is not known.
const tooOld = 30 * time.Minute

// Health is how the edge is.
type Health struct {
	Status    string `json:"status"` // ok, or degraded when something below is not as it should be
	KV        string `json:"kv"`     // reachable, or unreachable
	Hostnames int    `json:"hostnames"`
	Version   string `json:"version"` // of this Worker
	Drift     string `json:"drift"`
	// Last is the last comparison, nil before the first.
	Last *reconcile.Record `json:"last_reconcile"`
}

func (o *Ops) examine(ctx context.Context) Health {
	h := Health{Status: "ok", KV: "reachable", Version: o.Version, Drift: NotKnown}
	hostnames, err := o.hostnames(ctx)
	if err == nil {
		h.Hostnames = len(hostnames)
		h.Last, err = o.last(ctx)
	}
	if err != nil {
		o.Log.Error("KV could not be read", slog.Any("error", err))
		h.KV = "unreachable"
	}
	h.Drift = o.drift(h.Last)
	if err != nil || h.Drift == Faulty || h.Drift == NotKnown {
		h.Status = "degraded"
	}
	return h
}

// last is the record of the last comparison, nil before the first.
func (o *Ops) last(ctx context.Context) (*reconcile.Record, error) {
	value, found, err := o.KV.Get(ctx, reconcile.LastKey)
	if err != nil || !found {
		return nil, err
	}
	record := new(reconcile.Record)
	if err := json.Unmarshal(value, record); err != nil {
		o.Log.Warn("the record of the last comparison cannot be read", slog.Any("error", err))
		return nil, nil
	}
	return record, nil
}

func (o *Ops) drift(last *reconcile.Record) string {
	switch {
	case last == nil || last.Outcome == nil || o.Now().Sub(last.LastGood) > tooOld:
		return NotKnown
	case len(last.Outcome.Faults) > 0:
		return Faulty
	case last.Outcome.Drifted():
		return Repaired
	default:
		return InStep
	}
}

// health answers GET /health: 200, or 503 when KV cannot be read.
func (o *Ops) health(w http.ResponseWriter, r *http.Request) {
	h := o.examine(r.Context())
	status := http.StatusOK
	if h.KV != "reachable" {
		status = http.StatusServiceUnavailable
	}
	if wantsJSON(r) {
		o.answer(w, status, h)
		return
	}
	o.show(w, r, status, healthPage(h))
}
