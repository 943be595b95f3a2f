package marks_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/stagedoor/stagedoor/origin/cms/local/marks"
)

func TestText(t *testing.T) {
	for _, tt := range []struct{ name, text, html, document string }{
		{"nothing", " \n\n", "", `[]`},
		{"a paragraph of two lines", "One\ntwo", "<p>One<br>two</p>", `[{"nodeType":"paragraph","data":{},"content":[{"nodeType":"text","data":{},"value":"One","marks":[]},{"nodeType":"text","data":{},"value":"\n","marks":[]},{"nodeType":"text","data":{},"value":"two","marks":[]}]}]`},
		{"looks", "A **b** *c* [d](https://e.example/?f=1&g=2)", `<p>A <strong>b</strong> <em>c</em> <a href="https://e.example/?f=1&amp;g=2">d</a></p>`,
			`[{"nodeType":"paragraph","data":{},"content":[{"nodeType":"text","data":{},"value":"A ","marks":[]},{"nodeType":"text","data":{},"value":"b","marks":[{"type":"bold"}]},{"nodeType":"text","data":{},"value":" ","marks":[]},{"nodeType":"text","data":{},"value":"c","marks":[{"type":"italic"}]},{"nodeType":"text","data":{},"value":" ","marks":[]},{"nodeType":"hyperlink","data":{"uri":"https://e.example/?f=1\u0026g=2"},"content":[{"nodeType":"text","data":{},"value":"d","marks":[]}]}]}]`},
		{"blocks", "## H\ntext\n- a\n- b\n\n1. c\n> q", "<h2>H</h2><p>text</p><ul><li>a</li><li>b</li></ul><ol><li>c</li></ol><blockquote><p>q</p></blockquote>", ""},
		{"HTML is text", `<script>alert("1")</script>`, "<p>&lt;script&gt;alert(&#34;1&#34;)&lt;/script&gt;</p>", ""},
		{"half a mark is text", "2 * 3 ** [x](", "<p>2 * 3 ** [x](</p>", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := marks.HTML(tt.text); got != tt.html {
				t.Errorf("HTML is %s, want %s", got, tt.html)
			}
			if tt.document == "" {
				return
			}
			got, err := json.Marshal(marks.Document(tt.text).Content)
			if err != nil || string(got) != tt.document {
				t.Errorf("document is %s (%v), want %s", got, err, tt.document)
			}
		})
	}
}

func FuzzText(f *testing.F) {
	f.Add("## a\n- **b** [c](d)")
	f.Fuzz(func(t *testing.T, text string) {
		if out := marks.HTML(text); strings.Contains(out, "<script") {
			t.Errorf("%q becomes %q", text, out)
		}
		if _, err := json.Marshal(marks.Document(text)); err != nil {
			t.Error(err)
		}
	})
}
