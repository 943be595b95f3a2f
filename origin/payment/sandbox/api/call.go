package api

import (
	"crypto/subtle"
	"errors"
	"io"
	"mime"
	"net/http"
	"regexp"
	"strings"

	"github.com/stagedoor/stagedoor/origin/payment/sandbox/bracketform"
	"github.com/stagedoor/stagedoor/origin/payment/sandbox/ledger"
	"github.com/stagedoor/stagedoor/origin/payment/sandbox/wire"
)

// call is one request on its way through.
type call struct {
	api       *API
	w         http.ResponseWriter
	r         *http.Request
	requestID string
	key       string // Idempotency-Key
	browser   bool   // came with a publishable key
	form      *bracketform.Form
	expand    []string
}

func (a *API) begin(w http.ResponseWriter, r *http.Request) *call {
	c := &call{api: a, w: w, r: r, requestID: ledger.NewID(a.Rand, "req"), key: r.Header.Get("Idempotency-Key")}
	w.Header().Set("Request-Id", c.requestID)
	w.Header().Set("Stripe-Version", wire.APIVersion)
	w.Header().Set("Cache-Control", "no-cache, no-store")
	if c.key != "" {
		w.Header().Set("Idempotency-Key", c.key)
	}
	return c
}

func (c *call) id() string { return c.r.PathValue("id") }

func (c *call) origin() ledger.Origin {
	return ledger.Origin{RequestID: c.requestID, IdempotencyKey: c.key}
}

// emit records an event of this call.
func (c *call) emit(tx *ledger.Tx, kind string, object any) {
	tx.Emit(kind, object, c.origin(), c.api.Wanted(kind))
}

var versionShape = regexp.MustCompile(`^\d{4}-\d{2}-\d{2}(\.[a-z]+)?$`)

// admit checks the caller's key and reads the parameters.
func (c *call) admit(browserMay bool) *Problem {
	if problem := c.authenticate(browserMay); problem != nil {
		return problem
	}
	if v := c.r.Header.Get("Stripe-Version"); v != "" && !versionShape.MatchString(v) {
		return invalid("", "", "Invalid Stripe API version: %s.", clip(v))
	}
	if len(c.key) > 255 {
		return invalid("", "", "Idempotency keys can have at most 255 characters.")
	}
	form, problem := c.readForm()
	if problem != nil {
		return problem
	}
	c.form = form
	c.expand = form.List("expand")
	return nil
}

func (c *call) authenticate(browserMay bool) *Problem {
	key, _, basic := c.r.BasicAuth()
	if !basic {
		key, _ = strings.CutPrefix(c.r.Header.Get("Authorization"), "Bearer ")
	}
	keys := c.api.Keys
	switch {
	case key == "":
		return &Problem{Status: http.StatusUnauthorized, Type: "invalid_request_error", Message: "You did not provide an API key. " +
			"You need to provide your API key in the Authorization header, using Bearer auth (e.g. 'Authorization: Bearer YOUR_SECRET_KEY')."}
	case same(key, keys.Secret):
		return nil
	case !same(key, keys.Publishable):
		return &Problem{Status: http.StatusUnauthorized, Type: "invalid_request_error", Message: "Invalid API Key provided: " + masked(key)}
	case !browserMay:
		return &Problem{
			Status: http.StatusForbidden, Type: "invalid_request_error", Code: "secret_key_required",
			Message: "This API call cannot be made with a publishable API key. Please use a secret API key.",
		}
	}
	c.browser = true
	return nil
}

func same(a, b string) bool { return subtle.ConstantTimeCompare([]byte(a), []byte(b)) == 1 }

func masked(key string) string {
	if len(key) <= 12 {
		return strings.Repeat("*", len(key))
	}
	return clip(key[:8] + "********" + key[len(key)-4:])
}

func (c *call) readForm() (*bracketform.Form, *Problem) {
	encoded := c.r.URL.RawQuery
	if c.r.Method == http.MethodPost {
		if t, _, _ := mime.ParseMediaType(c.r.Header.Get("Content-Type")); t != "application/x-www-form-urlencoded" && c.r.ContentLength != 0 {
			return nil, invalid("", "", "Invalid request (check that your POST content type is application/x-www-form-urlencoded).")
		}
		body, err := io.ReadAll(http.MaxBytesReader(c.w, c.r.Body, MaxBody))
		var tooLong *http.MaxBytesError
		if errors.As(err, &tooLong) {
			return nil, &Problem{Status: http.StatusRequestEntityTooLarge, Type: "invalid_request_error", Message: "Request body too large."}
		}
		if err != nil {
			return nil, invalid("", "", "The request body could not be read.")
		}
		encoded = string(body)
	}
	form, err := bracketform.Parse(encoded)
	if err != nil {
		return nil, invalid("", "", "Invalid request: %s.", err)
	}
	return form, nil
}

// unknown refuses parameters that no one asked for.
func (c *call) unknown() *Problem {
	unread := c.form.Unread()
	if len(unread) == 0 {
		return nil
	}
	return invalid("parameter_unknown", unread[0], "Received unknown parameter: %s (the sandbox knows fewer than Stripe does)", clip(unread[0]))
}

func clip(s string) string {
	if len(s) > 80 {
		return s[:80] + "…"
	}
	return s
}
