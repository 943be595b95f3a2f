package apidoc

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
)

// exampleText is an example of a body: the one written in the document, or one put together from its schemas.
func exampleText(m *openapi3.MediaType) (string, error) {
	value := m.Example
	if value == nil {
		value = example(m.Schema, 0)
	}
	if text, ok := value.(string); ok {
		return text, nil
	}
	var text bytes.Buffer
	encoder := json.NewEncoder(&text)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	if err := encoder.Encode(value); err != nil {
		return "", fmt.Errorf("example: %w", err)
	}
	return strings.TrimSpace(text.String()), nil
}

// Values that stand in where a schema has no example of its own, by format.
var standIns = map[string]any{
	"uuid":      "019a9c1e-5f3b-7a52-9b0f-6d1f3c2a4e10",
	"date-time": "2026-12-03T19:30:00Z",
	"date":      "2026-12-03",
	"byte":      "11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=",
}

// deepest is where an example that contains itself ends.
const deepest = 8

func example(ref *openapi3.SchemaRef, depth int) any {
	if ref == nil || ref.Value == nil || depth > deepest {
		return nil
	}
	s := ref.Value
	switch {
	case s.Example != nil:
		return s.Example
	case len(s.Enum) > 0:
		return s.Enum[0]
	case standIns[s.Format] != nil:
		return standIns[s.Format]
	case s.Type.Is("array"):
		return []any{example(s.Items, depth+1)}
	case s.Type.Is("boolean"):
		return false
	case s.Type.Is("integer"), s.Type.Is("number"):
		return 1
	case s.Type.Is("string"):
		return "…"
	}
	object := map[string]any{}
	for _, part := range append([]*openapi3.SchemaRef{{Value: s}}, s.AllOf...) {
		for name, property := range part.Value.Properties {
			object[name] = example(property, depth+1)
		}
		for _, nested := range part.Value.AllOf {
			if more, ok := example(nested, depth+1).(map[string]any); ok && part.Value != s {
				for name, value := range more {
					object[name] = value
				}
			}
		}
	}
	if s.AdditionalProperties.Schema != nil {
		object["…"] = example(s.AdditionalProperties.Schema, depth+1)
	}
	return object
}

// inline is an example on one line.
func inline(value any) string {
	if text, ok := value.(string); ok {
		return text
	}
	text, err := json.Marshal(value)
	if err != nil {
		return fmt.Sprint(value)
	}
	return string(text)
}
