// Package facet counts the values of fields among the documents of a search.
package facet

import (
	"cmp"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/stagedoor/stagedoor/search/local/fault"
	"github.com/stagedoor/stagedoor/search/local/schema"
)

// Facet is a field whose values are to be counted.
type Facet struct {
	Def       schema.Field
	Ranges    []Range // when not empty, numbers are counted by range
	Alpha     bool    // sorted by value
	SortField string  // sorted by another field of a document with the value
	Ascending bool
	wildcard  bool // asked for by a pattern: left out when there is nothing
}

// Range is the numbers from Low up to but not including High, as they are
// indexed.
type Range struct {
	Label     string
	Low, High int64
}

// Parse reads one element of a facet_by parameter; a pattern gives several.
func Parse(c *schema.Collection, s string) ([]Facet, error) {
	switch {
	case strings.Contains(s, ":") && !strings.Contains(s, "sort_by"):
		f, err := parseRanges(c, s)
		return []Facet{f}, err
	case strings.Contains(s, "*"):
		return parsePattern(c, s)
	}
	f, err := parsePlain(c, s)
	return []Facet{f}, err
}

func missing(name string) error {
	return fault.NotFound("Could not find a facet field named `%s` in the schema.", name)
}

func parsePattern(c *schema.Collection, s string) ([]Facet, error) {
	prefix, ok := strings.CutSuffix(s, "*")
	if !ok {
		return nil, fault.NotFound("Only prefix matching with a wildcard is allowed.")
	}
	var out []Facet
	known := false
	for f := range c.Concrete() {
		if !strings.HasPrefix(f.Name, prefix) {
			continue
		}
		known = true
		if f.Facet {
			out = append(out, Facet{Def: *f, wildcard: true})
		}
	}
	if !known {
		return nil, fault.NotFound("Could not find a facet field for `%s` in the schema.", s)
	}
	return out, nil
}

// parsePlain reads "genre" or "genre(sort_by: _alpha:asc)".
func parsePlain(c *schema.Collection, s string) (Facet, error) {
	name, _, _ := strings.Cut(s, "(")
	f, ok := c.Field(name)
	if !ok || !f.Facet {
		return Facet{}, missing(name)
	}
	out := Facet{Def: f}
	if s == name {
		return out, nil
	}
	if !strings.Contains(s, "sort_by") {
		return out, fault.Bad("Invalid sort format.")
	}
	parts := strings.Split(s, ":")
	if len(parts) != 3 {
		return out, fault.Bad("Invalid sort format.")
	}
	if by := strings.TrimSpace(parts[1]); by == "_alpha" {
		if !f.IsString() {
			return out, fault.Bad("Facet field should be string type to apply alpha sort.")
		}
		out.Alpha = true
	} else {
		g, ok := c.Field(by)
		if !ok || !g.Facet {
			return out, missing(by)
		}
		if g.IsString() {
			return out, fault.Bad("Sort field should be non string type to apply sort.")
		}
		out.SortField = by
	}
	switch order := parts[2]; {
	case strings.Contains(order, "asc"):
		out.Ascending = true
	case !strings.Contains(order, "desc"):
		return out, fault.Bad("Invalid sort param.")
	}
	return out, nil
}

// parseRanges reads "price(cheap:[0, 20], dear:[20, ])".
func parseRanges(c *schema.Collection, s string) (Facet, error) {
	invalid := fault.Bad("Facet range value is not valid.")
	name, inner, ok := strings.Cut(s, "(")
	if !ok || name == "" || !strings.HasSuffix(inner, ")") {
		return Facet{}, invalid
	}
	inner = strings.TrimSuffix(inner, ")")
	f, ok := c.Field(name)
	switch {
	case !ok:
		return Facet{}, missing(name)
	case !strings.Contains(name, "sort") && strings.Contains(s, "sort"):
		return Facet{}, fault.Bad("Invalid sort format.")
	case !f.IsInteger() && !f.IsFloat():
		return Facet{}, fault.Bad("Range facet is restricted to only integer and float fields.")
	case !f.Sort:
		return Facet{}, fault.Bad("Range facets require sort enabled for the field.")
	}
	out := Facet{Def: f}
	parts, ok := splitRanges(inner)
	if !ok {
		return out, fault.Bad("Error splitting the facet range values.")
	}
	for _, p := range parts {
		r, ok := parseRange(f, p)
		if !ok {
			return out, invalid
		}
		out.Ranges = append(out.Ranges, r)
	}
	slices.SortStableFunc(out.Ranges, func(a, b Range) int {
		return cmp.Or(cmp.Compare(a.Low, b.Low), cmp.Compare(a.High, b.High), strings.Compare(a.Label, b.Label))
	})
	for i := 1; i < len(out.Ranges); i++ {
		follows := slices.ContainsFunc(out.Ranges[:i], func(r Range) bool { return r.High == out.Ranges[i].Low })
		if !follows {
			return out, fault.Bad("Ranges in range facet syntax should be continous.")
		}
	}
	return out, nil
}

// splitRanges splits "a:[1, 2], b:[2, 3]" at the commas outside brackets.
func splitRanges(s string) ([]string, bool) {
	var out []string
	start, open, commas := 0, false, 0
	for i := range len(s) {
		switch s[i] {
		case '[':
			if open || commas != len(out) {
				return nil, false
			}
			open = true
		case ']':
			if !open {
				return nil, false
			}
			out = append(out, strings.TrimSpace(s[start:i+1]))
			open = false
		case ',':
			if !open {
				start = i + 1
				commas++
			}
		}
	}
	return out, len(out) > 0 && !open
}

var rangePattern = regexp.MustCompile(`^[[:print:]]+:\[([+-]?(?:\d*\.)?\d*),\s*([+-]?(?:\d*\.)?\d*)\]$`)

func parseRange(f schema.Field, s string) (Range, bool) {
	m := rangePattern.FindStringSubmatch(s)
	if m == nil {
		return Range{}, false
	}
	label, _, _ := strings.Cut(s, ":")
	low, ok1 := bound(f, m[1], math.MinInt64)
	high, ok2 := bound(f, m[2], math.MaxInt64)
	return Range{label, low, high}, ok1 && ok2
}

func bound(f schema.Field, s string, open int64) (int64, bool) {
	if s == "" {
		return open, true
	}
	n, err := strconv.ParseFloat(s, 64)
	if err != nil {
		return 0, false
	}
	if f.IsFloat() {
		return schema.FloatOrder(float32(n)), true
	}
	if whole, err := strconv.ParseInt(s, 10, 64); err == nil {
		return whole, true
	}
	return int64(n), true
}
