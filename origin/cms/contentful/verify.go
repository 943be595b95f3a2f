// Package contentful reads Contentful's wire: webhooks, which are verified as Contentful signs them, and its Content
// Delivery API, of which the Sync API tells what changed.
package contentful

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/stagedoor/stagedoor/origin/cms/wire"
)

// Headers of a webhook.
const (
	HeaderSignature     = "X-Contentful-Signature"      // HMAC-SHA256 of the canonical request, in hex
	HeaderSignedHeaders = "X-Contentful-Signed-Headers" // names, by comma
	HeaderTimestamp     = "X-Contentful-Timestamp"      // when it was signed: milliseconds since 1970
	HeaderTopic         = "X-Contentful-Topic"          // ContentManagement.Entry.publish
	HeaderIdempotency   = "X-Contentful-Idempotency-Key"
	HeaderWebhookName   = "X-Contentful-Webhook-Name"
)

// mostSigned bounds the headers that one request may have signed: Contentful signs about ten.
const mostSigned = 64

// Tolerance is how old a signature may be, and how far ahead. Each attempt of Contentful's to deliver is signed anew.
const Tolerance = 5 * time.Minute

// Verify checks that a request was signed with one of the secrets, and not longer than tolerance before or after now.
// The time, the list of signed headers and the topic must be among what is signed: with another topic the body of a
// draft would say that it is public.
//
// The error wraps wire.ErrSignature or wire.ErrStale. The canonical request is documented at
// contentful.com/developers/docs/webhooks/request-verification; @contentful/node-apps-toolkit is what it is tested
// against.
func Verify(r wire.Request, secrets []string, now time.Time, tolerance time.Duration) error {
	given, names, err := presented(r.Header)
	if err != nil {
		return err
	}
	canonical := canonicalRequest(r, names)
	good := false
	for _, secret := range secrets { // each of them, so that time tells nothing
		if secret == "" { // an empty key would let anybody sign
			continue
		}
		mac := hmac.New(sha256.New, []byte(secret))
		mac.Write(canonical)
		if hmac.Equal(mac.Sum(nil), given) {
			good = true
		}
	}
	if !good {
		return fmt.Errorf("%w: the signature is not that of the request", wire.ErrSignature)
	}
	return timely(r.Header, now, tolerance)
}

// Presented says whether a request's headers alone rule out that Verify will pass it, so that nobody who has not even
// tried to sign has a body read. The errors are Verify's.
func Presented(header http.Header, now time.Time, tolerance time.Duration) error {
	if _, _, err := presented(header); err != nil {
		return err
	}
	return timely(header, now, tolerance)
}

func presented(header http.Header) (signature []byte, names []string, err error) {
	signature, err = hex.DecodeString(header.Get(HeaderSignature))
	if err != nil || len(signature) != sha256.Size {
		return nil, nil, fmt.Errorf("%w: %s is not a signature", wire.ErrSignature, HeaderSignature)
	}
	names, err = signedNames(header)
	return signature, names, err
}

func timely(header http.Header, now time.Time, tolerance time.Duration) error {
	millis, err := strconv.ParseInt(strings.TrimSpace(header.Get(HeaderTimestamp)), 10, 64)
	if err != nil {
		return fmt.Errorf("%w: %s is not a time", wire.ErrSignature, HeaderTimestamp)
	}
	if age := now.Sub(time.UnixMilli(millis)); age > tolerance || age < -tolerance {
		return fmt.Errorf("%w: it was signed %s ago, %s is the most", wire.ErrStale, age.Truncate(time.Second), tolerance)
	}
	return nil
}

// signedNames are the names of the headers that were signed, lower-case and sorted.
func signedNames(header http.Header) ([]string, error) {
	names := strings.Split(header.Get(HeaderSignedHeaders), ",")
	if len(names) > mostSigned {
		return nil, fmt.Errorf("%w: more than %d headers are signed", wire.ErrSignature, mostSigned)
	}
	for i := range names {
		names[i] = strings.ToLower(strings.TrimSpace(names[i]))
	}
	slices.Sort(names)
	names = slices.Compact(names)
	for _, needed := range []string{HeaderSignedHeaders, HeaderTimestamp, HeaderTopic} {
		if _, found := slices.BinarySearch(names, strings.ToLower(needed)); !found {
			return nil, fmt.Errorf("%w: %s is not signed", wire.ErrSignature, needed)
		}
		if len(header.Values(needed)) != 1 { // which of two was signed?
			return nil, fmt.Errorf("%w: %s stands there %d times", wire.ErrSignature, needed, len(header.Values(needed)))
		}
	}
	return names, nil
}

// canonicalRequest is what is signed: method, path, headers and body, a line each.
func canonicalRequest(r wire.Request, names []string) []byte {
	var b strings.Builder
	b.WriteString(r.Method + "\n" + encodedURI(r.URI) + "\n")
	first := true
	for _, name := range names {
		values := slices.Clone(r.Header.Values(name))
		if len(values) == 0 {
			continue // as the toolkit does; the list of names is signed itself
		}
		if !first {
			b.WriteByte(';')
		}
		first = false
		for i, v := range values {
			values[i] = strings.TrimSpace(v)
		}
		b.WriteString(name + ":" + strings.Join(values, ", ")) // as Node joins what was sent twice
	}
	b.WriteByte('\n')
	b.Write(r.Body)
	return []byte(b.String())
}

// encodedURI is the path as it is signed: as JavaScript's encodeURI writes it, and the query as
// encodeURI(querystring.escape(query)) does, which escapes what is escaped.
func encodedURI(uri string) string {
	path, query, _ := strings.Cut(uri, "?")
	query, _, _ = strings.Cut(query, "?")
	if query == "" {
		return escape(path, uriBytes)
	}
	return escape(path+"?"+escape(query, queryBytes), uriBytes)
}

// The bytes that encodeURI and querystring.escape leave as they are, beside letters and digits.
const (
	uriBytes   = ";,/?:@&=+$-_.!~*'()#"
	queryBytes = "-_.!~*'()"
)

func escape(text, kept string) string {
	const digits = "0123456789ABCDEF"
	var b strings.Builder
	for i := range len(text) {
		c := text[i]
		if 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || strings.IndexByte(kept, c) >= 0 {
			b.WriteByte(c)
			continue
		}
		b.WriteByte('%')
		b.WriteByte(digits[c>>4])
		b.WriteByte(digits[c&15])
	}
	return b.String()
}
