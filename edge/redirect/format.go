package redirect

import (
	"crypto/sha256"
	"encoding/hex"
)

// An index is, all integers little-endian:
//
//	header    see below
//	hosts     hosts × u32: a text each, sorted; host n is entry n-1, 0 is every hostname
//	shapes    shapes × 12: u8 segments, u8 literals, u8 rest, u8 0, u64 wildcards
//	blocks    ⌈rules/16⌉ × u32: where in keys each block of 16 rules begins
//	slots     slots × u32: the hash table; 0 is empty
//	records   rules × 12: u32 target (a text), u32 extra, u16 host, u16 meta
//	keys      for each rule its path, in sorted order, as what it shares with
//	          the one before in its block, and the rest: two uvarints and bytes
//	texts     each a uvarint of its length and its bytes; an extra is an ID
//	          whose length is shifted by two bits that say what follows it
//
// Of the rules with one kind, host and path, which lie side by side, only the
// first has a slot. A slot is that rule's number plus one in the low bits, and
// bits of the key's hash in the others, so that a key that is not there is
// hardly ever compared. Equal targets are stored once.
const (
	magic      = "SDRX"
	version    = 1
	headerSize = 96
	recordSize = 12
	shapeSize  = 12
	blockKeys  = 16

	atVersion     = 4  // u16
	atHeaderSize  = 6  // u16
	atSize        = 8  // u32, of everything
	atRules       = 12 // u32
	atSlots       = 16 // u32
	atHosts       = 20 // u16
	atShapes      = 22 // u8
	atOrdinalBits = 23 // u8, of a slot
	atDepths      = 24 // u64: bit n says that some prefix has n segments
	atSections    = 32 // 7 × u32: where hosts ... texts begin
	atPayloadSum  = 64 // u64, FNV-1a of what follows the header
	atHeaderSum   = 88 // u64, FNV-1a of the header up to here
)

// Sections, in order.
const (
	hostSection = iota
	shapeSection
	blockSection
	slotSection
	recordSection
	keySection
	textSection
	sections
)

// Bits of a record's meta.
const (
	metaKind     = 7      // kind
	metaStatus   = 3 << 3 // index into statuses
	metaQuery    = 1 << 5
	metaSuffix   = 1 << 6
	metaMore     = 1 << 7 // the next rule has the same kind, host and path
	metaLiterals = 8      // shift: segments that are not wildcards
)

// Bits of an extra's length.
const (
	extraUUID  = 1 // the ID is a UUID's 16 bytes
	extraTimes = 2 // start and end follow, i64 Unix milliseconds each
	extraShift = 2
)

var statuses = [4]int{301, 302, 307, 308}

// Bounds that keep a lookup short whatever the rules and the request are, and
// numbers within their fields.
const (
	maxSegments = 64 // borders looked at in a request's path
	maxShapes   = 64 // different wildcard positions in one index
	maxRules    = 1<<24 - 2
	maxHosts    = 1<<16 - 2
	maxDomains  = 16 // domains a hostname is under that are looked at
)

// MaxPublished is how large an index may be, in bytes, to fit into one value
// of Workers KV: some 300,000 rules.
const MaxPublished = 25 << 20

// Sum is the name of a compiled index: the hex SHA-256 of its bytes.
func Sum(index []byte) string {
	sum := sha256.Sum256(index)
	return hex.EncodeToString(sum[:])
}

type kind uint8

const (
	exact kind = iota + 1
	pattern
	prefix
	host
)

var kindNames = [metaKind + 1]string{exact: "exact", pattern: "pattern", prefix: "prefix", host: "host"}

// shape is where patterns have their wildcards. A set bit i of wild says that
// segment i is one.
type shape struct {
	segments int
	literals int
	wild     uint64
	rest     bool // ends in "**", which may match nothing
}

// before says whether a pattern of this shape wins over one of the other.
func (a shape) before(b shape) bool {
	switch {
	case a.literals != b.literals:
		return a.literals > b.literals
	case a.rest != b.rest:
		return b.rest
	case a.segments != b.segments:
		return a.segments > b.segments
	}
	differs := a.wild ^ b.wild
	return b.wild&(differs&-differs) != 0
}

// FNV-1a, 64 bits: it extends byte by byte, so that one walk over a path
// yields the hash of each of its prefixes.
const (
	fnvOffset = 14695981039346656037
	fnvPrime  = 1099511628211
)

func hashString(h uint64, s string) uint64 {
	for i := 0; i < len(s); i++ {
		h = (h ^ uint64(s[i])) * fnvPrime
	}
	return h
}

func hashBytes(h uint64, b []byte) uint64 {
	for _, c := range b {
		h = (h ^ uint64(c)) * fnvPrime
	}
	return h
}

// hashKey joins the hash of a path with what else makes a key, and mixes the
// bits, which FNV-1a does poorly in the high ones.
func hashKey(path uint64, k kind, host uint16) uint64 {
	h := path ^ (uint64(host)<<3|uint64(k))*0x9e3779b97f4a7c15
	h = (h ^ h>>32) * 0xd6e8feb86659fd93
	h = (h ^ h>>32) * 0xd6e8feb86659fd93
	return h ^ h>>32
}

// place is where a hash begins to look for its slot.
func place(h uint64, slots int) int { return int((h >> 32) * uint64(slots) >> 32) }

// tagOf are the bits of a hash that a slot keeps, in place.
func tagOf(h uint64, ordinalBits uint) uint32 { return uint32(h) << ordinalBits }
