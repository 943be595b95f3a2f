// Package text turns strings into the words an index holds and finds the words
// that a misspelt or unfinished query word may mean.
//
// Its rules are those of Typesense, so that the same query finds the same
// documents: what a word is, which letters lose their accents, how far a typo
// may go, and in which order candidate words are tried.
package text

import (
	"github.com/blevesearch/snowballstem"
	"github.com/blevesearch/snowballstem/english"
)

// MaxWord is the length, in bytes, beyond which a word is cut in the index and
// in a query.
const MaxWord = 100

// Token is one word of a text.
type Token struct {
	Text  string // folded to lower case ASCII where it can be
	Start int    // byte offset of its first byte in the text
	End   int    // byte offset after its last byte
}

// Analyzer splits text into words. The zero Analyzer splits at spaces and drops
// punctuation. It is immutable and safe for concurrent use.
type Analyzer struct {
	symbols    [128]bool // ASCII characters kept as if they were letters
	separators [128]bool // ASCII characters that end a word, besides space
	locale     string
	stem       bool
}

// NewAnalyzer makes an Analyzer. symbols and separators hold one ASCII
// character each; locale is "" for English-like text or an ISO 639-1 code, for
// which words are found by Unicode's rules and keep their accents.
func NewAnalyzer(symbols, separators []string, locale string, stem bool) *Analyzer {
	a := &Analyzer{locale: locale, stem: stem}
	mark(&a.symbols, symbols)
	mark(&a.separators, separators)
	return a
}

// With returns a copy that also indexes the given symbols.
func (a *Analyzer) With(symbols ...string) *Analyzer {
	b := *a
	mark(&b.symbols, symbols)
	return &b
}

// Unstemmed returns a copy that leaves words as they are written.
func (a *Analyzer) Unstemmed() *Analyzer {
	b := *a
	b.stem = false
	return &b
}

// Stems says whether words are cut to their stems.
func (a *Analyzer) Stems() bool { return a.stem }

// Locale is the locale given to NewAnalyzer.
func (a *Analyzer) Locale() string { return a.locale }

// Symbol says whether the ASCII character c is indexed though it is no letter.
func (a *Analyzer) Symbol(c byte) bool { return c < 128 && a.symbols[c] }

func mark(set *[128]bool, chars []string) {
	for _, s := range chars {
		if len(s) == 1 && s[0] < 128 {
			set[s[0]] = true
		}
	}
}

// plain says whether words are found byte by byte rather than by Unicode's
// word rules.
func (a *Analyzer) plain() bool { return a.locale == "" || a.locale == "en" }

// kind of an ASCII character.
type kind int

const (
	kept kind = iota
	splits
	skipped
)

func (a *Analyzer) kind(c byte) kind {
	switch {
	case isAlnum(c), a.symbols[c]:
		return kept
	case c == ' ', c == '\n', a.separators[c]:
		return splits
	}
	return skipped
}

// Skips says whether c is an ASCII character that is no part of a word.
func (a *Analyzer) Skips(c byte) bool { return c < 128 && a.kind(c) != kept }

// Tokens returns the words of s in their order.
func (a *Analyzer) Tokens(s string) []Token {
	var out []Token
	a.Each(s, func(t Token) bool {
		out = append(out, t)
		return true
	})
	return out
}

// Words returns the words of s without their places.
func (a *Analyzer) Words(s string) []string {
	var out []string
	a.Each(s, func(t Token) bool {
		out = append(out, t.Text)
		return true
	})
	return out
}

// Each calls yield for every word of s, in order, until it returns false.
func (a *Analyzer) Each(s string, yield func(Token) bool) {
	if !a.plain() {
		a.eachUnicode(s, yield)
		return
	}
	var word []byte
	start := 0
	emit := func(end int) bool {
		t := Token{Text: a.finish(string(word)), Start: start, End: end}
		word = word[:0]
		return yield(t)
	}
	for i := 0; i < len(s); {
		c := s[i]
		if c < 128 {
			switch a.kind(c) {
			case kept:
				if len(word) == 0 {
					start = i
				}
				word = append(word, lower(c))
			case splits:
				if len(word) > 0 && !emit(i) {
					return
				}
			}
			i++
			continue
		}
		if len(word) == 0 {
			start = i
		}
		n := sequence(s[i:])
		word = append(word, fold(s[i:i+n])...)
		i += n
	}
	if len(word) > 0 {
		emit(len(s))
	}
}

func (a *Analyzer) finish(word string) string {
	if a.stem {
		return Stem(word)
	}
	return word
}

// Stem cuts an English word to its stem.
func Stem(word string) string {
	env := snowballstem.NewEnv(word)
	english.Stem(env)
	return env.Current()
}

// sequence is the length of the UTF-8 sequence that s begins with; s begins
// with a byte above 127.
func sequence(s string) int {
	n := 1
	for n < 4 && n < len(s) && s[n]&0xC0 == 0x80 {
		n++
	}
	return n
}

func isAlnum(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9'
}

func lower(c byte) byte {
	if c >= 'A' && c <= 'Z' {
		return c + 'a' - 'A'
	}
	return c
}

// Cut shortens a word to MaxWord bytes.
func Cut(word string) string {
	if len(word) > MaxWord {
		return word[:MaxWord]
	}
	return word
}

// SortKey is the form of s by which string fields are sorted: folded like a word,
// but with its spaces. Letters that are not ASCII come before those that are, as
// Typesense compares bytes as signed numbers.
func SortKey(s string) string {
	var b []byte
	for i := 0; i < len(s); {
		c := s[i]
		if c < 128 {
			if isAlnum(c) || c == ' ' {
				b = append(b, lower(c))
			}
			i++
			continue
		}
		n := sequence(s[i:])
		b = append(b, fold(s[i:i+n])...)
		i += n
	}
	for i := range b {
		b[i] ^= 0x80
	}
	return string(b)
}
