package rank

import (
	"math"
	"strconv"
	"strings"

	"github.com/stagedoor/stagedoor/search/local/earth"
	"github.com/stagedoor/stagedoor/search/local/fault"
	"github.com/stagedoor/stagedoor/search/local/filter"
	"github.com/stagedoor/stagedoor/search/local/schema"
)

// Sort is one key of an order, checked against a schema.
type Sort struct {
	name       string
	ascending  bool
	missing    string // "first" or "last" when it was asked for
	buckets    int
	from       *earth.Point
	exclude    int64 // metres: nearer documents count as equally near
	precision  int64 // metres: distances are rounded up to multiples
	conditions []*filter.Node
	scores     []int64
	fade       *fade
}

// Query is what the keys of an order depend on.
type Query struct {
	Wildcard bool // there are no words to match
	Grouped  bool
}

// ParseSort reads a sort_by parameter for documents of c and completes it: words
// sort by text match when nothing else is said, everything by the collection's
// own order.
func ParseSort(c *schema.Collection, s string, q Query) ([]Sort, error) {
	terms, err := split(s)
	if err != nil {
		return nil, err
	}
	var out []Sort
	evals, byText := 0, false
	for _, t := range terms {
		k, err := check(c, t, q)
		if err != nil {
			return nil, err
		}
		if k.name == evaluation {
			evals++
		}
		byText = byText || k.name == textMatch
		out = append(out, k)
	}
	if evals > 1 {
		return nil, fault.New(422, "Only one sorting eval expression is allowed.")
	}
	if len(out) == 0 {
		own := Sort{name: sequence}
		if c.DefaultSort != "" {
			own.name = c.DefaultSort
		}
		if q.Wildcard {
			return []Sort{own}, nil
		}
		return []Sort{{name: textMatch}, own}, nil
	}
	if !byText && !q.Wildcard && len(out) < maxKeys {
		out = append(out, Sort{name: textMatch})
	}
	return out, nil
}

func check(c *schema.Collection, t term, q Query) (Sort, error) {
	k := Sort{name: t.name, ascending: t.order == "ASC"}
	if t.name == evaluation && t.conditions != nil {
		return k, k.evaluate(c, t)
	}
	if strings.HasSuffix(t.name, ")") {
		if err := k.parameters(c, t.name); err != nil {
			return k, err
		}
	}
	switch k.name {
	case textMatch, sequence:
	case groupFound:
		if !q.Grouped {
			return k, fault.NotFound("group_by parameters should not be empty when using sort_by group_found")
		}
	case vectors:
		return k, fault.NotFound("sort_by vector_distance is only supported for vector queries, semantic search and hybrid search.")
	default:
		if f, ok := c.Field(k.name); !ok || !f.Sort || !f.Index {
			return k, unknown(k.name)
		}
	}
	if t.order != "ASC" && t.order != "DESC" {
		return k, fault.Bad("Order for field` %s` should be either ASC or DESC.", k.name)
	}
	return k, nil
}

func unknown(name string) error {
	return fault.NotFound("Could not find a field named `%s` in the schema for sorting.", name)
}

func (k *Sort) evaluate(c *schema.Collection, t term) error {
	k.scores = t.scores
	for _, expr := range t.conditions {
		if strings.TrimSpace(expr) == "" {
			return fault.Bad("The eval expression in sort_by is empty.")
		}
		node, err := filter.Parse(c, expr, filter.Options{})
		if err != nil {
			return fault.New(fault.Of(err).Status, "Error parsing eval expression in sort_by clause.")
		}
		k.conditions = append(k.conditions, node)
	}
	return nil
}

// parameters reads what is in the parentheses after a name.
func (k *Sort) parameters(c *schema.Collection, expr string) error {
	name, inner, _ := strings.Cut(expr, "(")
	inner = strings.TrimSuffix(inner, ")")
	k.name = name
	if name == textMatch {
		parts := trimmed(inner, ":")
		if len(parts) != 2 || parts[0] != "buckets" {
			return fault.Bad("Invalid sorting parameter passed for _text_match.")
		}
		n, err := strconv.ParseUint(parts[1], 10, 32)
		if err != nil {
			return fault.Bad("Invalid value passed for _text_match `buckets` configuration.")
		}
		k.buckets = int(n)
		return nil
	}
	f, ok := c.Field(name)
	bad := fault.Bad("Bad syntax for sorting field `%s`", name)
	switch {
	case !ok:
		return unknown(name)
	case f.IsGeo():
		return k.place(inner, bad)
	case f.IsNumeric() && strings.Contains(inner, ","):
		var err error
		k.fade, err = parseFade(inner, bad)
		return err
	}
	parts := trimmed(inner, ":")
	if len(parts) != 2 || parts[0] != "missing_values" || parts[1] != "first" && parts[1] != "last" && parts[1] != "normal" {
		return bad
	}
	k.missing = parts[1]
	return nil
}

// place reads "lat, lng" and perhaps "exclude_radius: 2 km" or "precision: 2 km".
func (k *Sort) place(inner string, bad error) error {
	parts := trimmed(inner, ",")
	if len(parts) != 2 && len(parts) != 3 || !schema.IsFloat(parts[0]) || !schema.IsFloat(parts[1]) {
		return bad
	}
	if len(parts) == 3 {
		into := &k.exclude
		switch {
		case strings.HasPrefix(parts[2], "exclude_radius"):
		case strings.HasPrefix(parts[2], "precision"):
			into = &k.precision
		default:
			return bad
		}
		option := trimmed(parts[2], ":")
		if len(option) != 2 {
			return bad
		}
		var err error
		if *into, err = meters(option[1], bad); err != nil {
			return err
		}
	}
	lat, _ := strconv.ParseFloat(parts[0], 64)
	lng, _ := strconv.ParseFloat(parts[1], 64)
	at := earth.At(lat, lng)
	k.from = &at
	return nil
}

// meters reads "2 km" or "2mi".
func meters(s string, bad error) (int64, error) {
	if len(s) < 2 {
		return 0, bad
	}
	factor := 1000.0
	switch s[len(s)-2:] {
	case "km":
	case "mi":
		factor = 1609.34
	default:
		return 0, fault.Bad("Sort field's parameter unit must be either `km` or `mi`.")
	}
	number := strings.TrimSpace(s[:len(s)-2])
	if !schema.IsFloat(number) {
		return 0, bad
	}
	n, _ := strconv.ParseFloat(number, 32)
	if n*factor < 1 {
		return 0, fault.Bad("Sort field's parameter must be a positive number.")
	}
	return int64(math.Min(n*factor, math.MaxInt32)), nil
}

// trimmed splits s and trims the parts; empty parts are left out.
func trimmed(s, separator string) []string {
	var out []string
	for part := range strings.SplitSeq(s, separator) {
		if part = strings.TrimSpace(part); part != "" {
			out = append(out, part)
		}
	}
	return out
}
