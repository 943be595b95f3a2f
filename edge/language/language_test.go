package language_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/stagedoor/stagedoor/edge/language"
)

var offered = []string{"en-GB", "cy-GB", "fr-FR", "fr-CA", "zh-Hant-TW"}

func TestLookup(t *testing.T) {
	tests := []struct {
		name, header, want string
		found              bool
	}{
		{"nothing said", "", "en-GB", false},
		{"by name", "cy-GB", "cy-GB", true},
		{"by language: the first of its locales", "fr", "fr-FR", true},
		{"another region: the language's first", "fr-BE", "fr-FR", true},
		{"the region's own", "fr-CA", "fr-CA", true},
		{"cut from the end", "zh-Hant-TW-u-nu-hant", "zh-Hant-TW", true},
		{"quality before order", "en;q=0.2, cy;q=0.3", "cy-GB", true},
		{"order where quality is equal", "cy, fr", "cy-GB", true},
		{"refused", "cy;q=0, fr;q=0.1", "fr-FR", true},
		{"the default is refused", "en-GB;q=0", "cy-GB", true},
		{"everything is refused", "*;q=0", "", false},
		{"everything but one", "*;q=0, fr-CA", "fr-CA", true},
		{"anything", "*", "en-GB", true},
		{"a locale of a language that is refused", "fr;q=0, fr-CA", "fr-CA", true},
		{"not offered", "de, ja", "en-GB", false},
		{"what is malformed counts for nothing", "cy;q=2, fr;q=-1, de;;, cy;q=0.1234, _, fr-, -x", "en-GB", false},
		{"spaces and capitals", "  CY-gb\t; Q = 0.5 ", "cy-GB", true},
		{"behind more ranges than are looked at", strings.Repeat("de,", 32) + "cy", "en-GB", false},
		{"behind more bytes than are looked at", strings.Repeat(" ", 1025) + "cy", "en-GB", false},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if got, found := language.Lookup(test.header, offered); got != test.want || found != test.found {
				t.Errorf("%q, %v", got, found)
			}
		})
	}
}

// Whatever a header says, what is chosen is offered and not refused.
func FuzzLookup(f *testing.F) {
	for _, header := range []string{"cy, en;q=0.8", "*;q=0", "fr-CA;q=0.001,*", "zh-Hant-TW-x-a;q=1.000", ";;=,\x00\xff-", strings.Repeat("a-", 600)} {
		f.Add(header)
	}
	f.Fuzz(func(t *testing.T, header string) {
		got, found := language.Lookup(header, offered)
		if got == "" && found || got != "" && !slices.Contains(offered, got) {
			t.Fatalf("%q, %v", got, found)
		}
		if got != "" && language.Refuses(header, got) {
			t.Fatalf("%q is refused", got)
		}
		if got == "" {
			for _, locale := range offered {
				if !language.Refuses(header, locale) {
					t.Fatalf("nothing is chosen, though %q is not refused", locale)
				}
			}
		}
	})
}
