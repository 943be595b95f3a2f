package seed

import (
	"crypto/sha256"
	"encoding/binary"
	"io"
	"strings"
	"time"

	"github.com/google/uuid"
)

// identify derives the ID of something from what it stands for. It is laid out as a UUIDv7 (RFC 9562, 5.7), like
// every other ID in the database, but nothing in it is random: the 48 bits of time hold an instant that belongs to
// the thing, so that IDs sort as the things do, and the 74 bits after it come from the SHA-256 of its names.
func identify(at time.Time, kind string, names ...string) uuid.UUID {
	h := sha256.New()
	_, _ = io.WriteString(h, kind+"\x00"+strings.Join(names, "\x00")) // a hash never fails
	sum := h.Sum(nil)
	var id uuid.UUID
	var milliseconds [8]byte
	binary.BigEndian.PutUint64(milliseconds[:], uint64(at.UnixMilli()))
	copy(id[:6], milliseconds[2:])
	copy(id[6:], sum)
	id[6] = id[6]&0x0f | 0x70 // version 7
	id[8] = id[8]&0x3f | 0x80 // variant of RFC 9562
	return id
}
