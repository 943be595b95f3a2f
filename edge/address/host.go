package address

import "strings"

// MaxHost is the longest hostname AppendHost accepts, in bytes.
const MaxHost = 253

// SplitHost takes the authority of a request apart. port is "" when absent;
// ok is false when the authority cannot be a hostname and a port.
func SplitHost(authority string) (hostname, port string, ok bool) {
	hostname, port, found := strings.Cut(authority, ":")
	if found && !IsPort(port) {
		return "", "", false
	}
	if hostname == "" || len(hostname) > MaxHost+1 {
		return "", "", false
	}
	for i := 0; i < len(hostname); i++ {
		c := hostname[i]
		if !(c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '-' || c == '.' || c == '_') {
			return "", "", false
		}
	}
	return hostname, port, true
}

// AppendHost appends a hostname, split off by SplitHost, in canonical form:
// lower-case and without the trailing dot of a fully qualified name.
// International names arrive as xn-- labels, as browsers send them.
func AppendHost(dst []byte, hostname string) []byte {
	hostname = strings.TrimSuffix(hostname, ".")
	for i := 0; i < len(hostname); i++ {
		c := hostname[i]
		if c >= 'A' && c <= 'Z' {
			c += 'a' - 'A'
		}
		dst = append(dst, c)
	}
	return dst
}

// IsCleanHost says whether AppendHost would change nothing.
func IsCleanHost(hostname string) bool {
	for i := 0; i < len(hostname); i++ {
		if c := hostname[i]; c >= 'A' && c <= 'Z' {
			return false
		}
	}
	return !strings.HasSuffix(hostname, ".")
}

// maxPort is the highest there is.
const maxPort = 65535

// IsPort says whether port is a number that can be one, in one to five digits.
func IsPort(port string) bool {
	if port == "" || len(port) > 5 {
		return false
	}
	n := 0
	for i := 0; i < len(port); i++ {
		if port[i] < '0' || port[i] > '9' {
			return false
		}
		n = n*10 + int(port[i]-'0')
	}
	return n > 0 && n <= maxPort
}
