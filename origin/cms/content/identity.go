package content

import (
	"crypto/sha256"
	"strings"

	"github.com/google/uuid"

	"github.com/stagedoor/stagedoor/origin/cms"
)

// identify derives the ID of a row from the entry that makes it, so that an entry which goes and comes back, or is
// applied to another database, makes the same row. It is laid out as a UUIDv7 with a time of zero.
func identify(source cms.Source, entryID, what string) uuid.UUID {
	sum := sha256.Sum256([]byte(strings.Join([]string{"content v1", string(source), entryID, what}, "\x00")))
	var id uuid.UUID
	copy(id[6:], sum[:])
	id[6] = id[6]&0x0f | 0x70 // version 7
	id[8] = id[8]&0x3f | 0x80 // variant of RFC 9562
	return id
}
