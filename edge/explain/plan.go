package explain

import (
	"encoding/base64"
	"encoding/hex"
	"strings"
	"unicode/utf8"

	"github.com/stagedoor/stagedoor/edge/chain"
	"github.com/stagedoor/stagedoor/edge/hop"
	"github.com/stagedoor/stagedoor/edge/wire"
)

// longest is how many bytes of a body's text are shown.
const longest = 400

var changes = map[byte]string{'=': "set", '?': "default", '~': "default on HTML", '+': "add", '-': "remove"}

func planOf(p wire.Plan) Plan {
	out := Plan{
		Action: p.Action, Status: p.Status, Pool: p.Pool, Origin: p.Origin, Target: p.Target, Cache: p.Cache, Count: p.Count,
		Response: headers(p.Response),
	}
	if p.Action == chain.ActionProxy.String() {
		out.Request = headers(p.Request)
	}
	for _, h := range out.Response {
		if h.Name == "location" {
			out.Location = h.Value
		}
	}
	if p.Body != "" {
		out.Body = &Body{Bytes: len(p.Body), Text: text(p.Body)}
	}
	return out
}

func headers(ops []string) []Header {
	var out []Header
	for _, op := range ops {
		name, value, _ := strings.Cut(op[1:], ": ")
		out = append(out, Header{changes[op[0]], name, veil(name, value)})
	}
	return out
}

const (
	newEachTime = "(new each time)"
	signed      = "(signed)"
)

// veiled are the texts made of the bytes that stand in for random ones.
var veiled = strings.NewReplacer(
	hex.EncodeToString(random[0:16]), newEachTime, hex.EncodeToString(random[16:24]), newEachTime,
	hex.EncodeToString(random[24:40]), newEachTime,
	base64.StdEncoding.EncodeToString(random[40:56]), newEachTime, base64.RawStdEncoding.EncodeToString(random[40:56]), newEachTime,
	base64.RawURLEncoding.EncodeToString(random[40:56]), newEachTime, hex.EncodeToString(random[40:56]), newEachTime,
)

// veil hides what would be of use to someone who reads the answer and is not
// who was asked about: signatures and signed cookies.
func veil(name, value string) string {
	switch strings.ToLower(name) {
	case strings.ToLower(hop.HeaderHop):
		return signed
	case "set-cookie":
		cookie, attributes, more := strings.Cut(value, ";")
		if name, content, _ := strings.Cut(cookie, "="); len(content) > 16 {
			cookie = name + "=" + signed
		}
		if more {
			return cookie + ";" + attributes
		}
		return cookie
	case "cookie":
		return "(the visitor's)"
	}
	return veiled.Replace(value)
}

// text is what a person reads of a body.
func text(body string) string {
	if !utf8.ValidString(body) {
		return "(not text)"
	}
	if strings.HasPrefix(body, "<!") {
		if _, main, found := strings.Cut(body, "<main"); found {
			body = "<main" + main
		}
		var words []string
		for _, part := range strings.Split(body, "<") {
			if _, after, tag := strings.Cut(part, ">"); tag && strings.TrimSpace(after) != "" {
				words = append(words, strings.TrimSpace(after))
			}
		}
		body = strings.Join(words, " | ")
	}
	body = veiled.Replace(strings.TrimSpace(body))
	if len(body) > longest {
		cut := longest
		for !utf8.RuneStart(body[cut]) {
			cut--
		}
		body = body[:cut] + "…"
	}
	return body
}
