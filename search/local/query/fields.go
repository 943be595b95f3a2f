package query

import (
	"slices"

	"github.com/stagedoor/stagedoor/search/local/fault"
	"github.com/stagedoor/stagedoor/search/local/memory"
	"github.com/stagedoor/stagedoor/search/local/schema"
)

// maxWeight is the weight of the first field.
const maxWeight = 15

// field is a field that is searched.
type field struct {
	name   string
	ix     *memory.Field
	weight int
	typos  int
	prefix bool
	infix  string
}

// fuzzy says how many typos a word may have in the field.
func (f *field) fuzzy() int {
	switch f.ix.Analyzer.Locale() {
	case "zh", "ja", "ko":
		return 0
	}
	return f.typos
}

// searchFields finds the fields of query_by with their settings, the one that
// weighs most first.
func searchFields(x *memory.Index, p *Params) ([]field, error) {
	var out []field
	for i, name := range p.QueryBy {
		if name == "id" {
			return nil, fault.Bad("Cannot use `id` as a query by field.")
		}
		names, err := x.Schema().Expand(name, schema.Expansion{Text: true, Wildcards: true})
		if err != nil {
			return nil, err
		}
		for _, n := range names {
			f := field{
				name: n, ix: x.Field(n), typos: at(p.Typos, i, 2), prefix: at(p.Prefix, i, true), infix: at(p.Infix, i, "off"),
			}
			if len(p.Weights) > 0 {
				f.weight = p.Weights[i]
			}
			out = append(out, f)
		}
	}
	for _, f := range out {
		if f.ix == nil {
			return nil, fault.Bad("Field `%s` is marked as a non-indexed field in the schema.", f.name)
		}
	}
	weigh(out, len(p.Weights) > 0)
	return out, nil
}

// at is the setting of field i, or that of the first when there is none.
func at[T any](list []T, i int, otherwise T) T {
	switch {
	case i < len(list):
		return list[i]
	case len(list) > 0:
		return list[0]
	}
	return otherwise
}

// weigh sets the weights: 15, 14 and so on when none are given. Given ones stay
// when they fall and none is too great; otherwise the fields are sorted by them
// and weigh 15, and one less for every smaller weight.
func weigh(fields []field, given bool) {
	if !given {
		for i := range fields {
			fields[i].weight = max(0, maxWeight-i)
		}
		return
	}
	fit := true
	for i, f := range fields {
		fit = fit && f.weight <= maxWeight && (i == 0 || f.weight <= fields[i-1].weight)
	}
	if fit {
		return
	}
	slices.SortStableFunc(fields, func(a, b field) int { return b.weight - a.weight })
	weight, before := maxWeight, 0
	for i := range fields {
		own := fields[i].weight
		if i > 0 && own < before {
			weight = max(0, weight-1)
		}
		fields[i].weight, before = weight, own
	}
}

// groupFields checks the fields of group_by.
func groupFields(x *memory.Index, p *Params) ([]*memory.Facet, []string, error) {
	var names []string
	for _, n := range p.GroupBy {
		found, err := x.Schema().Expand(n, schema.Expansion{})
		if err != nil {
			return nil, nil, fault.NotFound("%s", fault.Of(err).Message)
		}
		names = append(names, found...)
	}
	var out []*memory.Facet
	for _, n := range names {
		if n == "id" {
			return nil, nil, fault.Bad("Cannot use `id` as a group by field.")
		}
		f := x.Field(n)
		if f == nil || f.Facet == nil {
			return nil, nil, fault.Bad("Group by field `%s` should be a facet field.", n)
		}
		out = append(out, f.Facet)
	}
	return out, names, nil
}
