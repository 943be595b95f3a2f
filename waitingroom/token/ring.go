package token

import (
	"errors"
	"strconv"
	"strings"
)

// Key signs tokens. IDs are given in the order keys are made; zero is not used.
type Key struct {
	ID     uint16
	Secret []byte // at least MinSecret random bytes
}

// Ring signs with its first key and verifies with all of them, so that a key can be replaced without throwing
// anyone out: put the new key first, and drop the old one when no token of its time is alive. A Ring never
// changes and is safe for concurrent use.
type Ring struct{ keys []Key }

// Errors of NewRing.
var (
	ErrNoKey     = errors.New("token: a ring needs a key")
	ErrShortKey  = errors.New("token: a key's secret is shorter than 32 bytes")
	ErrSameKeyID = errors.New("token: two keys have the same ID")
	ErrZeroKeyID = errors.New("token: a key's ID is zero")
)

// NewRing makes a ring of keys, the one to sign with first.
func NewRing(keys ...Key) (*Ring, error) {
	if len(keys) == 0 {
		return nil, ErrNoKey
	}
	ring := &Ring{keys: make([]Key, 0, len(keys))}
	for _, key := range keys {
		switch _, again := ring.find(key.ID); {
		case key.ID == 0:
			return nil, ErrZeroKeyID
		case len(key.Secret) < MinSecret:
			return nil, ErrShortKey
		case again:
			return nil, ErrSameKeyID
		}
		ring.keys = append(ring.keys, Key{ID: key.ID, Secret: append([]byte(nil), key.Secret...)})
	}
	return ring, nil
}

// ParseRing reads a ring from text, as it stands in the environment: keys as "ID:secret", the one to sign with
// first, separated by commas; a single secret without an ID has ID 1. A secret's bytes are used as they are, and
// cannot hold a comma or colon. No error says what is in the text.
func ParseRing(text string) (*Ring, error) {
	var keys []Key
	for item := range strings.SplitSeq(strings.TrimSpace(text), ",") {
		id, secret, found := strings.Cut(strings.TrimSpace(item), ":")
		if !found {
			id, secret = "1", id
		}
		n, err := strconv.ParseUint(id, 10, 16)
		if err != nil {
			return nil, errors.New("token: key " + strconv.Itoa(len(keys)+1) + " of the ring has no number for an ID")
		}
		keys = append(keys, Key{ID: uint16(n), Secret: []byte(secret)})
	}
	return NewRing(keys...)
}

func (r *Ring) find(id uint16) (Key, bool) {
	for _, key := range r.keys {
		if key.ID == id {
			return key, true
		}
	}
	return Key{}, false
}
