package address_test

import (
	"errors"
	"net/url"
	"strings"
	"testing"

	"github.com/stagedoor/stagedoor/edge/address"
)

func TestAppendPath(t *testing.T) {
	tests := []struct{ name, path, want string }{
		{"root", "/", "/"},
		{"clean", "/whats-on/hamlet", "/whats-on/hamlet"},
		{"trailing slash stays", "/whats-on/", "/whats-on/"},
		{"double slash", "//evil.example", "/evil.example"},
		{"slashes only", "////", "/"},
		{"inner double slash", "/a//b", "/a/b"},
		{"trailing double slash", "/a//", "/a/"},
		{"dot", "/a/./b", "/a/b"},
		{"final dot", "/a/.", "/a/"},
		{"dots", "/a/../b", "/b"},
		{"final dots", "/a/b/..", "/a/"},
		{"above the root", "/../../etc", "/etc"},
		{"encoded dots", "/a/%2e%2E/b", "/b"},
		{"half-encoded dots", "/a/.%2e/b", "/b"},
		{"three dots are a name", "/a/.../b", "/a/.../b"},
		{"dot file", "/a/.well-known", "/a/.well-known"},
		{"backslash", `/a\b`, "/a/b"},
		{"backslashes", `/\\evil.example`, "/evil.example"},
		{"backslash dots", `/a\..\b`, "/b"},
		{"encoded slash stays", "/a%2fb", "/a%2Fb"},
		{"encoded backslash stays", "/%5cevil.example", "/%5Cevil.example"},
		{"encoded slash hides no dots", "/a/..%2fb", "/a/..%2Fb"},
		{"needless encoding", "/%68amlet", "/hamlet"},
		{"doubly encoded is left", "/%252e%252e/", "/%252e%252e/"},
		{"missing encoding", `/a b{c}|^"<>`, "/a%20b%7Bc%7D%7C%5E%22%3C%3E"},
		{"UTF-8", "/café", "/caf%C3%A9"},
		{"encoded UTF-8", "/caf%c3%a9", "/caf%C3%A9"},
		{"encoded Latin-1", "/caf%e9", "/caf%E9"},
		{"sub-delimiters", "/a!$&'()*+,;=:@b", "/a!$&'()*+,;=:@b"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got, err := address.AppendPath(nil, test.path)
			if err != nil || string(got) != test.want {
				t.Fatalf("got %q, %v; want %q", got, err, test.want)
			}
			again, err := address.AppendPath(nil, string(got))
			if err != nil || string(again) != test.want {
				t.Fatalf("not idempotent: %q, %v", again, err)
			}
		})
	}
}

func TestAppendPathRefuses(t *testing.T) {
	tests := []struct{ name, path string }{
		{"nothing", ""}, {"no slash", "a"}, {"asterisk", "*"},
		{"NUL", "/a%00b"}, {"encoded line break", "/a%0d%0aSet-Cookie:x"}, {"line break", "/a\nb"}, {"delete", "/%7F"},
		{"cut encoding", "/a%"}, {"cut encoding 2", "/a%4"}, {"no hex", "/a%zz"},
		{"invalid UTF-8", "/a\xff"}, {"replacement character", "/a\uFFFD"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if got, err := address.AppendPath(nil, test.path); !errors.Is(err, address.ErrMalformed) {
				t.Fatalf("got %q, %v; want ErrMalformed", got, err)
			}
		})
	}
}

func TestAppendPathAppends(t *testing.T) {
	got, err := address.AppendPath([]byte("http://h"), "/../a/../../b//c")
	if err != nil || string(got) != "http://h/b/c" {
		t.Fatalf("got %q, %v", got, err)
	}
}

func TestAppendQuery(t *testing.T) {
	tests := []struct{ query, want string }{
		{"", ""}, {"a=b&c=d", "a=b&c=d"}, {"a=%zz", "a=%zz"}, {"a=b c", "a=b%20c"}, {"q='x'", "q=%27x%27"},
		{"q=\"<>\\^`{|}[]", "q=%22%3C%3E%5C%5E%60%7B%7C%7D%5B%5D"}, {"u=http://x/?y", "u=http://x/?y"}, {"é", "%C3%A9"}, {"a\nb", "a%0Ab"},
	}
	for _, test := range tests {
		got := string(address.AppendQuery(nil, test.query))
		if got != test.want {
			t.Errorf("AppendQuery(%q) = %q, want %q", test.query, got, test.want)
		}
		if !address.IsCleanQuery(got) {
			t.Errorf("%q is not clean", got)
		}
	}
}

func TestHost(t *testing.T) {
	tests := []struct {
		name, authority, host, port string
		bad                         bool
	}{
		{name: "plain", authority: "lyceum.example", host: "lyceum.example"},
		{name: "port", authority: "lyceum.localhost:8787", host: "lyceum.localhost", port: "8787"},
		{name: "case and dot", authority: "LYCEUM.Example.:80", host: "lyceum.example", port: "80"},
		{name: "two dots keep one", authority: "lyceum.example..", host: "lyceum.example."},
		{name: "IDN", authority: "xn--bcher-kva.example", host: "xn--bcher-kva.example"},
		{name: "nothing", authority: "", bad: true},
		{name: "port only", authority: ":80", bad: true},
		{name: "empty port", authority: "a:", bad: true},
		{name: "bad port", authority: "a:80b", bad: true},
		{name: "the highest port", authority: "a:65535", host: "a", port: "65535"},
		{name: "beyond the highest port", authority: "a:65536", bad: true},
		{name: "five nines", authority: "a:99999", bad: true},
		{name: "port 0", authority: "a:0", bad: true},
		{name: "user", authority: "u@a", bad: true},
		{name: "path", authority: "a/b", bad: true},
		{name: "IPv6", authority: "[::1]:80", bad: true},
		{name: "raw IDN", authority: "bücher.example", bad: true},
		{name: "space", authority: "a b", bad: true},
		{name: "two hosts", authority: "a, b", bad: true},
		{name: "long", authority: strings.Repeat("a", 300), bad: true},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			hostname, port, ok := address.SplitHost(test.authority)
			if ok == test.bad {
				t.Fatalf("ok = %v", ok)
			}
			if got := string(address.AppendHost(nil, hostname)); got != test.host || port != test.port {
				t.Fatalf("got %q %q, want %q %q", got, port, test.host, test.port)
			}
		})
	}
}

// FuzzPath: a canonical path is stable, stays below the root, cannot be read
// as a hostname and means the same to net/url.
func FuzzPath(f *testing.F) {
	for _, seed := range []string{"/", "//evil.example", "/a/../..//b", "/%2e%2e/%5c", `/\evil`, "/%zz", "/a%2f..%2fb", "/é"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, path string) {
		out, err := address.AppendPath(nil, path)
		if err != nil {
			return
		}
		got := string(out)
		again, err := address.AppendPath(nil, got)
		if err != nil || string(again) != got {
			t.Fatalf("%q -> %q -> %q, %v", path, got, again, err)
		}
		if !strings.HasPrefix(got, "/") || strings.Contains(got, "//") || strings.ContainsAny(got, "\\?# \r\n") {
			t.Fatalf("%q -> %q", path, got)
		}
		for _, segment := range strings.Split(got, "/") {
			if segment == "." || segment == ".." {
				t.Fatalf("%q -> %q", path, got)
			}
		}
		u, err := url.Parse("http://lyceum.example" + got)
		if err != nil || u.Host != "lyceum.example" || u.EscapedPath() != got {
			t.Fatalf("%q: net/url reads %v, %v", got, u, err)
		}
	})
}

// Whatever an authority looks like, what is taken for a hostname is spelt in
// one way, cannot be read as anything else in a URL, and stays what it is.
func FuzzHost(f *testing.F) {
	for _, authority := range []string{"Lyceum.example", "lyceum.example.", "lyceum.example:8787", "a@b", "[::1]:80", "xn--bcher-kva.example", "a:b:c", "..", ":", "evil.example\\@x"} {
		f.Add(authority)
	}
	f.Fuzz(func(t *testing.T, authority string) {
		hostname, port, ok := address.SplitHost(authority)
		if !ok {
			return
		}
		clean := string(address.AppendHost(nil, hostname))
		if strings.ContainsAny(clean, "/\\@:?#[] \t\r\n%") || clean != strings.ToLower(clean) || port != "" && !address.IsPort(port) {
			t.Fatalf("%q: %q, %q", authority, clean, port)
		}
		if clean == "" || strings.HasSuffix(clean, ".") {
			return // no site has such a name
		}
		if again, _, ok := address.SplitHost(clean); !ok || !address.IsCleanHost(clean) || string(address.AppendHost(nil, again)) != clean {
			t.Fatalf("%q becomes %q, which is not canonical", authority, clean)
		}
	})
}
