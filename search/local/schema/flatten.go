package schema

import (
	"strings"

	"github.com/stagedoor/stagedoor/search/local/fault"
)

// flattening is the work of turning one document's objects into flat values.
type flattening struct {
	doc    Document
	flat   map[string]any
	fields map[string]Field // flat fields found, by name
	update bool
	rules  []Field // patterns with a type of their own
}

// flatten returns doc's record and the flat fields that the schema lacks.
func (c *Collection) flatten(doc Document, update bool) (Record, []Field, error) {
	if !c.NestedFields {
		return Record{Doc: doc}, nil, nil
	}
	r := Record{Doc: doc, Flat: map[string]any{}}
	x := &flattening{doc: doc, flat: r.Flat, fields: map[string]Field{}, update: update}
	for _, f := range c.Dynamic() {
		if f.Type != Auto && f.Type != StringStar {
			x.rules = append(x.rules, f)
		}
	}
	for _, f := range c.nestedRoots() {
		if !f.Index {
			continue
		}
		path := strings.Split(f.Name, ".")
		if _, explicit := doc[f.Name]; explicit && len(path) > 1 {
			continue
		}
		missing, err := x.descend(doc, f, path, 0, false, false)
		if err != nil {
			return r, nil, err
		}
		if missing && !update && !f.Optional {
			return r, nil, fault.Bad("Field `%s` not found.", f.Name)
		}
	}
	var fresh []Field
	for _, name := range sortedFields(x.fields) {
		if _, known := c.Field(name); !known {
			fresh = append(fresh, x.fields[name])
		}
	}
	return r, fresh, nil
}

// descend follows the path of f from v. missing says that the path ends early.
func (x *flattening) descend(v any, f Field, path []string, at int, array, objects bool) (missing bool, err error) {
	if at == len(path) {
		return false, x.end(v, f, at, array, objects)
	}
	o, ok := v.(map[string]any)
	if !ok {
		return true, nil
	}
	child, ok := o[path[at]]
	if !ok {
		return true, nil
	}
	list, ok := child.([]any)
	if !ok {
		return x.descend(child, f, path, at+1, array, objects)
	}
	if len(list) == 0 {
		return at+1 < len(path), nil
	}
	for _, e := range list {
		_, isObject := e.(map[string]any)
		objects = objects || isObject
		if missing, err := x.descend(e, f, path, at+1, true, objects); missing || err != nil {
			return missing, err
		}
	}
	return false, nil
}

// end takes the value at the end of a path.
func (x *flattening) end(v any, f Field, depth int, array, objects bool) error {
	kind, ruled := x.ruled(f.Name, v)
	if !ruled {
		if kind = TypeOf(v); kind == "" {
			if v == nil && f.Optional {
				return nil
			}
			return fault.Bad("Field `%s` has an incorrect type.", f.Name)
		}
		if array && !strings.HasSuffix(kind, "[]") {
			kind += "[]"
		}
	}
	objects = objects || kind == Object && array
	if kind != f.Type && !closeEnough(kind, f.Type, objects) {
		if objects && !f.IsArray() {
			return fault.Bad("Field `%s` has an incorrect type. Hint: field inside an array of objects must be an array type as well.", f.Name)
		}
		return fault.Bad("Field `%s` has an incorrect type.", f.Name)
	}
	if f.IsObject() {
		x.object(v, f, f.Name, array, objects)
		return nil
	}
	if x.given(f.Name) {
		return nil
	}
	x.put(f.Name, v, array)
	g := f
	g.Type, g.Nested = kind, depth > 1
	x.fields[f.Name] = g
	return nil
}

// given says whether the document itself has a key that is a flat name.
func (x *flattening) given(name string) bool {
	_, inDoc := x.doc[name]
	_, ours := x.fields[name]
	return inDoc && !ours
}

func (x *flattening) put(name string, v any, array bool) {
	if !array {
		x.flat[name] = v
		return
	}
	list, _ := x.flat[name].([]any)
	x.flat[name] = append(list, v)
}

// object flattens all that is below v.
func (x *flattening) object(v any, f Field, name string, array, objects bool) {
	switch v := v.(type) {
	case map[string]any:
		for _, key := range sortedKeys(v) {
			child := name + "." + key
			if v[key] != nil {
				x.object(v[key], f, child, array, array)
				continue
			}
			if !array && x.update {
				x.flat[child] = nil
			}
			if !x.update {
				delete(v, key)
			}
		}
	case []any:
		for _, e := range v {
			x.object(e, f, name, true, objects)
		}
	default:
		x.primitive(v, f, name, array)
	}
}

func (x *flattening) primitive(v any, f Field, name string, array bool) {
	if x.given(name) {
		return
	}
	g := f
	kind, ruled := x.ruled(name, v)
	if ruled {
		g, _ = x.ruleFor(name)
	} else {
		if kind = TypeOf(v); kind == "" {
			return
		}
		if array {
			kind += "[]"
		}
	}
	x.put(name, v, array)
	g.Name, g.Type, g.Optional, g.Nested, g.Store = name, kind, true, true, true
	g.Sort = f.Sort || sortsByDefault(kind)
	x.fields[name] = g
}

func (x *flattening) ruleFor(name string) (Field, bool) {
	for _, r := range x.rules {
		if r.Matches(name) {
			return r, true
		}
	}
	return Field{}, false
}

// ruled is the type that a pattern gives to a flat name.
func (x *flattening) ruled(name string, v any) (string, bool) {
	r, ok := x.ruleFor(name)
	if !ok {
		return "", false
	}
	if _, object := v.(map[string]any); object {
		return Object, true
	}
	return r.Type, true
}

// closeEnough allows for numbers whose type JSON does not tell.
func closeEnough(found, declared string, objects bool) bool {
	switch found {
	case Int64:
		return declared == Int32 || declared == Float
	case Int64 + "[]":
		return declared == Int32+"[]" || declared == Float+"[]" || declared == Geopoint+"[]" || declared == Geopoint && !objects
	case Float + "[]":
		return declared == Geopoint+"[]" || declared == Geopoint && !objects
	}
	return false
}

func sortedFields(m map[string]Field) []string {
	names := map[string]any{}
	for k := range m {
		names[k] = nil
	}
	return sortedKeys(names)
}
