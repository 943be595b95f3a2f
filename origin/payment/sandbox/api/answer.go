package api

import (
	"net/http"
	"strconv"

	"github.com/stagedoor/stagedoor/origin/payment/sandbox/ledger"
	"github.com/stagedoor/stagedoor/origin/payment/sandbox/wire"
)

// outcome is what a call came to: an object, a problem, or a body kept from before.
type outcome struct {
	object  any // of the ledger, or a wire.Object
	problem *Problem

	status   int    // of a kept body
	body     []byte // kept for the idempotency key
	replayed string // the request the body was first given to
}

// render turns an outcome into a status and a body.
func (c *call) render(o outcome) (int, []byte, error) {
	if o.body != nil {
		return o.status, o.body, nil
	}
	if o.problem == nil {
		object, problem := c.present(o.object)
		if problem == nil {
			body, err := wire.Bytes(object)
			return http.StatusOK, body, err
		}
		o.problem = problem
	}
	status := o.problem.Status
	body, err := wire.Bytes(o.problem.write(c.api.Writer, c.requestID, c.browser))
	return status, body, err
}

// present writes an object as this caller may see it.
func (c *call) present(object any) (wire.Object, *Problem) {
	written, ready := object.(wire.Object)
	if !ready {
		if intent, ok := object.(*ledger.Intent); ok && c.browser {
			return c.api.Writer.IntentForBrowser(intent), nil
		}
		var err error
		if written, err = c.api.Writer.Write(object); err != nil {
			return nil, faulty()
		}
	}
	if err := wire.Expand(written, c.expand, c.api.lookup); err != nil {
		return nil, invalid("", "expand", "%s", err)
	}
	return written, nil
}

// lookup writes the object an ID names.
func (a *API) lookup(id string) (wire.Object, bool) {
	var object any
	var ok bool
	switch {
	case len(id) < 3:
	case id[:3] == "pi_":
		object, ok = a.Ledger.Intent(id)
	case id[:3] == "pm_":
		object, ok = a.Ledger.Method(id)
	case id[:3] == "ch_":
		object, ok = a.Ledger.Charge(id)
	case id[:3] == "dp_":
		object, ok = a.Ledger.Dispute(id)
	}
	if !ok {
		return nil, false
	}
	written, err := a.Writer.Write(object)
	return written, err == nil
}

// answer sends an outcome, or what the fault makes of it.
func (c *call) answer(fault *Fault, o outcome) {
	if fault != nil && fault.Effect {
		fault.wait(c.r)
		if fault.Drop || fault.Status != 0 && !fault.Keep {
			c.fail(fault)
			return
		}
	}
	status, body, err := c.render(o)
	if err != nil {
		c.api.Logger.ErrorContext(c.r.Context(), "an answer could not be written", "request_id", c.requestID, "error", err)
		http.Error(c.w, "the sandbox failed", http.StatusInternalServerError)
		return
	}
	h := c.w.Header()
	h.Set("Content-Type", "application/json")
	h.Set("Content-Length", strconv.Itoa(len(body)))
	if o.replayed != "" {
		h.Set("Idempotent-Replayed", "true")
		h.Set("Original-Request", o.replayed)
	}
	switch { // other faults of the server's own are left to the client
	case status == http.StatusConflict, status == http.StatusServiceUnavailable:
		h.Set("Stripe-Should-Retry", "true")
	case status >= 400 && status < 500:
		h.Set("Stripe-Should-Retry", "false")
	}
	if status == http.StatusUnauthorized {
		h.Set("WWW-Authenticate", `Basic realm="Stripe"`)
	}
	c.w.WriteHeader(status)
	_, _ = c.w.Write(body) // the caller may have left
	c.api.Logger.DebugContext(c.r.Context(), "stripe sandbox", "method", c.r.Method, "path", c.r.URL.Path,
		"status", status, "request_id", c.requestID, "replayed", o.replayed != "")
}

func (c *call) refuse(p *Problem) { c.answer(nil, outcome{problem: p}) }

// fail answers as a fault says, instead of with what happened.
func (c *call) fail(f *Fault) {
	if f.Drop {
		panic(http.ErrAbortHandler) // cuts the connection without an answer
	}
	c.refuse(f.problem())
}

func faulty() *Problem {
	return &Problem{Status: http.StatusInternalServerError, Type: "api_error", Message: "An unknown error occurred in the sandbox."}
}
