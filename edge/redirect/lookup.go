package redirect

import "strings"

// Match is a rule and what its wildcards or its prefix left over.
type Match struct {
	Rule *Rule
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

// Find returns the rule for a canonical path on a canonical hostname at a time
// (Unix milliseconds), or false.
func (x *Index) Find(hostname, path string, now int64) (m Match, ok bool) {
	if len(x.rules) == 0 {
		return m, false
	}
	if x.HasHost(hostname) {
		if m, ok = x.find(hostname, path, now); ok {
			return m, true
		}
	}
	return x.find("", path, now)
}

// FindForHost is Find among the rules for this hostname alone.
func (x *Index) FindForHost(hostname, path string, now int64) (m Match, ok bool) {
	if !x.HasHost(hostname) {
		return m, false
	}
	return x.find(hostname, path, now)
}

func (x *Index) find(hostname, full string, now int64) (m Match, ok bool) {
	path := trim(full)
	m.TrailingSlash = len(path) < len(full) && path != ""

	if r := x.probe(hashString(seed(exact, hostname), path), exact, hostname, path, now); r != nil {
		m.Rule = r
		return m, true
	}

	borders, segments := split(path)
	byPrefix, at := x.longestPrefix(hostname, path, borders[:segments+1], now)
	byPattern := x.bestPattern(hostname, path, borders[:segments+1], now, &m)
	switch {
	case byPattern != nil && (byPrefix == nil || byPattern.literals >= byPrefix.literals):
		m.Rule = byPattern
		return m, true
	case byPrefix != nil:
		m.Rule, m.Count, m.Suffix = byPrefix, 0, full[at:]
		return m, true
	}

	if hostname != "" {
		if r := x.probe(seed(host, hostname), host, hostname, "", now); r != nil {
			m.Rule, m.Suffix = r, full
			return m, true
		}
	}
	return m, false
}

// split finds the borders of a trimmed path's segments: segment i is
// path[borders[i]+1 : borders[i+1]]. Segments beyond the bound are not split.
func split(path string) (borders [maxSegments + 1]int, segments int) {
	for i := 0; i < len(path) && segments < maxSegments; {
		next := strings.IndexByte(path[i+1:], '/')
		segments++
		if next < 0 || segments == maxSegments {
			borders[segments] = len(path)
			break
		}
		i += 1 + next
		borders[segments] = i
	}
	return borders, segments
}

// longestPrefix tries the borders from the last to the first.
func (x *Index) longestPrefix(hostname, path string, borders []int, now int64) (*Rule, int) {
	var hashes [maxSegments + 1]uint64
	deep := min(x.deep, len(borders)-1)
	hashes[0] = seed(prefix, hostname)
	for i := 1; i <= deep; i++ {
		hashes[i] = hashString(hashes[i-1], path[borders[i-1]:borders[i]])
	}
	for i := deep; i >= 0; i-- {
		if r := x.probe(hashes[i], prefix, hostname, path[:borders[i]], now); r != nil {
			return r, borders[i]
		}
	}
	return nil, 0
}

// bestPattern tries each shape, those with the most literals first, and
// records what the winner's wildcards matched.
func (x *Index) bestPattern(hostname, path string, borders []int, now int64, m *Match) *Rule {
	segments := len(borders) - 1
	for i := range x.shapes {
		sh := &x.shapes[i]
		if segments < sh.segments || (segments > sh.segments && !sh.rest) {
			continue
		}
		h := seed(pattern, hostname)
		for s := 0; s < sh.segments; s++ {
			if sh.wild&(1<<s) != 0 {
				h = hashString(h, "/*")
			} else {
				h = hashString(h, path[borders[s]:borders[s+1]])
			}
		}
		if sh.rest {
			h = hashString(h, "/**")
		}
		if r := x.probePattern(h, sh, hostname, path, borders, now); r != nil {
			m.capture(sh, path, borders)
			return r
		}
	}
	return nil
}

func (m *Match) capture(sh *shape, path string, borders []int) {
	m.Count = 0
	for s := 0; s < sh.segments; s++ {
		if sh.wild&(1<<s) != 0 && m.Count < len(m.Captures) {
			m.Captures[m.Count] = path[borders[s]+1 : borders[s+1]]
			m.Count++
		}
	}
	if sh.rest && m.Count < len(m.Captures) {
		m.Captures[m.Count] = strings.TrimPrefix(path[borders[sh.segments]:], "/")
		m.Count++
	}
}

func (x *Index) probe(h uint64, k kind, hostname, path string, now int64) *Rule {
	mask := uint64(len(x.slots) - 1)
	for at := h & mask; x.slots[at] != 0; at = (at + 1) & mask {
		r := &x.rules[x.slots[at]-1]
		if r.kind == k && r.path == path && r.host == hostname && r.active(now) {
			return r
		}
	}
	return nil
}

func (x *Index) probePattern(h uint64, sh *shape, hostname, path string, borders []int, now int64) *Rule {
	mask := uint64(len(x.slots) - 1)
	for at := h & mask; x.slots[at] != 0; at = (at + 1) & mask {
		r := &x.rules[x.slots[at]-1]
		if r.kind == pattern && r.host == hostname && r.fits(sh, path, borders) && r.active(now) {
			return r
		}
	}
	return nil
}

// fits compares a pattern with a path segment by segment.
func (r *Rule) fits(sh *shape, path string, borders []int) bool {
	rest := r.path
	for s := 0; s < sh.segments; s++ {
		want := path[borders[s]:borders[s+1]]
		if sh.wild&(1<<s) != 0 {
			want = "/*"
		}
		if !strings.HasPrefix(rest, want) {
			return false
		}
		rest = rest[len(want):]
	}
	if sh.rest {
		return rest == "/**"
	}
	return rest == ""
}

func (r *Rule) active(now int64) bool { return r.starts <= now && now < r.ends }

// Ends is when the rule ends (Unix milliseconds); ok is false if it does not.
func (r *Rule) Ends() (at int64, ok bool) { return r.ends, r.ends != 1<<63-1 }
