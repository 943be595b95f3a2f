package apidoc

import (
	"fmt"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
)

func kindOf(ref *openapi3.SchemaRef) kind {
	if ref == nil || ref.Value == nil {
		return kind{Text: "anything"}
	}
	if name, ok := strings.CutPrefix(ref.Ref, "#/components/schemas/"); ok {
		return kind{Text: name, Link: "schema-" + name}
	}
	s := ref.Value
	switch {
	case s.Type.Is("array"):
		item := kindOf(s.Items)
		item.Array = true
		return item
	case s.Type.Is("object") && s.AdditionalProperties.Schema != nil:
		item := kindOf(s.AdditionalProperties.Schema)
		item.Text = "map of " + item.Text
		return item
	case s.Format != "" && s.Format != "double" && s.Format != "int64":
		return kind{Text: s.Format}
	case len(s.Type.Slice()) > 0:
		return kind{Text: s.Type.Slice()[0]}
	}
	return kind{Text: "object"}
}

func values(s *openapi3.Schema) []string {
	var all []string
	for _, value := range s.Enum {
		all = append(all, fmt.Sprint(value))
	}
	return all
}

// bounds says how large a value may be.
func bounds(s *openapi3.Schema) string {
	var parts []string
	switch {
	case s.Min != nil && s.Max != nil:
		parts = append(parts, fmt.Sprintf("%v to %v", *s.Min, *s.Max))
	case s.Min != nil:
		parts = append(parts, fmt.Sprintf("at least %v", *s.Min))
	case s.Max != nil:
		parts = append(parts, fmt.Sprintf("at most %v", *s.Max))
	}
	if s.MaxLength != nil {
		parts = append(parts, fmt.Sprintf("at most %d characters", *s.MaxLength))
	}
	if s.Default != nil {
		parts = append(parts, fmt.Sprintf("default %v", s.Default))
	}
	return strings.Join(parts, ", ")
}
