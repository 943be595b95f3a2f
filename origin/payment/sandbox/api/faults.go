package api

import (
	"net/http"
	"strings"
	"sync"
	"time"
)

// Fault makes requests go wrong on purpose.
type Fault struct {
	// Method and Path select requests; empty selects all. Path is a prefix.
	Method, Path string
	// Times is how many requests it hits; 0 means one.
	Times int
	// Delay makes the request wait, or until the caller leaves: while it is being worked
	// on, or with Effect when all is done but the answer.
	Delay time.Duration
	// Effect lets the request take effect although its answer is lost: the success
	// behind a timeout.
	Effect bool
	// Status is answered instead of what happened, such as 500, 503 or 429; 0 leaves
	// the answer as it is.
	Status int
	// Keep keeps the Status for the request's idempotency key, as Stripe keeps a 500
	// of its own: repeating the request gives the same 500. It needs Effect.
	Keep bool
	// Drop cuts the connection instead of answering.
	Drop bool
}

// instead reports whether the request is not worked on at all.
func (f *Fault) instead() bool { return f != nil && !f.Effect && (f.Status != 0 || f.Drop) }

// before waits if the work itself is what is slow. The work goes on when the caller
// has left.
func (f *Fault) before(r *http.Request) {
	if f != nil && !f.Effect {
		f.wait(r)
	}
}

type faults struct {
	mu      sync.Mutex
	planned []*Fault
}

// Inject plans a fault. Faults are used up in the order they were planned.
func (a *API) Inject(f Fault) {
	f.Times = max(f.Times, 1)
	a.faults.mu.Lock()
	defer a.faults.mu.Unlock()
	a.faults.planned = append(a.faults.planned, &f)
}

// ClearFaults forgets all planned faults.
func (a *API) ClearFaults() {
	a.faults.mu.Lock()
	defer a.faults.mu.Unlock()
	a.faults.planned = nil
}

// PlannedFaults lists what is still to go wrong, in order; Times says how often.
func (a *API) PlannedFaults() []Fault {
	a.faults.mu.Lock()
	defer a.faults.mu.Unlock()
	out := make([]Fault, len(a.faults.planned))
	for i, f := range a.faults.planned {
		out[i] = *f
	}
	return out
}

// PendingFaults counts the requests that planned faults are still to hit.
func (a *API) PendingFaults() int {
	a.faults.mu.Lock()
	defer a.faults.mu.Unlock()
	pending := 0
	for _, f := range a.faults.planned {
		pending += f.Times
	}
	return pending
}

func (f *faults) take(r *http.Request) *Fault {
	f.mu.Lock()
	defer f.mu.Unlock()
	for i, fault := range f.planned {
		if fault.Method != "" && fault.Method != r.Method || !strings.HasPrefix(r.URL.Path, fault.Path) {
			continue
		}
		if fault.Times--; fault.Times == 0 {
			f.planned = append(f.planned[:i:i], f.planned[i+1:]...)
		}
		hit := *fault
		return &hit
	}
	return nil
}

// wait sleeps for the delay, or until the caller leaves.
func (f *Fault) wait(r *http.Request) {
	if f.Delay <= 0 {
		return
	}
	timer := time.NewTimer(f.Delay)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-r.Context().Done():
	}
}

func (f *Fault) problem() *Problem {
	switch f.Status {
	case http.StatusTooManyRequests:
		return &Problem{Status: f.Status, Type: "invalid_request_error", Code: "rate_limit", Message: "Too many requests made to the API too quickly."}
	case http.StatusConflict:
		return &Problem{Status: f.Status, Type: "invalid_request_error", Code: "lock_timeout", Message: "This object cannot be accessed right now because another API request or Stripe process is currently accessing it."}
	}
	return &Problem{Status: f.Status, Type: "api_error", Message: "An error was injected into the sandbox."}
}
