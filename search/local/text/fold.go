package text

import (
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// spelled holds letters that have no decomposition but an usual ASCII spelling.
var spelled = map[rune]string{
	'ß': "ss", 'ẞ': "SS", 'æ': "ae", 'Æ': "AE", 'œ': "oe", 'Œ': "OE", 'ø': "o", 'Ø': "O",
	'đ': "d", 'Đ': "D", 'ð': "d", 'Ð': "D", 'þ': "th", 'Þ': "TH", 'ł': "l", 'Ł': "L",
	'ı': "i", 'ħ': "h", 'Ħ': "H", 'ŋ': "ng", 'ŧ': "t", 'Ŧ': "T", 'ĸ': "q", 'ƒ': "f",
	'€': "EUR", '£': "GBP", '¥': "JPY", '©': "C", '®': "R", '™': "TM", '×': "x", 'µ': "u",
	'ª': "a", 'º': "o",
	// punctuation with an ASCII look-alike: written as nothing, as ASCII punctuation is
	'‘': "", '’': "", '‚': "", '‛': "", '“': "", '”': "", '„': "", '‐': "", '‑': "", '‒': "", '–': "", '—': "",
	'―': "", '…': "", '•': "", '«': "", '»': "", '‹': "", '›': "", '¡': "", '¿': "", '·': "", '\u00a0': "",
	'\u2002': "", '\u2003': "", '\u2009': "", '\u200b': "", '\u00ad': "", '\ufeff': "", '°': "", '´': "", '¨': "", '¸': "",
	'¯': "", '¦': "", '¬': "", '÷': "", '±': "", '′': "", '″': "", '⁄': "",
}

// fold returns the ASCII letters and digits, in lower case, that stand for one
// character, or the character itself where ASCII has nothing for it (Cyrillic,
// kanji, emoji). seq is one UTF-8 sequence above ASCII.
func fold(seq string) []byte {
	r, size := utf8.DecodeRuneInString(seq)
	if r == utf8.RuneError || size != len(seq) {
		return []byte(seq)
	}
	if s, ok := spelled[r]; ok {
		return letters(nil, s)
	}
	var out []byte
	for _, d := range norm.NFKD.String(seq) {
		switch {
		case d < 128:
			out = letters(out, string(d))
		case unicode.Is(unicode.Mn, d):
			// an accent: dropped
		default:
			if s, ok := spelled[d]; ok {
				out = letters(out, s)
				continue
			}
			return []byte(seq)
		}
	}
	if out == nil && unicode.Is(unicode.Mn, r) {
		return []byte(seq) // an accent on its own stays
	}
	return out
}

func letters(dst []byte, s string) []byte {
	for i := 0; i < len(s); i++ {
		if isAlnum(s[i]) {
			dst = append(dst, lower(s[i]))
		}
	}
	return dst
}
