package token

import "errors"

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

func (r *Ring) find(id uint16) (Key, bool) {
	for _, key := range r.keys {
		if key.ID == id {
			return key, true
		}
	}
	return Key{}, false
}
