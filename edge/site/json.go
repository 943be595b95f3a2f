package site

import (
	"errors"
	"strconv"
	"unicode/utf16"
	"unicode/utf8"
)

// jsonReader reads one JSON text without reflection, which under TinyGo would
// cost more than the rest of the edge together. The first fault sticks in err
// and every later read returns zero.
type jsonReader struct {
	text  []byte
	at    int
	depth int
	err   error
}

const maxJSONDepth = 32

var errJSON = errors.New("is not valid JSON")

func (r *jsonReader) fail() {
	if r.err == nil {
		r.err = errJSON
		r.at = len(r.text)
	}
}

// next skips white space and returns the byte there, 0 at the end.
func (r *jsonReader) next() byte {
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

func (r *jsonReader) take(c byte) bool {
	if r.next() != c {
		return false
	}
	r.at++
	return true
}

func (r *jsonReader) expect(c byte) {
	if !r.take(c) {
		r.fail()
	}
}

func (r *jsonReader) word(w string) bool {
	if len(r.text)-r.at < len(w) || string(r.text[r.at:r.at+len(w)]) != w {
		return false
	}
	r.at += len(w)
	return true
}

// enter opens an object or array; a null in its place reads as an empty one.
func (r *jsonReader) enter(open byte) bool {
	if r.next() == 'n' {
		if !r.word("null") {
			r.fail()
		}
		return false
	}
	r.expect(open)
	if r.depth++; r.depth > maxJSONDepth {
		r.fail()
	}
	return r.err == nil
}

// object calls field for each key; field must read or skip the value.
func (r *jsonReader) object(field func(key string)) {
	if !r.enter('{') {
		return
	}
	for first := true; r.err == nil && !r.take('}'); first = false {
		if !first {
			r.expect(',')
		}
		key := r.string()
		r.expect(':')
		if r.err == nil {
			field(key)
		}
	}
	r.depth--
}

// array calls element for each element; element must read or skip it.
func (r *jsonReader) array(element func()) {
	if !r.enter('[') {
		return
	}
	for first := true; r.err == nil && !r.take(']'); first = false {
		if !first {
			r.expect(',')
		}
		if r.err == nil {
			element()
		}
	}
	r.depth--
}

func (r *jsonReader) boolean() bool {
	switch r.next() {
	case 't':
		if r.word("true") {
			return true
		}
	case 'f':
		if r.word("false") {
			return false
		}
	}
	r.fail()
	return false
}

func (r *jsonReader) integer() int {
	n, err := strconv.ParseInt(r.number(), 10, 32)
	if err != nil {
		r.fail()
	}
	return int(n)
}

// number returns the characters of a number in JSON's grammar.
func (r *jsonReader) number() string {
	r.next()
	start := r.at
	r.accept('-', '-')
	if !r.accept('0', '0') && r.digits() == 0 {
		r.fail()
		return ""
	}
	if r.accept('.', '.') && r.digits() == 0 {
		r.fail()
		return ""
	}
	if r.accept('e', 'e') || r.accept('E', 'E') {
		_ = r.accept('+', '+') || r.accept('-', '-')
		if r.digits() == 0 {
			r.fail()
			return ""
		}
	}
	return string(r.text[start:r.at])
}

// accept takes one byte of a range if it stands there.
func (r *jsonReader) accept(from, to byte) bool {
	if r.at < len(r.text) && r.text[r.at] >= from && r.text[r.at] <= to {
		r.at++
		return true
	}
	return false
}

func (r *jsonReader) digits() (n int) {
	for r.accept('0', '9') {
		n++
	}
	return n
}

// string reads a string and copies it, so that the document's bytes may be
// reused. Invalid UTF-8 is refused: it has no business in a document of ours.
func (r *jsonReader) string() string {
	r.expect('"')
	start := r.at
	for r.at < len(r.text) {
		switch c := r.text[r.at]; {
		case c == '"':
			raw := r.text[start:r.at]
			r.at++
			if !utf8.Valid(raw) {
				r.fail()
				return ""
			}
			return string(raw)
		case c == '\\':
			return r.escaped(start)
		case c < ' ':
			r.fail()
			return ""
		}
		r.at++
	}
	r.fail()
	return ""
}

// escaped goes on reading a string from its first escape.
func (r *jsonReader) escaped(start int) string {
	out := append(make([]byte, 0, 64), r.text[start:r.at]...)
	for r.at < len(r.text) {
		c := r.text[r.at]
		r.at++
		switch {
		case c == '"':
			if !utf8.Valid(out) {
				r.fail()
				return ""
			}
			return string(out)
		case c < ' ':
			r.fail()
			return ""
		case c != '\\':
			out = append(out, c)
		default:
			out = r.escape(out)
		}
	}
	r.fail()
	return ""
}

func (r *jsonReader) escape(out []byte) []byte {
	if r.at >= len(r.text) {
		r.fail()
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
	r.fail()
	return out
}

func (r *jsonReader) hex4() rune {
	if len(r.text)-r.at < 4 {
		r.fail()
		return 0
	}
	n, err := strconv.ParseUint(string(r.text[r.at:r.at+4]), 16, 16)
	if err != nil {
		r.fail()
		return 0
	}
	r.at += 4
	return rune(n)
}

// skip passes over any value.
func (r *jsonReader) skip() {
	switch r.next() {
	case '{':
		r.object(func(string) { r.skip() })
	case '[':
		r.array(r.skip)
	case '"':
		_ = r.string()
	case 't', 'f':
		r.boolean()
	case 'n':
		if !r.word("null") {
			r.fail()
		}
	default:
		r.number()
	}
}
