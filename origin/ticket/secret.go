package ticket

import (
	"crypto/ed25519"
	"crypto/hmac"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/binary"
	"fmt"
	"strings"
	"time"

	"github.com/google/uuid"
)

// Step is how long the six digits on a telephone's screen are the same.
const Step = 30 * time.Second

// secretBytes is the length of a ticket's secret.
const secretBytes = 20

// Secret is what a ticket's screen and the list of its performance share: the rotating digits and the short code come
// from it. It is derived from the key that signed the ticket and stored nowhere. It is no secret from the ticket's owner.
func (k *Keyring) Secret(keyID string, ticketID uuid.UUID) ([]byte, error) {
	seed, ok := k.seeds[keyID]
	if !ok {
		return nil, fmt.Errorf("ticket %s: %w", ticketID, ErrUnknownKey)
	}
	mac := hmac.New(sha256.New, seed)
	mac.Write([]byte("ticket secret v1\x00"))
	mac.Write(ticketID[:])
	return mac.Sum(nil)[:secretBytes], nil
}

// SecretOf is Secret for a code that the ring signed.
func (k *Keyring) SecretOf(code string) ([]byte, error) {
	claim, err := k.Verify(code)
	if err != nil {
		return nil, err
	}
	return k.Secret(strings.Split(code, ".")[1], claim.TicketID)
}

// Rotating is the six digits that a screen shows at an instant, made as RFC 6238 makes them: with SHA-1, which is what
// wallets can count along with, and which HMAC still bears.
func Rotating(secret []byte, at time.Time) string { return digits(secret, step(at)) }

// Fresh reports whether digits were on the screen at an instant, or one step before or after it: clocks differ.
func Fresh(secret []byte, shown string, at time.Time) bool {
	now, fresh := step(at), 0
	for _, one := range []int64{now - 1, now, now + 1} {
		fresh |= subtle.ConstantTimeCompare([]byte(digits(secret, one)), []byte(shown))
	}
	return fresh == 1
}

func step(at time.Time) int64 { return at.Unix() / int64(Step/time.Second) }

func digits(secret []byte, step int64) string {
	mac := hmac.New(sha1.New, secret)
	var counter [8]byte
	binary.BigEndian.PutUint64(counter[:], uint64(step))
	mac.Write(counter[:])
	sum := mac.Sum(nil)
	at := sum[len(sum)-1] & 0x0f
	return fmt.Sprintf("%06d", binary.BigEndian.Uint32(sum[at:])&0x7fffffff%1_000_000)
}

// shortAlphabet has no characters that are mistaken for one another when typed from a screen, and no vowels.
const shortAlphabet = "34679CDFGHJKMNPQRTVWXY"

// ShortLength is how many characters a short code has.
const ShortLength = 8

// Short is what door staff type when a code can't be read: eight letters and digits. The chance that one that was made
// up is on the list of a full house is below one in ten million.
func Short(secret []byte) string {
	mac := hmac.New(sha256.New, secret)
	mac.Write([]byte("short code v1"))
	n := binary.BigEndian.Uint64(mac.Sum(nil))
	short := make([]byte, ShortLength)
	for i := range short {
		short[i] = shortAlphabet[n%uint64(len(shortAlphabet))]
		n /= uint64(len(shortAlphabet))
	}
	return string(short)
}

// Presented is what somebody shows at the door.
type Presented struct {
	Claim
	KeyID string
	// Rotating are the six digits of a screen; "" for paper and for a picture without them.
	Rotating string
}

// Read checks a code as it is shown: on paper, or on a screen with the digits of the moment behind it, which it does not
// check (see Fresh).
func Read(code string, keys map[string]ed25519.PublicKey) (Presented, error) {
	if len(code) > MaxCode {
		return Presented{}, ErrMalformed
	}
	p := Presented{}
	if parts := strings.Split(code, "."); len(parts) == 5 {
		p.Rotating = parts[4]
		if len(p.Rotating) != 6 || strings.Trim(p.Rotating, "0123456789") != "" {
			return Presented{}, ErrMalformed
		}
		code = code[:len(code)-7]
	}
	claim, err := Verify(code, keys)
	if err != nil {
		return Presented{}, err
	}
	p.Claim, p.KeyID = claim, strings.Split(code, ".")[1]
	return p, nil
}

// Read is the package's Read with the ring's own keys.
func (k *Keyring) Read(code string) (Presented, error) {
	keys := make(map[string]ed25519.PublicKey, len(k.public))
	for _, key := range k.public {
		keys[key.ID] = key.Key
	}
	return Read(code, keys)
}
