package booking

import (
	"crypto/hmac"
	"crypto/sha256"
	"crypto/subtle"
	"math/big"

	"github.com/google/uuid"
)

// accessKeyBytes of the HMAC are kept: 144 bits can't be guessed and fit a link.
const accessKeyBytes = 18

// accessKeyLength holds accessKeyBytes in base 62.
const accessKeyLength = 25

// AccessKey is the key that opens an order without the session that placed it: 25 letters and digits, so that no
// mail program cuts the link it is part of. It is derived, never stored.
func (s *Service) AccessKey(orderID uuid.UUID) string { return accessKey(s.linkKey, orderID) }

func accessKey(linkKey []byte, orderID uuid.UUID) string {
	mac := hmac.New(sha256.New, linkKey)
	mac.Write([]byte("order access v1\x00"))
	mac.Write(orderID[:])
	text := new(big.Int).SetBytes(mac.Sum(nil)[:accessKeyBytes]).Text(62)
	key := make([]byte, accessKeyLength)
	for i := range key {
		key[i] = '0'
	}
	copy(key[accessKeyLength-len(text):], text)
	return string(key)
}

// opens compares in constant time.
func opens(linkKey []byte, orderID uuid.UUID, key string) bool {
	return subtle.ConstantTimeCompare([]byte(accessKey(linkKey, orderID)), []byte(key)) == 1
}

// sessionHash is what is stored of a session: enough to recognise it, useless for opening its holds.
func sessionHash(session string) []byte {
	hash := sha256.Sum256([]byte("session v1\x00" + session))
	return hash[:]
}
