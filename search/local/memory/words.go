package memory

import (
	"slices"

	"github.com/stagedoor/stagedoor/search/local/postings"
	"github.com/stagedoor/stagedoor/search/local/text"
)

// occurrences are the words of one field of one document and where they stand.
// They are gathered again and again in the same memory.
type occurrences struct {
	words  []occurrence
	spots  []spot
	at     map[string]int // of texts with many words
	list   []postings.Spot
	counts []int // words of each text
}

// occurrence is one word and the chain of its spots.
type occurrence struct {
	word        string
	first, last int
}

type spot struct {
	postings.Spot
	next int
}

// few is how many words are looked through one by one.
const few = 24

// gather finds the words of v, in the order in which they first occur.
func (o *occurrences) gather(a *text.Analyzer, v any) {
	o.words, o.spots, o.counts = o.words[:0], o.spots[:0], o.counts[:0]
	clear(o.at)
	switch v := v.(type) {
	case string:
		o.text(a, 0, v)
	case []any:
		for i, x := range v {
			s, _ := x.(string)
			o.text(a, i, s)
		}
	}
}

func (o *occurrences) text(a *text.Analyzer, element int, s string) {
	place := 0
	a.Each(s, func(t text.Token) bool {
		if t.Text != "" {
			o.add(text.Cut(t.Text), postings.Spot{Element: element, At: place})
			place++
		}
		return true
	})
	if place > 0 {
		o.spots[len(o.spots)-1].Last = true
	}
	o.counts = append(o.counts, place)
}

func (o *occurrences) add(word string, at postings.Spot) {
	n := len(o.spots)
	o.spots = append(o.spots, spot{Spot: at, next: -1})
	if i := o.find(word); i >= 0 {
		w := &o.words[i]
		o.spots[w.last].next, w.last = n, n
		return
	}
	if len(o.words) >= few {
		o.at[word] = len(o.words)
	}
	o.words = append(o.words, occurrence{word: word, first: n, last: n})
}

func (o *occurrences) find(word string) int {
	for i := range min(few, len(o.words)) {
		if o.words[i].word == word {
			return i
		}
	}
	if len(o.words) > few {
		if i, ok := o.at[word]; ok {
			return i
		}
	}
	return -1
}

// of returns the spots of a word, until the next call.
func (o *occurrences) of(w occurrence) []postings.Spot {
	o.list = o.list[:0]
	for i := w.first; i >= 0; i = o.spots[i].next {
		o.list = append(o.list, o.spots[i].Spot)
	}
	return o.list
}

// putWords indexes the words of v and says whether there were any.
func (f *Field) putWords(id uint32, v any, points, best int64) bool {
	o := &f.found
	o.gather(f.Analyzer, v)
	for _, w := range o.words {
		leaf := f.Words.Put(w.word, points, best)
		if leaf.Value == nil {
			leaf.Value = &postings.List{}
		}
		leaf.Value.Put(id, o.of(w))
		if points == text.ByFrequency {
			leaf.Score = int64(leaf.Value.Len())
		}
	}
	for _, n := range o.counts {
		if n > 0 && n <= shortWords {
			f.short[n-1].Add(id)
		}
	}
	return len(o.words) > 0
}

func (f *Field) removeWords(id uint32, v any) {
	f.found.gather(f.Analyzer, v)
	for i := range f.short {
		f.short[i].Remove(id)
	}
	for _, w := range f.found.words {
		leaf := f.Words.Get(w.word)
		if leaf == nil {
			continue
		}
		leaf.Value.Remove(id)
		if leaf.Value.Len() == 0 {
			f.Words.Delete(w.word)
		}
	}
}

// shortWords is the most words that a text called short has.
const shortWords = 4

// Short returns the documents that have a text of n words; it is false when that
// is not known. The set must not be changed.
func (f *Field) Short(n int) (postings.Bits, bool) {
	if n < 1 || n > shortWords {
		return nil, false
	}
	return f.short[n-1], true
}

// List returns the documents with a word, or nil.
func (f *Field) List(word string) *postings.List {
	if f.Words == nil {
		return nil
	}
	if leaf := f.Words.Get(word); leaf != nil {
		return leaf.Value
	}
	return nil
}

// SortKeys holds, for every document, the string it is sorted by.
type SortKeys struct {
	keys  []string
	heads []int64 // the first eight bytes, ordered as integers
}

func (s *SortKeys) put(id uint32, v string) {
	key := text.SortKey(v)
	if len(key) > 2000 {
		key = key[:2000]
	}
	if n := int(id) + 1; n > len(s.keys) {
		s.keys = append(s.keys, make([]string, n-len(s.keys))...)
		s.heads = append(s.heads, make([]int64, n-len(s.heads))...)
	}
	s.keys[id], s.heads[id] = key, head(key)
}

func (s *SortKeys) remove(id uint32) {
	if int(id) < len(s.keys) {
		s.keys[id], s.heads[id] = "", 0
	}
}

// head packs the first eight bytes of key so that greater keys do not come out
// smaller.
func head(key string) int64 {
	var n uint64
	for i := range 8 {
		n <<= 8
		if i < len(key) {
			n |= uint64(key[i])
		}
	}
	return int64(n>>1) | 1 // positive; zero is for "no key"
}

// Head is a number by which keys can be compared first, 0 for a document
// without a key.
func (s *SortKeys) Head(id uint32) int64 {
	if int(id) < len(s.heads) && s.keys[id] != "" {
		return s.heads[id]
	}
	return 0
}

// Key is the whole key of a document.
func (s *SortKeys) Key(id uint32) string {
	if int(id) < len(s.keys) {
		return s.keys[id]
	}
	return ""
}

// PhraseIn says whether lists hold the words of a phrase, one after the other,
// in one text of document id.
func PhraseIn(lists []*postings.List, id uint32) bool {
	var all [][]postings.Place
	for _, l := range lists {
		p := l.PlacesIn(id)
		if p == nil {
			return false
		}
		all = append(all, p)
	}
	for _, first := range all[0] {
		for _, at := range first.Positions {
			if follows(all[1:], first.Element, at+1) {
				return true
			}
		}
	}
	return false
}

func follows(rest [][]postings.Place, element, at int) bool {
	for _, places := range rest {
		i := slices.IndexFunc(places, func(p postings.Place) bool { return p.Element == element })
		if i < 0 || !slices.Contains(places[i].Positions, at) {
			return false
		}
		at++
	}
	return true
}

// WholeIn says whether one text of document id consists of exactly the words of
// lists, in their order; with open, whether it begins with them.
func WholeIn(lists []*postings.List, id uint32, open bool) bool {
	var all [][]postings.Place
	for _, l := range lists {
		p := l.PlacesIn(id)
		if p == nil {
			return false
		}
		all = append(all, p)
	}
	last := all[len(all)-1]
	for _, p := range last {
		n := len(lists) - 1
		ends := p.Last && p.Positions[len(p.Positions)-1] == n
		if (open || ends) && slices.Contains(p.Positions, n) && starts(all, p.Element) {
			return true
		}
	}
	return false
}

func starts(all [][]postings.Place, element int) bool {
	for at, places := range all {
		i := slices.IndexFunc(places, func(p postings.Place) bool { return p.Element == element })
		if i < 0 || !slices.Contains(places[i].Positions, at) {
			return false
		}
	}
	return true
}
