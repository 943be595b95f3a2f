package redirect_test

import (
	"net/url"
	"strings"
	"testing"

	"github.com/stagedoor/stagedoor/edge/address"
	"github.com/stagedoor/stagedoor/edge/redirect"
	"github.com/stagedoor/stagedoor/edge/site"
	"pgregory.net/rapid"
)

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

// The index finds the rule that a scan finds, and Explain says so.
func TestIndexAgreesWithAScan(t *testing.T) {
	sites, all := group(), paths()
	rapid.Check(t, func(t *rapid.T) {
		s := sites[0]
		n := &naive{sites: sites[:1], rules: map[string][]site.Redirect{s.ID: drawRules(s, s.RedirectHosts).Draw(t, "rules")}}
		index, err := redirect.Build(n.rules[s.ID])
		if err != nil {
			t.Fatalf("Build: %v", err)
		}
		x, err := redirect.Open(index)
		if err != nil {
			t.Fatalf("Open: %v", err)
		}
		path, hostname := rapid.SampledFrom(all).Draw(t, "path"), rapid.SampledFrom(s.Hostnames()).Draw(t, "hostname")
		want, wanted := n.find(s, hostname, path, now)
		var search redirect.Search
		find := search.Find
		if hostname != s.Hostname {
			find = search.FindForHost
		}
		got, ok := find(x, hostname, path, now.UnixMilli())
		if ok != wanted || ok && string(got.Rule.AppendID(nil)) != want.ID {
			t.Fatalf("%s%s: found %q, a scan finds %q", hostname, path, string(got.Rule.AppendID(nil)), want.ID)
		}
		e := redirect.Explain(x, s, hostname, path, "", now)
		if (e.Winner != nil) != wanted || wanted && e.Winner.RuleID != want.ID {
			t.Fatalf("%s%s: explained %+v, a scan finds %q", hostname, path, e, want.ID)
		}
		for _, c := range e.Candidates {
			if c.Why == "" {
				t.Fatalf("%s%s: nothing is said about %s", hostname, path, c.RuleID)
			}
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
