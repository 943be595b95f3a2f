package filter

import (
	"net/url"
	"strings"
	"testing"

	"github.com/stagedoor/stagedoor/edge/chain"
	"github.com/stagedoor/stagedoor/edge/site"
)

// FuzzCanonical: any request target ends, after at most one redirect by the
// canonical filter, at a path that it leaves alone, on the site's own scheme
// and hostname.
func FuzzCanonical(f *testing.F) {
	for _, seed := range []string{"/", "//evil.example", `/\evil.example`, "/%2e%2e//x", "/a/..;/b", "/%5c%5cevil", "/?//evil", "/@evil.example"} {
		f.Add("lyceum.example", seed)
		f.Add("old.example:8080", seed)
	}
	s := lyceum(f, func(s *site.Site) { s.HTTPS = true })
	h := newHouse(f, s)
	f.Fuzz(func(t *testing.T, authority, target string) {
		path, query, _ := strings.Cut(target, "?")
		x := h.ask("GET", authority, path, query)
		location, n := header(x.Plan.Response, "location")
		if n == 0 {
			return
		}
		u, err := url.Parse(location)
		if err != nil || u.Scheme != "https" || u.Hostname() != "lyceum.example" || u.User != nil || strings.ContainsAny(location, "\r\n\\ ") {
			t.Fatalf("%q %q -> %q, %v", authority, target, location, err)
		}
		h.x.Request = chain.Request{Method: "GET", Scheme: "https", Authority: u.Host, Path: u.EscapedPath(), Query: u.RawQuery, HasQuery: u.RawQuery != "", RemoteIP: "203.0.113.7"}
		h.x.Reset()
		h.chain.Run(&h.x)
		if again, n := header(h.x.Plan.Response, "location"); n != 0 {
			t.Fatalf("%q %q -> %q -> %q: two hops", authority, target, location, again)
		}
	})
}
