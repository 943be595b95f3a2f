package schema

import (
	"strings"

	"github.com/stagedoor/stagedoor/search/local/fault"
)

// Expansion says which fields a name in a request may stand for.
type Expansion struct {
	Text      bool // only fields that hold text
	Wildcards bool // "venue*" stands for all fields that begin so
	ID        bool // a wildcard stands for the id, too
}

// Expand returns the fields that a name stands for: the field itself, the fields
// inside an object, or those that match a wildcard. The error has status 404 when
// there is none.
func (c *Collection) Expand(name string, o Expansion) ([]string, error) {
	if name == "id" || strings.HasPrefix(name, "$") {
		return []string{name}, nil
	}
	prefix, wild := name, strings.Contains(name, "*")
	if wild && !o.Wildcards {
		return nil, fault.Bad("Pattern `%s` is not allowed.", name)
	}
	var out []string
	if wild {
		prefix = name[:len(name)-1]
		if o.ID && (name == "*" || name == "i*" || name == "id*") {
			out = append(out, "id")
		}
	}
	for f := range c.Concrete() {
		if !strings.HasPrefix(f.Name, prefix) {
			continue
		}
		itself := f.Name == name && !f.IsObject()
		if o.Text && !f.IsString() {
			if itself {
				return nil, fault.Bad("Field `%s` should be a string or a string array.", name)
			}
			continue
		}
		if itself || wild && f.Index || c.NestedFields && strings.HasPrefix(f.Name, name+".") {
			out = append(out, f.Name)
		}
	}
	switch {
	case len(out) > 0:
		return out, nil
	case wild && o.Text:
		return nil, fault.NotFound("No string or string array field found matching the pattern `%s` in the schema.", name)
	case wild:
		return nil, fault.NotFound("No field found matching the pattern `%s` in the schema.", name)
	}
	return nil, fault.NotFound("Could not find a field named `%s` in the schema.", name)
}
