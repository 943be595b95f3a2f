package highlight

import (
	"cmp"
	"encoding/json"
	"slices"
	"strings"

	"github.com/stagedoor/stagedoor/search/local/memory"
	"github.com/stagedoor/stagedoor/search/local/postings"
	"github.com/stagedoor/stagedoor/search/local/rank"
	"github.com/stagedoor/stagedoor/search/local/schema"
)

// Field is a field in which words are looked for.
type Field struct {
	Def   schema.Field
	Index *memory.Field
	Full  bool // the whole text is wanted
	Infix bool // words may be found inside others
	Words map[string]Word
	Lists []*postings.List // of the Words
	Query []string         // the words of the query, as the field splits it
}

// Request is what to highlight.
type Request struct {
	Style
	Fields []Field
	Old    bool // also return the older form, a list by field
}

// maxElements is how many elements of an array the older form shows.
const maxElements = 5

// Document highlights a document. The first result has the shape of the
// document, the second is the list of fields, best match first. The names are
// those of the fields in which something was found.
func (r *Request) Document(number uint32, rec schema.Record, nested bool) (tree map[string]any, list []any, names []string) {
	tree = map[string]any{}
	if nested {
		for i := range r.Fields {
			r.copy(tree, rec, r.Fields[i].Def.Name, true)
		}
	}
	var old []entry
	for i := range r.Fields {
		f := fieldRun{r: r, f: &r.Fields[i], order: i}
		if len(f.f.Query) == 0 {
			continue
		}
		f.find(number, rec)
		if !nested {
			if len(f.matches) == 0 {
				continue // nor can anything be found below the field
			}
			r.copy(tree, rec, f.f.Def.Name, false)
		}
		e, found := f.run(tree, rec, nested)
		if found {
			names = append(names, r.Fields[i].Def.Name)
		}
		if len(e.texts) > 0 {
			old = append(old, e)
		}
	}
	delete(tree, "id")
	if !r.Old {
		return tree, nil, names
	}
	slices.SortStableFunc(old, func(a, b entry) int {
		return cmp.Or(cmp.Compare(b.score, a.score), cmp.Compare(a.order, b.order))
	})
	list = []any{}
	for _, e := range old {
		if !e.def.Nested {
			list = append(list, e.view())
		}
	}
	return tree, list, names
}

// copy copies the part of a document that holds a field.
func (r *Request) copy(tree map[string]any, rec schema.Record, name string, nested bool) {
	root := name
	if nested {
		root, _, _ = strings.Cut(name, ".")
	}
	if _, ok := tree[root]; ok {
		return
	}
	if v, ok := rec.Doc[root]; ok {
		tree[root] = clone(v)
	} else if v, ok := rec.Doc[name]; ok {
		tree[name] = clone(v)
	}
}

// clone copies a JSON value.
func clone(v any) any {
	switch v := v.(type) {
	case map[string]any:
		out := make(map[string]any, len(v))
		for k, x := range v {
			out[k] = clone(x)
		}
		return out
	case []any:
		out := make([]any, len(v))
		for i, x := range v {
			out[i] = clone(x)
		}
		return out
	}
	return v
}

// match is where the words stand in one element of a field.
type match struct {
	element int
	at      []int
	score   int64
}

// entry is one field of the older form.
type entry struct {
	def     schema.Field
	order   int
	score   int64
	texts   []Text
	indices []int
	full    bool
}

func (e *entry) view() map[string]any {
	v := map[string]any{"field": e.def.Name}
	if e.def.IsArray() {
		var tokens, snippets, values []any
		for _, t := range e.texts {
			tokens, snippets, values = append(tokens, list(t.Tokens)), append(snippets, t.Snippet), append(values, t.Full)
		}
		v["indices"], v["matched_tokens"], v["snippets"] = e.indices, tokens, snippets
		if e.full {
			v["values"] = values
		}
		return v
	}
	v["matched_tokens"], v["snippet"] = list(e.texts[0].Tokens), e.texts[0].Snippet
	if e.full && e.texts[0].Full != "" {
		v["value"] = e.texts[0].Full
	}
	return v
}

func list(tokens []string) []any {
	out := []any{}
	for _, t := range tokens {
		out = append(out, t)
	}
	return out
}

// fieldRun is the highlighting of one field of a document.
type fieldRun struct {
	r       *Request
	f       *Field
	order   int
	matches []match
	inArray bool // of objects: where the words stand is not known
	found   bool
}

func (x *fieldRun) run(tree map[string]any, rec schema.Record, nested bool) (entry, bool) {
	name := x.f.Def.Name
	_, flat := tree[name]
	path := []string{name}
	if nested && !flat {
		path = strings.Split(name, ".")
	}
	x.nested(tree, path, false, 0)
	e := entry{def: x.f.Def, order: x.order, full: x.f.Full}
	if !flat || !x.f.Def.IsString() || !x.f.Infix && len(x.f.Words) == 0 || len(x.matches) == 0 {
		return e, x.found
	}
	e.score = x.matches[0].score
	v, _ := rec.Value(name)
	texts := memory.Texts(v)
	for _, m := range x.matches[:min(maxElements, len(x.matches))] {
		if m.element >= len(texts) {
			continue
		}
		if t, ok := x.r.Mark(x.job(texts[m.element], m.at)); ok {
			e.texts, e.indices = append(e.texts, t), append(e.indices, m.element)
			x.found = true
		}
	}
	return e, x.found
}

func (x *fieldRun) job(text string, at []int) Job {
	j := Job{
		Text: text, Analyzer: x.f.Index.Analyzer, Words: x.f.Words, At: at,
		Query: x.f.Query[len(x.f.Query)-1], All: x.inArray, Full: x.f.Full,
	}
	if x.f.Infix {
		j.Infix = x.f.Query[0]
	}
	return j
}

// find finds where the words stand, best match first.
func (x *fieldRun) find(number uint32, rec schema.Record) {
	if x.f.Infix {
		x.findInside(rec)
	} else {
		x.findWords(number)
	}
	slices.SortFunc(x.matches, func(a, b match) int {
		return cmp.Or(cmp.Compare(b.score, a.score), cmp.Compare(a.element, b.element))
	})
}

func (x *fieldRun) findInside(rec schema.Record) {
	v, _ := rec.Value(x.f.Def.Name)
	for i, s := range memory.Texts(v) {
		if len(s) < 100 && strings.Contains(strings.ToLower(s), x.f.Query[0]) {
			x.matches = append(x.matches, match{element: i, score: rank.Match{Words: 1}.Score(0, 1)})
		}
	}
}

func (x *fieldRun) findWords(number uint32) {
	var all []postings.Place
	for _, l := range x.f.Lists {
		all = append(all, l.PlacesIn(number)...)
	}
	if len(all) == 0 {
		return
	}
	slices.SortStableFunc(all, func(a, b postings.Place) int { return cmp.Compare(a.Element, b.Element) })
	var matcher rank.Matcher
	for from := 0; from < len(all); {
		to := from + 1
		for to < len(all) && all[to].Element == all[from].Element {
			to++
		}
		words := all[from:to]
		best := matcher.Closest(words, true, true)
		m := match{element: words[0].Element, score: best.Score(1, len(words))}
		for _, p := range best.Places {
			if p.At != rank.Nowhere {
				m.at = append(m.at, p.At)
			}
		}
		slices.Sort(m.at)
		x.matches = append(x.matches, m)
		from = to
	}
}

// nested highlights the values at the end of a path in place. inArray tells that
// the path leads through an array of objects, element which one of an array.
func (x *fieldRun) nested(o map[string]any, path []string, inArray bool, element int) {
	v, ok := o[path[0]]
	if !ok {
		return
	}
	if values, ok := v.([]any); ok {
		for i := range values {
			_, object := values[i].(map[string]any)
			inArray = inArray || object
			values[i] = x.below(values[i], path[1:], inArray, i)
		}
		return
	}
	o[path[0]] = x.below(v, path[1:], inArray, 0)
}

func (x *fieldRun) below(v any, path []string, inArray bool, element int) any {
	if len(path) == 0 {
		return x.value(v, inArray, element)
	}
	if o, ok := v.(map[string]any); ok {
		x.nested(o, path, inArray, element)
	}
	return v
}

// value is a highlighted value.
func (x *fieldRun) value(v any, inArray bool, element int) any {
	s, ok := v.(string)
	if _, object := v.(map[string]any); object {
		return v
	}
	if !ok {
		return x.plain(asText(v), v)
	}
	var at []int
	if inArray {
		x.matches = []match{{}}
		x.inArray = true
	} else {
		i := slices.IndexFunc(x.matches, func(m match) bool { return m.element == element })
		if i < 0 {
			return x.plain(s, s)
		}
		at = x.matches[i].at
	}
	t, ok := x.r.Mark(x.job(s, at))
	if !ok {
		return x.plain(s, s)
	}
	x.found = true
	out := map[string]any{"snippet": t.Snippet, "matched_tokens": list(t.Tokens)}
	if x.f.Full {
		out["value"] = t.Full
	}
	return out
}

// plain is a value in which nothing was found.
func (x *fieldRun) plain(snippet string, v any) any {
	out := map[string]any{"snippet": snippet, "matched_tokens": []any{}}
	if x.f.Full {
		out["value"] = v
	}
	return out
}

func asText(v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		return ""
	}
	return string(b)
}
