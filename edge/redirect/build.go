package redirect

import (
	"encoding/binary"
	"errors"
	"math"
	"math/bits"
	"slices"
	"strconv"
	"strings"

	"github.com/stagedoor/stagedoor/edge/address"
	"github.com/stagedoor/stagedoor/edge/site"
)

// Errors of building.
var (
	// ErrShapes: a lookup probes once for each shape.
	ErrShapes = errors.New("redirect: the patterns place their wildcards in more than 64 different ways")
	// ErrTooMany: more than 16.7 million rules, or 65,000 hostnames, in one index.
	ErrTooMany = errors.New("redirect: one index cannot hold so many rules or hostnames")
)

// RuleError is a rule that no index can hold; site.Validate refuses it too.
type RuleError struct{ ID, Problem string }

func (e *RuleError) Error() string { return "redirect: rule " + e.ID + ": " + e.Problem }

// Build compiles rules that site.Validate accepts. The same rules in the same
// order give the same bytes.
func Build(rules []site.Redirect) ([]byte, error) {
	b := newBuilder(len(rules))
	for i := range rules {
		if err := b.add(&rules[i]); err != nil {
			return nil, err
		}
	}
	return b.bytes()
}

// builder collects rules.
type builder struct {
	entries []entry
	hosts   []string
	shapes  []shape
	depths  uint64
}

// entry is a rule before it is laid out.
type entry struct {
	path   string // canonical, no trailing slash; wildcards as "*"; "" for the root and for host rules
	host   string // "" for every hostname; ".example.com" includes subdomains
	target string
	id     string
	starts int64 // Unix milliseconds
	ends   int64
	hostAt uint16
	meta   uint16
}

func (e *entry) kind() kind { return kind(e.meta & metaKind) }

func newBuilder(size int) *builder { return &builder{entries: make([]entry, 0, size)} }

// add takes a rule; it keeps views of its strings.
func (b *builder) add(r *site.Redirect) error {
	if len(b.entries) >= maxRules {
		return ErrTooMany
	}
	hostname, path := site.SplitSource(r)
	if r.IncludeSubdomains && hostname != "" {
		hostname = "." + hostname
	}
	e := entry{host: hostname, target: r.Target, id: r.ID, starts: math.MinInt64, ends: math.MaxInt64}
	if !r.StartsAt.IsZero() {
		e.starts = r.StartsAt.UnixMilli()
	}
	if !r.EndsAt.IsZero() {
		e.ends = r.EndsAt.UnixMilli()
	}
	k := kindOf(r.Match)
	status := slices.Index(statuses[:], r.Status)
	switch {
	case k == 0:
		return &RuleError{r.ID, "unknown match " + r.Match}
	case status < 0 && r.Status != 0:
		return &RuleError{r.ID, "unknown status " + strconv.Itoa(r.Status)}
	case status < 0:
		status = 1
	}
	literals := 0
	if k != host {
		var problem string
		if e.path, literals, problem = b.canonical(k, path); problem != "" {
			return &RuleError{r.ID, problem}
		}
	}
	e.meta = uint16(k) | uint16(status)<<3 | uint16(literals)<<metaLiterals
	if r.PreserveQuery {
		e.meta |= metaQuery
	}
	if r.PreserveSuffix {
		e.meta |= metaSuffix
	}
	if hostname != "" {
		if at, found := slices.BinarySearch(b.hosts, hostname); !found {
			b.hosts = slices.Insert(b.hosts, at, hostname)
		}
	}
	b.entries = append(b.entries, e)
	return nil
}

func kindOf(match string) kind {
	switch match {
	case site.MatchExact:
		return exact
	case site.MatchPattern:
		return pattern
	case site.MatchPrefix:
		return prefix
	case site.MatchHost:
		return host
	}
	return 0
}

// canonical brings a source's path into the form keys have, and counts the
// segments that it fixes.
func (b *builder) canonical(k kind, path string) (key string, literals int, problem string) {
	if !address.IsCleanPath(path) {
		clean, err := address.AppendPath(nil, path)
		if err != nil {
			return "", 0, err.Error()
		}
		path = string(clean)
	}
	key = trim(path)
	if k == exact {
		return key, 0, ""
	}
	if literals = strings.Count(key, "/"); literals >= maxSegments {
		return "", 0, "the source has more than " + strconv.Itoa(maxSegments-1) + " segments"
	}
	if k == prefix {
		b.depths |= 1 << literals
		return key, literals, ""
	}
	sh := shapeOf(key)
	if !slices.Contains(b.shapes, sh) {
		b.shapes = append(b.shapes, sh)
	}
	return key, sh.literals, ""
}

func shapeOf(key string) (sh shape) {
	for rest := key; rest != ""; {
		segment, next, _ := strings.Cut(rest[1:], "/")
		switch segment {
		case "**":
			sh.rest = true
		case "*":
			sh.wild |= 1 << sh.segments
			sh.segments++
		default:
			sh.segments++
			sh.literals++
		}
		if next == "" {
			break
		}
		rest = rest[1+len(segment):]
	}
	return sh
}

// trim takes the trailing slash off a canonical path; the root becomes "".
func trim(path string) string { return strings.TrimSuffix(path, "/") }

// sort puts rules of one kind, host and path side by side, those that win
// among them first.
func (b *builder) sort() {
	for i := range b.entries {
		if e := &b.entries[i]; e.host != "" {
			at, _ := slices.BinarySearch(b.hosts, e.host)
			e.hostAt = uint16(at + 1)
		}
	}
	b.entries = sorted(b.entries, (*entry).compare)
	for i := 1; i < len(b.entries); i++ {
		if before, e := &b.entries[i-1], &b.entries[i]; before.sameKey(e) {
			before.meta |= metaMore
		}
	}
	b.shapes = sorted(b.shapes, func(a, b *shape) int {
		if b.before(*a) {
			return 1
		}
		return -1
	})
}

func (e *entry) compare(other *entry) int {
	if c := strings.Compare(e.path, other.path); c != 0 {
		return c
	}
	if c := int(e.kind()) - int(other.kind()); c != 0 {
		return c
	}
	if c := int(e.hostAt) - int(other.hostAt); c != 0 {
		return c
	}
	switch {
	case e.starts > other.starts:
		return -1
	case e.starts < other.starts:
		return 1
	}
	return 0
}

func (e *entry) sameKey(other *entry) bool {
	return e.kind() == other.kind() && e.hostAt == other.hostAt && e.path == other.path
}

// bytes lays the index out.
func (b *builder) bytes() ([]byte, error) {
	if len(b.shapes) > maxShapes {
		return nil, ErrShapes
	}
	if len(b.hosts) > maxHosts {
		return nil, ErrTooMany
	}
	b.sort()
	keys, blocks := b.keys()
	texts := &textPool{at: make(map[string]uint32)}
	hosts := make([]byte, 0, 4*len(b.hosts))
	for _, name := range b.hosts {
		hosts = binary.LittleEndian.AppendUint32(hosts, texts.add(name))
	}
	records := b.records(texts)
	slots, ordinalBits := b.slots()

	out := make([]byte, headerSize, headerSize+len(hosts)+shapeSize*len(b.shapes)+len(blocks)+len(slots)+len(records)+len(keys)+len(texts.bytes))
	le := binary.LittleEndian
	for i, section := range [sections][]byte{hosts, b.shapeTable(), blocks, slots, records, keys, texts.bytes} {
		le.PutUint32(out[atSections+4*i:], uint32(len(out)))
		out = append(out, section...)
	}
	if uint64(len(out)) > math.MaxUint32 {
		return nil, ErrTooMany
	}
	copy(out, magic)
	le.PutUint16(out[atVersion:], version)
	le.PutUint16(out[atHeaderSize:], headerSize)
	le.PutUint32(out[atSize:], uint32(len(out)))
	le.PutUint32(out[atRules:], uint32(len(b.entries)))
	le.PutUint32(out[atSlots:], uint32(len(slots)/4))
	le.PutUint16(out[atHosts:], uint16(len(b.hosts)))
	out[atShapes], out[atOrdinalBits] = byte(len(b.shapes)), byte(ordinalBits)
	le.PutUint64(out[atDepths:], b.depths)
	le.PutUint64(out[atPayloadSum:], hashBytes(fnvOffset, out[headerSize:]))
	le.PutUint64(out[atHeaderSum:], hashBytes(fnvOffset, out[:atHeaderSum]))
	return out, nil
}

func (b *builder) keys() (keys, blocks []byte) {
	before := ""
	for i := range b.entries {
		path := b.entries[i].path
		shared := 0
		if i%blockKeys == 0 {
			blocks = binary.LittleEndian.AppendUint32(blocks, uint32(len(keys)))
		} else {
			for shared < len(path) && shared < len(before) && path[shared] == before[shared] {
				shared++
			}
		}
		keys = binary.AppendUvarint(keys, uint64(shared))
		keys = binary.AppendUvarint(keys, uint64(len(path)-shared))
		keys = append(keys, path[shared:]...)
		before = path
	}
	return keys, blocks
}

func (b *builder) records(texts *textPool) []byte {
	records := make([]byte, 0, recordSize*len(b.entries))
	for i := range b.entries {
		e := &b.entries[i]
		records = binary.LittleEndian.AppendUint32(records, texts.add(e.target))
		records = binary.LittleEndian.AppendUint32(records, texts.extra(e))
		records = binary.LittleEndian.AppendUint16(records, e.hostAt)
		records = binary.LittleEndian.AppendUint16(records, e.meta)
	}
	return records
}

// slots fills the hash table to three quarters at most, so that probes stay
// short.
func (b *builder) slots() (table []byte, ordinalBits uint) {
	ordinalBits = uint(bits.Len(uint(len(b.entries))))
	n := len(b.entries) + len(b.entries)/3 + 1
	table = make([]byte, 4*n)
	le := binary.LittleEndian
	for i := range b.entries {
		e := &b.entries[i]
		if i > 0 && e.sameKey(&b.entries[i-1]) {
			continue
		}
		h := hashKey(hashString(fnvOffset, e.path), e.kind(), e.hostAt)
		at := place(h, n)
		for le.Uint32(table[4*at:]) != 0 {
			if at++; at == n {
				at = 0
			}
		}
		le.PutUint32(table[4*at:], tagOf(h, ordinalBits)|uint32(i+1))
	}
	return table, ordinalBits
}

func (b *builder) shapeTable() (table []byte) {
	for _, sh := range b.shapes {
		rest := byte(0)
		if sh.rest {
			rest = 1
		}
		table = append(table, byte(sh.segments), byte(sh.literals), rest, 0)
		table = binary.LittleEndian.AppendUint64(table, sh.wild)
	}
	return table
}
