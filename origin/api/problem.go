package api

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"github.com/stagedoor/stagedoor/origin/api/apigen"
)

// problem is an error whose answer is known.
type problem struct {
	code       code
	detail     string // for the buyer; the kind's own when empty
	fields     []apigen.FieldError
	seats      []string
	instead    []string
	url        string        // where to go
	retryAfter time.Duration // rounded up to whole seconds; none when zero
	cause      error         // for the log
}

func (p *problem) Error() string {
	if p.cause != nil {
		return fmt.Sprintf("%s: %v", p.code, p.cause)
	}
	return string(p.code)
}

func (p *problem) Unwrap() error { return p.cause }

// refuse is a problem with a detail of its own.
func refuse(c code, detail string, args ...any) *problem {
	return &problem{code: c, detail: fmt.Sprintf(detail, args...)}
}

// badField is a problem with one parameter.
func badField(c code, field, reason string, args ...any) *problem {
	return &problem{code: c, fields: []apigen.FieldError{{Field: field, Reason: fmt.Sprintf(reason, args...)}}}
}

// notFound says what there is not.
func notFound(what string) *problem { return refuse(codeNotFound, "There is no such %s here.", what) }

// write answers a request with the problem, as RFC 9457 has it.
func (p *problem) write(w http.ResponseWriter, r *http.Request) {
	k := kinds[p.code]
	body := apigen.Problem{
		Type: "/api/docs#" + string(k.Code), Title: k.Title, Status: k.Status, Code: string(k.Code), Detail: k.Detail, Instance: &r.URL.Path,
	}
	if p.detail != "" {
		body.Detail = p.detail
	}
	if len(p.fields) > 0 {
		body.Errors = &p.fields
	}
	if len(p.seats) > 0 {
		body.Seats = &p.seats
	}
	if len(p.instead) > 0 {
		body.Instead = &p.instead
	}
	if p.url != "" {
		body.Url = &p.url
	}
	var text bytes.Buffer
	encoder := json.NewEncoder(&text)
	encoder.SetEscapeHTML(false)
	_ = encoder.Encode(body) // a struct of strings
	h := w.Header()
	h.Set("Content-Type", "application/problem+json")
	h.Set("Cache-Control", "no-store")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Del("ETag")
	if p.retryAfter > 0 {
		h.Set("Retry-After", strconv.FormatInt(int64((p.retryAfter+time.Second-1)/time.Second), 10))
	}
	w.WriteHeader(k.Status)
	_, _ = w.Write(text.Bytes())
}
