package apidoc_test

import (
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/stagedoor/stagedoor/origin/api/apidoc"
)

const written = `
openapi: 3.0.3
info:
  title: A <small> API
  version: "1"
  description: "Say **hello** with ` + "`<b>`" + ` or see [the RFC](https://example.org/rfc).\n\n- one\n- two <script>"
servers: [{ url: /v1 }]
tags: [{ name: Things, description: What there is. }]
paths:
  /z:
    post:
      tags: [Things]
      operationId: Last
      summary: Written last
      responses: { "201": { description: Made, content: { application/json: { schema: { $ref: "#/components/schemas/Thing" } } } } }
  /b:
    get:
      tags: [Things]
      operationId: First
      summary: Written first
      parameters: [{ name: n, in: query, description: How many, schema: { type: integer, minimum: 1, maximum: 9, default: 2 } }]
      responses: { "200": { description: Fine } }
components:
  schemas:
    Thing:
      type: object
      required: [id]
      properties:
        id: { type: string, format: uuid }
        tags: { type: array, items: { type: string, example: big } }
        next: { $ref: "#/components/schemas/Thing" }
`

func TestPage(t *testing.T) {
	t.Parallel()
	// The order of operations is the order in which the document writes them, not that of their paths.
	text := strings.Replace(written, "operationId: Last", "operationId: Lastly", 1)
	doc, err := openapi3.NewLoader().LoadFromData([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	page, err := apidoc.Page(doc, []byte(text), []apidoc.Problem{{Code: "gone", Status: 410, Title: "Gone", Meaning: "It <was> here."}},
		apidoc.Links{Style: "/page.css", YAML: "/a.yaml", JSON: "/a.json"})
	if err != nil {
		t.Fatal(err)
	}
	got := string(page)
	for _, want := range []string{
		"<title>A &lt;small&gt; API</title>", "<strong>hello</strong>", "<code>&lt;b&gt;</code>", `<a href="https://example.org/rfc">the RFC</a>`,
		"<li>two &lt;script&gt;</li>", "<code>/v1/z</code>", "1 to 9, default 2", `<div id="gone">`, "It &lt;was&gt; here.",
		`array of string`, `href="#schema-Thing"`, `&#34;big&#34;`,
	} {
		if !strings.Contains(got, want) {
			t.Errorf("the page lacks %s", want)
		}
	}
	if strings.Contains(got, "<script") {
		t.Error("a description put a script into the page")
	}
	if strings.Index(got, `id="lastly"`) > strings.Index(got, `id="first"`) {
		t.Error("the operations are not in the order of the document")
	}
}
