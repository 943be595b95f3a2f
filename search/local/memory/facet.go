package memory

import (
	"encoding/binary"
	"encoding/json"
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
	combos map[string]uint32 // encoded list of values -> combo
	lists  [][]uint32        // by combo
	of     []uint32          // combo of each document; 0 for none
	words  *text.Analyzer
	wholes map[string][]uint32 // values by their words
	list   []uint32            // memory for writing
}

// FacetValue is one value and the documents that have it.
type FacetValue struct {
	Text string
	Docs postings.Set
}

func newFacet(f schema.Field, a *text.Analyzer) *Facet {
	return &Facet{def: f, words: a, wholes: map[string][]uint32{}, ids: map[string]uint32{}, combos: map[string]uint32{}, lists: [][]uint32{nil}}
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
	f.of[id] = f.combo(f.list)
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
		f.values = append(f.values, FacetValue{Text: s})
		if f.def.IsString() {
			key := wholeKey(f.words.Words(s))
			f.wholes[key] = append(f.wholes[key], i)
		}
	}
	f.values[i].Docs.Add(id)
	f.list = append(f.list, i)
}

// combo is the number that stands for a list of values.
func (f *Facet) combo(list []uint32) uint32 {
	var memory [32]byte
	key := memory[:0]
	for _, i := range list {
		key = binary.AppendUvarint(key, uint64(i))
	}
	combo, ok := f.combos[string(key)]
	if !ok {
		combo = uint32(len(f.lists))
		f.combos[string(key)] = combo
		f.lists = append(f.lists, slices.Clone(list))
	}
	return combo
}

func (f *Facet) remove(id uint32) {
	if int(id) >= len(f.of) {
		return
	}
	for _, i := range f.lists[f.of[id]] {
		f.values[i].Docs.Remove(id)
	}
	f.of[id] = 0
}

// wholeKey is equal for texts of the same words.
func wholeKey(words []string) string {
	var b strings.Builder
	for _, w := range words {
		b.WriteString(text.Cut(w))
		b.WriteByte(' ')
	}
	return b.String()
}

// Whole adds to b the documents with a value that consists of exactly these
// words.
func (f *Facet) Whole(words []string, b postings.Bits) {
	for _, i := range f.wholes[wholeKey(words)] {
		f.values[i].Docs.AddTo(b)
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
func (f *Facet) List(combo uint32) []uint32 { return f.lists[combo] }

// Count returns, by value, how many documents of b have it.
func (f *Facet) Count(b postings.Bits) []int {
	byCombo := make([]int, len(f.lists))
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
			for i, v := range f.lists[combo] {
				if !contains(f.lists[combo][:i], v) {
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
