package redirect

import (
	"encoding/binary"
	"errors"
	"math"
	"unsafe"
)

// Errors of opening.
var (
	// ErrFormat: the bytes are no index, are cut short or are damaged.
	ErrFormat = errors.New("redirect: this is no redirect index, or a damaged one")
	// ErrVersion: the index is of a version this build does not read.
	ErrVersion = errors.New("redirect: the index has a version this build does not read")
)

// Index finds rules in the bytes that Build made. It is immutable and safe for
// concurrent use. Damage beyond its header makes rules be missed or garbled,
// and nothing else: every access is checked.
type Index struct {
	b           []byte
	at          [sections + 1]int // where each section begins; the last ends the index
	rules       int
	slots       int
	hosts       int
	ordinalBits uint
	depths      uint64
	shapes      []shape // those that win first
}

// Open reads the header of an index and keeps b, which must not change. It
// does not read the rest; Verify does.
func Open(b []byte) (*Index, error) {
	le := binary.LittleEndian
	if len(b) < headerSize || string(b[:4]) != magic {
		return nil, ErrFormat
	}
	if le.Uint16(b[atVersion:]) != version {
		return nil, ErrVersion
	}
	if le.Uint16(b[atHeaderSize:]) != headerSize || uint64(le.Uint32(b[atSize:])) != uint64(len(b)) ||
		le.Uint64(b[atHeaderSum:]) != hashBytes(fnvOffset, b[:atHeaderSum]) {
		return nil, ErrFormat
	}
	x := &Index{
		b: b, rules: int(le.Uint32(b[atRules:])), slots: int(le.Uint32(b[atSlots:])), hosts: int(le.Uint16(b[atHosts:])),
		ordinalBits: uint(b[atOrdinalBits]), depths: le.Uint64(b[atDepths:]),
	}
	for i := range sections {
		x.at[i] = int(le.Uint32(b[atSections+4*i:]))
	}
	x.at[sections] = len(b)
	shapes := int(b[atShapes])
	if !x.fits(shapes) {
		return nil, ErrFormat
	}
	for i := range shapes {
		row := b[x.at[shapeSection]+shapeSize*i:]
		sh := shape{segments: int(row[0]), literals: int(row[1]), rest: row[2] != 0, wild: le.Uint64(row[4:])}
		if sh.segments >= maxSegments {
			return nil, ErrFormat
		}
		x.shapes = append(x.shapes, sh)
	}
	return x, nil
}

// fits says whether the sections are in order and of the sizes that the
// numbers of the header ask for.
func (x *Index) fits(shapes int) bool {
	before := headerSize
	for _, at := range x.at {
		if at < before || at > len(x.b) {
			return false
		}
		before = at
	}
	size := func(section int) uint64 { return uint64(x.at[section+1] - x.at[section]) }
	blocks := (uint64(x.rules) + blockKeys - 1) / blockKeys
	return shapes <= maxShapes && x.rules <= maxRules && x.slots > 0 && x.ordinalBits < 32 &&
		size(hostSection) == 4*uint64(x.hosts) && size(shapeSection) == shapeSize*uint64(shapes) &&
		size(blockSection) == 4*blocks && size(slotSection) == 4*uint64(x.slots) &&
		size(recordSection) == recordSize*uint64(x.rules)
}

// Verify reads the whole index and says whether it is as it was built.
func (x *Index) Verify() error {
	if hashBytes(fnvOffset, x.b[headerSize:]) != binary.LittleEndian.Uint64(x.b[atPayloadSum:]) {
		return ErrFormat
	}
	return nil
}

// Len is the number of rules.
func (x *Index) Len() int { return x.rules }

// Size is how many bytes the index takes.
func (x *Index) Size() int { return len(x.b) }

// Rule is a view of one rule in an index.
type Rule struct {
	Status         int
	Target         string
	PreserveQuery  bool
	PreserveSuffix bool

	x        *Index
	ordinal  int
	kind     kind
	literals int    // segments that are not wildcards
	host     uint16 // 0 for every hostname
	more     bool
	starts   int64 // Unix milliseconds
	ends     int64
}

// rule reads one. What lies outside the index reads as nothing.
func (x *Index) rule(ordinal int) Rule {
	at := x.at[recordSection] + recordSize*ordinal
	meta := x.u16(at + 10)
	r := Rule{
		x: x, ordinal: ordinal, Target: x.text(int(x.u32(at))), host: x.u16(at + 8),
		Status: statuses[meta&metaStatus>>3], PreserveQuery: meta&metaQuery != 0, PreserveSuffix: meta&metaSuffix != 0,
		kind: kind(meta & metaKind), more: meta&metaMore != 0, literals: int(meta >> metaLiterals),
	}
	r.starts, r.ends = x.times(at + 4)
	return r
}

// times are when the rule whose extra is named at a place starts and ends.
func (x *Index) times(named int) (starts, ends int64) {
	length, flags, at := x.extra(named)
	if flags&extraTimes == 0 || at+length+16 > len(x.b) {
		return math.MinInt64, math.MaxInt64
	}
	le := binary.LittleEndian
	return int64(le.Uint64(x.b[at+length:])), int64(le.Uint64(x.b[at+length+8:]))
}

// extra reads the head of a rule's extra: its ID's length and place.
func (x *Index) extra(named int) (length, flags, at int) {
	head, at := x.uvarint(x.at[textSection] + int(x.u32(named)))
	length = head >> extraShift
	if length > len(x.b)-at {
		return 0, 0, at
	}
	return length, head & (1<<extraShift - 1), at
}

// AppendID appends the rule's ID.
func (r *Rule) AppendID(dst []byte) []byte {
	length, flags, at := r.x.extra(r.x.at[recordSection] + recordSize*r.ordinal + 4)
	id := r.x.b[at : at+length]
	if flags&extraUUID != 0 && len(id) == 16 {
		return appendUUID(dst, id)
	}
	return append(dst, id...)
}

// Ends is when the rule ends (Unix milliseconds); ok is false if it does not.
func (r *Rule) Ends() (at int64, ok bool) { return r.ends, r.ends != math.MaxInt64 }

func (r *Rule) active(now int64) bool { return r.starts <= now && now < r.ends }

func (x *Index) u16(at int) uint16 {
	if at < 0 || at > len(x.b)-2 {
		return 0
	}
	return binary.LittleEndian.Uint16(x.b[at:])
}

func (x *Index) u32(at int) uint32 {
	if at < 0 || at > len(x.b)-4 {
		return 0
	}
	return binary.LittleEndian.Uint32(x.b[at:])
}

// uvarint reads a number of at most 31 bits and where it ends; what is no
// such number reads as 0.
func (x *Index) uvarint(at int) (n, end int) {
	if at < 0 || at >= len(x.b) {
		return 0, len(x.b)
	}
	if c := x.b[at]; c < 0x80 {
		return int(c), at + 1
	}
	for shift := 0; shift < 28 && at < len(x.b); shift += 7 {
		c := x.b[at]
		at++
		n |= int(c&0x7f) << shift
		if c < 0x80 {
			return n, at
		}
	}
	return 0, at
}

// text reads an entry of the texts section; "" if there is none.
func (x *Index) text(offset int) string {
	length, at := x.uvarint(x.at[textSection] + offset)
	return x.view(at, length)
}

// viewOf is a string over b, which must not change while it is used.
func viewOf(b []byte) string { return unsafe.String(unsafe.SliceData(b), len(b)) }

// view is a part of the index as a string, without copying it.
func (x *Index) view(at, length int) string {
	if length <= 0 || at < 0 || length > len(x.b)-at {
		return ""
	}
	return unsafe.String(&x.b[at], length)
}
