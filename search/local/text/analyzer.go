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

// Analyzer splits text into words. Make it with NewAnalyzer. It is immutable and
// safe for concurrent use.
type Analyzer struct {
	symbols    [128]bool // ASCII characters kept as if they were letters
	separators [128]bool // ASCII characters that end a word, besides space
	kinds      [128]kind
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
	a.sort()
	return a
}

// With returns a copy that also indexes the given symbols.
func (a *Analyzer) With(symbols ...string) *Analyzer {
	b := *a
	mark(&b.symbols, symbols)
	b.sort()
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
type kind uint8

const (
	kept kind = iota
	splits
	skipped
)

// sort finds out the kinds of all characters.
func (a *Analyzer) sort() {
	for i := range a.kinds {
		switch c := byte(i); {
		case isAlnum(c), a.symbols[c]:
			a.kinds[c] = kept
		case c == ' ', c == '\n', a.separators[c]:
			a.kinds[c] = splits
		default:
			a.kinds[c] = skipped
		}
	}
}

// Skips says whether c is an ASCII character that is no part of a word.
func (a *Analyzer) Skips(c byte) bool { return c < 128 && a.kinds[c] != kept }

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

// Each calls yield for every word of s, in order, until it returns false. Words
// may be parts of s.
func (a *Analyzer) Each(s string, yield func(Token) bool) {
	if !a.plain() {
		a.eachUnicode(s, yield)
		return
	}
	w := builder{s: s}
	for i := 0; i < len(s); {
		c := s[i]
		if c < 128 {
			switch a.kinds[c] {
			case kept:
				w.add(i, lower(c))
			case splits:
				if w.begun && !yield(a.token(&w, i)) {
					return
				}
			}
			i++
			continue
		}
		n := sequence(s[i:])
		w.fold(i, n)
		i += n
	}
	if w.begun {
		yield(a.token(&w, len(s)))
	}
}

func (a *Analyzer) token(w *builder, end int) Token {
	t := Token{Text: a.finish(w.word()), Start: w.start, End: end}
	w.begun = false
	return t
}

// builder builds a word. As long as it is just as it is written it is not
// copied.
type builder struct {
	s      string
	begun  bool
	start  int // of the word in s
	end    int // of the part of s that is the word, unless it is copied
	copied bool
	own    []byte
}

func (w *builder) begin(i int) {
	if !w.begun {
		w.begun, w.start, w.end, w.copied = true, i, i, false
	}
}

// add adds the byte c for what is at i.
func (w *builder) add(i int, c byte) {
	w.begin(i)
	if !w.copied && w.end == i && w.s[i] == c {
		w.end++
		return
	}
	w.diverge()
	w.own = append(w.own, c)
}

// fold adds the sequence of n bytes at i.
func (w *builder) fold(i, n int) {
	letters := fold(w.s[i : i+n])
	if len(letters) == 0 && !w.begun {
		return
	}
	w.begin(i)
	w.diverge()
	w.own = append(w.own, letters...)
}

func (w *builder) diverge() {
	if !w.copied {
		w.own, w.copied = append(w.own[:0], w.s[w.start:w.end]...), true
	}
}

func (w *builder) word() string {
	if w.copied {
		return string(w.own)
	}
	return w.s[w.start:w.end]
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
