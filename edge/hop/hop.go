// Package hop signs and verifies the hop from the edge to the origin.
//
// The origin trusts two things a request says about itself, which brand it is
// for and which host the visitor typed, and so it must know that the edge said
// them. The edge adds one header to every request it proxies:
//
//	X-Stagedoor-Hop: t=<unix seconds>,v1=<hex HMAC-SHA256(key, message)>
//	message = t "." method "." path-with-query "." site id "." forwarded host
//
// The signature covers neither the body nor other headers: it says who sent
// the request, not what is in it, so that bodies stream through unread.
//
// The package has two halves. This one compiles under TinyGo and runs in the
// edge; request.go needs net/http and runs in the origin.
package hop

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"hash"
	"strconv"
	"time"
)

// Headers the edge sets and the origin reads. The edge strips every inbound
// header that begins with X-Stagedoor- or X-Forwarded- before it sets its own.
const (
	HeaderHop            = "X-Stagedoor-Hop"
	HeaderSite           = "X-Stagedoor-Site"
	HeaderNonce          = "X-Stagedoor-Nonce"
	HeaderLocale         = "X-Stagedoor-Locale"   // BCP 47, one the site offers
	HeaderCurrency       = "X-Stagedoor-Currency" // ISO 4217, one the site offers
	HeaderForwardedHost  = "X-Forwarded-Host"
	HeaderForwardedProto = "X-Forwarded-Proto"
	HeaderForwardedFor   = "X-Forwarded-For"
	HeaderRequestID      = "X-Request-Id"
)

// MaxSkew is how far the edge's clock and the origin's may differ, and so how
// long a captured request could be replayed.
const MaxSkew = 60 * time.Second

// MinKeyBytes is the shortest key New accepts.
const MinKeyBytes = 16

// ErrShortKey is returned for a key under MinKeyBytes.
var ErrShortKey = errors.New("hop: the key is shorter than 16 bytes")

// Signer writes hop signatures with one key. It keeps its buffers between
// calls and so is not safe for concurrent use; the edge is single-threaded.
type Signer struct {
	mac     hash.Hash
	message []byte
	sum     [sha256.Size]byte
}

// New makes a Signer. The key is the raw key bytes, at least MinKeyBytes long.
func New(key []byte) (*Signer, error) {
	if len(key) < MinKeyBytes {
		return nil, ErrShortKey
	}
	return &Signer{mac: hmac.New(sha256.New, key)}, nil
}

// Append appends the value of the hop header to dst and returns it.
// unixSeconds is the time of signing; pathWithQuery is exactly what will
// stand in the request line sent to the origin.
func (s *Signer) Append(dst []byte, unixSeconds int64, method, pathWithQuery, siteID, forwardedHost string) []byte {
	s.message = appendMessage(s.message[:0], unixSeconds, method, pathWithQuery, siteID, forwardedHost)
	s.mac.Reset()
	s.mac.Write(s.message)
	sum := s.mac.Sum(s.sum[:0])

	dst = append(dst, "t="...)
	dst = strconv.AppendInt(dst, unixSeconds, 10)
	dst = append(dst, ",v1="...)
	return hex.AppendEncode(dst, sum)
}

func appendMessage(dst []byte, unixSeconds int64, method, pathWithQuery, siteID, forwardedHost string) []byte {
	dst = strconv.AppendInt(dst, unixSeconds, 10)
	dst = append(append(dst, '.'), method...)
	dst = append(append(dst, '.'), pathWithQuery...)
	dst = append(append(dst, '.'), siteID...)
	dst = append(append(dst, '.'), forwardedHost...)
	return dst
}
