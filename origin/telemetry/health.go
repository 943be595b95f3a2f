package telemetry

import (
	"context"
	"encoding/json"
	"net/http"
	"sync"
	"time"
)

// Check asks one part whether it can do its work; the error is shown to operators only by name.
type Check func(ctx context.Context) error

// Healthz answers 200 as long as the process serves: whoever restarts processes asks this.
func Healthz(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	_, _ = w.Write([]byte("ok\n"))
}

// Readyz answers 200 when every check passes within timeout and 503 otherwise, with a JSON object of each
// part's state ("ok" or "down"): whoever sends traffic asks this. The parts told of besides may be down: the process can
// do its work without them.
func Readyz(timeout time.Duration, checks, besides map[string]Check) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		ctx, cancel := context.WithTimeout(r.Context(), timeout)
		defer cancel()
		var lock sync.Mutex
		var group sync.WaitGroup
		states, status := map[string]string{}, http.StatusOK
		ask := func(name string, check Check, ifDown int) {
			group.Go(func() {
				err := check(ctx)
				lock.Lock()
				defer lock.Unlock()
				states[name] = "ok"
				if err != nil {
					states[name], status = "down", max(status, ifDown)
				}
			})
		}
		for name, check := range checks {
			ask(name, check, http.StatusServiceUnavailable)
		}
		for name, check := range besides {
			ask(name, check, http.StatusOK)
		}
		group.Wait()
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("Cache-Control", "no-store")
		w.WriteHeader(status)
		_ = json.NewEncoder(w).Encode(states)
	})
}
