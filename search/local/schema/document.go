package schema

import (
	"maps"
	"slices"
	"strings"

	"github.com/stagedoor/stagedoor/search/local/fault"
)

// Document is a JSON object as it was sent. Numbers are json.Number.
type Document = map[string]any

// Action is what a write does with a document.
type Action string

// What a write can do: create fails when the id is taken; update changes the
// given fields of a document that is there; upsert replaces or creates; emplace
// updates or creates.
const (
	Create  Action = "create"
	Update  Action = "update"
	Upsert  Action = "upsert"
	Emplace Action = "emplace"
)

// Record is a document with the values that its nested objects give to flat
// fields ("venue.city").
type Record struct {
	Doc  Document
	Flat map[string]any
}

// Value returns the value of a field, and whether there is one.
func (r Record) Value(name string) (any, bool) {
	if v, ok := r.Doc[name]; ok {
		return v, true
	}
	v, ok := r.Flat[name]
	return v, ok
}

func (r Record) set(name string, v any) {
	if _, ok := r.Doc[name]; ok {
		r.Doc[name] = v
		return
	}
	r.Flat[name] = v
}

func (r Record) unset(name string) {
	delete(r.Doc, name)
	delete(r.Flat, name)
}

// Prepare flattens doc, finds the fields it brings that the schema does not have
// yet, and coerces its values. doc is changed in place. The returned fields are
// to be added to the schema, even when there is an error.
func (c *Collection) Prepare(doc Document, action Action, dirty Dirty) (Record, []Field, error) {
	update := action == Update || action == Emplace
	fresh, err := c.detect(doc, dirty)
	if err != nil {
		return Record{}, nil, err
	}
	grown := c
	if len(fresh) > 0 {
		clone := c.Clone()
		clone.Fields = append(clone.Fields, fresh...)
		grown = &clone
	}
	r, found, err := grown.flatten(doc, update)
	if err != nil {
		return r, fresh, err
	}
	if len(found) > 0 {
		clone := grown.Clone()
		clone.Fields = append(clone.Fields, found...)
		grown = &clone
		fresh = append(fresh, found...)
	}
	return r, fresh, grown.fit(r, action, dirty)
}

// Flatten returns the record of a stored document, which fits the schema.
func (c *Collection) Flatten(doc Document) Record {
	r, _, err := c.flatten(doc, true)
	if err != nil {
		return Record{Doc: doc, Flat: map[string]any{}}
	}
	return r
}

// fit checks and coerces the values of r.
func (c *Collection) fit(r Record, action Action, dirty Dirty) error {
	partial := action == Update || action == Emplace
	if _, ok := r.Value(c.DefaultSort); c.DefaultSort != "" && !ok && !partial {
		return fault.Bad("Field `%s` has been declared as a default sorting field, but is not found in the document.", c.DefaultSort)
	}
	for f := range c.Concrete() {
		if f.IsObject() {
			continue
		}
		v, ok := r.Value(f.Name)
		if !ok {
			if f.Optional || partial {
				continue
			}
			return fault.Bad("Field `%s` has been declared in the schema, but is not found in the document.", f.Name)
		}
		if v == nil && f.Optional {
			if !partial {
				r.unset(f.Name)
			}
			continue
		}
		out, o, err := coerce(f, v, dirty)
		if err != nil {
			return err
		}
		if o == dropped {
			r.unset(f.Name)
			continue
		}
		r.set(f.Name, out)
	}
	return nil
}

// Merge applies a partial document to old as RFC 7396 does: objects merge, null
// removes. Neither argument is changed.
func Merge(old, patch Document) Document {
	out := maps.Clone(old)
	for k, v := range patch {
		switch v := v.(type) {
		case nil:
			delete(out, k)
		case map[string]any:
			if below, ok := out[k].(map[string]any); ok {
				out[k] = Merge(below, v)
			} else {
				out[k] = Merge(Document{}, v)
			}
		default:
			out[k] = v
		}
	}
	return out
}

// HasUnstored says whether there are fields that are indexed but not kept.
func (c *Collection) HasUnstored() bool {
	return slices.ContainsFunc(c.Fields, func(f Field) bool { return !f.Store })
}

// Unstored removes the values of fields that are indexed but not kept.
func (c *Collection) Unstored(doc Document) {
	for _, f := range c.Fields {
		if !f.Store {
			remove(doc, f.Name)
		}
	}
}

// remove deletes a field, given by its flat name, from a document.
func remove(doc Document, name string) {
	delete(doc, name)
	head, rest, ok := strings.Cut(name, ".")
	if !ok {
		return
	}
	switch v := doc[head].(type) {
	case map[string]any:
		remove(v, rest)
	case []any:
		for _, x := range v {
			if o, ok := x.(map[string]any); ok {
				remove(o, rest)
			}
		}
	}
}
