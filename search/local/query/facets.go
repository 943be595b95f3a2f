package query

import (
	"slices"
	"strings"

	"github.com/stagedoor/stagedoor/search/local/facet"
	"github.com/stagedoor/stagedoor/search/local/fault"
	"github.com/stagedoor/stagedoor/search/local/highlight"
	"github.com/stagedoor/stagedoor/search/local/memory"
	"github.com/stagedoor/stagedoor/search/local/postings"
	"github.com/stagedoor/stagedoor/search/local/schema"
)

// facets are the facets that a search asks for.
type facets struct {
	list       []facet.Facet
	strategies []string
	query      string // of the facet query
	field      string // that it is about
}

func parseFacets(c *schema.Collection, p *Params) (facets, error) {
	var out facets
	for _, s := range p.FacetBy {
		list, err := facet.Parse(c, s)
		if err != nil {
			if !p.CheckFieldNames && fault.Of(err).Status == 404 {
				continue
			}
			return out, err
		}
		out.list = append(out.list, list...)
	}
	out.strategies = splitList(p.FacetStrategy, ",")
	for _, s := range out.strategies {
		switch s {
		case "exhaustive", "top_values", "automatic":
		default:
			return out, fault.Bad("Invalid facet index type: %s", s)
		}
	}
	if len(out.strategies) == 0 {
		out.strategies = []string{"automatic"}
	}
	if n := len(out.strategies); n > 1 && n != len(out.list) {
		return out, fault.Bad("Size of facet_index_type does not match size of facets.")
	}
	return out, out.parseQuery(p)
}

func (f *facets) parseQuery(p *Params) error {
	if p.FacetQuery == "" {
		return nil
	}
	name, value, ok := strings.Cut(p.FacetQuery, ":")
	if !ok {
		return fault.Bad("Facet query must be in the `facet_field: value` format.")
	}
	if len(p.FacetBy) == 0 {
		return fault.Bad("The `facet_query` parameter is supplied without a `facet_by` parameter.")
	}
	name, value = strings.TrimSpace(name), strings.TrimSpace(value)
	if value == "" {
		return nil
	}
	if !slices.ContainsFunc(f.list, func(x facet.Facet) bool { return x.Def.Name == name }) {
		return fault.Bad("Facet query refers to a facet field `%s` that is not part of `facet_by` parameter.", name)
	}
	f.field, f.query = name, value
	return nil
}

// view counts the facets and shows them as the API does.
func (f *facets) view(r *run, scope facet.Scope, source Source) ([]any, error) {
	out := []any{}
	for i, x := range f.list {
		scope.Strategy = at(f.strategies, i, "automatic")
		var match facet.Match
		if x.Def.Name == f.field {
			match = r.facetMatch(r.ix.Field(f.field), f.query, scope.Found)
		}
		counts := scope.Values(x, match)
		if counts.Hidden() {
			continue
		}
		values := []any{}
		for _, v := range counts.Values {
			view, err := f.value(r, &counts, v, source)
			if err != nil {
				return nil, err
			}
			values = append(values, view)
		}
		stats := map[string]any{"total_values": counts.Total}
		if s := counts.Stats; s != nil {
			stats["min"], stats["max"], stats["sum"], stats["avg"] = s.Min, s.Max, s.Sum, s.Avg
		}
		out = append(out, map[string]any{
			"field_name": x.Def.Name, "sampled": r.p.SamplePercent > 0 && r.p.SamplePercent < 100 && r.count > r.p.SampleThreshold,
			"counts": values, "stats": stats,
		})
	}
	return out, nil
}

func (f *facets) value(r *run, counts *facet.Counts, v facet.Value, source Source) (map[string]any, error) {
	shown := map[string]any{"value": v.Text, "highlighted": v.Text, "count": v.Count}
	if len(counts.Ranges) > 0 {
		shown["highlighted"] = ""
		return shown, nil
	}
	if len(v.Query) > 0 {
		shown["highlighted"] = r.markValue(r.ix.Field(f.field), f.query, v)
	}
	if counts.Def.Nested && slices.Contains(r.p.FacetParents, counts.Def.Name) {
		doc, err := source.Document(v.Doc)
		if err != nil {
			return nil, err
		}
		if parent := facet.Parent(doc, counts.Def.Name, v.Text, counts.Def.IsArray()); parent != nil {
			shown["parent"] = parent
		}
	}
	return shown, nil
}

// facetMatch finds the values that a facet query is about.
func (r *run) facetMatch(f *memory.Field, query string, found postings.Bits) facet.Match {
	if f.Words == nil {
		return func(value string, _ bool) ([]string, bool) { return []string{value}, strings.HasPrefix(value, query) }
	}
	p := *r.p
	p.MinLen1Typo, p.MinLen2Typo, p.Exhaustive, p.NumericTypos, p.AlnumTypos = 3, 7, false, true, true
	sub := &run{
		p: &p, ix: r.ix, order: 0, limit: r.limit, synonyms: -1, filtered: true, allowed: found,
		fields: []field{{name: f.Def.Name, ix: f, weight: 1, typos: p.FacetTypos, prefix: true}},
		found:  postings.NewBits(r.ix.Limit()), done: map[string]bool{}, known: map[string]bool{},
	}
	if f.Def.IsString() {
		sub.search(tokens(f.Analyzer.Words(query)), nil, 1)
		sub.release()
	}
	return func(value string, exact bool) ([]string, bool) {
		have := f.Analyzer.Words(value)
		for _, words := range sub.queriesFound {
			if holds(have, words, exact) {
				return words, true
			}
		}
		return nil, false
	}
}

// holds says whether a value has all the words, or, unless exact, words that
// begin so.
func holds(have, words []string, exact bool) bool {
	for _, w := range words {
		if !slices.ContainsFunc(have, func(h string) bool { return h == w || !exact && strings.HasPrefix(h, w) }) {
			return false
		}
	}
	return true
}

// markValue marks what a facet query found in a value.
func (r *run) markValue(f *memory.Field, query string, v facet.Value) string {
	asked := f.Analyzer.Words(query)
	if len(asked) == 0 {
		return v.Text
	}
	words := map[string]highlight.Word{}
	for i, w := range v.Query {
		root := len(w)
		if len(asked) == len(v.Query) {
			root = len(asked[i])
		}
		words[w] = highlight.Word{Root: root, Prefix: i == len(v.Query)-1}
	}
	job := highlight.Job{Text: v.Text, Analyzer: f.Analyzer, Words: words, Query: asked[len(asked)-1]}
	if marked, ok := r.style().Mark(job); ok {
		return marked.Snippet
	}
	return v.Text
}

func (r *run) style() highlight.Style {
	return highlight.Style{Start: r.p.StartTag, End: r.p.EndTag, Threshold: r.p.SnippetThreshold, Affix: r.p.AffixTokens}
}

// highlights is what to highlight in the hits: the words that were found and
// those of the query itself.
func (r *run) highlights(raw string, shapeKeeps func(string) bool, query []string) *highlight.Request {
	req := &highlight.Request{Style: r.style(), Old: r.p.HighlightsV1}
	full := r.expanded(r.p.FullFields, true)
	names := r.expanded(r.p.HighlightFields, false)
	if len(r.p.HighlightFields) == 0 {
		names = slices.DeleteFunc(r.expanded(r.p.QueryBy, false), func(n string) bool { return !shapeKeeps(n) })
	}
	for _, n := range names {
		def, ok := r.ix.Schema().Field(n)
		if !ok {
			continue
		}
		f := highlight.Field{Def: def, Index: r.ix.Field(n), Full: slices.Contains(full, n), Words: map[string]highlight.Word{}}
		for _, s := range r.fields {
			f.Infix = f.Infix || s.name == n && s.infix != "off"
		}
		if f.Index != nil {
			f.Query = f.Index.Analyzer.Words(raw)
			if def.IsString() {
				r.fill(&f, query)
			}
		}
		req.Fields = append(req.Fields, f)
	}
	return req
}

func (r *run) fill(f *highlight.Field, query []string) {
	add := func(word string, w highlight.Word) {
		if _, ok := f.Words[word]; ok {
			return
		}
		if l := f.Index.List(word); l != nil {
			f.Words[word] = w
			f.Lists = append(f.Lists, l)
		}
	}
	for _, s := range r.searched {
		add(s.text, highlight.Word{Root: s.root, Typos: s.typos, Prefix: s.prefix})
	}
	for _, w := range query {
		if !r.known[w] {
			add(w, highlight.Word{Root: len(w)})
		}
	}
}

// expanded expands names, ignoring those that stand for nothing.
func (r *run) expanded(names []string, textOnly bool) []string {
	var out []string
	for _, n := range names {
		found, err := r.ix.Schema().Expand(n, schema.Expansion{Text: textOnly, Wildcards: true})
		if err == nil {
			out = append(out, found...)
		}
	}
	return out
}
