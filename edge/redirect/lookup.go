package redirect

import "strings"

// Match is a rule and what its wildcards or its prefix left over.
type Match struct {
	Rule Rule
	// Captures are what "*" and a final "**" stood for; only the first Count
	// are set. A "**" that stood for nothing is "".
	Captures [9]string
	Count    int
	// Suffix is what followed a prefix, with its leading slash, or the whole
	// path for a host rule.
	Suffix string
	// TrailingSlash says that the request's path ended in one.
	TrailingSlash bool
}

// Search is the working memory of lookups, to be used for one after another.
// Its results are views of the index and of the request's path.
type Search struct {
	full, path string
	borders    [maxSegments + 1]int    // segment i is path[borders[i]+1 : borders[i+1]]
	hashes     [maxSegments + 1]uint64 // of path up to each border
	segments   int
	whole      uint64 // the hash of path
	hosts      [maxDomains + 1]uint16
	named      int    // how many of hosts are set
	key        []byte // a pattern's path, put together for comparison
}

// Find returns the rule for a canonical path on a canonical hostname at a time
// (Unix milliseconds), or false.
func (x *Index) Find(hostname, path string, now int64) (Match, bool) {
	return new(Search).Find(x, hostname, path, now)
}

// Find returns the rule of x for a canonical path on a canonical hostname at a
// time (Unix milliseconds), or false.
func (s *Search) Find(x *Index, hostname, path string, now int64) (m Match, ok bool) {
	if x == nil || x.rules == 0 {
		return m, false
	}
	s.read(x, path)
	if s.lookUp(x, hostname); s.named > 0 {
		if m, ok = s.find(x, s.hosts[:s.named], now); ok {
			return m, true
		}
	}
	s.hosts[0] = 0
	return s.find(x, s.hosts[:1], now)
}

// FindForHost is Find among the rules that name the hostname, or a domain that
// it is under.
func (s *Search) FindForHost(x *Index, hostname, path string, now int64) (m Match, ok bool) {
	if x == nil || x.hosts == 0 {
		return m, false
	}
	if s.lookUp(x, hostname); s.named == 0 {
		return m, false
	}
	s.read(x, path)
	return s.find(x, s.hosts[:s.named], now)
}

// lookUp sets the numbers of the hostname and the domains it is under, the
// most specific first.
func (s *Search) lookUp(x *Index, hostname string) {
	s.named = 0
	if x.hosts == 0 || hostname == "" {
		return
	}
	if n := x.hostNumber(hostname, false); n != 0 {
		s.hosts[0] = n
		s.named = 1
	}
	for domain, more := hostname, true; more && s.named < maxDomains; _, domain, more = strings.Cut(domain, ".") {
		if n := x.hostNumber(domain, true); n != 0 {
			s.hosts[s.named] = n
			s.named++
		}
	}
}

// read finds the borders of a path's segments and hashes the path up to each
// of them. Segments beyond the bound are not split.
func (s *Search) read(x *Index, full string) {
	s.full, s.path = full, trim(full)
	path := s.path
	s.segments = 0
	h := uint64(fnvOffset)
	s.borders[0], s.hashes[0] = 0, h
	for i := 0; i < len(path); i++ {
		if i > 0 && path[i] == '/' && s.segments < maxSegments-1 {
			s.segments++
			s.borders[s.segments], s.hashes[s.segments] = i, h
		}
		h = (h ^ uint64(path[i])) * fnvPrime
	}
	if path != "" {
		s.segments++
		s.borders[s.segments], s.hashes[s.segments] = len(path), h
	}
	s.whole = h
}

func (s *Search) find(x *Index, hosts []uint16, now int64) (m Match, ok bool) {
	m.TrailingSlash = len(s.path) < len(s.full) && s.path != ""
	for _, h := range hosts {
		if m.Rule, ok = x.activeAt(x.probe(s.whole, exact, h, s.path), now); ok {
			return m, true
		}
	}

	byPrefix, at := s.longestPrefix(x, hosts, now)
	byPattern, sh := s.bestPattern(x, hosts, now)
	switch {
	case sh >= 0 && (at < 0 || byPattern.literals >= byPrefix.literals):
		m.Rule = byPattern
		s.capture(&m, &x.shapes[sh])
		return m, true
	case at >= 0:
		m.Rule, m.Suffix = byPrefix, s.full[s.borders[at]:]
		return m, true
	}

	for _, h := range hosts {
		if h == 0 {
			break
		}
		if m.Rule, ok = x.activeAt(x.probe(fnvOffset, host, h, ""), now); ok {
			m.Suffix = s.full
			return m, true
		}
	}
	return m, false
}

// longestPrefix tries the borders at which some prefix ends, from the last to
// the first; at is -1 when there is none.
func (s *Search) longestPrefix(x *Index, hosts []uint16, now int64) (r Rule, at int) {
	if x.depths == 0 {
		return r, -1
	}
	for at = min(s.segments, maxSegments-1); at >= 0; at-- {
		if x.depths&(1<<at) == 0 {
			continue
		}
		for _, h := range hosts {
			if r, ok := x.activeAt(x.probe(s.hashes[at], prefix, h, s.path[:s.borders[at]]), now); ok {
				return r, at
			}
		}
	}
	return r, -1
}

// bestPattern tries each shape, those that win first; sh is -1 when none fits.
func (s *Search) bestPattern(x *Index, hosts []uint16, now int64) (r Rule, sh int) {
	for i := range x.shapes {
		if !s.canBe(&x.shapes[i]) {
			continue
		}
		hash := s.hashAs(&x.shapes[i])
		s.key = s.key[:0]
		for _, h := range hosts {
			if r, ok := x.activeAt(s.probePattern(x, hash, h, &x.shapes[i]), now); ok {
				return r, i
			}
		}
	}
	return r, -1
}

func (s *Search) canBe(sh *shape) bool {
	return s.segments == sh.segments || s.segments > sh.segments && sh.rest
}

// hashAs hashes the path of the pattern that has a shape and fits.
func (s *Search) hashAs(sh *shape) uint64 {
	from := 0
	for from < sh.segments && sh.wild&(1<<from) == 0 {
		from++
	}
	h := s.hashes[from]
	for i := from; i < sh.segments; i++ {
		if sh.wild&(1<<i) != 0 {
			h = hashString(h, "/*")
		} else {
			h = hashString(h, s.path[s.borders[i]:s.borders[i+1]])
		}
	}
	if sh.rest {
		h = hashString(h, "/**")
	}
	return h
}

// keyAs puts together the path of the pattern that has a shape and fits.
func (s *Search) keyAs(sh *shape) []byte {
	key := s.key[:0]
	for i := range sh.segments {
		if sh.wild&(1<<i) != 0 {
			key = append(key, "/*"...)
		} else {
			key = append(key, s.path[s.borders[i]:s.borders[i+1]]...)
		}
	}
	if sh.rest {
		key = append(key, "/**"...)
	}
	return key
}

func (s *Search) capture(m *Match, sh *shape) {
	m.Count = 0
	for i := range sh.segments {
		if sh.wild&(1<<i) != 0 && m.Count < len(m.Captures) {
			m.Captures[m.Count] = s.path[s.borders[i]+1 : s.borders[i+1]]
			m.Count++
		}
	}
	if sh.rest && m.Count < len(m.Captures) {
		m.Captures[m.Count] = strings.TrimPrefix(s.path[s.borders[sh.segments]:], "/")
		m.Count++
	}
}

// probe finds the first rule with a key, -1 if there is none.
func (x *Index) probe(path uint64, k kind, h uint16, want string) int {
	hash := hashKey(path, k, h)
	at := place(hash, x.slots)
	for range x.slots {
		ordinal, empty := x.slot(at, hash)
		if empty {
			return -1
		}
		if ordinal >= 0 && x.isOf(ordinal, k, h) && x.keyIs(ordinal, want) {
			return ordinal
		}
		if at++; at == x.slots {
			at = 0
		}
	}
	return -1
}

// probePattern is probe for the pattern that has a shape and fits, whose path
// is put together only if its hash is there.
func (s *Search) probePattern(x *Index, path uint64, h uint16, sh *shape) int {
	hash := hashKey(path, pattern, h)
	at := place(hash, x.slots)
	for range x.slots {
		ordinal, empty := x.slot(at, hash)
		if empty {
			return -1
		}
		if ordinal >= 0 && x.isOf(ordinal, pattern, h) {
			if len(s.key) == 0 {
				s.key = s.keyAs(sh)
			}
			if x.keyIs(ordinal, viewOf(s.key)) {
				return ordinal
			}
		}
		if at++; at == x.slots {
			at = 0
		}
	}
	return -1
}

// slot reads one: the number of the rule whose hash may be this, -1 if it is
// another's.
func (x *Index) slot(at int, hash uint64) (ordinal int, empty bool) {
	slot := x.u32(x.at[slotSection] + 4*at)
	if slot == 0 {
		return -1, true
	}
	low := uint32(1)<<x.ordinalBits - 1
	if (slot^tagOf(hash, x.ordinalBits))&^low != 0 {
		return -1, false
	}
	if ordinal = int(slot&low) - 1; ordinal >= x.rules {
		ordinal = -1
	}
	return ordinal, false
}

func (x *Index) isOf(ordinal int, k kind, h uint16) bool {
	at := x.at[recordSection] + recordSize*ordinal
	return kind(x.u16(at+10)&metaKind) == k && x.u16(at+8) == h
}

// activeAt is the first rule in force among those that have the key of the
// first; they lie side by side, those that win first.
func (x *Index) activeAt(first int, now int64) (r Rule, ok bool) {
	for i := first; i >= 0 && i < x.rules; i++ {
		if r = x.rule(i); r.active(now) {
			return r, true
		}
		if !r.more {
			break
		}
	}
	return r, false
}
