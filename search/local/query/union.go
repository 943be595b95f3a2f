package query

import (
	"cmp"
	"slices"
	"strings"

	"github.com/stagedoor/stagedoor/search/local/fault"
	"github.com/stagedoor/stagedoor/search/local/rank"
)

// Ranked is the result of one search of a union: its best hits, and by what they
// are compared with those of the others.
type Ranked struct {
	Found      int
	OutOf      int
	Collection string
	Kinds      []rank.Kind
	Hits       []RankedHit
}

// RankedHit is one hit of a union.
type RankedHit struct {
	Keys    [3]int64
	Strings [3]string // of the keys that are strings
	View    map[string]any
	search  int
}

// Rank runs a search for a union.
func Rank(c *Corpus, p *Params) (Ranked, error) {
	if len(p.GroupBy) > 0 {
		return Ranked{}, fault.Bad("`group_by` is not supported in a union search.")
	}
	s, err := Run(c, p)
	if err != nil {
		return Ranked{}, err
	}
	defer s.release()
	places := s.ranked()
	places = places[:min(s.offset+p.PerPage, len(places))]
	views, err := s.list(places)
	if err != nil {
		return Ranked{}, err
	}
	pinned := 0
	for _, at := range s.pins.at {
		pinned += len(at.docs)
	}
	out := Ranked{Found: s.count + s.repeats + pinned, OutOf: s.ix.Len(), Collection: s.ix.Schema().Name, Kinds: s.keys.Kinds()}
	for i, place := range places {
		h := place.hits[0]
		view, _ := views[i].(map[string]any)
		out.Hits = append(out.Hits, RankedHit{Keys: h.Keys, Strings: s.keys.Strings(h), View: view})
	}
	return out, nil
}

// Comparable says whether the searches of a union sort by the same kinds of keys.
func Comparable(all []Ranked) error {
	for i, r := range all[1:] {
		first := all[0].Kinds
		if len(r.Kinds) != len(first) {
			return fault.Bad("Expected size of `sort_by` parameter of all searches to be equal. The first union search sorts on {%s} but the search at index `%d` sorts on {%s}.", kinds(first), i+1, kinds(r.Kinds))
		}
		for k, kind := range r.Kinds {
			if kind.Type != first[k].Type {
				return fault.Bad("Expected type of `%s` sort_by (%s) at search index `%d` to be the same as the type of `%s` sort_by (%s) at search index `0`.", kind.Name, kind.Type, i+1, first[k].Name, first[k].Type)
			}
			if kind.Ascending != first[k].Ascending {
				return fault.Bad("Expected order of `%s` sort_by (%s) at search index `%d` to be the same as the order of `%s` sort_by (%s) at search index `0`.", kind.Name, kind.Order(), i+1, first[k].Name, first[k].Order())
			}
		}
	}
	return nil
}

func kinds(list []rank.Kind) string {
	var parts []string
	for _, k := range list {
		parts = append(parts, "`"+k.Name+": "+k.Type+"`")
	}
	return strings.Join(parts, ", ")
}

// Merge puts the hits of all searches in one order, which is that of the first.
func Merge(all []Ranked) []RankedHit {
	var out []RankedHit
	for i, r := range all {
		for _, h := range r.Hits {
			h.search = i
			h.View["search_index"], h.View["collection"] = i, r.Collection
			out = append(out, h)
		}
	}
	slices.SortStableFunc(out, func(a, b RankedHit) int {
		for i := range a.Keys {
			if n := cmp.Compare(b.Keys[i], a.Keys[i]); n != 0 {
				return n
			}
			if n := strings.Compare(b.Strings[i], a.Strings[i]); n != 0 {
				if i < len(all[0].Kinds) && all[0].Kinds[i].Ascending {
					return -n
				}
				return n
			}
		}
		return cmp.Compare(a.search, b.search)
	})
	return out
}
