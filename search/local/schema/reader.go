package schema

import (
	"encoding/json"
	"strings"
	"unicode/utf8"
)

// deepest is how deep objects and arrays may be in each other.
const deepest = 1000

// reader reads JSON several times as fast as package encoding/json does, which
// counts when a collection is opened. It takes no JSON that the package would not
// take.
type reader struct {
	s  string
	at int
}

// parse reads one JSON value. It is false for what is not JSON, or so unusual that
// it is left to package encoding/json.
func parse(b []byte) (any, bool) {
	r := reader{s: string(b)}
	if !utf8.ValidString(r.s) {
		return nil, false
	}
	v, ok := r.value(0)
	if !ok {
		return nil, false
	}
	r.space()
	return v, r.at == len(r.s)
}

// peek is the next byte after white space, 0 at the end.
func (r *reader) peek() byte {
	r.space()
	if r.at < len(r.s) {
		return r.s[r.at]
	}
	return 0
}

func (r *reader) space() {
	for r.at < len(r.s) {
		switch r.s[r.at] {
		case ' ', '\t', '\n', '\r':
			r.at++
		default:
			return
		}
	}
}

func (r *reader) value(depth int) (any, bool) {
	if depth > deepest {
		return nil, false
	}
	switch c := r.peek(); {
	case c == '{':
		return r.object(depth)
	case c == '[':
		return r.array(depth)
	case c == '"':
		return r.text()
	case c == '-' || c >= '0' && c <= '9':
		return r.number()
	case c == 't':
		return true, r.word("true")
	case c == 'f':
		return false, r.word("false")
	case c == 'n':
		return nil, r.word("null")
	}
	return nil, false
}

func (r *reader) word(w string) bool {
	if !strings.HasPrefix(r.s[r.at:], w) {
		return false
	}
	r.at += len(w)
	return true
}

func (r *reader) object(depth int) (any, bool) {
	r.at++
	out := make(map[string]any, 8)
	if r.peek() == '}' {
		r.at++
		return out, true
	}
	for {
		if r.peek() != '"' {
			return nil, false
		}
		key, ok := r.text()
		if !ok || r.peek() != ':' {
			return nil, false
		}
		r.at++
		v, ok := r.value(depth + 1)
		if !ok {
			return nil, false
		}
		out[key] = v
		switch r.peek() {
		case ',':
			r.at++
		case '}':
			r.at++
			return out, true
		default:
			return nil, false
		}
	}
}

func (r *reader) array(depth int) (any, bool) {
	r.at++
	out := []any{}
	if r.peek() == ']' {
		r.at++
		return out, true
	}
	for {
		v, ok := r.value(depth + 1)
		if !ok {
			return nil, false
		}
		out = append(out, v)
		switch r.peek() {
		case ',':
			r.at++
		case ']':
			r.at++
			return out, true
		default:
			return nil, false
		}
	}
}

// text reads a string.
func (r *reader) text() (string, bool) {
	start := r.at + 1
	for i := start; i < len(r.s); i++ {
		switch c := r.s[i]; {
		case c == '"':
			r.at = i + 1
			return r.s[start:i], true
		case c == '\\':
			return r.escaped(start - 1)
		case c < ' ':
			return "", false
		}
	}
	return "", false
}

// escaped reads a string with escape sequences that begins at a quotation mark.
func (r *reader) escaped(start int) (string, bool) {
	for i := start + 1; i < len(r.s); i++ {
		switch r.s[i] {
		case '\\':
			i++
		case '"':
			var out string
			if json.Unmarshal([]byte(r.s[start:i+1]), &out) != nil {
				return "", false
			}
			r.at = i + 1
			return out, true
		}
	}
	return "", false
}

func (r *reader) number() (any, bool) {
	start := r.at
	if r.s[r.at] == '-' {
		r.at++
	}
	zero := r.at < len(r.s) && r.s[r.at] == '0'
	if n := r.digits(); n == 0 || zero && n > 1 {
		return nil, false
	}
	if r.at < len(r.s) && r.s[r.at] == '.' {
		r.at++
		if r.digits() == 0 {
			return nil, false
		}
	}
	if r.at < len(r.s) && r.s[r.at]|0x20 == 'e' {
		r.at++
		if r.at < len(r.s) && (r.s[r.at] == '+' || r.s[r.at] == '-') {
			r.at++
		}
		if r.digits() == 0 {
			return nil, false
		}
	}
	return json.Number(r.s[start:r.at]), true
}

func (r *reader) digits() int {
	start := r.at
	for r.at < len(r.s) && r.s[r.at] >= '0' && r.s[r.at] <= '9' {
		r.at++
	}
	return r.at - start
}
