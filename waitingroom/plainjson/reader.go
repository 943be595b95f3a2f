// Package plainjson reads and writes JSON without reflection, which under
// TinyGo would cost more than the rest of a module of ours together.
package plainjson

import (
	"errors"
	"strconv"
	"unicode/utf16"
	"unicode/utf8"
)

// Reader reads one JSON text. The first fault sticks, and every later read
// returns zero.
type Reader struct {
	text  []byte
	at    int
	depth int
	err   error
}

const maxJSONDepth = 32

var errJSON = errors.New("is not valid JSON")

// Read begins reading a text.
func Read(text []byte) Reader { return Reader{text: text} }

// End says what was wrong with the text, nil if nothing: also that something
// stands behind what was read.
func (r *Reader) End() error {
	if r.Next() != 0 || r.at != len(r.text) {
		r.Fail()
	}
	return r.err
}

// Fail notes that a value is not what was expected.
func (r *Reader) Fail() {
	if r.err == nil {
		r.err = errJSON
		r.at = len(r.text)
	}
}

// Next skips white space and returns the byte there, 0 at the end.
func (r *Reader) Next() byte {
	for r.at < len(r.text) {
		switch c := r.text[r.at]; c {
		case ' ', '\t', '\r', '\n':
			r.at++
		default:
			return c
		}
	}
	return 0
}

// Take takes a character if it comes next.
func (r *Reader) Take(c byte) bool {
	if r.Next() != c {
		return false
	}
	r.at++
	return true
}

func (r *Reader) expect(c byte) {
	if !r.Take(c) {
		r.Fail()
	}
}

func (r *Reader) word(w string) bool {
	if len(r.text)-r.at < len(w) || string(r.text[r.at:r.at+len(w)]) != w {
		return false
	}
	r.at += len(w)
	return true
}

// enter opens an object or array; a null in its place reads as an empty one.
func (r *Reader) enter(open byte) bool {
	if r.Next() == 'n' {
		if !r.word("null") {
			r.Fail()
		}
		return false
	}
	r.expect(open)
	if r.depth++; r.depth > maxJSONDepth {
		r.Fail()
	}
	return r.err == nil
}

// Object calls field for each key; field must read or skip the value.
func (r *Reader) Object(field func(key string)) {
	if !r.enter('{') {
		return
	}
	for first := true; r.err == nil && !r.Take('}'); first = false {
		if !first {
			r.expect(',')
		}
		key := r.String()
		r.expect(':')
		if r.err == nil {
			field(key)
		}
	}
	r.depth--
}

// Array calls element for each element; element must read or skip it.
func (r *Reader) Array(element func()) {
	if !r.enter('[') {
		return
	}
	for first := true; r.err == nil && !r.Take(']'); first = false {
		if !first {
			r.expect(',')
		}
		if r.err == nil {
			element()
		}
	}
	r.depth--
}

// Boolean reads true or false.
func (r *Reader) Boolean() bool {
	switch r.Next() {
	case 't':
		if r.word("true") {
			return true
		}
	case 'f':
		if r.word("false") {
			return false
		}
	}
	r.Fail()
	return false
}

// Integer reads a whole number of 32 bits.
func (r *Reader) Integer() int {
	n, err := strconv.ParseInt(r.Number(), 10, 32)
	if err != nil {
		r.Fail()
	}
	return int(n)
}

// Number returns the characters of a number in JSON's grammar.
func (r *Reader) Number() string {
	r.Next()
	start := r.at
	r.accept('-', '-')
	if !r.accept('0', '0') && r.digits() == 0 {
		r.Fail()
		return ""
	}
	if r.accept('.', '.') && r.digits() == 0 {
		r.Fail()
		return ""
	}
	if r.accept('e', 'e') || r.accept('E', 'E') {
		_ = r.accept('+', '+') || r.accept('-', '-')
		if r.digits() == 0 {
			r.Fail()
			return ""
		}
	}
	return string(r.text[start:r.at])
}

// accept takes one byte of a range if it stands there.
func (r *Reader) accept(from, to byte) bool {
	if r.at < len(r.text) && r.text[r.at] >= from && r.text[r.at] <= to {
		r.at++
		return true
	}
	return false
}

func (r *Reader) digits() (n int) {
	for r.accept('0', '9') {
		n++
	}
	return n
}

// String reads a string and copies it, so that the document's bytes may be
// reused. Invalid UTF-8 is refused: it has no business in a document of ours.
func (r *Reader) String() string {
	r.expect('"')
	start := r.at
	for r.at < len(r.text) {
		switch c := r.text[r.at]; {
		case c == '"':
			raw := r.text[start:r.at]
			r.at++
			if !utf8.Valid(raw) {
				r.Fail()
				return ""
			}
			return string(raw)
		case c == '\\':
			return r.escaped(start)
		case c < ' ':
			r.Fail()
			return ""
		}
		r.at++
	}
	r.Fail()
	return ""
}

// escaped goes on reading a string from its first escape.
func (r *Reader) escaped(start int) string {
	out := append(make([]byte, 0, 64), r.text[start:r.at]...)
	for r.at < len(r.text) {
		c := r.text[r.at]
		r.at++
		switch {
		case c == '"':
			if !utf8.Valid(out) {
				r.Fail()
				return ""
			}
			return string(out)
		case c < ' ':
			r.Fail()
			return ""
		case c != '\\':
			out = append(out, c)
		default:
			out = r.escape(out)
		}
	}
	r.Fail()
	return ""
}

func (r *Reader) escape(out []byte) []byte {
	if r.at >= len(r.text) {
		r.Fail()
		return out
	}
	c := r.text[r.at]
	r.at++
	switch c {
	case '"', '\\', '/':
		return append(out, c)
	case 'b':
		return append(out, '\b')
	case 'f':
		return append(out, '\f')
	case 'n':
		return append(out, '\n')
	case 'r':
		return append(out, '\r')
	case 't':
		return append(out, '\t')
	case 'u':
		code := r.hex4()
		if utf16.IsSurrogate(code) {
			if r.at+1 < len(r.text) && r.text[r.at] == '\\' && r.text[r.at+1] == 'u' {
				r.at += 2
				code = utf16.DecodeRune(code, r.hex4())
			} else {
				code = utf8.RuneError
			}
		}
		return utf8.AppendRune(out, code)
	}
	r.Fail()
	return out
}

func (r *Reader) hex4() rune {
	if len(r.text)-r.at < 4 {
		r.Fail()
		return 0
	}
	n, err := strconv.ParseUint(string(r.text[r.at:r.at+4]), 16, 16)
	if err != nil {
		r.Fail()
		return 0
	}
	r.at += 4
	return rune(n)
}

// Skip passes over any value.
func (r *Reader) Skip() {
	switch r.Next() {
	case '{':
		r.Object(func(string) { r.Skip() })
	case '[':
		r.Array(r.Skip)
	case '"':
		_ = r.String()
	case 't', 'f':
		r.Boolean()
	case 'n':
		if !r.word("null") {
			r.Fail()
		}
	default:
		r.Number()
	}
}
