package marks

import (
	"html"
	"strings"
)

// Node is a node of a Contentful Rich Text document, or the document. Text nodes have Value and Marks; the others Content.
type Node struct {
	NodeType string         `json:"nodeType"`
	Data     map[string]any `json:"data"`
	Value    *string        `json:"value,omitempty"`
	Marks    []Mark         `json:"marks,omitzero"`
	Content  []Node         `json:"content,omitzero"`
}

// Mark is a look of a text node: bold or italic.
type Mark struct {
	Type string `json:"type"`
}

// Document is the text as Contentful holds it.
func Document(text string) Node {
	doc := Node{NodeType: "document", Data: map[string]any{}, Content: []Node{}}
	for _, b := range parse(text) {
		switch b.kind {
		case list, numbered:
			n := node(string(b.kind))
			for _, line := range b.lines {
				n.Content = append(n.Content, node("list-item", node("paragraph", texts(line)...)))
			}
			doc.Content = append(doc.Content, n)
		case quotation:
			doc.Content = append(doc.Content, node("blockquote", node("paragraph", texts(b.lines[0])...)))
		default:
			doc.Content = append(doc.Content, node(string(b.kind), texts(b.lines[0])...))
		}
	}
	return doc
}

func node(kind string, content ...Node) Node {
	return Node{NodeType: kind, Data: map[string]any{}, Content: content}
}

func texts(line []span) []Node {
	var out []Node
	for _, s := range line {
		t := Node{NodeType: "text", Data: map[string]any{}, Value: &s.text, Marks: []Mark{}}
		if s.bold {
			t.Marks = []Mark{{"bold"}}
		}
		if s.italic {
			t.Marks = []Mark{{"italic"}}
		}
		if s.href != "" {
			link := node("hyperlink", t)
			link.Data["uri"] = s.href
			t = link
		}
		out = append(out, t)
	}
	return out
}

var tags = map[blockKind]string{paragraph: "p", heading2: "h2", heading3: "h3", quotation: "blockquote"}

// HTML is the text as Umbraco's editor holds it.
func HTML(text string) string {
	var b strings.Builder
	for _, block := range parse(text) {
		switch block.kind {
		case list, numbered:
			tag := map[blockKind]string{list: "ul", numbered: "ol"}[block.kind]
			b.WriteString("<" + tag + ">")
			for _, line := range block.lines {
				b.WriteString("<li>")
				inline(&b, line)
				b.WriteString("</li>")
			}
			b.WriteString("</" + tag + ">")
		case quotation:
			b.WriteString("<blockquote><p>")
			inline(&b, block.lines[0])
			b.WriteString("</p></blockquote>")
		default:
			tag := tags[block.kind]
			b.WriteString("<" + tag + ">")
			inline(&b, block.lines[0])
			b.WriteString("</" + tag + ">")
		}
	}
	return b.String()
}

func inline(b *strings.Builder, line []span) {
	for _, s := range line {
		text := strings.ReplaceAll(html.EscapeString(s.text), "\n", "<br>")
		switch {
		case s.href != "":
			b.WriteString(`<a href="` + html.EscapeString(s.href) + `">` + text + `</a>`)
		case s.bold:
			b.WriteString("<strong>" + text + "</strong>")
		case s.italic:
			b.WriteString("<em>" + text + "</em>")
		default:
			b.WriteString(text)
		}
	}
}
