// Package address brings the parts of a request's URL into canonical form:
// hostname, path and query. It is where the edge decides that two spellings
// mean the same place, and every function is idempotent.
//
// The results pass a WHATWG URL parser unchanged, so what the edge signs is
// what crosses the wire to the origin.
package address

import (
	"errors"
	"strings"
	"unicode/utf8"
)

// ErrMalformed is returned for a path no canonical form exists for.
var ErrMalformed = errors.New("address: the path is malformed")

// IsCleanPath says whether path surely is in canonical form, in one quick
// pass. It may say false of a canonical path with percent-encoding in it.
func IsCleanPath(path string) bool {
	if path == "" || path[0] != '/' {
		return false
	}
	previous := byte(0)
	for i := 0; i < len(path); i++ {
		c := path[i]
		if class[c]&pathByte == 0 || (previous == '/' && (c == '/' || c == '.')) {
			return false
		}
		previous = c
	}
	return true
}

// AppendPath appends the canonical form of path, which begins with a slash.
//
// Backslashes count as slashes, as in browsers. Empty and dot segments are
// resolved, also when they are percent-encoded; a trailing slash stays.
// Percent-encoding is decoded where RFC 3986 calls it needless, upper-cased
// elsewhere and added where it is missing. An encoded slash or backslash stays
// encoded: it is part of a name, not a border. Control characters, encoded or
// not, broken encoding and invalid UTF-8 are ErrMalformed.
func AppendPath(dst []byte, path string) ([]byte, error) {
	if path == "" || path[0] != '/' {
		return dst, ErrMalformed
	}
	if IsCleanPath(path) {
		return append(dst, path...), nil
	}
	root := len(dst)
	dst = append(dst, '/')
	for i := 0; i < len(path); {
		i++ // the border
		end := i
		for end < len(path) && path[end] != '/' && path[end] != '\\' {
			end++
		}
		last := end == len(path)
		start := len(dst)
		var err error
		if dst, err = appendSegment(dst, path[i:end]); err != nil {
			return dst, err
		}
		switch segment := string(dst[start:]); {
		case segment == "" || segment == ".":
			dst = dst[:start]
		case segment == "..":
			dst = parent(dst[:start], root)
		case !last:
			dst = append(dst, '/')
		}
		if i = end; last {
			break
		}
	}
	return dst, nil
}

// parent removes the last segment of dst[root:], which ends in a slash.
func parent(dst []byte, root int) []byte {
	end := len(dst) - 1
	for end > root && dst[end-1] != '/' {
		end--
	}
	if end <= root {
		return dst[:root+1]
	}
	return dst[:end]
}

func appendSegment(dst []byte, segment string) ([]byte, error) {
	for i := 0; i < len(segment); i++ {
		c := segment[i]
		switch {
		case c == '%':
			if i+2 >= len(segment) || !isHex(segment[i+1]) || !isHex(segment[i+2]) {
				return dst, ErrMalformed
			}
			decoded := unhex(segment[i+1])<<4 | unhex(segment[i+2])
			if decoded < ' ' || decoded == 0x7f {
				return dst, ErrMalformed
			}
			if class[decoded]&unreserved != 0 {
				dst = append(dst, decoded)
			} else {
				dst = appendEscape(dst, decoded)
			}
			i += 2
		case class[c]&pathByte != 0:
			dst = append(dst, c)
		case c < ' ' || c == 0x7f:
			return dst, ErrMalformed
		case c < utf8.RuneSelf:
			dst = appendEscape(dst, c)
		default:
			r, size := utf8.DecodeRuneInString(segment[i:])
			// U+FFFD is what the runtime makes of bytes it could not read.
			if r == utf8.RuneError {
				return dst, ErrMalformed
			}
			for j := i; j < i+size; j++ {
				dst = appendEscape(dst, segment[j])
			}
			i += size - 1
		}
	}
	return dst, nil
}

// AppendQuery appends the canonical form of a query (without its question
// mark): bytes that may not stand in one are percent-encoded, the rest is left
// exactly as it is. There is no malformed query.
func AppendQuery(dst []byte, query string) []byte {
	for i := 0; i < len(query); i++ {
		if c := query[i]; class[c]&queryByte != 0 {
			dst = append(dst, c)
		} else {
			dst = appendEscape(dst, c)
		}
	}
	return dst
}

// IsCleanQuery says whether AppendQuery would change nothing.
func IsCleanQuery(query string) bool {
	for i := 0; i < len(query); i++ {
		if class[query[i]]&queryByte == 0 {
			return false
		}
	}
	return true
}

// Split takes a request target apart at the first question mark.
func Split(target string) (path, query string, hasQuery bool) {
	return strings.Cut(target, "?")
}
