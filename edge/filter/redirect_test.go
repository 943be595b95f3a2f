package filter

import (
	"net/url"
	"strings"
	"testing"

	"github.com/stagedoor/stagedoor/edge/site"
)

var marketing = []site.Redirect{
	{ID: "1", Match: "prefix", Source: "/old", Target: "/", PreserveSuffix: true, PreserveQuery: true},
	{ID: "2", Match: "prefix", Source: "/shop", Target: "https://shop.example", PreserveSuffix: true, PreserveQuery: true},
	{ID: "3", Match: "pattern", Source: "/a/**", Target: "/$1", PreserveQuery: true},
	{ID: "4", Match: "pattern", Source: "/b/*/*", Target: "/$2/$1?q=$1", PreserveQuery: true},
	{ID: "5", Match: "host", Source: "old.example", Target: "https://shop.example/$1", PreserveSuffix: true, PreserveQuery: true},
}

// FuzzRedirect: through the whole chain, nobody is ever sent to a host that is
// neither the site nor one it allows.
func FuzzRedirect(f *testing.F) {
	for _, seed := range []string{
		"/old//evil.example", `/old/\evil.example`, "/a//evil.example", "/a/%2f%2fevil.example", "/b/x/evil.example",
		"/shop/@evil.example", "/shop.evil.example", "/a/javascript:alert(1)", "/old?u=//evil.example", "/b/%0d%0a/x",
	} {
		f.Add("lyceum.example", seed)
		f.Add("old.example", seed)
	}
	h := newHouse(f, lyceum(f, func(s *site.Site) { s.Redirects = marketing }))
	f.Fuzz(func(t *testing.T, authority, target string) {
		path, query, _ := strings.Cut(target, "?")
		location, n := header(h.ask("GET", authority, path, query).Plan.Response, "location")
		if n == 0 {
			return
		}
		u, err := url.Parse(location)
		if err != nil || (u.Hostname() != "lyceum.example" && u.Hostname() != "shop.example" && u.Hostname() != "old.example") ||
			u.User != nil || (u.Scheme != "http" && u.Scheme != "https") || strings.ContainsAny(location, "\r\n\\ ") {
			t.Fatalf("%q %q -> %q, %v", authority, target, location, err)
		}
	})
}

// A rule that slipped past validation still sends nobody away.
func TestTargetOffTheAllowedHostsIsPassedOver(t *testing.T) {
	s := lyceum(t, nil)
	s.Redirects = []site.Redirect{{ID: "x", Match: "exact", Source: "/a", Target: "https://evil.example/", Status: 302}}
	x := newHouse(t, s).ask("GET", "lyceum.example", "/a", "")
	if _, n := header(x.Plan.Response, "location"); n != 0 {
		t.Error("redirected")
	}
	found := false
	for _, d := range x.Trace {
		found = found || d.Reason == redirectUnsafe
	}
	if !found {
		t.Errorf("trace = %v", x.Trace)
	}
}
