// Package api is the sandbox's half of Stripe's REST API: it reads requests as Stripe
// does, decides as Stripe decides, and answers in Stripe's words and status codes.
//
// It covers what Stagedoor and its pages use: payment intents, payment methods,
// charges, refunds, disputes, payment method domains and events. A parameter it doesn't know is refused
// rather than ignored, so that nothing seems to work here and then doesn't at Stripe.
package api

import (
	"io"
	"log/slog"
	"net/http"
	"sync"
	"time"

	"github.com/stagedoor/stagedoor/origin/payment/sandbox/ledger"
	"github.com/stagedoor/stagedoor/origin/payment/sandbox/wire"
)

// MaxBody is the longest request body, in bytes.
const MaxBody = 128 << 10

// Keys are what callers prove themselves with.
type Keys struct {
	Secret      string // sk_test_…: may do everything
	Publishable string // pk_test_…: may confirm an intent whose client secret it has
}

// Config is what the API needs. Every field is required.
type Config struct {
	Ledger *ledger.Ledger
	Writer wire.Writer
	Keys   Keys
	Now    func() time.Time
	Rand   io.Reader
	Logger *slog.Logger
	// Wanted reports whether events of a type are delivered to the webhook URL.
	Wanted func(eventType string) bool
}

// API is the http.Handler of everything below /v1/.
type API struct {
	Config
	routes *http.ServeMux
	faults faults

	mu       sync.Mutex
	inFlight map[string]bool // idempotency keys being worked on
}

// New makes the API.
func New(c Config) *API {
	a := &API{Config: c, inFlight: map[string]bool{}}
	a.routes = http.NewServeMux()
	for pattern, e := range map[string]endpoint{
		"POST /v1/payment_intents":              {write: a.createIntent},
		"GET /v1/payment_intents":               {read: a.listIntents},
		"GET /v1/payment_intents/{id}":          {read: a.getIntent, browser: true},
		"POST /v1/payment_intents/{id}":         {write: a.updateIntent},
		"POST /v1/payment_intents/{id}/confirm": {write: a.confirmIntent, browser: true},
		"POST /v1/payment_intents/{id}/cancel":  {write: a.cancelIntent},
		"POST /v1/payment_intents/{id}/capture": {write: a.captureIntent},
		"POST /v1/payment_methods":              {write: a.createMethod, browser: true},
		"GET /v1/payment_methods/{id}":          {read: a.getMethod},
		"GET /v1/charges":                       {read: a.listCharges},
		"GET /v1/charges/{id}":                  {read: a.getCharge},
		"POST /v1/refunds":                      {write: a.createRefund},
		"GET /v1/refunds":                       {read: a.listRefunds},
		"GET /v1/refunds/{id}":                  {read: a.getRefund},
		"GET /v1/disputes":                      {read: a.listDisputes},
		"GET /v1/disputes/{id}":                 {read: a.getDispute},
		"POST /v1/disputes/{id}":                {write: a.updateDispute},
		"POST /v1/disputes/{id}/close":          {write: a.closeDispute},
		"POST /v1/payment_method_domains":       {write: a.createDomain},
		"GET /v1/payment_method_domains":        {read: a.listDomains},
		"GET /v1/payment_method_domains/{id}":   {read: a.getDomain},
		"POST /v1/payment_method_domains/{id}":  {write: a.updateDomain},

		"POST /v1/payment_method_domains/{id}/validate": {write: a.validateDomain},

		"GET /v1/events":      {read: a.listEvents},
		"GET /v1/events/{id}": {read: a.getEvent},
	} {
		a.routes.Handle(pattern, a.serve(e))
	}
	return a
}

// ServeHTTP answers a request.
func (a *API) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("Access-Control-Allow-Origin", "*")
	h.Set("Access-Control-Expose-Headers", "Request-Id, Stripe-Should-Retry")
	if r.Method == http.MethodOptions {
		h.Set("Access-Control-Allow-Methods", "GET, POST, OPTIONS")
		h.Set("Access-Control-Allow-Headers", "Authorization, Content-Type, Idempotency-Key, Stripe-Version")
		h.Set("Access-Control-Max-Age", "300")
		w.WriteHeader(http.StatusNoContent)
		return
	}
	if _, pattern := a.routes.Handler(r); pattern == "" {
		a.begin(w, r).refuse(notFound(r))
		return
	}
	a.routes.ServeHTTP(w, r)
}

// endpoint is one entry of the API: either reading or writing.
type endpoint struct {
	read  func(*call) (any, *Problem)
	write func(*call) (action, *Problem)
	// browser says that a publishable key is enough, given the client secret.
	browser bool
}

// action is the part of a request that has effects. It returns an object of the
// ledger, put in the transaction, or a Problem; what it put before a Problem stays.
type action func(*ledger.Tx) (any, *Problem)

func (a *API) serve(e endpoint) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		c := a.begin(w, r)
		fault := a.faults.take(r)
		if fault.instead() {
			fault.wait(r)
			c.fail(fault)
			return
		}
		if problem := c.admit(e.browser); problem != nil {
			c.refuse(problem)
			return
		}
		if e.read != nil {
			fault.before(r)
			object, problem := e.read(c)
			if problem == nil {
				problem = c.unknown()
			}
			c.answer(fault, outcome{object: object, problem: problem})
			return
		}
		act, problem := e.write(c)
		if problem == nil {
			problem = c.unknown()
		}
		if problem != nil { // nothing was begun: not kept for the idempotency key
			c.answer(fault, outcome{problem: problem})
			return
		}
		c.answer(fault, a.execute(c, act, fault))
	}
}
