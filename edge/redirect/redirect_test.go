package redirect_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stagedoor/stagedoor/edge/redirect"
	"github.com/stagedoor/stagedoor/edge/site"
)

var now = time.Date(2026, 11, 21, 10, 0, 0, 0, time.UTC)

const base = "http://lyceum.example"

func build(t testing.TB, rules ...site.Redirect) *redirect.Index {
	t.Helper()
	for i := range rules {
		if rules[i].ID == "" {
			rules[i].ID = fmt.Sprintf("r%d", i)
		}
	}
	index, err := redirect.Build(rules)
	if err != nil {
		t.Fatalf("Build: %v", err)
	}
	x, err := redirect.Open(index)
	if err != nil {
		t.Fatalf("Open: %v", err)
	}
	if err := x.Verify(); err != nil {
		t.Fatalf("Verify: %v", err)
	}
	return x
}

// follow returns where a request leads, "" if no rule applies.
func follow(x *redirect.Index, hostname, target string, at time.Time) string {
	path, query, _ := strings.Cut(target, "?")
	m, ok := x.Find(hostname, path, at.UnixMilli())
	if !ok {
		return ""
	}
	return string(redirect.AppendLocation(nil, &m, base, query))
}

func TestFollow(t *testing.T) {
	tests := []struct {
		name   string
		rule   site.Redirect
		host   string
		target string
		want   string
	}{
		{"exact", site.Redirect{Match: "exact", Source: "/panto", Target: "/cinderella"}, "", "/panto", base + "/cinderella"},
		{"exact with slash", site.Redirect{Match: "exact", Source: "/panto", Target: "/cinderella"}, "", "/panto/", base + "/cinderella"},
		{"exact is not prefix", site.Redirect{Match: "exact", Source: "/panto", Target: "/cinderella"}, "", "/panto/cast", ""},
		{"exact is not a beginning", site.Redirect{Match: "exact", Source: "/panto", Target: "/cinderella"}, "", "/pantomime", ""},
		{"exact root", site.Redirect{Match: "exact", Source: "/", Target: "/home"}, "", "/", base + "/home"},
		{"exact needless encoding in the rule", site.Redirect{Match: "exact", Source: "/p%61nto", Target: "/x"}, "", "/panto", base + "/x"},
		{"case matters", site.Redirect{Match: "exact", Source: "/Panto", Target: "/panto"}, "", "/panto", ""},
		{"absolute", site.Redirect{Match: "exact", Source: "/shop", Target: "https://shop.example/a"}, "", "/shop", "https://shop.example/a"},
		{"absolute without path", site.Redirect{Match: "exact", Source: "/shop", Target: "https://shop.example"}, "", "/shop", "https://shop.example/"},
		{"absolute with query only", site.Redirect{Match: "exact", Source: "/shop", Target: "https://shop.example?a=b"}, "", "/shop", "https://shop.example/?a=b"},
		{"fragment stays last", site.Redirect{Match: "exact", Source: "/a", Target: "/b?x=1#seats"}, "", "/a?utm_source=m", base + "/b?x=1&utm_source=m#seats"},

		{"prefix", site.Redirect{Match: "prefix", Source: "/old", Target: "/new", PreserveSuffix: true}, "", "/old/a/b", base + "/new/a/b"},
		{"prefix itself", site.Redirect{Match: "prefix", Source: "/old", Target: "/new", PreserveSuffix: true}, "", "/old", base + "/new"},
		{"prefix with slash", site.Redirect{Match: "prefix", Source: "/old/", Target: "/new/", PreserveSuffix: true}, "", "/old/a/", base + "/new/a/"},
		{"prefix at borders", site.Redirect{Match: "prefix", Source: "/old", Target: "/new", PreserveSuffix: true}, "", "/older", ""},
		{"prefix drops suffix", site.Redirect{Match: "prefix", Source: "/old", Target: "/new"}, "", "/old/a/b", base + "/new"},
		{"prefix root", site.Redirect{Match: "prefix", Source: "/", Target: "https://new.example", PreserveSuffix: true}, "", "/a/b", "https://new.example/a/b"},
		{"prefix suffix before query", site.Redirect{Match: "prefix", Source: "/old", Target: "/new?x=1", PreserveSuffix: true}, "", "/old/a", base + "/new/a?x=1"},
		{"prefix to the root", site.Redirect{Match: "prefix", Source: "/old", Target: "/", PreserveSuffix: true}, "", "/old/evil.example", base + "/evil.example"},

		{"pattern", site.Redirect{Match: "pattern", Source: "/shows/*/book", Target: "/book/$1"}, "", "/shows/hamlet/book", base + "/book/hamlet"},
		{"pattern wants a segment", site.Redirect{Match: "pattern", Source: "/shows/*/book", Target: "/book/$1"}, "", "/shows/book", ""},
		{"pattern whole path", site.Redirect{Match: "pattern", Source: "/shows/*/book", Target: "/book/$1"}, "", "/shows/hamlet/book/now", ""},
		{"pattern two", site.Redirect{Match: "pattern", Source: "/*/shows/*", Target: "/$2/$1/$2"}, "", "/en/shows/hamlet", base + "/hamlet/en/hamlet"},
		{"pattern rest", site.Redirect{Match: "pattern", Source: "/a/*/**", Target: "/b/$2?show=$1"}, "", "/a/x/y/z", base + "/b/y/z?show=x"},
		{"pattern empty rest", site.Redirect{Match: "pattern", Source: "/a/**", Target: "/$1/evil.example"}, "", "/a", base + "/evil.example"},
		{"pattern capture adds no parameter", site.Redirect{Match: "pattern", Source: "/a/*", Target: "/b?show=$1"}, "", "/a/x&admin=1", base + "/b?show=x%26admin=1"},
		{"pattern literal dollar", site.Redirect{Match: "exact", Source: "/a", Target: "/b$1"}, "", "/a", base + "/b$1"},

		{"host", site.Redirect{Match: "host", Source: "old.example", Target: "https://new.example", PreserveSuffix: true}, "old.example", "/a?b=c", "https://new.example/a"},
		{"host drops path", site.Redirect{Match: "host", Source: "old.example", Target: "/welcome"}, "old.example", "/a", base + "/welcome"},
		{"host of another", site.Redirect{Match: "host", Source: "old.example", Target: "/"}, "lyceum.example", "/a", ""},
		{"path on one host", site.Redirect{Match: "exact", Source: "old.example/a", Target: "/b"}, "old.example", "/a", base + "/b"},
		{"path on another host", site.Redirect{Match: "exact", Source: "old.example/a", Target: "/b"}, "lyceum.example", "/a", ""},

		{"query dropped", site.Redirect{Match: "exact", Source: "/a", Target: "/b"}, "", "/a?x=1", base + "/b"},
		{"campaign kept", site.Redirect{Match: "exact", Source: "/a", Target: "/b"}, "", "/a?x=1&utm_source=poster&gclid=7", base + "/b?utm_source=poster&gclid=7"},
		{"query kept", site.Redirect{Match: "exact", Source: "/a", Target: "/b", PreserveQuery: true}, "", "/a?x=1&y", base + "/b?x=1&y"},
		{"target's parameter wins", site.Redirect{Match: "exact", Source: "/a", Target: "/b?x=2&utm_source=own", PreserveQuery: true}, "", "/a?x=1&utm_source=poster&y=3", base + "/b?x=2&utm_source=own&y=3"},
		{"repeated parameters kept", site.Redirect{Match: "exact", Source: "/a", Target: "/b", PreserveQuery: true}, "", "/a?x=1&x=2", base + "/b?x=1&x=2"},
		{"empty parameters go", site.Redirect{Match: "exact", Source: "/a", Target: "/b", PreserveQuery: true}, "", "/a?&&x=1&=5", base + "/b?x=1"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if got := follow(build(t, test.rule), test.host, test.target, now); got != test.want {
				t.Errorf("%s -> %q, want %q", test.target, got, test.want)
			}
		})
	}
}

func TestMostSpecificWins(t *testing.T) {
	x := build(t,
		site.Redirect{Match: "prefix", Source: "/", Target: "/by-root"},
		site.Redirect{Match: "prefix", Source: "/a", Target: "/by-a"},
		site.Redirect{Match: "prefix", Source: "/a/b/c", Target: "/by-a-b-c"},
		site.Redirect{Match: "pattern", Source: "/a/*/c", Target: "/by-pattern"},
		site.Redirect{Match: "pattern", Source: "/*/b/**", Target: "/by-rest"},
		site.Redirect{Match: "exact", Source: "/a/b/c", Target: "/by-exact"},
		site.Redirect{Match: "host", Source: "old.example", Target: "/by-host"},
		site.Redirect{Match: "prefix", Source: "old.example/a", Target: "/by-host-prefix"},
	)
	tests := []struct{ host, path, want string }{
		{"", "/z", "/by-root"},
		{"", "/", "/by-root"},
		{"", "/a", "/by-a"},
		{"", "/a/z", "/by-a"},
		{"", "/a/b/c", "/by-exact"},
		{"", "/a/b/c/d", "/by-a-b-c"},
		{"", "/a/z/c", "/by-pattern"},
		{"", "/z/b/c", "/by-rest"},
		{"old.example", "/a/b/c", "/by-host-prefix"},
		{"old.example", "/z", "/by-host"},
	}
	for _, test := range tests {
		if got := follow(x, test.host, test.path, now); got != base+test.want {
			t.Errorf("%s%s -> %q, want %q", test.host, test.path, got, test.want)
		}
	}
}

func TestStartAndEnd(t *testing.T) {
	hour := func(h int) time.Time { return now.Add(time.Duration(h) * time.Hour) }
	x := build(t,
		site.Redirect{Match: "exact", Source: "/offer", Target: "/always"},
		site.Redirect{Match: "exact", Source: "/offer", Target: "/first", StartsAt: hour(1), EndsAt: hour(3)},
		site.Redirect{Match: "exact", Source: "/offer", Target: "/second", StartsAt: hour(2), EndsAt: hour(4)},
	)
	for _, test := range []struct {
		at   time.Time
		want string
	}{
		{hour(0), "/always"}, {hour(1), "/first"}, {hour(2), "/second"}, {hour(3), "/second"}, {hour(4), "/always"},
		{hour(1).Add(-time.Millisecond), "/always"},
	} {
		if got := follow(x, "", "/offer", test.at); got != base+test.want {
			t.Errorf("at %s -> %q, want %q", test.at, got, test.want)
		}
	}
}

func TestDeepPathsAreBounded(t *testing.T) {
	x := build(t,
		site.Redirect{Match: "prefix", Source: "/a", Target: "/new", PreserveSuffix: true},
		site.Redirect{Match: "pattern", Source: "/b/**", Target: "/new/$1"})
	tail := strings.Repeat("/x", 5000)
	if got := follow(x, "", "/a"+tail, now); got != base+"/new"+tail {
		t.Errorf("prefix: got %d bytes", len(got))
	}
	if got := follow(x, "", "/b"+tail, now); got != base+"/new"+tail {
		t.Errorf("pattern: got %d bytes", len(got))
	}
}

func TestLookupAllocatesNothing(t *testing.T) {
	x := build(t,
		site.Redirect{Match: "prefix", Source: "/a/b", Target: "/new"},
		site.Redirect{Match: "pattern", Source: "/a/*/d", Target: "/new"})
	var s redirect.Search
	if n := testing.AllocsPerRun(100, func() { s.Find(x, "lyceum.example", "/a/c/e", now.UnixMilli()) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}
