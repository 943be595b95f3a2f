// Package schema knows what a collection's documents look like: its fields,
// which documents fit them, how values are coerced into them and how nested
// objects become flat fields.
package schema

import (
	"regexp"
	"strings"
)

// The types a field can have; each but object, auto and string* also has an
// array form, written with "[]" at the end.
const (
	String     = "string"
	Int32      = "int32"
	Int64      = "int64"
	Float      = "float"
	Bool       = "bool"
	Geopoint   = "geopoint"
	Object     = "object"
	Auto       = "auto"    // the type is that of the first value seen
	StringStar = "string*" // every value becomes a string
	Image      = "image"
)

// Field is one field of a collection.
type Field struct {
	Name           string
	Type           string
	Facet          bool
	Optional       bool
	Index          bool
	Sort           bool
	Infix          bool
	Stem           bool
	Store          bool // false: indexed but not kept in the document
	RangeIndex     bool
	Locale         string
	StemDictionary string
	Reference      string
	AsyncReference bool
	Symbols        []string // symbols_to_index of this field alone
	Separators     []string // token_separators of this field alone
	Nested         bool     // a part of an object, or an object
}

// Base is the type without "[]".
func (f *Field) Base() string { return strings.TrimSuffix(f.Type, "[]") }

// IsArray says whether the field holds several values.
func (f *Field) IsArray() bool { return strings.HasSuffix(f.Type, "[]") }

// IsString says whether the field holds text.
func (f *Field) IsString() bool { return f.Base() == String }

// IsInteger says whether the field holds whole numbers.
func (f *Field) IsInteger() bool { return f.Base() == Int32 || f.Base() == Int64 }

// IsFloat says whether the field holds fractions.
func (f *Field) IsFloat() bool { return f.Base() == Float }

// IsBool says whether the field holds true or false.
func (f *Field) IsBool() bool { return f.Base() == Bool }

// IsGeo says whether the field holds places.
func (f *Field) IsGeo() bool { return f.Base() == Geopoint }

// IsObject says whether the field holds objects.
func (f *Field) IsObject() bool { return f.Base() == Object }

// IsNumeric says whether the field's values are numbers or truth values.
func (f *Field) IsNumeric() bool { return f.IsInteger() || f.IsFloat() || f.IsBool() }

// IsPattern says whether the name stands for many fields.
func (f *Field) IsPattern() bool { return f.Name != ".*" && strings.Contains(f.Name, ".*") }

// IsDynamic says whether the field is a rule for fields to come rather than a
// field with values of its own.
func (f *Field) IsDynamic() bool {
	return f.Name != ".*" && (f.Type == Auto || f.Type == StringStar || f.IsPattern())
}

// Matches says whether a document's key is covered by the field's pattern.
func (f *Field) Matches(key string) bool {
	re, err := regexp.Compile("^(?:" + f.Name + ")$")
	return err == nil && re.MatchString(key)
}

// sortsByDefault says whether fields of this type can be sorted by unless told
// otherwise.
func sortsByDefault(t string) bool {
	switch t {
	case Int32, Int64, Float, Bool, Geopoint, Geopoint + "[]":
		return true
	}
	return false
}

// sortable says whether fields of this type can be sorted by at all.
func sortable(t string) bool { return t == String || sortsByDefault(t) }

// validType says whether t is a type that a schema may name.
func validType(t string) bool {
	switch t {
	case Auto, StringStar, Image:
		return true
	}
	switch strings.TrimSuffix(t, "[]") {
	case String, Int32, Int64, Float, Bool, Geopoint, Object:
		return true
	}
	return false
}

// View is the field as the API shows it.
func (f *Field) View() map[string]any {
	v := map[string]any{
		"name": f.Name, "type": f.Type, "facet": f.Facet, "optional": f.Optional, "index": f.Index, "sort": f.Sort,
		"infix": f.Infix, "locale": f.Locale, "stem": f.Stem, "stem_dictionary": f.StemDictionary, "store": f.Store,
	}
	if f.RangeIndex {
		v["range_index"] = true
	}
	if f.Reference != "" {
		v["reference"] = f.Reference
		v["async_reference"] = f.AsyncReference
	}
	if len(f.Symbols) > 0 {
		v["symbols_to_index"] = f.Symbols
	}
	if len(f.Separators) > 0 {
		v["token_separators"] = f.Separators
	}
	return v
}
