package site

import (
	"strings"

	"github.com/stagedoor/stagedoor/edge/address"
)

// IsHostname says whether h is a hostname in canonical form: lower-case
// letters, digits, hyphens and dots, no port, no trailing dot, at most 253
// bytes, labels of at most 63. International names are in their xn-- form.
func IsHostname(h string) bool {
	if h == "" || len(h) > 253 {
		return false
	}
	label := 0
	for i := 0; i < len(h); i++ {
		switch c := h[i]; {
		case c >= 'a' && c <= 'z' || c >= '0' && c <= '9':
			label++
		case c == '-':
			if label == 0 || i+1 == len(h) || h[i+1] == '.' {
				return false
			}
			label++
		case c == '.':
			if label == 0 || i+1 == len(h) {
				return false
			}
			label = 0
		default:
			return false
		}
		if label > 63 {
			return false
		}
	}
	return true
}

// SplitURL takes an http or https URL apart, "" for all of any other. rest is
// everything from the first slash, question mark or hash.
func SplitURL(url string) (scheme, authority, rest string) {
	switch {
	case strings.HasPrefix(url, "https://"):
		scheme = "https"
	case strings.HasPrefix(url, "http://"):
		scheme = "http"
	default:
		return "", "", ""
	}
	authority = url[len(scheme)+3:]
	if i := strings.IndexAny(authority, "/?#"); i >= 0 {
		authority, rest = authority[:i], authority[i:]
	}
	return scheme, authority, rest
}

// Under says whether a path is prefix or lies below it: "/panto" holds
// "/panto" and "/panto/cast", not "/pantomime".
func Under(path, prefix string) bool {
	if !strings.HasPrefix(path, prefix) {
		return len(prefix) == len(path)+1 && prefix[len(path)] == '/' && strings.HasPrefix(prefix, path)
	}
	return len(path) == len(prefix) || path[len(prefix)] == '/' || strings.HasSuffix(prefix, "/")
}

func underAny(path string, prefixes []string) bool {
	for _, prefix := range prefixes {
		if Under(path, prefix) {
			return true
		}
	}
	return false
}

func isHostPort(authority string) bool {
	hostname, port, found := strings.Cut(authority, ":")
	if !IsHostname(hostname) {
		return false
	}
	return !found || address.IsPort(port)
}

// IsID says whether s can be a site's ID: lower-case letters, digits and
// hyphens, 1 to 63 long, not beginning with a hyphen.
func IsID(s string) bool { return isSlug(s) }

func isSlug(s string) bool {
	if s == "" || len(s) > 63 || s[0] == '-' {
		return false
	}
	for i := 0; i < len(s); i++ {
		c := s[i]
		if !(c >= 'a' && c <= 'z' || c >= '0' && c <= '9' || c == '-') {
			return false
		}
	}
	return true
}

func isUpper(s string, length int) bool {
	if len(s) != length {
		return false
	}
	for i := 0; i < len(s); i++ {
		if s[i] < 'A' || s[i] > 'Z' {
			return false
		}
	}
	return true
}

// isLocale accepts language-REGION, which is all the house uses.
func isLocale(s string) bool {
	return len(s) == 5 && s[2] == '-' && isUpper(s[3:], 2) &&
		s[0] >= 'a' && s[0] <= 'z' && s[1] >= 'a' && s[1] <= 'z'
}

func isColour(s string) bool {
	if len(s) != 7 || s[0] != '#' {
		return false
	}
	for i := 1; i < len(s); i++ {
		c := s[i]
		if !(c >= '0' && c <= '9' || c >= 'a' && c <= 'f' || c >= 'A' && c <= 'F') {
			return false
		}
	}
	return true
}

// isURLText says whether s may stand in a Location header and means the same
// to every browser: browsers read a backslash as a slash.
func isURLText(s string) bool {
	for i := 0; i < len(s); i++ {
		if c := s[i]; c <= ' ' || c >= 0x7f || c == '\\' || c == '"' || c == '<' || c == '>' || c == '`' {
			return false
		}
	}
	return true
}

func isPathPrefix(path string) bool {
	return path != "" && path[0] == '/' && !strings.HasPrefix(path, "//") &&
		isURLText(path) && !strings.ContainsAny(path, "?#")
}

// isSource says whether source names whose pages, scripts or data are meant: a
// host, maybe all below it, with or without scheme, port and path. What would
// mean everybody's, such as *, https: or 'unsafe-inline', is none.
func isSource(source string) bool {
	if !isURLText(source) || strings.ContainsAny(source, ";,'") {
		return false
	}
	for _, scheme := range []string{"https://", "http://", "wss://", "ws://"} {
		if rest, ok := strings.CutPrefix(source, scheme); ok {
			source = rest
			break
		}
	}
	authority, _, _ := strings.Cut(source, "/")
	authority = strings.TrimSuffix(authority, ":*")
	if below, ok := strings.CutPrefix(authority, "*."); ok {
		return isHostPort(below) && strings.Contains(below, ".")
	}
	return isHostPort(authority)
}
