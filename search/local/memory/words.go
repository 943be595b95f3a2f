package memory

import (
	"slices"

	"github.com/stagedoor/stagedoor/search/local/postings"
	"github.com/stagedoor/stagedoor/search/local/text"
)

// occurrence gathers the places of one word in one document.
type occurrence struct {
	word   string
	places []postings.Place
}

// occurrences finds the words of v, in the order in which they first occur.
func (f *Field) occurrences(v any) []occurrence {
	var out []occurrence
	at := map[string]int{}
	_, array := v.([]any)
	for element, s := range Texts(v) {
		if !array {
			element = 0
		}
		place, last := 0, -1
		f.Analyzer.Each(s, func(t text.Token) bool {
			if t.Text == "" {
				return true
			}
			word := text.Cut(t.Text)
			i, ok := at[word]
			if !ok {
				i = len(out)
				at[word] = i
				out = append(out, occurrence{word: word})
			}
			o := &out[i]
			if n := len(o.places); n == 0 || o.places[n-1].Element != element {
				o.places = append(o.places, postings.Place{Element: element})
			}
			p := &o.places[len(o.places)-1]
			p.Positions = append(p.Positions, place)
			place, last = place+1, i
			return true
		})
		if last >= 0 {
			p := out[last].places
			p[len(p)-1].Last = true
		}
	}
	return out
}

// putWords indexes the words of v and says whether there were any.
func (f *Field) putWords(id uint32, v any, points, best int64) bool {
	found := f.occurrences(v)
	for _, o := range found {
		leaf := f.Words.Put(o.word, points, best)
		if leaf.Value == nil {
			leaf.Value = &postings.List{}
		}
		leaf.Value.Put(id, o.places)
		if points == text.ByFrequency {
			leaf.Score = int64(leaf.Value.Len())
		}
	}
	return len(found) > 0
}

func (f *Field) removeWords(id uint32, v any) {
	for _, o := range f.occurrences(v) {
		leaf := f.Words.Get(o.word)
		if leaf == nil {
			continue
		}
		leaf.Value.Remove(id)
		if leaf.Value.Len() == 0 {
			f.Words.Delete(o.word)
		}
	}
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
