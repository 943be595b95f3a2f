package schema

import (
	"encoding/json"
	"slices"
	"strings"

	"github.com/stagedoor/stagedoor/search/local/fault"
)

// detect returns the fields that doc's top-level keys bring to a schema with a
// rule for fields to come. Values that can not be typed may be dropped.
func (c *Collection) detect(doc Document, dirty Dirty) ([]Field, error) {
	rules := c.Dynamic()
	if c.Fallback == "" && len(rules) == 0 {
		return nil, nil
	}
	var out []Field
	for _, key := range sortedKeys(doc) {
		if _, known := c.Field(key); known || key == "id" {
			continue
		}
		f, byRule, skip := c.rule(rules, key, doc[key])
		if skip || !byRule && c.Fallback == "" {
			continue
		}
		kind := c.Fallback
		if byRule {
			kind = f.Type
		}
		f, ok, err := c.typed(f, kind, doc, key, dirty)
		if err != nil {
			return out, err
		}
		if ok {
			out = append(out, f)
		}
	}
	return out, nil
}

// rule finds the pattern that covers key.
func (c *Collection) rule(rules []Field, key string, v any) (f Field, found, skip bool) {
	f = Field{Name: key, Type: String, Optional: true, Index: true, Store: true}
	for _, r := range rules {
		if !r.Matches(key) {
			continue
		}
		if strings.Contains(key, ".*") {
			return f, false, true
		}
		f = r
		f.Name = key
		if _, object := v.(map[string]any); object && strings.Index(r.Name, ".*") == len(key) {
			f.Nested, f.Type, f.Sort = true, Object, false
		}
		return f, true, false
	}
	return f, false, false
}

// typed gives f the type of doc[key] where the rule does not name one.
func (c *Collection) typed(f Field, kind string, doc Document, key string, dirty Dirty) (Field, bool, error) {
	v := doc[key]
	f.Type = kind
	if kind == Auto || kind == StringStar {
		found := TypeOf(v)
		if found == "" {
			return c.untyped(f, doc, key, dirty)
		}
		f.Type = found
		if kind == StringStar {
			f.Type = String
			if _, list := v.([]any); list {
				f.Type = String + "[]"
			}
		}
		f.Nested = f.IsObject()
	}
	if sortsByDefault(f.Type) && !f.IsArray() {
		f.Sort = true
	}
	return f, c.NestedFields || !f.Nested, nil
}

// untyped handles null, empty arrays and what else has no type.
func (c *Collection) untyped(f Field, doc Document, key string, dirty Dirty) (Field, bool, error) {
	switch v := doc[key].(type) {
	case nil:
		delete(doc, key)
		return f, false, nil
	case map[string]any:
		return f, false, nil
	case []any:
		if len(v) == 0 {
			return f, false, nil
		}
	}
	if dirty == Reject || dirty == CoerceOrReject {
		return f, false, fault.Bad("Type of field `%s` is invalid.", key)
	}
	delete(doc, key)
	return f, false, nil
}

// TypeOf is the type of a JSON value, "" when it has none: null, an empty array
// or an array of arrays.
func TypeOf(v any) string {
	switch x := v.(type) {
	case string:
		return String
	case bool:
		return Bool
	case json.Number:
		if IsWhole(x) {
			return Int64
		}
		return Float
	case map[string]any:
		return Object
	case []any:
		if len(x) == 0 {
			return ""
		}
		if _, nested := x[0].([]any); nested {
			return ""
		}
		if t := TypeOf(x[0]); t != "" {
			return t + "[]"
		}
	}
	return ""
}

func sortedKeys(m map[string]any) []string {
	out := make([]string, 0, len(m))
	for k := range m {
		out = append(out, k)
	}
	slices.Sort(out)
	return out
}
