// Package umbraco reads Umbraco's wire: webhooks of version 13, which writes names in PascalCase, and of 14 and later,
// which write them in camelCase, in each of the three kinds of payload; and its Content Delivery API, version 2.
package umbraco

import (
	"crypto/sha256"
	"crypto/subtle"
	"fmt"
	"net/http"
	"strings"

	"github.com/stagedoor/stagedoor/origin/cms/wire"
)

// Headers of a webhook. HeaderDate is not sent by every version.
const (
	HeaderEvent      = "Umb-Webhook-Event"      // Umbraco.ContentPublish, or Umbraco.ContentPublished
	HeaderRetryCount = "Umb-Webhook-RetryCount" // 0 at first
	HeaderDate       = "Umb-Webhook-Date"
)

// DefaultHeader is where the token stands unless the webhook is set up otherwise: "Bearer" and the token.
const DefaultHeader = "Authorization"

// Verify checks that a request carries one of the tokens in the header that the webhook was given in Umbraco. Umbraco
// signs nothing: what proves who sends is the token alone, so the way here must be TLS, and what a delivery says is held
// against the API where one is known.
//
// The error wraps wire.ErrSignature.
func Verify(r wire.Request, name string, tokens []string) error {
	values := r.Header.Values(name)
	if len(values) != 1 {
		return fmt.Errorf("%w: %s stands there %d times", wire.ErrSignature, name, len(values))
	}
	given := values[0]
	if strings.EqualFold(name, DefaultHeader) {
		scheme, token, _ := strings.Cut(given, " ")
		if !strings.EqualFold(scheme, "Bearer") {
			return fmt.Errorf("%w: %s is no bearer token", wire.ErrSignature, name)
		}
		given = strings.TrimSpace(token)
	}
	sum, good := sha256.Sum256([]byte(given)), 0
	for _, token := range tokens { // each of them, and digests, so that time tells neither which nor how long
		if token == "" {
			continue
		}
		want := sha256.Sum256([]byte(token))
		good |= subtle.ConstantTimeCompare(sum[:], want[:])
	}
	if good != 1 {
		return fmt.Errorf("%w: the token in %s is not ours", wire.ErrSignature, name)
	}
	return nil
}

// Keep picks what is kept of a verified webhook.
func Keep(header http.Header, body []byte) wire.Envelope {
	e := wire.Envelope{Topic: header.Get(HeaderEvent), Body: body, Header: map[string]string{}}
	for _, name := range []string{HeaderRetryCount, HeaderDate, "User-Agent"} {
		if value := header.Get(name); value != "" {
			e.Header[strings.ToLower(name)] = value[:min(len(value), 200)]
		}
	}
	return e
}
