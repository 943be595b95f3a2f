// Package token signs what a visitor to a waiting room carries: a place, which says when they came, and a pass,
// which says that they were admitted.
//
// A token is text for a cookie: base64url without padding over
//
//	version (1 byte) kind (1) key ID (2, big-endian) room (1 byte of length, then the room) body HMAC-SHA-256 (32)
//
// where the MAC covers every byte before it. Everything is fixed in length but the room, so that nothing needs
// parsing before the MAC is checked, and a token is at most MaxLength bytes of text. The package does no I/O,
// takes the time from its caller and compiles under TinyGo.
package token

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"strings"
)

const (
	version = 2

	// MaxRoom is the longest room name, in bytes.
	MaxRoom = 40
	// MaxLength is the longest token, in bytes of text.
	MaxLength = (4+1+MaxRoom+moveBody+sha256.Size)*4/3 + 1
	// MinSecret is the shortest signing secret, in bytes.
	MinSecret = 32

	placeBody = 4 + 8 + 16 + 1
	passBody  = 16 + 8 + 8
	moveBody  = placeBody + 8
)

// kind keeps a place from being read as a pass.
type kind byte

const (
	kindPlace kind = 'p'
	kindPass  kind = 'a' // admission
	kindMove  kind = 'm'
)

// Why a token is refused. A visitor is told none of this: they get a fresh place.
var (
	ErrMalformed = errors.New("token: not a token")
	ErrVersion   = errors.New("token: of another version")
	ErrKind      = errors.New("token: of another kind")
	ErrKey       = errors.New("token: signed with a key that is not in the ring")
	ErrForged    = errors.New("token: the signature does not match")
	ErrRoom      = errors.New("token: of another room")
	ErrExpired   = errors.New("token: expired")
)

// ID names a visitor within a room: 16 random bytes.
type ID [16]byte

// Place is a position in a room's queue.
type Place struct {
	Room    string
	Arrived uint32 // arrival bucket: Unix time in seconds
	Tie     uint64 // random order within the bucket
	ID      ID
	// Holder counts the devices that had the place before this one.
	Holder byte
}

// Move lets another device take a place over, once: the place is then that of
// the next holder, and this one's counts no more.
type Move struct {
	Place
	Expires int64 // Unix seconds; it is good before this, not at it
}

// Pass is an admission.
type Pass struct {
	Room    string
	Session ID    // the ID of the place it was given for
	Issued  int64 // Unix seconds
	Expires int64 // Unix seconds; the pass is good before this, not at it
}

// SignPlace returns the token of p.
func (r *Ring) SignPlace(p Place) (string, error) {
	var body [placeBody]byte
	binary.BigEndian.PutUint32(body[0:], p.Arrived)
	binary.BigEndian.PutUint64(body[4:], p.Tie)
	copy(body[12:], p.ID[:])
	body[28] = p.Holder
	return r.sign(kindPlace, p.Room, body[:])
}

// ReadPlace verifies that text is a place in room and returns it.
func (r *Ring) ReadPlace(text, room string) (Place, error) {
	body, err := r.verify(kindPlace, text, room, placeBody)
	if err != nil {
		return Place{}, err
	}
	return placeFrom(body, room), nil
}

func placeFrom(body []byte, room string) Place {
	p := Place{Room: room, Arrived: binary.BigEndian.Uint32(body[0:]), Tie: binary.BigEndian.Uint64(body[4:])}
	copy(p.ID[:], body[12:])
	p.Holder = body[28]
	return p
}

// SignPass returns the token of p.
func (r *Ring) SignPass(p Pass) (string, error) {
	var body [passBody]byte
	copy(body[0:], p.Session[:])
	binary.BigEndian.PutUint64(body[16:], uint64(p.Issued))
	binary.BigEndian.PutUint64(body[24:], uint64(p.Expires))
	return r.sign(kindPass, p.Room, body[:])
}

// ReadPass verifies that text is a pass for room that has not expired at now (Unix seconds) and returns it. With
// ErrExpired the pass is returned too, so that its session can be recognised.
func (r *Ring) ReadPass(text, room string, now int64) (Pass, error) {
	body, err := r.verify(kindPass, text, room, passBody)
	if err != nil {
		return Pass{}, err
	}
	p := passFrom(body, room)
	if now >= p.Expires {
		return p, ErrExpired
	}
	return p, nil
}

func passFrom(body []byte, room string) Pass {
	p := Pass{
		Room:    room,
		Issued:  int64(binary.BigEndian.Uint64(body[16:])),
		Expires: int64(binary.BigEndian.Uint64(body[24:])),
	}
	copy(p.Session[:], body[0:])
	return p
}

func (r *Ring) sign(k kind, room string, body []byte) (string, error) {
	if room == "" || len(room) > MaxRoom {
		return "", ErrRoom
	}
	message := appendHead(make([]byte, 0, 4+1+len(room)+len(body)+sha256.Size), k, r.keys[0].ID, room)
	message = append(message, body...)
	message = sum(r.keys[0].Secret, message)
	return base64.RawURLEncoding.EncodeToString(message), nil
}

// verify returns the body of a token once everything about it holds. The MAC is checked before the room, so that
// a forger learns nothing about which rooms there are.
func (r *Ring) verify(k kind, text, room string, bodyLength int) ([]byte, error) {
	if len(text) == 0 || len(text) > MaxLength || strings.ContainsAny(text, lineBreaks) {
		return nil, ErrMalformed
	}
	message, err := strict.DecodeString(text)
	if err != nil {
		return nil, ErrMalformed
	}
	t, err := take(message, k, bodyLength)
	if err != nil {
		return nil, err
	}
	key, found := r.find(t.key)
	if !found {
		return nil, ErrKey
	}
	if !hmac.Equal(sum(key.Secret, t.signed[:len(t.signed):len(t.signed)])[len(t.signed):], t.mac) {
		return nil, ErrForged
	}
	return t.bodyFor(room)
}

// strict refuses the second spelling a last character can have.
var strict = base64.RawURLEncoding.Strict()

// lineBreaks are what the decoder passes over, so that a token could be spelt
// in many ways.
const lineBreaks = "\r\n"

func appendHead(dst []byte, k kind, keyID uint16, room string) []byte {
	dst = append(dst, version, byte(k))
	dst = binary.BigEndian.AppendUint16(dst, keyID)
	dst = append(dst, byte(len(room)))
	return append(dst, room...)
}

// parts are views of a token's bytes. Nothing in them is to be believed before
// mac has been checked.
type parts struct {
	key    uint16
	signed []byte
	mac    []byte
	room   int // where the body begins in signed
}

func take(message []byte, k kind, bodyLength int) (t parts, err error) {
	if len(message) < 5 {
		return t, ErrMalformed
	}
	if message[0] != version {
		return t, ErrVersion
	}
	if kind(message[1]) != k {
		return t, ErrKind
	}
	roomEnd := 5 + int(message[4])
	if len(message) != roomEnd+bodyLength+sha256.Size {
		return t, ErrMalformed
	}
	signed := message[:roomEnd+bodyLength]
	return parts{binary.BigEndian.Uint16(message[2:]), signed, message[len(signed):], roomEnd}, nil
}

// bodyFor returns the body of a verified token if it is of the room.
func (t *parts) bodyFor(room string) ([]byte, error) {
	if string(t.signed[5:t.room]) != room {
		return nil, ErrRoom
	}
	return t.signed[t.room:], nil
}

// sum appends the MAC of message to it.
func sum(secret, message []byte) []byte {
	mac := hmac.New(sha256.New, secret)
	mac.Write(message)
	return mac.Sum(message)
}
