package memory

import (
	"encoding/json"
	"hash/maphash"
	"math/bits"
	"slices"
	"strconv"
	"strings"

	"github.com/stagedoor/stagedoor/search/local/postings"
	"github.com/stagedoor/stagedoor/search/local/schema"
	"github.com/stagedoor/stagedoor/search/local/text"
)

// Facet holds the values of a field that can be counted and grouped by. The
// values of one document are kept as one number that stands for their list, so
// that counting touches one number a document.
type Facet struct {
	def    schema.Field
	ids    map[string]uint32
	values []FacetValue
	combos combos
	of     []uint32 // combo of each document; 0 for none
	words  *text.Analyzer
	seed   maphash.Seed
	wholes map[uint64]uint32 // the last value of the same words, by their hash
	list   []uint32          // memory for writing
}

// FacetValue is one value and the documents that have it.
type FacetValue struct {
	Text string
	Docs postings.Set
	same uint32 // the value before whose words have the same hash, plus one
}

func newFacet(f schema.Field, a *text.Analyzer) *Facet {
	return &Facet{def: f, words: a, seed: maphash.MakeSeed(), wholes: map[uint64]uint32{}, ids: map[string]uint32{}, combos: newCombos()}
}

func (f *Facet) put(id uint32, v any) {
	f.list = f.list[:0]
	switch v := v.(type) {
	case []any:
		for _, x := range v {
			f.note(id, x)
		}
	default:
		f.note(id, v)
	}
	if n := int(id) + 1; n > len(f.of) {
		f.of = append(f.of, make([]uint32, n-len(f.of))...)
	}
	f.of[id] = f.combos.number(f.list)
}

// note adds one value of document id to the list.
func (f *Facet) note(id uint32, v any) {
	s, ok := f.text(v)
	if !ok {
		return
	}
	i, ok := f.ids[s]
	if !ok {
		s = strings.Clone(s) // it may be part of a whole document
		i = uint32(len(f.values))
		f.ids[s] = i
		one := FacetValue{Text: s}
		if f.def.IsString() {
			key := f.hash(f.words.Words(s))
			if before, ok := f.wholes[key]; ok {
				one.same = before + 1
			}
			f.wholes[key] = i
		}
		f.values = append(f.values, one)
	}
	f.values[i].Docs.Add(id)
	f.list = append(f.list, i)
}

func (f *Facet) remove(id uint32) {
	if int(id) >= len(f.of) {
		return
	}
	for _, i := range f.combos.list(f.of[id]) {
		f.values[i].Docs.Remove(id)
	}
	f.of[id] = 0
}

// hash is equal for texts of the same words.
func (f *Facet) hash(words []string) uint64 {
	var h maphash.Hash
	h.SetSeed(f.seed)
	for _, w := range words {
		h.WriteString(text.Cut(w))
		h.WriteByte(' ')
	}
	return h.Sum64()
}

// Whole adds to b the documents with a value that consists of exactly these
// words.
func (f *Facet) Whole(words []string, b postings.Bits) {
	i, ok := f.wholes[f.hash(words)]
	for ok {
		one := &f.values[i]
		if slices.EqualFunc(f.words.Words(one.Text), words, func(a, b string) bool { return text.Cut(a) == text.Cut(b) }) {
			one.Docs.AddTo(b)
		}
		i, ok = one.same-1, one.same > 0
	}
}

// Values are all values there ever were; some may have no documents left.
func (f *Facet) Values() []FacetValue { return f.values }

// Of returns the list of values of a document as a number, 0 for none, equal
// for equal lists.
func (f *Facet) Of(id uint32) uint32 {
	if int(id) < len(f.of) {
		return f.of[id]
	}
	return 0
}

// List returns the values, by their place in Values, that a number of Of
// stands for.
func (f *Facet) List(combo uint32) []uint32 { return f.combos.list(combo) }

// Count returns, by value, how many documents of b have it.
func (f *Facet) Count(b postings.Bits) []int {
	byCombo := make([]int, f.combos.len())
	for i, w := range b[:min(len(b), (len(f.of)+63)/64)] {
		for of := f.of[i*64:]; w != 0; w &= w - 1 {
			if bit := bits.TrailingZeros64(w); bit < len(of) {
				byCombo[of[bit]]++
			}
		}
	}
	out := make([]int, len(f.values))
	for combo, n := range byCombo {
		if n > 0 {
			list := f.combos.list(uint32(combo))
			for i, v := range list {
				if !contains(list[:i], v) {
					out[v] += n
				}
			}
		}
	}
	return out
}

func contains(list []uint32, v uint32) bool {
	for _, x := range list {
		if x == v {
			return true
		}
	}
	return false
}

// Number is a numeric value as it is indexed.
func (f *Facet) Number(v int) int64 {
	s := f.values[v].Text
	switch f.def.Base() {
	case schema.Float:
		x, _ := strconv.ParseFloat(s, 32)
		return schema.FloatOrder(float32(x))
	case schema.Bool:
		if s == "true" {
			return 1
		}
		return 0
	}
	n, _ := strconv.ParseInt(s, 10, 64)
	return n
}

// text is a value as a string.
func (f *Facet) text(v any) (string, bool) {
	switch v := v.(type) {
	case string:
		return v, true
	case bool:
		return strconv.FormatBool(v), true
	case json.Number:
		switch f.def.Base() {
		case schema.Float:
			return schema.FloatText(schema.Fraction(v)), true
		case schema.Int32:
			return strconv.FormatInt(int64(int32(schema.Whole(v))), 10), true
		}
		return strconv.FormatInt(schema.Whole(v), 10), true
	}
	return "", false
}
