package hold

import (
	"crypto/rand"
	"encoding/base64"

	"github.com/google/uuid"
)

// idBytes is the length of an ID before it is written as text: the performance and 128 random bits.
const idBytes = 32

// NewID makes the ID of a hold of a performance. It can't be guessed.
func NewID(performanceID uuid.UUID) string {
	var raw [idBytes]byte
	copy(raw[:16], performanceID[:])
	_, _ = rand.Read(raw[16:]) // never fails
	return base64.RawURLEncoding.EncodeToString(raw[:])
}

// PerformanceOf reads the performance from the ID of a hold. An ID that never was one is reported as ErrGone.
func PerformanceOf(id string) (uuid.UUID, error) {
	raw, err := base64.RawURLEncoding.Strict().DecodeString(id)
	if err != nil || len(raw) != idBytes {
		return uuid.Nil, ErrGone
	}
	return uuid.UUID(raw[:16]), nil
}
