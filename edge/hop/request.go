//go:build !tinygo

package hop

import (
	"crypto/hmac"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// Why a request was not believed. All of them deserve the same answer to the
// caller (403 with no detail); the difference is for the log.
var (
	ErrUnsigned  = errors.New("hop: the request carries no hop signature")
	ErrMalformed = errors.New("hop: the hop signature is malformed")
	ErrStale     = errors.New("hop: the hop signature is too old or from the future")
	ErrForged    = errors.New("hop: the hop signature does not match")
)

// Verify says which site the edge sent r for, or why r did not come from the
// edge. now is the origin's clock. It reads headers only and is safe for
// concurrent use.
func Verify(key []byte, r *http.Request, now time.Time) (siteID string, err error) {
	value, err := single(r.Header, HeaderHop)
	if err != nil {
		return "", err
	}
	if value == "" {
		return "", ErrUnsigned
	}
	seconds, ok := strings.CutPrefix(value, "t=")
	if !ok {
		return "", ErrMalformed
	}
	seconds, _, ok = strings.Cut(seconds, ",v1=")
	if !ok {
		return "", ErrMalformed
	}
	at, err := strconv.ParseInt(seconds, 10, 64)
	if err != nil {
		return "", ErrMalformed
	}
	if siteID, err = single(r.Header, HeaderSite); err != nil {
		return "", err
	}
	host, err := single(r.Header, HeaderForwardedHost)
	if err != nil {
		return "", err
	}
	signer, err := New(key)
	if err != nil {
		return "", err
	}
	want := signer.Append(nil, at, r.Method, target(r), siteID, host)
	if !hmac.Equal(want, []byte(value)) {
		return "", ErrForged
	}
	if age := now.Sub(time.Unix(at, 0)); age > MaxSkew || age < -MaxSkew {
		return "", fmt.Errorf("%w: signed %s ago", ErrStale, age.Round(time.Second))
	}
	return siteID, nil
}

// Sign makes r look as if the edge had sent it for siteID at now: it sets the
// site, the forwarded host (kept if r has one, else r.Host) and the signature.
// Tests and the smoke run use it to reach the origin without an edge.
func Sign(key []byte, r *http.Request, siteID string, now time.Time) error {
	signer, err := New(key)
	if err != nil {
		return err
	}
	host := r.Header.Get(HeaderForwardedHost)
	if host == "" {
		if host = r.Host; host == "" {
			host = r.URL.Host
		}
		r.Header.Set(HeaderForwardedHost, host)
	}
	r.Header.Set(HeaderSite, siteID)
	r.Header.Set(HeaderHop, string(signer.Append(nil, now.Unix(), r.Method, target(r), siteID, host)))
	return nil
}

// target is the request line's path and query as they crossed the wire, even
// when a middleware has since rewritten r.URL.
func target(r *http.Request) string {
	if strings.HasPrefix(r.RequestURI, "/") {
		return r.RequestURI
	}
	return r.URL.RequestURI()
}

// single returns the only value of a header, "" when absent. Two values are
// refused: the edge never sends two, and picking one would be guessing.
func single(h http.Header, name string) (string, error) {
	switch values := h.Values(name); len(values) {
	case 0:
		return "", nil
	case 1:
		return values[0], nil
	default:
		return "", fmt.Errorf("%w: %s appears %d times", ErrMalformed, name, len(values))
	}
}
