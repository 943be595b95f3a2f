package schema

import (
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/stagedoor/stagedoor/search/local/fault"
)

// Alteration is a change of a schema.
type Alteration struct {
	New     Collection
	Dropped []string // fields that are gone
	Added   []string // fields that are new, or dropped and added again
}

// Alter reads the fields of a request that changes the schema. It fills the
// request's fields with their defaults.
func (c *Collection) Alter(fields []any) (Alteration, error) {
	a := Alteration{New: c.Clone()}
	malformed := fault.Bad("The `fields` value should be an array of objects containing the field `name` and other properties.")
	dropped := map[string]bool{}
	var raws []map[string]any
	for _, v := range fields {
		raw, ok := v.(map[string]any)
		name, named := raw["name"].(string)
		if !ok || !named {
			return a, malformed
		}
		if name == "id" {
			return a, fault.Bad("Field `id` cannot be altered.")
		}
		if _, ok := raw["drop"]; ok {
			dropped[name] = true
		}
		raws = append(raws, raw)
	}
	if len(raws) == 0 {
		return a, malformed
	}
	// What is dropped goes first, so that it can be added again.
	slices.SortStableFunc(raws, func(x, y map[string]any) int {
		_, dx := x["drop"]
		_, dy := y["drop"]
		switch {
		case dx && !dy:
			return -1
		case dy && !dx:
			return 1
		}
		return 0
	})
	for _, raw := range raws {
		name := raw["name"].(string)
		if v, ok := raw["drop"]; ok {
			if v != true {
				return a, fault.Bad("Field `%s` must have a drop value of `true`.", name)
			}
			if err := a.drop(c, name); err != nil {
				return a, err
			}
			raw["embed"] = nil
			continue
		}
		if err := a.add(c, raw, name, dropped[name]); err != nil {
			return a, err
		}
	}
	return a, a.New.unique()
}

// knows says whether the schema has a field or a rule called name.
func (c *Collection) knows(name string) bool {
	return slices.ContainsFunc(c.Fields, func(f Field) bool { return f.Name == name && name != ".*" })
}

func (a *Alteration) drop(c *Collection, name string) error {
	if name == ".*" {
		a.New.Fallback = ""
		a.remove(func(f Field) bool { return f.Name == ".*" })
		return nil
	}
	if !c.knows(name) {
		return fault.Bad("Field `%s` is not part of collection schema.", name)
	}
	for _, f := range c.Fields {
		if f.Name != name {
			continue
		}
		if f.IsDynamic() {
			if pattern, err := regexp.Compile("^(?:" + f.Name + ")$"); err == nil {
				a.remove(func(g Field) bool { return !g.IsDynamic() && pattern.MatchString(g.Name) })
			}
		}
		if f.Nested && c.NestedFields {
			a.remove(func(g Field) bool { return strings.HasPrefix(g.Name, name+".") })
		}
	}
	a.remove(func(f Field) bool { return f.Name == name })
	if c.DefaultSort == name {
		a.New.DefaultSort = ""
	}
	return nil
}

func (a *Alteration) remove(which func(Field) bool) {
	a.New.Fields = slices.DeleteFunc(a.New.Fields, func(f Field) bool {
		gone := which(f)
		if gone {
			a.Dropped = append(a.Dropped, f.Name)
		}
		return gone
	})
}

func (a *Alteration) add(c *Collection, raw map[string]any, name string, dropped bool) error {
	known := c.knows(name)
	switch {
	case known && !dropped:
		return fault.Bad("Field `%s` is already part of the schema: To change this field, drop it first before adding it back to the schema.", name)
	case !known && dropped:
		return fault.Bad("Field `%s` cannot be added and deleted at the same time.", name)
	}
	f, wild, err := ParseField(raw, c.NestedFields)
	if err != nil {
		return err
	}
	if wild {
		if a.New.Fallback != "" {
			return fault.Bad("The schema already contains a `.*` field.")
		}
		a.New.Fallback = f.Type
	}
	if err := checkField(&f); err != nil {
		return err
	}
	a.New.Fields = append(a.New.Fields, f)
	a.Added = append(a.Added, name)
	return nil
}

// Fits finds out whether a stored document fits the new schema, and adds the
// fields that it brings.
func (a *Alteration) Fits(doc Document) error {
	_, fresh, err := a.New.Prepare(deepClone(doc).(Document), Create, CoerceOrReject)
	for _, f := range fresh {
		if !slices.Contains(a.Dropped, f.Name) {
			a.New.Fields = append(a.New.Fields, f)
			a.Added = append(a.Added, f.Name)
		}
	}
	if err == nil {
		return nil
	}
	message := fault.Of(err).Message
	if before, ok := strings.CutSuffix(message, "but is not found in the document."); ok {
		return fault.Bad("%sbut is not found in the documents already present in the collection. If you still want to add this field, set it as `optional: true`.", before)
	}
	const conflict = "Schema change is incompatible with the type of documents already stored in this collection."
	if what, kind, ok := strings.Cut(message, " must be "); ok && what != "" {
		return fault.Bad("%s Existing data for %s cannot be coerced into %s", conflict, strings.ToLower(what[:1])+what[1:], kind)
	}
	return fault.Bad("%s error: %s", conflict, message)
}

func deepClone(v any) any {
	switch v := v.(type) {
	case map[string]any:
		out := make(map[string]any, len(v))
		for k, x := range v {
			out[k] = deepClone(x)
		}
		return out
	case []any:
		out := make([]any, len(v))
		for i, x := range v {
			out[i] = deepClone(x)
		}
		return out
	}
	return v
}

// Record returns the record of a stored document as it is indexed. Values that
// were stored before the schema had their field are coerced; those that do not
// fit are left out.
func (c *Collection) Record(doc Document) Record {
	r := c.Flatten(doc)
	cloned := false
	for f := range c.Concrete() {
		v, ok := r.Value(f.Name)
		if !ok || v == nil || f.IsObject() || conforms(f, v) {
			continue
		}
		if !cloned {
			r.Doc, cloned = maps.Clone(doc), true
		}
		out, o, err := coerce(f, v, CoerceOrDrop)
		if err != nil || o == dropped {
			r.unset(f.Name)
			continue
		}
		r.set(f.Name, out)
	}
	return r
}

// conforms says whether a value is as it should be, judged quickly.
func conforms(f *Field, v any) bool {
	base := f.Base()
	list, ok := v.([]any)
	if base == Geopoint {
		return ok && f.Type == base && len(list) == 2 && is(Float, list[0]) && is(Float, list[1])
	}
	if !ok || !f.IsArray() {
		return !ok && is(base, v)
	}
	for _, x := range list {
		if !is(base, x) {
			return false
		}
	}
	return true
}
