// Package ticket makes and checks the code inside a ticket's QR: an Ed25519 signature over what the ticket is,
// so that a scanner at the door needs the public key and nothing else to know a ticket is genuine. That it was
// not used before, or taken back, only the list of the performance knows.
//
// A code is text:
//
//	SD1.<key ID>.<payload>.<signature>
//
// payload and signature are base64url without padding; the signature is over everything before its dot. The
// payload is the ticket's ID (16 bytes), the performance's ID (16), the time of issue (Unix seconds, 8,
// big-endian) and the seat's ID (the rest, UTF-8). A telephone's screen adds a dot and the six digits of the moment
// (see Rotating), by which a picture of the code is worthless half a minute later.
//
// The ticket's ID is that of one issue: a ticket that is issued anew has another, and the old one is dead.
package ticket

import (
	"crypto/ed25519"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/google/uuid"
)

const (
	scheme     = "SD1"
	payloadMin = 16 + 16 + 8
	// MaxSeatID is the longest seat ID a ticket can carry, in bytes.
	MaxSeatID = 80
	// MaxCode is the longest code, in bytes. It fits a QR code that a telephone reads from a screen.
	MaxCode = 320
)

// Why a code is refused at the door.
var (
	ErrMalformed  = errors.New("ticket: not a ticket code")
	ErrUnknownKey = errors.New("ticket: signed with a key that is not ours")
	ErrForged     = errors.New("ticket: the signature does not match")
)

// Claim is what a code says, once its signature holds.
type Claim struct {
	TicketID      uuid.UUID
	PerformanceID uuid.UUID
	SeatID        string
	IssuedAt      time.Time // to the second
}

// encode signs claim.
func encode(claim Claim, keyID string, key ed25519.PrivateKey) (string, error) {
	if claim.SeatID == "" || len(claim.SeatID) > MaxSeatID {
		return "", fmt.Errorf("ticket: a seat ID of %d bytes; 1 to %d can be signed", len(claim.SeatID), MaxSeatID)
	}
	payload := make([]byte, 0, payloadMin+len(claim.SeatID))
	payload = append(payload, claim.TicketID[:]...)
	payload = append(payload, claim.PerformanceID[:]...)
	payload = binary.BigEndian.AppendUint64(payload, uint64(claim.IssuedAt.Unix()))
	payload = append(payload, claim.SeatID...)
	signed := scheme + "." + keyID + "." + base64.RawURLEncoding.EncodeToString(payload)
	signature := ed25519.Sign(key, []byte(signed))
	return signed + "." + base64.RawURLEncoding.EncodeToString(signature), nil
}

// Verify checks code with the public keys given by their IDs and returns what it claims. It asks nobody.
func Verify(code string, keys map[string]ed25519.PublicKey) (Claim, error) {
	parts := strings.Split(code, ".")
	if len(code) > MaxCode || len(parts) != 4 || parts[0] != scheme {
		return Claim{}, ErrMalformed
	}
	payload, err := base64.RawURLEncoding.Strict().DecodeString(parts[2])
	if err != nil || len(payload) <= payloadMin || len(payload) > payloadMin+MaxSeatID {
		return Claim{}, ErrMalformed
	}
	signature, err := base64.RawURLEncoding.Strict().DecodeString(parts[3])
	if err != nil || len(signature) != ed25519.SignatureSize {
		return Claim{}, ErrMalformed
	}
	key, known := keys[parts[1]]
	if !known || len(key) != ed25519.PublicKeySize {
		return Claim{}, ErrUnknownKey
	}
	if !ed25519.Verify(key, []byte(code[:strings.LastIndexByte(code, '.')]), signature) {
		return Claim{}, ErrForged
	}
	return Claim{
		TicketID:      uuid.UUID(payload[:16]),
		PerformanceID: uuid.UUID(payload[16:32]),
		IssuedAt:      time.Unix(int64(binary.BigEndian.Uint64(payload[32:])), 0).UTC(),
		SeatID:        string(payload[payloadMin:]),
	}, nil
}
