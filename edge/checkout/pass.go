// Package checkout holds the checkout pass: a signed cookie by which the edge
// recognises a visitor in the middle of paying and lets them finish although a
// maintenance window has begun.
//
// The origin sets it when a checkout starts (Cookie) and the edge verifies it
// (Verifier). It admits to nothing else: not past a queue, not to anyone's
// order. Its value is
//
//	<expiry, unix seconds>.<hex HMAC-SHA256(key, "checkout-pass." site id "." expiry), first 16 bytes>
//
// and the key is the hop key.
package checkout

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"hash"
	"strconv"
	"strings"

	"github.com/stagedoor/stagedoor/edge/hop"
)

// CookieName names the cookie that carries a pass.
const CookieName = "stagedoor_checkout"

// MaxLife bounds how far in the future, in seconds, a pass may expire: longer
// than any hold and payment takes, too short to hoard.
const MaxLife = 3600

const macBytes = 16

// Verifier checks passes. Like hop.Signer it keeps buffers and so is not safe
// for concurrent use.
type Verifier struct {
	mac     hash.Hash
	message []byte
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

// Valid says whether value is a pass for the site that has not expired.
func (v *Verifier) Valid(value, siteID string, unixSeconds int64) bool {
	expiry, mac, ok := strings.Cut(value, ".")
	if !ok || expiry == "" || expiry[0] < '1' || expiry[0] > '9' || len(expiry) > 12 || len(mac) != 2*macBytes {
		return false
	}
	at, err := strconv.ParseInt(expiry, 10, 64)
	if err != nil || at <= unixSeconds || at > unixSeconds+MaxLife {
		return false
	}
	return hmac.Equal(v.sign(siteID, at), []byte(mac))
}

func (v *Verifier) sign(siteID string, expiry int64) []byte {
	v.message = append(v.message[:0], "checkout-pass."...)
	v.message = append(v.message, siteID...)
	v.message = append(v.message, '.')
	v.message = strconv.AppendInt(v.message, expiry, 10)
	v.mac.Reset()
	v.mac.Write(v.message)
	hex.Encode(v.text[:], v.mac.Sum(v.sum[:0])[:macBytes])
	return v.text[:]
}
