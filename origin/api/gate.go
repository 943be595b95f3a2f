package api

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/url"

	"github.com/stagedoor/stagedoor/origin/session"
)

// maximumBody is the longest request body, in bytes.
const maximumBody = 64 << 10

// gate turns away requests that no handler needs to see: from other sites' pages, with bodies that are too long or
// not JSON. It changes the request in place and not a copy of it, so that whoever measures requests around it sees
// which route was taken.
func gate(next http.Handler) http.Handler {
	crossOrigin := http.NewCrossOriginProtection()
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		// Behind the edge the Host header is ours; what a browser calls this site is its public origin.
		if public, err := url.Parse(session.Origin(r.Context())); err == nil && public.Host != "" {
			r.Host = public.Host
		}
		if err := crossOrigin.Check(r); err != nil {
			(&problem{code: codeCrossOrigin, cause: err}).write(w, r)
			return
		}
		if p := checkBody(w, r); p != nil {
			p.write(w, r)
			return
		}
		next.ServeHTTP(w, r)
	})
}

// checkBody bounds the body and wants it to be JSON, if there is one.
func checkBody(w http.ResponseWriter, r *http.Request) *problem {
	switch {
	case r.Method == http.MethodGet || r.Method == http.MethodHead || r.ContentLength == 0:
		return nil
	case r.ContentLength > maximumBody:
		return &problem{code: codeBodyTooLarge}
	}
	r.Body = http.MaxBytesReader(w, r.Body, maximumBody)
	if r.ContentLength < 0 && r.Header.Get("Content-Type") == "" {
		return nil // a proxy that streams can't say that there is no body
	}
	kind, params, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if charset := params["charset"]; err != nil || kind != "application/json" || charset != "" && charset != "utf-8" && charset != "UTF-8" {
		return &problem{code: codeUnsupportedMedia, cause: errors.Join(err)}
	}
	return readBody(r)
}

// readBody reads all of the body and wants it to be one JSON value: a decoder would stop after the first, and whatever
// follows would be read by nobody.
func readBody(r *http.Request) *problem {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return unreadable(fmt.Errorf("can't read the JSON body: %w", err))
	}
	if len(body) > 0 && !json.Valid(body) {
		return &problem{code: codeMalformedJSON}
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	return nil
}
