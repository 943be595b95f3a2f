package api

import (
	"bytes"
	"crypto/sha256"
	_ "embed"
	"encoding/hex"
	"fmt"
	"net/http"
	"time"

	"github.com/stagedoor/stagedoor/origin/api/apidoc"
	"github.com/stagedoor/stagedoor/origin/api/apigen"
)

//go:embed openapi.yaml
var specYAML []byte

// Spec is the OpenAPI document as it was written.
func Spec() []byte { return bytes.Clone(specYAML) }

// mountDocs adds the document and the page drawn from it.
func mountDocs(mux *http.ServeMux) error {
	doc, err := apigen.GetSpec()
	if err != nil {
		return fmt.Errorf("read the document: %w", err)
	}
	specJSON, err := doc.MarshalJSON()
	if err != nil {
		return fmt.Errorf("write the document as JSON: %w", err)
	}
	problems := make([]apidoc.Problem, len(catalogue))
	for i, k := range catalogue {
		problems[i] = apidoc.Problem{Code: string(k.Code), Status: k.Status, Title: k.Title, Meaning: k.Meaning}
	}
	page, err := apidoc.Page(doc, specYAML, problems, apidoc.Links{
		Style: "/api/docs/page.css", YAML: "/api/v1/openapi.yaml", JSON: "/api/v1/openapi.json",
	})
	if err != nil {
		return err
	}
	mux.Handle("GET /api/docs", document("text/html; charset=utf-8", page))
	mux.Handle("GET /api/docs/page.css", document("text/css; charset=utf-8", apidoc.Style))
	mux.Handle("GET /api/v1/openapi.yaml", document("application/yaml", specYAML))
	mux.Handle("GET /api/v1/openapi.json", document("application/json", specJSON))
	return nil
}

// document serves one text that changes only with the program.
func document(contentType string, text []byte) http.Handler {
	hash := sha256.Sum256(text)
	etag := `"` + hex.EncodeToString(hash[:8]) + `"`
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Type", contentType)
		h.Set("Cache-Control", "public, max-age=300")
		h.Set("ETag", etag)
		h.Set("X-Content-Type-Options", "nosniff")
		http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(text))
	})
}
