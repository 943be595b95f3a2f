package text

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// eachUnicode finds words as Unicode's default word boundaries do, for fields
// with a locale. Letters keep their accents and non-ASCII words their case.
// Scripts written without spaces are split where the script changes, and
// ideographs one by one: a dictionary would find longer words.
func (a *Analyzer) eachUnicode(s string, yield func(Token) bool) {
	for i := 0; i < len(s); {
		n := boundary(s[i:])
		word := s[i : i+n]
		if text, ok := a.word(word); ok {
			if !yield(Token{Text: a.finish(text), Start: i, End: i + n}) {
				return
			}
		}
		i += n
	}
}

// word says whether a segment is indexed, and as what.
func (a *Analyzer) word(w string) (string, bool) {
	c := w[0]
	if c >= 128 {
		r, _ := utf8.DecodeRuneInString(w)
		if unicode.IsSpace(r) || unicode.IsPunct(r) {
			return "", false
		}
		return w, true
	}
	if isAlnum(c) {
		return strings.Map(func(r rune) rune {
			if r < 128 {
				return rune(lower(byte(r)))
			}
			return r
		}, w), true
	}
	return w, a.symbols[c]
}

// class of a character for finding word boundaries.
type class int

const (
	other class = iota
	letter
	digit
	ideograph
	hiragana
	katakana
)

func classOf(r rune) class {
	switch {
	case unicode.Is(unicode.Han, r):
		return ideograph
	case unicode.Is(unicode.Hiragana, r):
		return hiragana
	case unicode.Is(unicode.Katakana, r), r == 'ー':
		return katakana
	case unicode.IsLetter(r), unicode.Is(unicode.Mn, r), r == '_':
		return letter
	case unicode.IsDigit(r):
		return digit
	}
	return other
}

// boundary is the length of the first segment of s, which is not empty.
func boundary(s string) int {
	r, n := utf8.DecodeRuneInString(s)
	first := classOf(r)
	if first == other || first == ideograph {
		return n
	}
	last := first
	for n < len(s) {
		r, size := utf8.DecodeRuneInString(s[n:])
		c := classOf(r)
		if joins(last, c) {
			last, n = c, n+size
			continue
		}
		// one apostrophe, point or colon between letters or digits stays inside
		if c == other && inner(r, last) && n+size < len(s) {
			next, m := utf8.DecodeRuneInString(s[n+size:])
			if d := classOf(next); d == last && (d == letter || d == digit) {
				n += size + m
				continue
			}
		}
		break
	}
	return n
}

func joins(a, b class) bool {
	if a == letter || a == digit {
		return b == letter || b == digit
	}
	return a == b
}

func inner(r rune, c class) bool {
	switch r {
	case '\'', '.', '’':
		return true
	case ':', '·':
		return c == letter
	case ',', ';':
		return c == digit
	}
	return false
}
