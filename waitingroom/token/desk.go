package token

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"hash"
	"strings"
)

// Desk signs and reads tokens as its Ring does, without allocating: it keeps
// its buffers, and each key's MAC, between calls. So it is not safe for
// concurrent use; the edge, which looks at tokens in nearly every request of a
// guarded page, is single-threaded.
type Desk struct {
	keys    []deskKey
	text    [MaxLength + 1]byte
	message [MaxLength]byte
	sum     [sha256.Size]byte
}

type deskKey struct {
	id  uint16
	mac hash.Hash
}

// NewDesk makes a desk for the keys of a ring.
func NewDesk(r *Ring) *Desk {
	d := &Desk{}
	for _, key := range r.keys {
		d.keys = append(d.keys, deskKey{key.ID, hmac.New(sha256.New, key.Secret)})
	}
	return d
}

// AppendPlace appends the token of p.
func (d *Desk) AppendPlace(dst []byte, p *Place) ([]byte, error) {
	message, err := d.start(kindPlace, p.Room)
	if err != nil {
		return dst, err
	}
	return d.finish(dst, appendPlace(message, p)), nil
}

func appendPlace(message []byte, p *Place) []byte {
	message = binary.BigEndian.AppendUint32(message, p.Arrived)
	message = binary.BigEndian.AppendUint64(message, p.Tie)
	return append(append(message, p.ID[:]...), p.Holder)
}

// AppendMove appends the token of m.
func (d *Desk) AppendMove(dst []byte, m *Move) ([]byte, error) {
	message, err := d.start(kindMove, m.Room)
	if err != nil {
		return dst, err
	}
	return d.finish(dst, binary.BigEndian.AppendUint64(appendPlace(message, &m.Place), uint64(m.Expires))), nil
}

// ReadMove verifies that text is a move in room that has not expired at now,
// Unix seconds, and returns it.
func (d *Desk) ReadMove(text, room string, now int64) (Move, error) {
	body, err := d.verify(kindMove, text, room, moveBody)
	if err != nil {
		return Move{}, err
	}
	m := Move{placeFrom(body, room), int64(binary.BigEndian.Uint64(body[placeBody:]))}
	if now >= m.Expires {
		return Move{}, ErrExpired
	}
	return m, nil
}

// AppendPass appends the token of p.
func (d *Desk) AppendPass(dst []byte, p *Pass) ([]byte, error) {
	message, err := d.start(kindPass, p.Room)
	if err != nil {
		return dst, err
	}
	message = append(message, p.Session[:]...)
	message = binary.BigEndian.AppendUint64(message, uint64(p.Issued))
	return d.finish(dst, binary.BigEndian.AppendUint64(message, uint64(p.Expires))), nil
}

// ReadPlace is Ring.ReadPlace.
func (d *Desk) ReadPlace(text, room string) (Place, error) {
	body, err := d.verify(kindPlace, text, room, placeBody)
	if err != nil {
		return Place{}, err
	}
	return placeFrom(body, room), nil
}

// ReadPass is Ring.ReadPass.
func (d *Desk) ReadPass(text, room string, now int64) (Pass, error) {
	body, err := d.verify(kindPass, text, room, passBody)
	if err != nil {
		return Pass{}, err
	}
	p := passFrom(body, room)
	if now >= p.Expires {
		return p, ErrExpired
	}
	return p, nil
}

func (d *Desk) start(k kind, room string) ([]byte, error) {
	if room == "" || len(room) > MaxRoom {
		return nil, ErrRoom
	}
	return appendHead(d.message[:0], k, d.keys[0].id, room), nil
}

func (d *Desk) finish(dst, message []byte) []byte {
	return base64.RawURLEncoding.AppendEncode(dst, append(message, d.sign(d.keys[0].mac, message)...))
}

func (d *Desk) sign(mac hash.Hash, message []byte) []byte {
	mac.Reset()
	mac.Write(message)
	return mac.Sum(d.sum[:0])
}

func (d *Desk) verify(k kind, text, room string, bodyLength int) ([]byte, error) {
	if len(text) == 0 || len(text) > MaxLength || strings.ContainsAny(text, lineBreaks) {
		return nil, ErrMalformed
	}
	n, err := strict.Decode(d.message[:], d.text[:copy(d.text[:], text)])
	if err != nil {
		return nil, ErrMalformed
	}
	t, err := take(d.message[:n], k, bodyLength)
	if err != nil {
		return nil, err
	}
	for i := range d.keys {
		if d.keys[i].id == t.key {
			if !hmac.Equal(d.sign(d.keys[i].mac, t.signed), t.mac) {
				return nil, ErrForged
			}
			return t.bodyFor(room)
		}
	}
	return nil, ErrKey
}
