// Package wire is the form in which a request enters the Wasm module and a
// plan leaves it: lines of text, because a JavaScript runtime turns one string
// into bytes, and bytes into one string, much faster than many.
//
// A request is
//
//	method LF url LF client address LF network LF down pools LF failed pools LF
//	(name ":" value LF)*
//
// where network is country, ASN, bot score, verified ("1" or "0") and region,
// with a space between and "-" for what is unknown, and a plan is
//
//	action LF hostname LF refresh LF reason LF status LF body length LF
//	pool LF origin LF target LF
//	cache key LF cache TTL LF stale LF cache tags LF fill LF count LF room LF
//	number LF (change name LF value LF)*    to the request sent to the origin
//	number LF (change name LF value LF)*    to the response
//	number LF (filter " " kind " " reason LF)*    the trace, if asked for
//
// followed at once by the body.
package wire

import (
	"errors"
	"strconv"
	"strings"
	"unsafe"

	"github.com/stagedoor/stagedoor/edge/chain"
)

// ErrMalformed is returned for a request that is not in this form.
var ErrMalformed = errors.New("wire: malformed request")

// ParseRequest reads a request into r, whose strings are then views of b. It
// keeps r.Fields' memory. The URL is absolute and is taken apart, not judged.
func ParseRequest(b []byte, r *chain.Request) error {
	fields := r.Fields[:0]
	*r = chain.Request{Fields: fields}
	r.Method, b, _ = cutLine(b)
	url, b, _ := cutLine(b)
	r.RemoteIP, b, _ = cutLine(b)
	network, b, _ := cutLine(b)
	r.DownPools, b, _ = cutLine(b)
	failed, b, complete := cutLine(b)
	if r.FailedPools = failed; !complete {
		return ErrMalformed
	}
	if err := splitURL(url, r); err != nil {
		return err
	}
	r.Network = parseNetwork(network)
	for len(b) > 0 {
		line, next, ok := cutLine(b)
		if !ok {
			return ErrMalformed
		}
		name, value, ok := strings.Cut(line, ":")
		if !ok || name == "" {
			return ErrMalformed
		}
		r.Fields = append(r.Fields, chain.Field{Name: name, Value: value})
		b = next
	}
	return nil
}

// cutLine takes a line off b, as a view of it; without a line feed it is all
// of b.
func cutLine(b []byte) (line string, rest []byte, ok bool) {
	end := lineEnd(b)
	if end < 0 {
		return unsafe.String(unsafe.SliceData(b), len(b)), nil, false
	}
	return unsafe.String(unsafe.SliceData(b), end), b[end+1:], true
}

// parseNetwork takes what is not as it should be for unknown.
func parseNetwork(line string) (n chain.Network) {
	n.Country, line = nextWord(line)
	n.ASN, line = nextNumber(line, 1<<31-1)
	n.BotScore, line = nextNumber(line, 99)
	verified, line := nextWord(line)
	n.VerifiedBot = verified == "1"
	n.Region, _ = nextWord(line)
	return n
}

// nextWord cuts a word off a line; "-" is none.
func nextWord(line string) (word, rest string) {
	if word, rest, _ = strings.Cut(line, " "); word == "-" {
		word = ""
	}
	return word, rest
}

func nextNumber(line string, most int) (n int, rest string) {
	word, rest := nextWord(line)
	for i := 0; i < len(word); i++ {
		c := word[i]
		if c < '0' || c > '9' || n > most/10 {
			return 0, rest
		}
		n = n*10 + int(c-'0')
	}
	return min(n, most), rest
}

// appendNetwork appends what parseNetwork reads.
func appendNetwork(dst []byte, n chain.Network) []byte {
	word := func(s string) {
		if s == "" {
			s = "-"
		}
		dst = append(append(dst, s...), ' ')
	}
	number := func(n int) { word(strings.TrimPrefix(strconv.Itoa(n), "0")) }
	word(n.Country)
	number(n.ASN)
	number(n.BotScore)
	verified := "0"
	if n.VerifiedBot {
		verified = "1"
	}
	word(verified)
	word(n.Region)
	return dst[:len(dst)-1]
}

func splitURL(url string, r *chain.Request) error {
	scheme, rest, ok := strings.Cut(url, "://")
	if !ok || (scheme != "http" && scheme != "https") {
		return ErrMalformed
	}
	r.Scheme = scheme
	border := strings.IndexAny(rest, "/?")
	if border < 0 {
		border = len(rest)
	}
	if border == 0 || strings.IndexByte(rest, '#') >= 0 {
		return ErrMalformed
	}
	r.Authority, rest = rest[:border], rest[border:]
	r.Path, r.Query, r.HasQuery = strings.Cut(rest, "?")
	if r.Path == "" {
		r.Path = "/"
	}
	return nil
}

// AppendRequest appends a request in this form. The shell has its own; this
// one is for tests.
func AppendRequest(dst []byte, r *chain.Request, url string) []byte {
	network := string(appendNetwork(nil, r.Network))
	for _, part := range [...]string{r.Method, url, r.RemoteIP, network, r.DownPools, r.FailedPools} {
		dst = append(dst, part...)
		dst = append(dst, '\n')
	}
	for _, f := range r.Fields {
		dst = append(dst, f.Name...)
		dst = append(dst, ':')
		dst = append(dst, f.Value...)
		dst = append(dst, '\n')
	}
	return dst
}
