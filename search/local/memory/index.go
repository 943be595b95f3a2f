// Package memory is the index of one collection: for every field the words,
// numbers, places and facet values of its documents, all in memory.
//
// An Index may be read by many goroutines at once, but not while it is changed.
package memory

import (
	"encoding/json"
	"sync"

	"github.com/stagedoor/stagedoor/search/local/postings"
	"github.com/stagedoor/stagedoor/search/local/schema"
	"github.com/stagedoor/stagedoor/search/local/text"
)

// Index finds the documents of one collection. Documents have numbers that rise
// in the order in which they were first written.
type Index struct {
	schema schema.Collection
	fields map[string]*Field
	live   postings.Bits
	count  int
	spare  sync.Pool
}

// Field is the index of one field. Which parts it has depends on its type.
type Field struct {
	Def      schema.Field
	Analyzer *text.Analyzer
	Words    *text.Dictionary[*postings.List] // strings
	Numbers  *Numbers                         // numbers and truth values
	Places   *Places                          // geopoints
	Facet    *Facet                           // facets
	Sort     *SortKeys                        // strings that can be sorted by

	found occurrences               // memory for writing
	short [shortWords]postings.Bits // documents with a text of 1, 2 ... words
}

// New returns an empty index for c.
func New(c schema.Collection) *Index {
	x := &Index{fields: map[string]*Field{}}
	x.SetSchema(c)
	return x
}

// SetSchema adds the fields of c that the index does not have and drops those
// that c does not have. Fields that are added know no documents yet.
func (x *Index) SetSchema(c schema.Collection) {
	x.schema = c
	keep := map[string]bool{}
	for f := range c.Concrete() {
		if !f.Index || f.IsObject() {
			continue
		}
		keep[f.Name] = true
		if old, ok := x.fields[f.Name]; !ok || old.Def.Type != f.Type || old.Def.Facet != f.Facet || old.Def.Sort != f.Sort {
			x.fields[f.Name] = newField(c, *f)
		}
	}
	for name := range x.fields {
		if !keep[name] {
			delete(x.fields, name)
		}
	}
}

// Forget empties one field, as if no document had it.
func (x *Index) Forget(name string) {
	if f, ok := x.fields[name]; ok {
		x.fields[name] = newField(x.schema, f.Def)
	}
}

func newField(c schema.Collection, f schema.Field) *Field {
	symbols, separators := c.Symbols, c.Separators
	if len(f.Symbols) > 0 {
		symbols = f.Symbols
	}
	if len(f.Separators) > 0 {
		separators = f.Separators
	}
	out := &Field{Def: f, Analyzer: text.NewAnalyzer(symbols, separators, f.Locale, f.Stem)}
	switch {
	case f.IsString():
		out.Words = text.NewDictionary((*postings.List).Len)
		out.found.at = map[string]int{}
		if f.Sort && !f.IsArray() {
			out.Sort = &SortKeys{}
		}
	case f.IsGeo():
		out.Places = newPlaces(f.IsArray())
	case f.IsNumeric():
		out.Numbers = newNumbers(f.IsArray())
	}
	if f.Facet && !f.IsGeo() {
		out.Facet = newFacet(f, out.Analyzer)
	}
	return out
}

// Schema is the schema the index follows.
func (x *Index) Schema() *schema.Collection { return &x.schema }

// Field returns the index of a field, or nil.
func (x *Index) Field(name string) *Field { return x.fields[name] }

// Len is the number of documents.
func (x *Index) Len() int { return x.count }

// Limit is one more than the highest document number there ever was.
func (x *Index) Limit() int { return len(x.live) * 64 }

// Live is the set of documents. It must not be changed.
func (x *Index) Live() postings.Bits { return x.live }

// Points is the score of a document: the value of the default sorting field.
func (x *Index) Points(r schema.Record) int64 {
	if x.schema.DefaultSort == "" {
		return text.ByFrequency
	}
	v, _ := r.Value(x.schema.DefaultSort)
	f, ok := x.schema.Field(x.schema.DefaultSort)
	if !ok {
		return 0
	}
	n, _ := Number(&f, v)
	return n
}

// Put indexes document id. best is the highest score of the documents that are
// written together with it.
func (x *Index) Put(id uint32, r schema.Record, best int64) {
	x.PutAll([]Entry{{id, r}}, best)
}

// PutField indexes one field of a document that is there already.
func (x *Index) PutField(id uint32, r schema.Record, name string) {
	f := x.fields[name]
	if v, ok := r.Value(name); ok && v != nil && f != nil {
		f.put(id, v, x.Points(r), x.Points(r))
	}
}

// Remove takes document id out; r is what was put.
func (x *Index) Remove(id uint32, r schema.Record) {
	if !x.live.Remove(id) {
		return
	}
	x.count--
	for _, f := range x.fields {
		if v, ok := r.Value(f.Def.Name); ok && v != nil {
			f.remove(id, v)
		}
	}
}

func (f *Field) put(id uint32, v any, points, best int64) {
	hasWords := true
	switch {
	case f.Words != nil:
		hasWords = f.putWords(id, v, points, best)
		if s, ok := v.(string); ok && f.Sort != nil {
			f.Sort.put(id, s)
		}
	case f.Numbers != nil && f.Def.IsArray():
		f.Numbers.many.put(id, numbers(&f.Def, v))
	case f.Numbers != nil:
		if n, ok := Number(&f.Def, v); ok {
			f.Numbers.put(id, n)
		}
	case f.Places != nil:
		f.Places.put(id, geopoints(f.Def, v))
	}
	if f.Facet != nil && hasWords {
		f.Facet.put(id, v)
	}
}

func (f *Field) remove(id uint32, v any) {
	switch {
	case f.Words != nil:
		f.removeWords(id, v)
		if f.Sort != nil {
			f.Sort.remove(id)
		}
	case f.Numbers != nil && f.Def.IsArray():
		f.Numbers.many.remove(id, numbers(&f.Def, v))
	case f.Numbers != nil:
		f.Numbers.remove(id)
	case f.Places != nil:
		f.Places.remove(id)
	}
	if f.Facet != nil {
		f.Facet.remove(id)
	}
}

// Texts returns the strings in v: itself, or its elements.
func Texts(v any) []string {
	switch v := v.(type) {
	case string:
		return []string{v}
	case []any:
		out := make([]string, 0, len(v))
		for _, x := range v {
			s, _ := x.(string)
			out = append(out, s)
		}
		return out
	}
	return nil
}

// Number is a JSON value in the form in which a field indexes it.
func Number(f *schema.Field, v any) (int64, bool) {
	switch v := v.(type) {
	case bool:
		if v {
			return 1, true
		}
		return 0, true
	case json.Number:
		switch f.Base() {
		case schema.Float:
			return schema.FloatOrder(schema.Fraction(v)), true
		case schema.Int32:
			return int64(int32(schema.Whole(v))), true
		}
		return schema.Whole(v), true
	}
	return 0, false
}

func numbers(f *schema.Field, v any) []int64 {
	list, ok := v.([]any)
	if !ok {
		list = []any{v}
	}
	out := make([]int64, 0, len(list))
	for _, x := range list {
		if n, ok := Number(f, x); ok {
			out = append(out, n)
		}
	}
	return out
}
