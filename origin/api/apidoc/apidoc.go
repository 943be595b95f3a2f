// Package apidoc draws an OpenAPI document as one page that needs nothing but itself: no script, no network, one
// style sheet. It shows what package api's document uses, not everything OpenAPI can say.
package apidoc

import (
	"bytes"
	_ "embed"
	"fmt"
	"html/template"

	"github.com/getkin/kin-openapi/openapi3"
)

//go:embed page.gohtml
var pageTemplate string

// Style is the page's style sheet, to be served at the address Page is given.
//
//go:embed page.css
var Style []byte

// Problem explains one kind of error; its Code is the anchor that problem types point at.
type Problem struct {
	Code    string
	Status  int
	Title   string
	Meaning string
}

// Links are the addresses the page points at.
type Links struct {
	Style string
	YAML  string
	JSON  string
}

// Page draws the document. written is the YAML it was read from: what is written first is shown first.
func Page(doc *openapi3.T, written []byte, problems []Problem, links Links) ([]byte, error) {
	t, err := template.New("page").Funcs(template.FuncMap{"markdown": markdown}).Parse(pageTemplate)
	if err != nil {
		return nil, fmt.Errorf("apidoc: %w", err)
	}
	view, err := newView(doc, written)
	if err != nil {
		return nil, fmt.Errorf("apidoc: %w", err)
	}
	view.Problems, view.Links = problems, links
	var page bytes.Buffer
	if err := t.Execute(&page, view); err != nil {
		return nil, fmt.Errorf("apidoc: %w", err)
	}
	return page.Bytes(), nil
}
