// Package redirect compiles a site's redirect rules into an immutable index
// and finds the one rule that applies to a request.
//
// A lookup costs a handful of hash probes, however many rules there are: one
// for the whole path, one for each border between its segments, and one for
// each shape (the positions of the wildcards) that the patterns have. Nothing
// is scanned and nothing is allocated.
//
// The most specific rule wins:
//
//  1. a rule for the request's hostname before one for every hostname;
//  2. then exact before pattern and prefix, and these before host;
//  3. between pattern and prefix, the one that fixes more segments; with as
//     many, the pattern, which fixes the length as well;
//  4. between two of the same source, the one that started later.
//
// Paths are compared in canonical form (edge/address), case-sensitively, and
// without regard to a trailing slash.
package redirect

import (
	"errors"
	"fmt"
	"math"
	"sort"
	"strings"

	"github.com/stagedoor/stagedoor/edge/address"
	"github.com/stagedoor/stagedoor/edge/site"
)

// Bounds that keep a lookup short whatever the rules and the request are.
const (
	maxSegments = 64 // borders looked at in a request's path
	maxShapes   = 64 // different wildcard positions in one index
)

// ErrShapes is returned when patterns have more different shapes than a
// lookup may probe.
var ErrShapes = errors.New("redirect: the patterns place their wildcards in more than 64 different ways")

// Rule is one compiled redirect.
type Rule struct {
	ID             string
	Target         string
	Status         int
	PreserveQuery  bool
	PreserveSuffix bool

	kind     kind
	host     string // "" for every hostname
	path     string // canonical, no trailing slash; wildcards as "*"; "" for the root and for host rules
	literals int    // segments that are not wildcards
	starts   int64  // Unix milliseconds
	ends     int64
}

type kind uint8

const (
	exact kind = iota + 1
	pattern
	prefix
	host
)

// shape is where patterns have their wildcards. A set bit i of wild says that
// segment i is one.
type shape struct {
	segments int
	literals int
	wild     uint64
	rest     bool // ends in "**", which may match nothing
}

// Index finds rules. It is immutable and safe for concurrent use.
type Index struct {
	rules  []Rule
	slots  []uint32 // rule number + 1, open addressing; 0 is empty
	shapes []shape  // most literals first
	hosts  map[string]bool
	deep   int // segments of the deepest prefix
}

// Build compiles rules that site.Validate accepts.
func Build(rules []site.Redirect) (*Index, error) {
	x := &Index{rules: make([]Rule, 0, len(rules)), hosts: map[string]bool{}}
	seen := map[shape]bool{}
	for i := range rules {
		rule, sh, err := compile(&rules[i])
		if err != nil {
			return nil, err
		}
		if rule.kind == pattern && !seen[sh] {
			seen[sh] = true
			x.shapes = append(x.shapes, sh)
		}
		if rule.kind == prefix {
			x.deep = max(x.deep, rule.literals)
		}
		if rule.host != "" {
			x.hosts[rule.host] = true
		}
		x.rules = append(x.rules, rule)
	}
	if len(x.shapes) > maxShapes {
		return nil, ErrShapes
	}
	// The later a rule starts, the earlier it is found among its like.
	sort.SliceStable(x.rules, func(i, j int) bool { return x.rules[i].starts > x.rules[j].starts })
	sort.SliceStable(x.shapes, func(i, j int) bool { return x.shapes[i].literals > x.shapes[j].literals })
	x.fill()
	return x, nil
}

// Len is the number of rules.
func (x *Index) Len() int { return len(x.rules) }

// HasHost says whether any rule is for this hostname alone.
func (x *Index) HasHost(hostname string) bool { return len(x.hosts) > 0 && x.hosts[hostname] }

func compile(r *site.Redirect) (Rule, shape, error) {
	hostname, path := site.SplitSource(r)
	rule := Rule{
		ID: r.ID, Target: r.Target, Status: r.Status,
		PreserveQuery: r.PreserveQuery, PreserveSuffix: r.PreserveSuffix,
		host: hostname, starts: math.MinInt64, ends: math.MaxInt64,
	}
	if !r.StartsAt.IsZero() {
		rule.starts = r.StartsAt.UnixMilli()
	}
	if !r.EndsAt.IsZero() {
		rule.ends = r.EndsAt.UnixMilli()
	}
	switch r.Match {
	case site.MatchExact:
		rule.kind = exact
	case site.MatchPrefix:
		rule.kind = prefix
	case site.MatchPattern:
		rule.kind = pattern
	case site.MatchHost:
		rule.kind = host
		return rule, shape{}, nil
	default:
		return rule, shape{}, fmt.Errorf("redirect: rule %s: unknown match %q", r.ID, r.Match)
	}
	clean, err := address.AppendPath(nil, path)
	if err != nil {
		return rule, shape{}, fmt.Errorf("redirect: rule %s: %w", r.ID, err)
	}
	rule.path = trim(string(clean))
	if rule.kind != pattern {
		rule.literals = strings.Count(rule.path, "/")
		return rule, shape{}, nil
	}
	sh := shape{}
	for _, segment := range strings.Split(strings.TrimPrefix(rule.path, "/"), "/") {
		switch {
		case segment == "**":
			sh.rest = true
		case segment == "*":
			sh.wild |= 1 << sh.segments
			sh.segments++
		default:
			sh.segments++
			sh.literals++
		}
	}
	if sh.segments > maxSegments-1 {
		return rule, shape{}, fmt.Errorf("redirect: rule %s: the pattern has more than %d segments", r.ID, maxSegments-1)
	}
	rule.literals = sh.literals
	return rule, sh, nil
}

// trim takes the trailing slash off a canonical path; the root becomes "".
func trim(path string) string { return strings.TrimSuffix(path, "/") }

// fill builds the hash table: at most half full, so that probes stay short.
func (x *Index) fill() {
	size := 8
	for size < 2*len(x.rules) {
		size *= 2
	}
	x.slots = make([]uint32, size)
	for i := range x.rules {
		r := &x.rules[i]
		at := hashString(seed(r.kind, r.host), r.path) & uint64(size-1)
		for x.slots[at] != 0 {
			at = (at + 1) & uint64(size-1)
		}
		x.slots[at] = uint32(i + 1)
	}
}

// FNV-1a, 64 bits: it extends byte by byte, so that one walk over a path
// yields the hash of each of its prefixes.
const (
	fnvOffset = 14695981039346656037
	fnvPrime  = 1099511628211
)

func seed(k kind, hostname string) uint64 {
	h := (uint64(fnvOffset) ^ uint64(k)) * fnvPrime
	return (hashString(h, hostname) ^ 0) * fnvPrime
}

func hashString(h uint64, s string) uint64 {
	for i := 0; i < len(s); i++ {
		h = (h ^ uint64(s[i])) * fnvPrime
	}
	return h
}
