package richtext

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"golang.org/x/net/html"
)

func quote(s string) string {
	raw, _ := json.Marshal(s) // a string always marshals
	return string(raw)
}

func TestParse(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ name, raw, html, plain string }{
		{"plain words", quote("Just words & more"), "Just words &amp; more", "Just words & more"},
		{"our subset", quote("<p>A <strong>b</strong> <em>c</em></p><ul><li>d</li></ul>"), "<p>A <strong>b</strong> <em>c</em></p><ul><li>d</li></ul>", "A b c\nd"},
		{"other names for it", quote("<h1>A</h1><p><b>b</b><i>c</i><del>d</del></p><h6>e</h6>"), "<h2>A</h2><p><strong>b</strong><em>c</em><s>d</s></p><h4>e</h4>", "A\nbcd\ne"},
		{"Umbraco's object", `{"markup": "<p>A</p>", "blocks": []}`, "<p>A</p>", "A"},
		{"scripts and styles", quote(`<p onclick="x()" style="color:red" class="y">A<script>alert(1)</script><style>p{}</style><iframe src="//x"></iframe><svg onload=x></svg></p>`), "<p>A</p>", "A"},
		{"links", quote(`<a href="https://example.com/?a=1&b=2">a</a> <a href="/shows/x" target="_blank">b</a> <a href="javascript:alert(1)">c</a> <a href="data:text/html,x">d</a>`),
			`<a href="https://example.com/?a=1&amp;b=2" rel="noreferrer">a</a> <a href="/shows/x">b</a> c d`, "a b c d"},
		{"markup in markup", quote("<p>&lt;script&gt;alert(1)&lt;/script&gt;</p>"), "<p>&lt;script&gt;alert(1)&lt;/script&gt;</p>", "<script>alert(1)</script>"},
		{"not closed", quote("<p><strong>A"), "<p><strong>A", "A"},
		{"Contentful's document", `{"nodeType":"document","content":[
			{"nodeType":"heading-1","content":[{"nodeType":"text","value":"A & B","marks":[]}]},
			{"nodeType":"paragraph","content":[{"nodeType":"text","value":"one\ntwo","marks":[{"type":"bold"},{"type":"italic"}]},{"nodeType":"hyperlink","data":{"uri":"https://example.com/\"x"},"content":[{"nodeType":"text","value":"<b>","marks":[]}]}]},
			{"nodeType":"ordered-list","content":[{"nodeType":"list-item","content":[{"nodeType":"paragraph","content":[{"nodeType":"text","value":"c","marks":[{"type":"code"},{"type":"unheard-of"}]}]}]}]},
			{"nodeType":"hr","content":[]},{"nodeType":"embedded-asset-block","data":{"target":{}},"content":[]},
			{"nodeType":"blockquote","content":[{"nodeType":"entry-hyperlink","content":[{"nodeType":"text","value":"d","marks":[]}]}]},
			{"nodeType":"table","content":[{"nodeType":"table-row","content":[{"nodeType":"table-cell","content":[{"nodeType":"text","value":"e"}]},{"nodeType":"table-cell","content":[{"nodeType":"text","value":"f"}]}]}]}]}`,
			`<h2>A &amp; B</h2><p><strong><em>one<br>two</em></strong><a href="https://example.com/%22x" rel="noreferrer">&lt;b&gt;</a></p><ol><li><p><code>c</code></p></li></ol><hr><blockquote>d</blockquote><p>e f </p>`,
			"A & B\none\ntwo<b>\nc\nd\ne f"},
		{"nothing", quote(""), "", ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			got, err := Parse(json.RawMessage(test.raw))
			if err != nil || got.HTML != test.html || got.Plain != test.plain {
				t.Errorf("%v\n got %q\nwant %q\n got %q\nwant %q", err, got.HTML, test.html, got.Plain, test.plain)
			}
		})
	}
}

func TestParseRefuses(t *testing.T) {
	t.Parallel()
	deep := strings.Repeat(`{"nodeType":"list-item","content":[`, 200) + strings.Repeat("]}", 200)
	for name, raw := range map[string]string{
		"a number": "7", "a list": "[]", "another object": `{"a":1}`, "another node": `{"nodeType":"paragraph"}`, "no JSON": "<p>", "nothing": "",
		"a damaged document": `{"nodeType":"document","content":{"a":1}}`, "depth": `{"nodeType":"document","content":[` + deep + `]}`,
		"too long": quote(strings.Repeat("a", MaxBytes)), "not UTF-8": "\"\xff\"",
	} {
		if got, err := Parse(json.RawMessage(raw)); err == nil {
			t.Errorf("%s: got %q", name, got.HTML)
		}
	}
	if _, err := Parse(json.RawMessage("7")); !errors.Is(err, ErrShape) {
		t.Error(err)
	}
}

var allowed = map[string]string{
	"p": "", "br": "", "hr": "", "h2": "", "h3": "", "h4": "", "ul": "", "ol": "", "li": "", "blockquote": "", "strong": "", "em": "", "u": "", "s": "", "sub": "", "sup": "", "code": "", "a": "href rel",
}

// Whatever comes in, what comes out is of the subset, holds no address that runs, and stays as it is when it comes again.
func FuzzParse(f *testing.F) {
	for _, seed := range []string{
		quote(`<p>A<script>alert(1)</script><a href="javascript:x">b</a>`), quote(`<a href="JaVaScRiPt&colon;alert(1)">`), quote("<math><mtext><table><mglyph><style><img src=x onerror=alert(1)>"),
		quote(`<p title="</p><script>x</script>">`), quote("<!--><script>x</script-->"), quote("<b><i></b></i>"), `{"markup":"<h1>x"}`,
		`{"nodeType":"document","content":[{"nodeType":"hyperlink","data":{"uri":"javascript:alert(1)"},"content":[{"nodeType":"text","value":"<script>"}]}]}`, "null", "7",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		got, err := Parse(raw)
		if err != nil {
			return
		}
		tokens := html.NewTokenizer(strings.NewReader(got.HTML))
		for kind := tokens.Next(); kind != html.ErrorToken; kind = tokens.Next() {
			if kind == html.CommentToken || kind == html.DoctypeToken {
				t.Fatalf("a %s came through in %q", kind, got.HTML)
			}
			if kind == html.TextToken {
				continue
			}
			token := tokens.Token()
			attributes, known := allowed[token.Data]
			if !known {
				t.Fatalf("<%s> came through in %q", token.Data, got.HTML)
			}
			for _, a := range token.Attr {
				if !strings.Contains(attributes, a.Key) {
					t.Fatalf("%s=%q came through in %q", a.Key, a.Val, got.HTML)
				}
				scheme, _, _ := strings.Cut(strings.ToLower(strings.TrimSpace(a.Val)), ":")
				if a.Key == "href" && (scheme == "javascript" || scheme == "data" || scheme == "vbscript") {
					t.Fatalf("a link to %q came through", a.Val)
				}
			}
		}
		if again := Sanitise(got.HTML); again.HTML != got.HTML {
			t.Fatalf("%q becomes %q when it is sanitised again", got.HTML, again.HTML)
		}
	})
}
