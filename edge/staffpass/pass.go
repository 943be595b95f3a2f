// Package staffpass holds the staff pass: a signed cookie by which the edge
// knows a member of staff, for which sites and until when. Staff see a house
// that is closed to visitors, are not counted and not queued.
//
// The origin sets it after sign-in (Cookie) and the edge verifies it
// (Verifier). It opens nothing at the origin: the consoles have sessions of
// their own. Its value is
//
//	base64url(payload) "." hex(HMAC-SHA256(key, "staff-pass." payload)), first 16 bytes
//	payload = name LF sites LF expiry in unix seconds
//
// where base64url has no padding and sites is "*" or site IDs with a comma
// between. The key is the hop key; the words before the payload keep its
// signatures apart from those of the hop and of checkout passes.
package staffpass

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"hash"
	"strconv"
	"strings"
	"unsafe"

	"github.com/stagedoor/stagedoor/edge/hop"
)

// CookieName names the cookie that carries a pass.
const CookieName = "stagedoor_staff"

// Bounds on a pass.
const (
	MaxLife  = 12 * 3600 // seconds: how far in the future it may expire
	MaxName  = 100       // bytes
	maxSites = 2600      // bytes, so that the cookie stays under the 4,096 browsers keep
	maxBytes = MaxName + 1 + maxSites + 1 + 12
)

// maxSkew is how many seconds the origin's clock may be ahead of the edge's, so
// that a pass of the longest life is good at once.
const maxSkew = 60

// Every is the list of sites that means all of them.
const Every = "*"

const macBytes = 16

// strict refuses spare bits, so that a pass has one spelling only.
var strict = base64.RawURLEncoding.Strict()

// Refusal is why a pass does not count.
type Refusal uint8

const (
	Accepted  Refusal = iota // it does count
	Malformed                // it is not in the form of a pass
	Forged                   // another key signed it, or nobody did
	Expired
	TooLong   // it expires further ahead than any pass we make
	WrongSite // it is good, for other sites
)

func (r Refusal) String() string {
	switch r {
	case Accepted:
		return "accepted"
	case Malformed:
		return "malformed"
	case Forged:
		return "forged"
	case Expired:
		return "expired"
	case TooLong:
		return "too long a life"
	default:
		return "for another site"
	}
}

// Verifier checks passes. Like hop.Signer it keeps buffers and so is not safe
// for concurrent use.
type Verifier struct {
	mac     hash.Hash
	payload [maxBytes]byte
	sum     [sha256.Size]byte
	text    [2 * macBytes]byte
}

// NewVerifier makes one for a key of at least hop.MinKeyBytes.
func NewVerifier(key []byte) (*Verifier, error) {
	if len(key) < hop.MinKeyBytes {
		return nil, hop.ErrShortKey
	}
	return &Verifier{mac: hmac.New(sha256.New, key)}, nil
}

// Read returns whose pass value is, "" unless it is Accepted for the site at
// this time. The name is a view that the next Read overwrites. It takes as
// long for one wrong signature as for another.
func (v *Verifier) Read(value, siteID string, unixSeconds int64) (name string, why Refusal) {
	encoded, mac, ok := strings.Cut(value, ".")
	if !ok || encoded == "" || strict.DecodedLen(len(encoded)) > maxBytes || len(mac) != 2*macBytes || hasBreak(encoded) {
		return "", Malformed
	}
	n, err := strict.Decode(v.payload[:], unsafe.Slice(unsafe.StringData(encoded), len(encoded)))
	if err != nil {
		return "", Malformed
	}
	if !hmac.Equal(v.sign(v.payload[:n]), unsafe.Slice(unsafe.StringData(mac), len(mac))) {
		return "", Forged
	}
	// What the key signed is in order, but a reader of payloads takes nobody's
	// word for it.
	name, rest, _ := strings.Cut(unsafe.String(&v.payload[0], n), "\n")
	sites, expiry, ok := strings.Cut(rest, "\n")
	at, isNumber := seconds(expiry)
	switch {
	case !ok || !isNumber || !isName(name):
		return "", Malformed
	case at <= unixSeconds:
		return "", Expired
	case at > unixSeconds+MaxLife+maxSkew:
		return "", TooLong
	case sites != Every && !isListed(sites, siteID):
		return "", WrongSite
	}
	return name, Accepted
}

func (v *Verifier) sign(payload []byte) []byte {
	v.mac.Reset()
	v.mac.Write(domain)
	v.mac.Write(payload)
	hex.Encode(v.text[:], v.mac.Sum(v.sum[:0])[:macBytes])
	return v.text[:]
}

var domain = []byte("staff-pass.")

// hasBreak looks for the line breaks that Go's base64 passes over.
func hasBreak(s string) bool {
	return strings.IndexByte(s, '\n') >= 0 || strings.IndexByte(s, '\r') >= 0
}

// isName says whether s can be shown: not empty, and no control characters.
func isName(s string) bool {
	if s == "" || len(s) > MaxName {
		return false
	}
	for i := 0; i < len(s); i++ {
		if s[i] < ' ' || s[i] == 0x7f {
			return false
		}
	}
	return true
}

func isListed(sites, siteID string) bool {
	for sites != "" {
		var one string
		if one, sites, _ = strings.Cut(sites, ","); one == siteID && one != "" {
			return true
		}
	}
	return false
}

// seconds reads a positive number in its shortest spelling.
func seconds(s string) (int64, bool) {
	if s == "" || len(s) > 12 || s[0] < '1' || s[0] > '9' {
		return 0, false
	}
	n, err := strconv.ParseInt(s, 10, 64)
	return n, err == nil
}
