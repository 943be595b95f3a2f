package golden

import (
	"crypto/sha256"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/stagedoor/stagedoor/edge/wire"
)

// everywhere are the header changes nearly every answer has. One case per kind
// of answer shows them (Full); elsewhere they would hide what matters.
var everywhere = []string{
	"=x-content-type-options: nosniff",
	"?referrer-policy: ",
	"?cross-origin-opener-policy: ",
	"?permissions-policy: ",
	"-server: ",
	"-x-powered-by: ",
	"~content-security-policy: ",
	"=X-Stagedoor-Nonce: ",
	"=strict-transport-security: ",
}

const longest = 400 // bytes of a body that is kept as it is

// shorten makes a plan fit to read in a file.
func shorten(p wire.Plan, full bool) wire.Plan {
	if !full {
		common := func(change string) bool {
			return slices.ContainsFunc(everywhere, func(prefix string) bool { return strings.HasPrefix(change, prefix) })
		}
		p.Request = slices.DeleteFunc(p.Request, common)
		p.Response = slices.DeleteFunc(p.Response, common)
	}
	if len(p.Request) == 0 {
		p.Request = nil
	}
	for _, ops := range [][]string{p.Request, p.Response} {
		for i, op := range ops {
			if len(op) > 1000 {
				ops[i] = fmt.Sprintf("%s... (%d bytes, sha256 %x)", op[:80], len(op), sha256.Sum256([]byte(op)))
			}
		}
	}
	if len(p.Target) > 1000 {
		p.Target = fmt.Sprintf("%s... (%d bytes)", p.Target[:80], len(p.Target))
	}
	if !utf8.ValidString(p.Body) {
		p.Body = fmt.Sprintf("(bytes %x)", p.Body)
	}
	if len(p.Body) > longest && !strings.HasPrefix(p.Body, "{") {
		p.Body = fmt.Sprintf("(%d bytes, sha256 %x) %s", len(p.Body), sha256.Sum256([]byte(p.Body)), words(p.Body))
	}
	return p
}

// words is the text of an HTML page's body, so that a reader of the corpus
// sees what the visitor reads.
func words(body string) string {
	_, main, found := strings.Cut(body, "<main>")
	if !found {
		return body[:80] + "..."
	}
	if before, rest, scripted := strings.Cut(main, "<script"); scripted {
		_, after, _ := strings.Cut(rest, "</script>")
		main = before + after
	}
	var out []string
	for _, part := range strings.Split(main, "<") {
		if _, text, ok := strings.Cut(part, ">"); ok && strings.TrimSpace(text) != "" {
			out = append(out, strings.TrimSpace(text))
		} else if !ok && strings.TrimSpace(part) != "" {
			out = append(out, strings.TrimSpace(part))
		}
	}
	return strings.Join(out, " | ")
}
