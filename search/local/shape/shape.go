// Package shape reduces documents to the parts that a request asked for.
package shape

import (
	"net/http"
	"slices"
	"strings"

	"github.com/stagedoor/stagedoor/search/local/fault"
	"github.com/stagedoor/stagedoor/search/local/schema"
)

// Names is a set of field names.
type Names struct {
	list []string
}

// Shape says which fields are shown. The zero Shape shows all.
type Shape struct {
	Include, Exclude Names
}

// New reads include_fields and exclude_fields for documents of c.
func New(c *schema.Collection, include, exclude []string) (Shape, error) {
	var s Shape
	var err error
	if s.Include, err = names(c, include); err != nil {
		return s, err
	}
	s.Exclude, err = names(c, slices.DeleteFunc(slices.Clone(exclude), func(n string) bool {
		return n == "out_of" || n == "conversation_history"
	}))
	return s, err
}

func names(c *schema.Collection, patterns []string) (Names, error) {
	var out Names
	for _, p := range patterns {
		found, err := c.Expand(p, schema.Expansion{Wildcards: true, ID: true})
		if err != nil {
			if fault.Of(err).Status != http.StatusNotFound {
				return out, err
			}
			found = []string{p} // stored, though not in the schema
		}
		out.list = append(out.list, found...)
	}
	return out, nil
}

// NewNames returns the set of the given names.
func NewNames(list ...string) Names { return Names{list} }

// Empty says whether there is no name.
func (n Names) Empty() bool { return len(n.list) == 0 }

// Has says whether name is one of the names.
func (n Names) Has(name string) bool { return slices.Contains(n.list, name) }

// Begins says whether one of the names begins with prefix.
func (n Names) Begins(prefix string) bool {
	return slices.ContainsFunc(n.list, func(s string) bool { return strings.HasPrefix(s, prefix) })
}

// Whole says whether all is shown.
func (s Shape) Whole() bool { return s.Include.Empty() && s.Exclude.Empty() }

// Apply removes what is not to be shown from doc.
func (s Shape) Apply(doc map[string]any) {
	if !s.Whole() {
		s.prune(doc, "")
	}
}

func (s Shape) prune(doc map[string]any, parent string) {
	for key, v := range doc {
		name := key
		if parent != "" {
			name = parent + "." + key
		}
		if !s.keep(name, v) {
			delete(doc, key)
		}
	}
}

// keep prunes what is below a value and says whether the value stays.
func (s Shape) keep(name string, v any) bool {
	if !s.Include.Empty() && !s.Include.Begins(name) || s.Exclude.Has(name) {
		return false
	}
	if s.Exclude.Empty() && s.Include.Has(name) {
		return true
	}
	switch v := v.(type) {
	case map[string]any:
		was := len(v)
		s.prune(v, name)
		return was == 0 || len(v) > 0
	case []any:
		objects := false
		for _, x := range v {
			if o, ok := x.(map[string]any); ok {
				objects = true
				s.prune(o, name)
			}
		}
		if objects {
			return true
		}
	}
	return s.Include.Empty() || s.Include.Has(name)
}
