package schema

import (
	"encoding/json"
	"strconv"
	"strings"

	"github.com/stagedoor/stagedoor/search/local/fault"
)

// Dirty says what happens to a value that does not fit its field.
type Dirty string

// What can happen to a value that does not fit.
const (
	CoerceOrReject Dirty = "COERCE_OR_REJECT"
	CoerceOrDrop   Dirty = "COERCE_OR_DROP"
	Drop           Dirty = "DROP"
	Reject         Dirty = "REJECT"
)

// ParseDirty reads the parameter dirty_values; the default depends on whether
// c takes fields that are not in its schema.
func (c *Collection) ParseDirty(s string) Dirty {
	switch d := Dirty(strings.ToUpper(s)); d {
	case CoerceOrReject, CoerceOrDrop, Drop, Reject:
		return d
	}
	if c.Fallback == "" && len(c.Dynamic()) == 0 {
		return Reject
	}
	return CoerceOrReject
}

// outcome of coercing one value.
type outcome int

const (
	fits outcome = iota
	dropped
)

// article is how an error names what a field takes: {single, array}.
var article = map[string][2]string{
	String: {"a", "an array of"}, Int32: {"an", "an array of"}, Int64: {"an", "an array of"},
	Float: {"a", "a array of"}, Bool: {"a", "a array of"}, Geopoint: {"a", "an array of"},
}

// coerceOne makes v fit the base type of f; array tells that v is an element.
func coerceOne(f *Field, v any, array bool, dirty Dirty) (any, outcome, error) {
	base := f.Base()
	if is(base, v) {
		return v, fits, nil
	}
	refuse := func() error {
		if _, list := v.([]any); list && f.Nested {
			return fault.Bad("Field `%s` has an incorrect type. Hint: field inside an array of objects must be an array type as well.", f.Name)
		}
		kind := article[base][0]
		if array {
			kind = article[base][1]
		}
		return fault.Bad("Field `%s` must be %s %s.", f.Name, kind, base)
	}
	switch {
	case dirty == Reject, dirty == Drop && !f.Optional:
		return nil, fits, refuse()
	case dirty == Drop:
		return nil, dropped, nil
	}
	if out, ok := convert(base, v); ok {
		return out, fits, nil
	}
	if s, text := v.(string); text && base == Bool && s != "" {
		return nil, fits, refuse() // never dropped
	}
	if dirty == CoerceOrDrop && f.Optional {
		return nil, dropped, nil
	}
	return nil, fits, refuse()
}

// is says whether v is a value of a type as it stands.
func is(base string, v any) bool {
	switch x := v.(type) {
	case string:
		return base == String || base == Image
	case bool:
		return base == Bool
	case json.Number:
		return base == Float || (base == Int32 || base == Int64) && IsWhole(x)
	}
	return false
}

// convert changes v into a value of a type, where that can be done.
func convert(base string, v any) (any, bool) {
	switch base {
	case String:
		return toText(v)
	case Int32, Int64:
		return toWhole(base, v)
	case Float:
		return toFloat(v)
	case Bool:
		return toBool(v)
	}
	return nil, false
}

func toText(v any) (any, bool) {
	switch x := v.(type) {
	case bool:
		return strconv.FormatBool(x), true
	case json.Number:
		if IsWhole(x) {
			return string(x), true
		}
		return FloatText(Fraction(x)), true
	}
	return nil, false
}

func toWhole(base string, v any) (any, bool) {
	switch x := v.(type) {
	case bool:
		if x {
			return json.Number("1"), true
		}
		return json.Number("0"), true
	case json.Number:
		return json.Number(strconv.FormatInt(int64(Fraction(x)), 10)), true
	case string:
		if base == Int32 && IsInt32(x) || base == Int64 && IsInt64(x) {
			n, _ := strconv.ParseInt(strings.TrimPrefix(x, "+"), 10, 64)
			return json.Number(strconv.FormatInt(n, 10)), true
		}
	}
	return nil, false
}

func toFloat(v any) (any, bool) {
	switch x := v.(type) {
	case bool:
		if x {
			return json.Number("1.0"), true
		}
		return json.Number("0.0"), true
	case string:
		if IsFloat(x) {
			f, _ := strconv.ParseFloat(x, 64)
			return json.Number(strconv.FormatFloat(f, 'f', -1, 64)), true
		}
	}
	return nil, false
}

func toBool(v any) (any, bool) {
	switch x := v.(type) {
	case json.Number:
		if IsWhole(x) && (Whole(x) == 0 || Whole(x) == 1) {
			return Whole(x) == 1, true
		}
	case string:
		switch strings.ToLower(x) {
		case "true":
			return true, true
		case "false":
			return false, true
		}
	}
	return nil, false
}

// coercePoint makes v a pair of numbers.
func coercePoint(f *Field, v any, array bool, dirty Dirty) (any, outcome, error) {
	pair, ok := v.([]any)
	if !ok || len(pair) != 2 {
		if array {
			return nil, fits, fault.Bad("Field `%s` must contain 2 element arrays: [ [lat, lng],... ].", f.Name)
		}
		return nil, fits, fault.Bad("Field `%s` must be a 2 element array: [lat, lng].", f.Name)
	}
	if is(Float, pair[0]) && is(Float, pair[1]) {
		return v, fits, nil
	}
	kind := "a"
	if array {
		kind = "an array of"
	}
	refused := fault.Bad("Field `%s` must be %s geopoint.", f.Name, kind)
	switch {
	case dirty == Reject, dirty == Drop && !f.Optional:
		return nil, fits, refused
	case dirty == Drop:
		return nil, dropped, nil
	}
	out := make([]any, 2)
	for i, x := range pair {
		if s, text := x.(string); text && IsFloat(s) {
			x, _ = toFloat(s)
		}
		if !is(Float, x) {
			if dirty == CoerceOrDrop && f.Optional {
				return nil, dropped, nil
			}
			return nil, fits, refused
		}
		out[i] = x
	}
	return out, fits, nil
}

// coerce makes a whole field's value fit. It may drop single array elements.
func coerce(f *Field, v any, dirty Dirty) (any, outcome, error) {
	switch {
	case f.Type == Geopoint:
		return coercePoint(f, v, false, dirty)
	case !f.IsArray():
		return coerceOne(f, v, false, dirty)
	}
	list, ok := v.([]any)
	if !ok {
		if f.Optional && (dirty == Drop || dirty == CoerceOrDrop) {
			return nil, dropped, nil
		}
		return nil, fits, fault.Bad("Field `%s` must be an array.", f.Name)
	}
	if f.IsGeo() && f.Nested && len(list) > 0 && is(Float, list[0]) {
		if len(list)%2 != 0 {
			return nil, fits, fault.Bad("Nested field `%s` does not contain valid geopoint values.", f.Name)
		}
		return v, fits, nil // pairs of an array of objects, one after the other
	}
	out := make([]any, 0, len(list))
	for _, x := range list {
		one := coerceOne
		if f.IsGeo() {
			one = coercePoint
		}
		y, o, err := one(f, x, true, dirty)
		if err != nil {
			return nil, fits, err
		}
		if o == fits {
			out = append(out, y)
		}
	}
	return out, fits, nil
}
