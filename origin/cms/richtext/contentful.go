package richtext

import (
	"encoding/json"
	"errors"
	"fmt"
	"html"
	"strings"
)

// node is one of Contentful's Rich Text nodes.
// See https://www.contentful.com/developers/docs/concepts/rich-text/ for the types.
type node struct {
	NodeType string `json:"nodeType"`
	Value    string `json:"value"`
	Marks    []struct {
		Type string `json:"type"`
	} `json:"marks"`
	Data struct {
		URI string `json:"uri"`
	} `json:"data"`
	Content []node `json:"content"`
}

// elements are the nodes that become an element. What is neither here nor below keeps its words: embedded entries and
// assets have none, links to entries are no addresses.
var elements = map[string]string{
	"paragraph": "p", "heading-1": "h2", "heading-2": "h2", "heading-3": "h3", "heading-4": "h4", "heading-5": "h4", "heading-6": "h4",
	"unordered-list": "ul", "ordered-list": "ol", "list-item": "li", "blockquote": "blockquote", "table-row": "p",
}

var marks = map[string]string{
	"bold": "strong", "italic": "em", "underline": "u", "code": "code", "superscript": "sup", "subscript": "sub", "strikethrough": "s",
}

// deepest is how far nodes may be nested: no editor makes more, and recursion must end.
const deepest = 100

func document(raw json.RawMessage) (string, error) {
	var root node
	if err := json.Unmarshal(raw, &root); err != nil {
		return "", fmt.Errorf("the Rich Text document is damaged: %w", err)
	}
	var out strings.Builder
	if err := root.write(&out, 0); err != nil {
		return "", err
	}
	return out.String(), nil
}

func (n node) write(out *strings.Builder, depth int) error {
	if depth > deepest {
		return errors.New("the Rich Text document is nested too deeply")
	}
	open, shut := "", ""
	switch {
	case n.NodeType == "text":
		return n.text(out)
	case n.NodeType == "hr":
		out.WriteString("<hr>")
		return nil
	case n.NodeType == "hyperlink":
		open, shut = `<a href="`+html.EscapeString(n.Data.URI)+`">`, "</a>"
	case elements[n.NodeType] != "":
		open, shut = "<"+elements[n.NodeType]+">", "</"+elements[n.NodeType]+">"
	case n.NodeType == "table-cell" || n.NodeType == "table-header-cell":
		shut = " "
	}
	out.WriteString(open)
	for _, child := range n.Content {
		if err := child.write(out, depth+1); err != nil {
			return err
		}
	}
	out.WriteString(shut)
	return nil
}

func (n node) text(out *strings.Builder) error {
	var shut string
	for _, mark := range n.Marks {
		if element := marks[mark.Type]; element != "" {
			out.WriteString("<" + element + ">")
			shut = "</" + element + ">" + shut
		}
	}
	out.WriteString(strings.ReplaceAll(html.EscapeString(n.Value), "\n", "<br>"))
	out.WriteString(shut)
	return nil
}
