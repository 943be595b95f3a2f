package filter

import (
	"encoding/base64"
	"encoding/hex"
	"strconv"
	"strings"
	"unsafe"

	"github.com/stagedoor/stagedoor/edge/chain"
)

func decimal(x *chain.Exchange, n int64) string {
	return x.Keep(strconv.AppendInt(x.Scratch(), n, 10))
}

func hexText(x *chain.Exchange, b []byte) string {
	return x.Keep(hex.AppendEncode(x.Scratch(), b))
}

// nonceOf is the exchange's CSP nonce.
func nonceOf(x *chain.Exchange) string {
	return x.Keep(base64.RawURLEncoding.AppendEncode(x.Scratch(), x.RandomNonce()))
}

// cookieOf returns the value of a cookie, "" when absent. The first of a name
// counts. Cookie fields that were joined with a comma are taken apart too: our
// own cookies hold none.
func cookieOf(x *chain.Exchange, name string) string {
	c := &x.Cookies
	if header := x.Request.Get("cookie"); len(header) != len(c.From) || unsafe.StringData(header) != unsafe.StringData(c.From) {
		takeApart(c, header)
	}
	for i := range c.Pairs {
		if c.Pairs[i].Name == name {
			return c.Pairs[i].Value
		}
	}
	return cookieIn(c.Rest, name)
}

// mostCookies is how many are taken apart; browsers keep fewer for a site.
const mostCookies = 64

func takeApart(c *chain.Cookies, header string) {
	*c = chain.Cookies{From: header, Pairs: c.Pairs[:0], Rest: header}
	for c.Rest != "" && len(c.Pairs) < mostCookies {
		var pair string
		pair, c.Rest = nextCookie(c.Rest)
		if name, value, ok := strings.Cut(pair, "="); ok {
			c.Pairs = append(c.Pairs, chain.Field{Name: name, Value: value})
		}
	}
}

func cookieIn(header, name string) string {
	for header != "" {
		var pair string
		pair, header = nextCookie(header)
		if len(pair) > len(name) && pair[len(name)] == '=' && pair[:len(name)] == name {
			return pair[len(name)+1:]
		}
	}
	return ""
}

// nextCookie takes the first cookie, name and value, off a header.
func nextCookie(header string) (pair, rest string) {
	start := 0
	for start < len(header) && (header[start] == ' ' || header[start] == '\t') {
		start++
	}
	end := start
	for end < len(header) && header[end] != ';' && header[end] != ',' {
		end++
	}
	if end < len(header) {
		rest = header[end+1:]
	}
	for end > start && (header[end-1] == ' ' || header[end-1] == '\t') {
		end--
	}
	return header[start:end], rest
}

// appendBase appends the scheme and authority the visitor is to use: the
// canonical scheme, the given hostname, and the request's port unless the
// scheme changes or the port is that scheme's own.
func appendBase(dst []byte, x *chain.Exchange, hostname string) []byte {
	scheme := x.Request.Scheme
	port := x.Port
	if s := x.Site(); s.HTTPS && scheme == "http" {
		scheme, port = "https", ""
	}
	dst = append(dst, scheme...)
	dst = append(dst, "://"...)
	dst = append(dst, hostname...)
	if port != "" && !(scheme == "http" && port == "80") && !(scheme == "https" && port == "443") {
		dst = append(dst, ':')
		dst = append(dst, port...)
	}
	return dst
}

// moveTo has the origin asked for another path than the visitor asked for.
func moveTo(x *chain.Exchange, path string) {
	if x.Asked == "" {
		x.Asked = x.Path
	}
	x.Path = path
	x.Class = classOf(x.Site().Route(path))
}
