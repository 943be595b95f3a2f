package filter

import (
	"strings"
	"testing"

	"github.com/stagedoor/stagedoor/edge/chain"
)

func TestCookieOf(t *testing.T) {
	tests := []struct{ name, header, want string }{
		{"absent", "a=b", ""},
		{"alone", "pass=x", "x"},
		{"among others", "a=b; pass=x; c=d", "x"},
		{"without space", "a=b;pass=x", "x"},
		{"joined fields", "a=b, pass=x", "x"},
		{"spaces and tabs", " \tpass=x\t ;a=b", "x"},
		{"the first counts", "pass=x; pass=y", "x"},
		{"an equals sign in the value", "pass=x=y", "x=y"},
		{"part of a longer name", "mypass=x; passes=y", ""},
		{"no value", "pass; pass=", ""},
		{"other case", "Pass=x", ""},
		{"a space in the name", "pass =x", ""},
		{"nothing but separators", ";,;;,", ""},
		{"the first is empty", "pass=; pass=y", ""},
		{"behind more than are taken apart", strings.Repeat("a=b; ", mostCookies) + "pass=x", "x"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			x := &chain.Exchange{}
			x.Request.Fields = []chain.Field{{Name: "cookie", Value: test.header}}
			if got := cookieOf(x, "pass"); got != test.want {
				t.Errorf("%q", got)
			}
		})
	}
}

// What was taken apart for one request is not shown to the next, and what is
// asked for first is found again.
func TestCookiesAreTheRequests(t *testing.T) {
	x := &chain.Exchange{}
	for _, value := range []string{"pass=x; other=z", "pass=y; other=z", "", "other=z"} {
		x.Request.Fields = []chain.Field{{Name: "cookie", Value: value}}
		x.Reset()
		for range 2 {
			if got, want := cookieOf(x, "pass"), cookieIn(value, "pass"); got != want {
				t.Errorf("%q of %q, not %q", got, value, want)
			}
			if got, want := cookieOf(x, "other"), cookieIn(value, "other"); got != want {
				t.Errorf("%q of %q, not %q", got, value, want)
			}
		}
	}
}

// Taken apart, a header holds what it holds read from the beginning.
func FuzzCookieOf(f *testing.F) {
	f.Add("a=b; c=d, a=e", "a")
	f.Add("a=; a=b", "a")
	f.Fuzz(func(t *testing.T, header, name string) {
		if strings.ContainsAny(name, "=;, \t") || name == "" {
			return
		}
		x := &chain.Exchange{}
		x.Request.Fields = []chain.Field{{Name: "cookie", Value: header}}
		if got, want := cookieOf(x, name), cookieIn(header, name); got != want {
			t.Fatalf("%q of %q, not %q", got, header, want)
		}
	})
}

// Whatever a header holds, every byte of it is seen once and the end is reached.
func FuzzNextCookie(f *testing.F) {
	f.Add("a=b; c=d, e")
	f.Add(";;,\t \x00\xff=")
	f.Fuzz(func(t *testing.T, header string) {
		for rest := header; rest != ""; {
			pair, after := nextCookie(rest)
			if len(after) >= len(rest) || strings.ContainsAny(pair, ";,") || !strings.Contains(rest, pair) {
				t.Fatalf("%q out of %q, then %q", pair, rest, after)
			}
			rest = after
		}
	})
}
