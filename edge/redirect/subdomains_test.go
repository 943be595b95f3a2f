package redirect_test

import (
	"testing"

	"github.com/stagedoor/stagedoor/edge/site"
)

// What Cloudflare's Bulk Redirects documents, in its own examples.
func TestAsCloudflareDocuments(t *testing.T) {
	const host = "example.com"
	subpath := site.Redirect{Match: "prefix", Source: host + "/foo/", Target: "https://example.com/qux/", PreserveSuffix: true}
	noSuffix := subpath
	noSuffix.PreserveSuffix = false
	about := site.Redirect{Match: "exact", Source: host + "/about", Target: "https://example.com/newpage"}
	below := about
	below.IncludeSubdomains = true
	query := about
	query.PreserveQuery = true
	tests := []struct {
		name       string
		rules      []site.Redirect
		host, path string
		want       string
	}{
		{"subpath matching", []site.Redirect{subpath}, host, "/foo/bar", "https://example.com/qux/bar"},
		{"path suffix not preserved", []site.Redirect{noSuffix}, host, "/foo/bar", "https://example.com/qux/"},
		{"no subdomains", []site.Redirect{about}, "a.example.com", "/about", ""},
		{"subdomain", []site.Redirect{below}, "a.example.com", "/about", "https://example.com/newpage"},
		{"subdomain of a subdomain", []site.Redirect{below}, "a.b.example.com", "/about", "https://example.com/newpage"},
		{"the domain itself", []site.Redirect{below}, host, "/about", "https://example.com/newpage"},
		{"not what only ends alike", []site.Redirect{below}, "badexample.com", "/about", ""},
		{"query kept", []site.Redirect{query}, host, "/about?q=term", "https://example.com/newpage?q=term"},
		{"query dropped", []site.Redirect{about}, host, "/about?q=term", "https://example.com/newpage"},
		{
			"the more specific path wins",
			[]site.Redirect{
				{Match: "prefix", Source: host + "/folder", Target: "/short"}, {Match: "prefix", Source: host + "/folder/subfolder", Target: "/long"},
			}, host, "/folder/subfolder/item", base + "/long",
		},
		{
			"the more specific path wins over the exact hostname",
			[]site.Redirect{
				{Match: "prefix", Source: "a.example.com/folder", Target: "/short"},
				{Match: "prefix", Source: host + "/folder/subfolder", Target: "/long", IncludeSubdomains: true},
			}, "a.example.com", "/folder/subfolder/item", base + "/long",
		},
		{
			"the exact hostname wins over its domain",
			[]site.Redirect{
				{Match: "exact", Source: host + "/a", Target: "/below", IncludeSubdomains: true}, {Match: "exact", Source: host + "/a", Target: "/itself"},
			}, host, "/a", base + "/itself",
		},
		{
			"the longer domain wins",
			[]site.Redirect{
				{Match: "exact", Source: "bar.com/a", Target: "/bar", IncludeSubdomains: true}, {Match: "exact", Source: "foo.bar.com/a", Target: "/foo", IncludeSubdomains: true},
			}, "qux.foo.bar.com", "/a", base + "/foo",
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if got := follow(build(t, test.rules...), test.host, test.path, now); got != test.want {
				t.Errorf("%s%s -> %q, want %q", test.host, test.path, got, test.want)
			}
		})
	}
}

func TestSubdomainsOfTheSiteOnly(t *testing.T) {
	s := group()[1] // b.example and www.b.example
	tests := []struct {
		name string
		rule site.Redirect
		ok   bool
	}{
		{"own hostname", site.Redirect{Match: "exact", Source: "b.example/a", Target: "/b", IncludeSubdomains: true}, true},
		{"a domain that own hostnames are under", site.Redirect{Match: "exact", Source: "example/a", Target: "/b", IncludeSubdomains: true}, true},
		{"the same, without subdomains", site.Redirect{Match: "exact", Source: "example/a", Target: "/b"}, false},
		{"another's domain", site.Redirect{Match: "exact", Source: "a.example/a", Target: "/b", IncludeSubdomains: true}, false},
		{"what only ends alike", site.Redirect{Match: "exact", Source: "ample/a", Target: "/b", IncludeSubdomains: true}, false},
		{"a whole domain", site.Redirect{Match: "host", Source: "example", Target: "https://a.example/", IncludeSubdomains: true}, true},
		{"no hostname", site.Redirect{Match: "exact", Source: "/a", Target: "/b", IncludeSubdomains: true}, false},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			test.rule.ID, test.rule.Status = "1", 302
			if faults := s.CheckRedirect(test.rule); (len(faults) == 0) != test.ok {
				t.Errorf("faults = %v", faults)
			}
		})
	}
}
