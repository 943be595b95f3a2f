package redirect_test

import (
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/stagedoor/stagedoor/edge/address"
	"github.com/stagedoor/stagedoor/edge/redirect"
	"github.com/stagedoor/stagedoor/edge/site"
	"pgregory.net/rapid"
)

// rank is the specification of how specific a rule is for a path, -1 if it
// does not apply; the highest rank among all rules wins.
func rank(r site.Redirect, path string) int {
	source, segments := segmentsOf(r.Source), segmentsOf(path)
	switch r.Match {
	case site.MatchExact:
		if slices.Equal(source, segments) {
			return 1 << 20
		}
	case site.MatchPrefix:
		if len(source) <= len(segments) && slices.Equal(source, segments[:len(source)]) {
			return 2 * len(source)
		}
	case site.MatchPattern:
		if literals, ok := fits(source, segments); ok {
			return 2*literals + 1
		}
	}
	return -1
}

func segmentsOf(path string) []string {
	return strings.FieldsFunc(path, func(r rune) bool { return r == '/' })
}

func fits(source, segments []string) (literals int, ok bool) {
	for i, s := range source {
		if s == "**" {
			return literals, true
		}
		if i >= len(segments) || (s != "*" && s != segments[i]) {
			return 0, false
		}
		if s != "*" {
			literals++
		}
	}
	return literals, len(source) == len(segments)
}

// The index agrees with a scan of the rules on how specific the winner is.
func TestIndexAgreesWithAScan(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		name := rapid.SampledFrom([]string{"a", "b", "c"})
		rules := rapid.SliceOfNDistinct(rapid.Custom(func(t *rapid.T) site.Redirect {
			r := site.Redirect{Match: rapid.SampledFrom([]string{"exact", "prefix", "pattern"}).Draw(t, "match"), Target: "/t"}
			segments := rapid.SliceOfN(name, 0, 4).Draw(t, "segments")
			if r.Match == "pattern" {
				for i := range segments {
					if rapid.Bool().Draw(t, "wild") {
						segments[i] = "*"
					}
				}
				if rapid.Bool().Draw(t, "rest") || !slices.Contains(segments, "*") {
					segments = append(segments, "**")
				}
			}
			r.Source = "/" + strings.Join(segments, "/")
			r.ID = r.Match + " " + r.Source
			return r
		}), 0, 12, func(r site.Redirect) string { return r.ID }).Draw(t, "rules")
		index, err := redirect.Build(rules)
		if err != nil {
			t.Fatalf("Build: %v", err)
		}
		x, err := redirect.Open(index)
		if err != nil {
			t.Fatalf("Open: %v", err)
		}
		path := "/" + strings.Join(rapid.SliceOfN(name, 0, 5).Draw(t, "path"), "/")
		want, got := -1, -1
		m, ok := x.Find("", path, now.UnixMilli())
		for _, r := range rules {
			want = max(want, rank(r, path))
			if ok && r.ID == string(m.Rule.AppendID(nil)) {
				got = rank(r, path)
			}
		}
		if got != want {
			t.Fatalf("%s: the index found a rule of rank %d, a scan finds one of rank %d", path, got, want)
		}
	})
}

// FuzzLocation: whatever a visitor asks for, no redirect leads anywhere but to
// the site or to a host it allows.
func FuzzLocation(f *testing.F) {
	s := &site.Site{Hostname: "lyceum.example", RedirectHosts: []string{"shop.example"}}
	rules := []site.Redirect{
		{ID: "1", Match: "prefix", Source: "/old", Target: "/", PreserveSuffix: true, PreserveQuery: true},
		{ID: "2", Match: "prefix", Source: "/shop", Target: "https://shop.example", PreserveSuffix: true, PreserveQuery: true},
		{ID: "3", Match: "pattern", Source: "/a/**", Target: "/$1", PreserveQuery: true},
		{ID: "4", Match: "pattern", Source: "/b/*/*", Target: "/$2/$1?q=$1"},
		{ID: "5", Match: "pattern", Source: "/c/*", Target: "https://shop.example/$1", PreserveSuffix: true},
	}
	for _, seed := range []string{
		"/old//evil.example", `/old/\evil.example`, "/a//evil.example", "/shop.evil.example", "/shop/@evil.example",
		"/b/x/evil.example", "/old/%2f%2fevil.example", "/a/%5cevil.example", "/c/..%2f", "/old?//evil", "/a/x\r\nSet-Cookie:y",
	} {
		f.Add(seed)
	}
	x := build(f, rules...)
	f.Fuzz(func(t *testing.T, target string) {
		rawPath, rawQuery, _ := strings.Cut(target, "?")
		path, err := address.AppendPath(nil, rawPath)
		if err != nil {
			return
		}
		m, ok := x.Find("lyceum.example", string(path), 0)
		if !ok {
			return
		}
		location := string(redirect.AppendLocation(nil, &m, base, string(address.AppendQuery(nil, rawQuery))))
		u, err := url.Parse(location)
		if err != nil {
			t.Fatalf("%q -> %q: %v", target, location, err)
		}
		if u.Host != "lyceum.example" && u.Host != "shop.example" || u.User != nil || strings.ContainsAny(location, "\r\n\\ ") {
			t.Fatalf("%q -> %q", target, location)
		}
		if !redirect.SafeTarget(location, base, s) {
			t.Fatalf("%q -> %q is not safe", target, location)
		}
	})
}
