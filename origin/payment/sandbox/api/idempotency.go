package api

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"net/http"

	"github.com/stagedoor/stagedoor/origin/payment/sandbox/ledger"
)

// execute runs the effects of a call once per idempotency key. As at Stripe, the
// answer to a key is kept whatever it is, declines and 500s included, except when the
// parameters were refused before anything began.
func (a *API) execute(c *call, act action, fault *Fault) outcome {
	if c.key == "" {
		fault.before(c.r)
		return a.perform(c, act, "", fault)
	}
	asked := c.asked()
	if !a.claim(c.key) {
		return outcome{problem: &Problem{
			Status: http.StatusConflict, Type: "invalid_request_error", Code: "idempotency_key_in_use",
			Message: "There is currently another in-progress request using this Idempotent Key (that probably means you submitted twice, " +
				"and the other request is still going through): " + clip(c.key) + ". Please try again later.",
		}}
	}
	defer a.release(c.key)
	fault.before(c.r)
	if kept, ok := a.Ledger.Answer(c.key); ok {
		return a.replay(c, kept, asked)
	}
	return a.perform(c, act, asked, fault)
}

// asked is equal for two requests that ask for the same.
func (c *call) asked() string {
	sum := sha256.Sum256([]byte(c.r.Method + " " + c.r.URL.Path + " " + c.form.Fingerprint()))
	return hex.EncodeToString(sum[:])
}

func (a *API) replay(c *call, kept *ledger.Answer, asked string) outcome {
	mismatch := func(message string) outcome {
		return outcome{problem: &Problem{Status: http.StatusBadRequest, Type: "idempotency_error", Message: message}}
	}
	if kept.Path != c.r.URL.Path {
		return mismatch("Keys for idempotent requests can only be used for the same endpoint they were first used for ('" + clip(c.r.URL.Path) +
			"' vs '" + kept.Path + "'). Try using a key other than '" + clip(c.key) + "' if you meant to execute a different request.")
	}
	if kept.Asked != asked {
		return mismatch("Keys for idempotent requests can only be used with the same parameters they were first used with. " +
			"Try using a key other than '" + clip(c.key) + "' if you meant to execute a different request.")
	}
	if kept.Object != nil {
		return outcome{object: kept.Object, replayed: kept.RequestID}
	}
	var body bytes.Buffer
	if err := json.Indent(&body, kept.Body, "", "  "); err != nil {
		return outcome{problem: faulty()}
	}
	return outcome{status: kept.Status, body: append(body.Bytes(), '\n'), replayed: kept.RequestID}
}

// perform runs the effects and keeps the answer in one transaction.
func (a *API) perform(c *call, act action, asked string, fault *Fault) outcome {
	var o outcome
	err := a.Ledger.Update(func(tx *ledger.Tx) error {
		o.object, o.problem = act(tx)
		if fault != nil && fault.Keep && fault.Status != 0 {
			o = outcome{problem: fault.problem()}
		}
		if c.key == "" {
			return nil
		}
		return c.remember(tx, asked, o)
	})
	if err != nil {
		a.Logger.ErrorContext(c.r.Context(), "nothing was changed", "request_id", c.requestID, "error", err)
		return outcome{problem: faulty()}
	}
	return o
}

func (c *call) remember(tx *ledger.Tx, asked string, o outcome) error {
	answer := &ledger.Answer{Key: c.key, Asked: asked, Path: c.r.URL.Path, Status: http.StatusOK, RequestID: c.requestID}
	if o.problem == nil {
		// Kept as the snapshot, and written again for whoever repeats the request.
		tx.Remember(answer, o.object)
		return nil
	}
	status, body, err := c.render(o)
	if err != nil {
		return err
	}
	var compact bytes.Buffer
	if err := json.Compact(&compact, body); err != nil {
		return err
	}
	answer.Status, answer.Body = status, compact.Bytes()
	tx.Remember(answer, nil)
	return nil
}

func (a *API) claim(key string) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.inFlight[key] {
		return false
	}
	a.inFlight[key] = true
	return true
}

func (a *API) release(key string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	delete(a.inFlight, key)
}
