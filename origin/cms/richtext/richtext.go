// Package richtext turns what editors write, in either content system's form, into one small and safe subset of HTML.
//
// Paragraphs, headings from the second level down, lists, quotations, rules, emphasis and links survive. Everything
// else loses its markup and keeps its words; scripts, styles and embedded frames are gone with what they hold. What
// comes out may stand in a page as it is.
package richtext

import (
	"bytes"
	"encoding/json"
	"errors"
	"strings"
	"sync"
	"unicode/utf8"

	"github.com/microcosm-cc/bluemonday"
	"golang.org/x/net/html"
)

// Text is rich text that is safe to show.
type Text struct {
	HTML  string
	Plain string // the words alone, a line a paragraph
}

// MaxBytes is how long a text may be as it comes.
const MaxBytes = 1 << 20

// ErrShape says that a value is no rich text of either system.
var ErrShape = errors.New("neither HTML nor a Rich Text document")

// Parse reads Contentful's Rich Text document (an object with a nodeType), HTML (a JSON string) or Umbraco's
// {"markup": "<p>..."}.
func Parse(raw json.RawMessage) (Text, error) {
	if len(raw) > MaxBytes {
		return Text{}, errors.New("it is longer than a megabyte")
	}
	if !utf8.Valid(raw) {
		return Text{}, errors.New("it is not UTF-8")
	}
	raw = bytes.TrimSpace(raw)
	var markup string
	if json.Unmarshal(raw, &markup) == nil {
		return Sanitise(markup), nil
	}
	var shape struct {
		Markup   *string `json:"markup"`
		NodeType string  `json:"nodeType"`
	}
	if err := json.Unmarshal(raw, &shape); err != nil {
		return Text{}, ErrShape
	}
	switch {
	case shape.Markup != nil:
		return Sanitise(*shape.Markup), nil
	case shape.NodeType == "document":
		out, err := document(raw)
		if err != nil {
			return Text{}, err
		}
		return Sanitise(out), nil
	}
	return Text{}, ErrShape
}

// policy is built once: making it compiles a dozen expressions.
var policy = sync.OnceValue(func() *bluemonday.Policy {
	p := bluemonday.NewPolicy()
	p.AllowElements("p", "br", "hr", "h2", "h3", "h4", "ul", "ol", "li", "blockquote", "strong", "em", "u", "s", "sub", "sup", "code")
	p.AllowAttrs("href").OnElements("a")
	p.AllowURLSchemes("https", "http", "mailto", "tel")
	p.AllowRelativeURLs(true)
	p.RequireParseableURLs(true)
	p.RequireNoReferrerOnFullyQualifiedLinks(true)
	return p
})

// Sanitise makes HTML safe and brings it into our subset.
func Sanitise(markup string) Text {
	out := strings.TrimSpace(policy().Sanitize(rename(markup)))
	return Text{HTML: out, Plain: plain(out)}
}

// ours says which of our elements takes another's place.
var ours = map[string]string{"b": "strong", "i": "em", "h1": "h2", "h5": "h4", "h6": "h4", "del": "s", "strike": "s"}

// rename writes elements that mean the same in one way. A page has a first heading of its own.
func rename(markup string) string {
	var out strings.Builder
	tokens := html.NewTokenizer(strings.NewReader(markup))
	for {
		kind := tokens.Next()
		if kind == html.ErrorToken {
			return out.String()
		}
		token := tokens.Token()
		if to, found := ours[token.Data]; found && (kind == html.StartTagToken || kind == html.EndTagToken || kind == html.SelfClosingTagToken) {
			token.Data, token.DataAtom = to, 0
		}
		out.WriteString(token.String())
	}
}

// plain is the text of sanitised HTML, a line a block.
func plain(markup string) string {
	var lines []string
	var line strings.Builder
	end := func() {
		if words := strings.Join(strings.Fields(line.String()), " "); words != "" {
			lines = append(lines, words)
		}
		line.Reset()
	}
	tokens := html.NewTokenizer(strings.NewReader(markup))
	for {
		switch tokens.Next() {
		case html.ErrorToken:
			end()
			return strings.Join(lines, "\n")
		case html.TextToken:
			line.WriteString(tokens.Token().Data)
		case html.StartTagToken, html.EndTagToken, html.SelfClosingTagToken:
			switch tokens.Token().Data {
			case "strong", "em", "u", "s", "sub", "sup", "code", "a":
			default:
				end()
			}
		}
	}
}
