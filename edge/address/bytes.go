package address

// What a byte may be without percent-encoding (RFC 3986, section 2 and 3.3).
const (
	unreserved = 1 << iota
	pathByte
	queryByte
)

var class = classes()

func classes() (table [256]uint8) {
	set := func(chars string, bits uint8) {
		for i := 0; i < len(chars); i++ {
			table[chars[i]] |= bits
		}
	}
	const all = unreserved | pathByte | queryByte
	set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~", all)
	set("!$&()*+,;=:@/", pathByte|queryByte)
	set("'", pathByte) // URL parsers encode it in a query
	set("?%", queryByte)
	return table
}

func isHex(c byte) bool {
	return c >= '0' && c <= '9' || c >= 'a' && c <= 'f' || c >= 'A' && c <= 'F'
}

func unhex(c byte) byte {
	switch {
	case c <= '9':
		return c - '0'
	case c <= 'F':
		return c - 'A' + 10
	default:
		return c - 'a' + 10
	}
}

func appendEscape(dst []byte, c byte) []byte {
	const digits = "0123456789ABCDEF"
	return append(dst, '%', digits[c>>4], digits[c&15])
}
