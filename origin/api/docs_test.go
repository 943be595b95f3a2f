package api_test

import (
	"bytes"
	"errors"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/stagedoor/stagedoor/origin/api"
	"github.com/stagedoor/stagedoor/origin/api/apigen"
)

func TestTheDocsPage(t *testing.T) {
	t.Parallel()
	v := newTheatre(t)
	b := v.buyer()
	page := b.want(http.StatusOK, http.MethodGet, "/api/docs", nil)
	text := string(page.Body)
	doc, err := apigen.GetSpec()
	if err != nil {
		t.Fatal(err)
	}
	for path, item := range doc.Paths.Map() {
		for method, o := range item.Operations() {
			if !strings.Contains(text, `id="`+strings.ToLower(o.OperationID)+`"`) || !strings.Contains(text, "<code>/api/v1"+path+"</code>") {
				t.Errorf("%s %s is not on the page", method, path)
			}
		}
	}
	for name := range doc.Components.Schemas {
		if !strings.Contains(text, `id="schema-`+name+`"`) {
			t.Errorf("schema %s is not on the page", name)
		}
	}
	// Nothing is loaded from elsewhere, nothing is scripted, and every link within the page leads somewhere.
	if regexp.MustCompile(`<script|<link[^>]+https?:|src=`).MatchString(text) {
		t.Error("the page loads something")
	}
	for _, link := range regexp.MustCompile(`href="#([^"]+)"`).FindAllStringSubmatch(text, -1) {
		if !strings.Contains(text, `id="`+link[1]+`"`) {
			t.Errorf("the link #%s leads nowhere", link[1])
		}
	}
	for _, path := range []string{"/api/docs/page.css", "/api/v1/openapi.yaml", "/api/v1/openapi.json"} {
		got := b.want(http.StatusOK, http.MethodGet, path, nil)
		if got.Header.Get("ETag") == "" || len(got.Body) == 0 {
			t.Errorf("%s: %d bytes, %v", path, len(got.Body), got.Header)
		}
		b.want(http.StatusNotModified, http.MethodGet, path, nil, "If-None-Match", got.Header.Get("ETag"))
	}
}

// Every code the document names is explained on the page, and the other way round.
func TestEveryProblemIsExplained(t *testing.T) {
	t.Parallel()
	v := newTheatre(t)
	page := string(v.buyer().want(http.StatusOK, http.MethodGet, "/api/docs", nil).Body)
	doc, err := apigen.GetSpec()
	if err != nil {
		t.Fatal(err)
	}
	var named []string
	for name, response := range doc.Components.Responses {
		for _, found := range regexp.MustCompile("`([a-z]+(?:_[a-z]+)*)`").FindAllStringSubmatch(*response.Value.Description, -1) {
			if found[1] == "seats" || found[1] == "errors" {
				continue
			}
			named = append(named, found[1])
			if !strings.Contains(page, `<div id="`+found[1]+`">`) {
				t.Errorf("%s names the code %s, which is not explained", name, found[1])
			}
		}
	}
	for _, code := range api.ProblemCodes() {
		if code != "method_not_allowed" && !slices.Contains(named, code) {
			t.Errorf("the code %s is in none of the document's answers", code)
		}
	}
}

// The document inside the generated code must be the one that was written.
func TestGeneratedCodeIsFresh(t *testing.T) {
	t.Parallel()
	written, err := openapi3.NewLoader().LoadFromData(api.Spec())
	if err != nil {
		t.Fatal(err)
	}
	generated, err := apigen.GetSpec()
	if err != nil {
		t.Fatal(err)
	}
	want, err1 := written.MarshalJSON()
	have, err2 := generated.MarshalJSON()
	if err := errors.Join(err1, err2); err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(want, have) {
		t.Error("apigen is not what openapi.yaml generates: run go generate ./origin/api")
	}
}
