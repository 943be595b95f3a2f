package schema

import (
	"errors"
	"iter"
	"slices"
	"strings"

	"github.com/stagedoor/stagedoor/search/local/fault"
)

var errTrailing = errors.New("text after the JSON value")

// Collection is the schema of a collection.
type Collection struct {
	Name         string
	CreatedAt    int64 // unix seconds
	Fields       []Field
	DefaultSort  string // default_sorting_field, "" for none
	NestedFields bool   // enable_nested_fields
	Symbols      []string
	Separators   []string
	Metadata     map[string]any
	Fallback     string // the type of ".*", "" when there is no such field
}

// Parse reads the body of a request that creates a collection.
func Parse(req map[string]any) (Collection, error) {
	c := Collection{}
	name, ok := req["name"]
	if !ok {
		return c, fault.Bad("Parameter `name` is required.")
	}
	if c.Name, ok = name.(string); !ok || c.Name == "" {
		return c, fault.Bad("Parameter `name` must be a non-empty string.")
	}
	if _, ok := req["fields"]; !ok {
		return c, fault.Bad("Parameter `fields` is required.")
	}
	if err := c.options(req); err != nil {
		return c, err
	}
	fields, ok := req["fields"].([]any)
	if !ok || len(fields) == 0 {
		return c, fault.Bad("The `fields` value should be an array of objects containing `name`, `type` and optionally, `facet` properties.")
	}
	if v, ok := req["metadata"]; ok {
		if c.Metadata, ok = v.(map[string]any); !ok {
			return c, fault.Bad("The `metadata` value should be an object.")
		}
	}
	if c.DefaultSort == "id" {
		return c, fault.Bad("Invalid `default_sorting_field` value: cannot be `id`.")
	}
	wildcards := 0
	for _, v := range fields {
		raw, ok := v.(map[string]any)
		if !ok || raw["name"] == nil {
			return c, fault.Bad("Bad request.")
		}
		if raw["name"] == "id" {
			continue // reserved; accepted and ignored
		}
		f, wild, err := ParseField(raw, c.NestedFields)
		if err != nil {
			return c, err
		}
		if wild {
			c.Fallback = f.Type
			wildcards++
		}
		c.Fields = append(c.Fields, f)
	}
	if wildcards > 1 {
		return c, fault.Bad("There can be only one field named `.*`.")
	}
	return c, c.check()
}

func (c *Collection) options(req map[string]any) error {
	var ok bool
	if v, given := req["default_sorting_field"]; given {
		if c.DefaultSort, ok = v.(string); !ok {
			return fault.Bad("`default_sorting_field` should be a string. It should be the name of an int32/float field.")
		}
	}
	var err error
	c.Symbols, c.Separators = []string{}, []string{}
	if v, given := req["symbols_to_index"]; given {
		if c.Symbols, err = characters(v, "symbols_to_index"); err != nil {
			return err
		}
	}
	if v, given := req["token_separators"]; given {
		if c.Separators, err = characters(v, "token_separators"); err != nil {
			return err
		}
	}
	if v, given := req["enable_nested_fields"]; given {
		if c.NestedFields, ok = v.(bool); !ok {
			return fault.Bad("`enable_nested_fields` should be a boolean.")
		}
	}
	return nil
}

// check looks at the fields together.
func (c *Collection) check() error {
	found := false
	for _, f := range c.Fields {
		if err := checkField(&f); err != nil {
			return err
		}
		if f.Name != c.DefaultSort || c.DefaultSort == "" {
			continue
		}
		found = true
		switch {
		case !sortable(f.Type):
			return fault.Bad("Default sorting field `%s` is not a sortable type.", f.Name)
		case f.Optional:
			return fault.Bad("Default sorting field `%s` cannot be an optional field.", f.Name)
		case f.IsGeo():
			return fault.Bad("Default sorting field cannot be of type geopoint.")
		}
	}
	if c.DefaultSort != "" && !found {
		return fault.Bad("Default sorting field is defined as `%s` but is not found in the schema.", c.DefaultSort)
	}
	return c.unique()
}

func checkField(f *Field) error {
	switch {
	case !validType(f.Type):
		return fault.Bad("Field `%s` has an invalid data type `%s`, see docs for supported data types.", f.Name, f.Type)
	case f.IsDynamic() && !f.Nested && !f.Optional:
		return fault.Bad("Field `%s` must be an optional field.", f.Name)
	case !f.Index && f.Facet:
		return fault.Bad("Field `%s` cannot be a facet since it's marked as non-indexable.", f.Name)
	case f.Sort && !sortable(f.Type) && f.Type != Auto && f.Type != StringStar:
		return fault.Bad("Field `%s` cannot be a sortable field.", f.Name)
	}
	return nil
}

// unique allows a name once as a field and once as a rule.
func (c *Collection) unique() error {
	seen := map[string][2]int{}
	for _, f := range c.Fields {
		n := seen[f.Name]
		if f.Name == ".*" || f.IsDynamic() {
			n[1]++
		} else {
			n[0]++
		}
		if n[0] > 1 || n[1] > 1 {
			return fault.Bad("There are duplicate field names in the schema.")
		}
		seen[f.Name] = n
	}
	return nil
}

// Field returns the concrete field called name.
func (c *Collection) Field(name string) (Field, bool) {
	for i := range c.Fields {
		if f := &c.Fields[i]; f.Name == name && f.Name != ".*" && !f.IsDynamic() {
			return *f, true
		}
	}
	return Field{}, false
}

// Concrete yields the fields that have values, in the order of the schema.
func (c *Collection) Concrete() iter.Seq[*Field] {
	return func(yield func(*Field) bool) {
		for i := range c.Fields {
			if f := &c.Fields[i]; f.Name != ".*" && !f.IsDynamic() && !yield(f) {
				return
			}
		}
	}
}

// Dynamic returns the fields that are rules for fields to come.
func (c *Collection) Dynamic() []Field {
	var out []Field
	for i := range c.Fields {
		if c.Fields[i].IsDynamic() {
			out = append(out, c.Fields[i])
		}
	}
	return out
}

// nestedRoots returns the nested fields that are not below another one.
func (c *Collection) nestedRoots() []Field {
	var out []Field
	for _, f := range c.Fields {
		if !f.Nested || f.Name == ".*" || f.IsDynamic() {
			continue
		}
		below := slices.ContainsFunc(c.Fields, func(g Field) bool {
			return g.Nested && !g.IsDynamic() && strings.HasPrefix(f.Name, g.Name+".")
		})
		if !below {
			out = append(out, f)
		}
	}
	return out
}

// View is the collection as the API shows it.
func (c *Collection) View(documents int) map[string]any {
	fields := []any{}
	for _, f := range c.Fields {
		fields = append(fields, f.View())
	}
	v := map[string]any{
		"name": c.Name, "num_documents": documents, "created_at": c.CreatedAt, "fields": fields,
		"default_sorting_field": c.DefaultSort, "enable_nested_fields": c.NestedFields,
		"symbols_to_index": c.Symbols, "token_separators": c.Separators,
	}
	if len(c.Metadata) > 0 {
		v["metadata"] = c.Metadata
	}
	return v
}

// Clone copies c so that changing the copy's fields leaves c alone.
func (c *Collection) Clone() Collection {
	d := *c
	d.Fields = slices.Clone(c.Fields)
	return d
}
