package plainjson

// Hex reads a string of so many bytes in hexadecimal digits into to. (Package
// encoding/hex words its errors with package fmt, which would be a sixth of
// the edge's module.)
func (r *Reader) Hex(to []byte) { r.hex(r.String(), to) }

// HexOf is Hex for one of two lengths; after the shorter one the rest of to
// stays as it is.
func (r *Reader) HexOf(to []byte, shorter int) {
	text := r.String()
	if len(text) == 2*shorter {
		to = to[:shorter]
	}
	r.hex(text, to)
}

func (r *Reader) hex(text string, to []byte) {
	if !DecodeHex(to, text) {
		r.Fail()
	}
}

// DecodeHex fills to with what a text spells, no more and no less, and says
// whether it does.
func DecodeHex(to []byte, text string) bool {
	if len(text) != 2*len(to) {
		return false
	}
	for i := range to {
		high, ok1 := digit(text[2*i])
		low, ok2 := digit(text[2*i+1])
		if !ok1 || !ok2 {
			return false
		}
		to[i] = high<<4 | low
	}
	return true
}

func digit(c byte) (byte, bool) {
	switch {
	case c >= '0' && c <= '9':
		return c - '0', true
	case c >= 'a' && c <= 'f':
		return c - 'a' + 10, true
	case c >= 'A' && c <= 'F':
		return c - 'A' + 10, true
	}
	return 0, false
}
