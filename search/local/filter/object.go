package filter

import (
	"encoding/json"
	"slices"
	"strings"

	"github.com/stagedoor/stagedoor/search/local/earth"
	"github.com/stagedoor/stagedoor/search/local/memory"
	"github.com/stagedoor/stagedoor/search/local/postings"
	"github.com/stagedoor/stagedoor/search/local/text"
)

// objects finds the documents in which a single object fulfils all of what is
// between the braces. The document as a whole must fulfil it, too: an object
// that is not in the stalls counts only where none is.
func (r Run) objects(c *cond) (postings.Bits, error) {
	may, err := r.Find(c.inner)
	if err != nil {
		return nil, err
	}
	var failed error
	may.Each(func(id uint32) bool {
		doc, err := r.Source.Document(id)
		if err != nil {
			failed = err
			return false
		}
		if !slices.ContainsFunc(below(doc, strings.Split(c.field, ".")), func(o map[string]any) bool {
			return r.fulfils(c.inner, o, c.field+".")
		}) {
			may.Remove(id)
		}
		return true
	})
	return may, failed
}

// below returns the objects at the end of a path.
func below(v any, path []string) []map[string]any {
	switch v := v.(type) {
	case map[string]any:
		if len(path) == 0 {
			return []map[string]any{v}
		}
		return below(v[path[0]], path[1:])
	case []any:
		var out []map[string]any
		for _, x := range v {
			out = append(out, below(x, path)...)
		}
		return out
	}
	return nil
}

// leaves returns the values at the end of a path.
func leaves(v any, path []string) []any {
	switch v := v.(type) {
	case map[string]any:
		if len(path) > 0 {
			return leaves(v[path[0]], path[1:])
		}
	case []any:
		var out []any
		for _, x := range v {
			out = append(out, leaves(x, path)...)
		}
		return out
	case nil:
	default:
		if len(path) == 0 {
			return []any{v}
		}
	}
	return nil
}

func (r Run) fulfils(n *Node, o map[string]any, prefix string) bool {
	if n.on == nil {
		if n.operator == and {
			return r.fulfils(n.left, o, prefix) && r.fulfils(n.right, o, prefix)
		}
		return r.fulfils(n.left, o, prefix) || r.fulfils(n.right, o, prefix)
	}
	c := n.on
	found := leaves(o, strings.Split(strings.TrimPrefix(c.field, prefix), "."))
	switch c.kind {
	case byNumber:
		return c.negate != r.anyNumber(c, found)
	case byText:
		return c.negate != r.anyText(c, found)
	case byPlace:
		return len(found) == 2 && slices.ContainsFunc(c.regions, func(g earth.Region) bool {
			a, _ := found[0].(json.Number)
			b, _ := found[1].(json.Number)
			return g.Contains(earth.At(float(string(a)), float(string(b))))
		})
	}
	return false
}

func (r Run) anyNumber(c *cond, found []any) bool {
	for _, s := range c.ranges {
		in := false
		for _, v := range found {
			n, ok := memory.Number(&c.def, v)
			in = in || ok && n >= s.lo && n <= s.hi
		}
		if in != s.not {
			return true
		}
	}
	return false
}

func (r Run) anyText(c *cond, found []any) bool {
	a := r.Index.Field(c.field).Analyzer
	for _, value := range c.texts {
		words, unfinished := terms(a, value)
		for _, v := range found {
			s, _ := v.(string)
			if fits(a.Words(s), words, c.exact, unfinished) {
				return true
			}
		}
	}
	return false
}

// fits says whether a text holds the words of a filter value.
func fits(have, want []string, exact, unfinished bool) bool {
	same := func(h, w string, last bool) bool {
		h = text.Cut(h)
		return h == w || last && unfinished && strings.HasPrefix(h, w)
	}
	if exact {
		if len(have) < len(want) || len(have) > len(want) && !unfinished {
			return false
		}
		for i, w := range want {
			if !same(have[i], w, i == len(want)-1) {
				return false
			}
		}
		return true
	}
	for i, w := range want {
		if !slices.ContainsFunc(have, func(h string) bool { return same(h, w, i == len(want)-1) }) {
			return false
		}
	}
	return true
}
