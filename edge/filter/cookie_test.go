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
