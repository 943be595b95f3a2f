package schema

import (
	"strings"

	"github.com/stagedoor/stagedoor/search/local/fault"
)

// flags of a field: JSON key and default. The order is that of the checks.
var flags = []string{"store", "facet", "optional", "index", "sort", "infix"}

// ParseField reads a field of a schema. It fills raw with the defaults, as the
// API echoes them after a change. fallback tells that the field is ".*".
func ParseField(raw map[string]any, nested bool) (f Field, fallback bool, err error) {
	name, nameOK := raw["name"].(string)
	kind, typeOK := raw["type"].(string)
	if !nameOK || !typeOK {
		return f, false, fault.Bad("Wrong format for `fields`. It should be an array of objects containing `name`, `type`, `optional` and `facet` properties.")
	}
	if _, ok := raw["drop"]; ok {
		return f, false, fault.Bad("Invalid property `drop` on field `%s`: it is allowed only during schema update.", name)
	}
	for _, key := range append(flags, "stem", "range_index", "async_reference") {
		if v, ok := raw[key]; ok {
			if _, ok := v.(bool); !ok {
				return f, false, fault.Bad("The `%s` property of the field `%s` should be a boolean.", key, name)
			}
		}
	}
	if err := checkTexts(raw, name); err != nil {
		return f, false, err
	}
	if name == ".*" {
		f, err = wildcard(raw, kind)
		return f, true, err
	}
	if err := checkTraits(raw, name, kind, nested); err != nil {
		return f, false, err
	}
	f = Field{
		Name: name, Type: kind,
		Facet: flag(raw, "facet", false), Index: flag(raw, "index", true), Store: flag(raw, "store", true),
		Infix: flag(raw, "infix", false), Stem: flag(raw, "stem", false), RangeIndex: flag(raw, "range_index", false),
		Sort: flag(raw, "sort", sortsByDefault(kind)), AsyncReference: flag(raw, "async_reference", false),
		Locale: text(raw, "locale"), StemDictionary: text(raw, "stem_dictionary"), Reference: text(raw, "reference"),
		Symbols: symbols(raw, "symbols_to_index"), Separators: symbols(raw, "token_separators"),
	}
	f.Optional = flag(raw, "optional", f.IsDynamic())
	f.Nested = f.IsObject() || nested && !f.IsPattern() && strings.Contains(name, ".")
	raw["nested"], raw["nested_array"] = f.Nested, 0
	if f.Nested {
		raw["nested_array"] = 2
	}
	raw["embed"], raw["num_dim"], raw["vec_dist"] = nil, 0, "cosine"
	raw["hnsw_params"] = map[string]any{"M": 16, "ef_construction": 200}
	return f, false, nil
}

func checkTexts(raw map[string]any, name string) error {
	if v, ok := raw["locale"]; ok {
		s, ok := v.(string)
		if !ok {
			return fault.Bad("The `locale` property of the field `%s` should be a string.", name)
		}
		if s != "" && len(s) != 2 {
			return fault.Bad("The `locale` value of the field `%s` is not valid.", name)
		}
	}
	if v, ok := raw["reference"]; ok {
		if _, ok := v.(string); !ok {
			return fault.Bad("Reference should be a string.")
		}
	}
	for _, key := range []string{"symbols_to_index", "token_separators"} {
		if v, ok := raw[key]; ok {
			if _, err := characters(v, key); err != nil {
				return err
			}
		}
	}
	return nil
}

func checkTraits(raw map[string]any, name, kind string, nested bool) error {
	base := strings.TrimSuffix(kind, "[]")
	switch {
	case raw["stem"] == true && base != String:
		return fault.Bad("The `stem` property is only allowed for string and string[] fields.")
	case raw["range_index"] == true && base != Int32 && base != Int64 && base != Float:
		return fault.Bad("The `range_index` property is only allowed for the numerical fields`")
	case raw["sort"] == false && base == Geopoint:
		return fault.Bad("The `sort` property of the field `%s` having `%s` type cannot be `false`. The sort index is used during GeoSearch.", name, kind)
	case base == Object && !nested:
		return fault.Bad("Type `object` or `object[]` can be used only when nested fields are enabled by setting` enable_nested_fields` to true.")
	}
	if raw["embed"] != nil || raw["num_dim"] != nil {
		return fault.Bad("Field `%s`: vector fields are not supported by this server.", name)
	}
	if r, _ := raw["reference"].(string); r != "" {
		return fault.Bad("Field `%s`: references to other collections are not supported by this server.", name)
	}
	return nil
}

// wildcard is the field ".*": every key of a document becomes a field.
func wildcard(raw map[string]any, kind string) (Field, error) {
	f := Field{Name: ".*", Type: kind, Index: flag(raw, "index", true), Store: true, Optional: flag(raw, "optional", true),
		Facet: flag(raw, "facet", false), Sort: flag(raw, "sort", false), Infix: flag(raw, "infix", false), Locale: text(raw, "locale")}
	switch {
	case !f.Optional:
		return f, fault.Bad("Field `.*` must be an optional field.")
	case f.Facet:
		return f, fault.Bad("Field `.*` cannot be a facet field.")
	case !f.Index:
		return f, fault.Bad("Field `.*` must be an index field.")
	case !validType(kind):
		return f, fault.Bad("The `type` of field `.*` is invalid.")
	}
	return f, nil
}

// flag reads a boolean, putting the default into raw when it is not there.
func flag(raw map[string]any, key string, otherwise bool) bool {
	v, ok := raw[key].(bool)
	if !ok {
		raw[key] = otherwise
		return otherwise
	}
	return v
}

func text(raw map[string]any, key string) string {
	v, ok := raw[key].(string)
	if !ok {
		raw[key] = ""
	}
	return v
}

func symbols(raw map[string]any, key string) []string {
	v, ok := raw[key]
	if !ok {
		raw[key] = []any{}
		return nil
	}
	s, _ := characters(v, key)
	return s
}

// characters reads an array of one-byte strings.
func characters(v any, key string) ([]string, error) {
	list, ok := v.([]any)
	if !ok {
		return nil, fault.Bad("`%s` should be an array of character symbols.", key)
	}
	out := []string{}
	for _, x := range list {
		s, ok := x.(string)
		if !ok || len(s) != 1 {
			return nil, fault.Bad("`%s` should be an array of character symbols.", key)
		}
		out = append(out, s)
	}
	return out, nil
}
