package query

import (
	"github.com/stagedoor/stagedoor/search/local/postings"
	"github.com/stagedoor/stagedoor/search/local/rank"
)

// bounds tell of 64 documents at once which can still come among the best, by the
// fields that hold the words of the query.
type bounds struct {
	fields  []bound
	words   int
	counted bool                                               // the number of fields is part of a text match
	second  func(word int, docs uint64, than *rank.Hit) uint64 // nil when only the text match decides
	highest int64
}

// bound is the best text match, but for the number of fields, that a document can
// have by one field.
type bound struct {
	planes []*plane      // by word; nil where the field does not hold it
	short  postings.Bits // documents with a text of just as many words
	sure   bool          // short is known

	exact   int64 // the words are a whole text
	all     int64 // it holds all words
	several int64 // it holds some of the words, but not all
	one     int64 // it holds one of them
	whole   int64 // it is the one word
}

// limits returns the bounds of a search, nil when any document may be among the
// best.
func (s *wideSearch) limits() *bounds {
	r, words := s.r, len(s.all)
	if r.groups != nil || r.keys == nil || !r.keys.TextFirst() || r.p.TextMatch != "max_score" || len(s.extra) > 0 || r.synonyms >= 0 {
		return nil
	}
	out := &bounds{words: words, counted: r.p.CountFields, second: r.keys.Second()}
	last := 255
	if r.p.PositionFirst {
		last = 0
	}
	apart := s.apart()
	for i := range r.fields {
		// so many words in the field, close together
		by := func(n, distance int, exact bool) int64 {
			best := rank.Match{Words: n, Distance: distance, Exact: exact, Last: last}.Score(s.cost, n)
			return s.pack(s.words, best, int64(r.fields[i].weight), 0, 0)
		}
		b := bound{planes: make([]*plane, words), exact: by(words, apart, true), all: by(words, apart, false)}
		b.several, b.one, b.whole = by(max(1, words-1), 0, true), by(1, 0, false), by(1, 0, true)
		if !s.single { // it is not known here where a word is the whole text
			b.one = b.whole
		}
		b.short, b.sure = r.fields[i].ix.Short(words)
		some := false
		for w, planes := range s.planes {
			for p := range planes {
				if planes[p].field == i {
					b.planes[w], some = &planes[p], true
				}
			}
		}
		if some {
			out.fields = append(out.fields, b)
			out.highest = max(out.highest, b.exact, b.several, b.whole)
		}
	}
	return out
}

// apart is the least sum of the gaps between the words of the query.
func (s *wideSearch) apart() int {
	for i := range s.all {
		for j := range i {
			if s.all[i].word.text == s.all[j].word.text {
				return 0
			}
		}
	}
	return min(len(s.all), rank.Window) - 1
}

// fieldBits is how much of a text match is the number of fields.
const fieldBits = 7

// hopeful are those of the documents that may come among the best, of which worst
// is the worst. Of those that can at most be as good the other keys decide.
func (b *bounds) hopeful(i int, docs uint64, worst *rank.Hit) uint64 {
	least, than := worst.Keys[0]&^fieldBits, worst.Keys[0]&fieldBits
	if b.highest < least {
		return 0
	}
	var better, equal uint64
	note := func(bound int64, docs uint64) {
		switch {
		case bound > least:
			better |= docs
		case bound == least:
			equal |= docs
		}
	}
	var counted count
	for f := range b.fields {
		e := &b.fields[f]
		var any, several, whole uint64
		all := ^uint64(0)
		for _, p := range e.planes {
			if p == nil {
				all = 0
				continue
			}
			in := p.docs.At(i)
			several |= any & in
			any |= in
			all &= in
			whole |= p.whole.At(i)
		}
		if any &= docs; any == 0 {
			continue
		}
		counted.add(any)
		note(e.one, any)
		if b.words == 1 {
			note(e.whole, whole)
			continue
		}
		note(e.several, several)
		note(e.all, all)
		if e.sure {
			all &= e.short.At(i)
		}
		note(e.exact, all)
	}
	better &= docs
	if equal &= docs &^ better; equal == 0 {
		return better
	}
	if b.counted {
		more, same := counted.than(than)
		better |= equal & more
		equal &= same
	}
	if equal != 0 && b.second != nil {
		equal = b.second(i, equal, worst)
	}
	return better | equal
}

// count counts for 64 documents at once up to seven, a bit of the number in each.
type count struct{ ones, twos, fours uint64 }

// add adds one for the documents of a word of bits.
func (c *count) add(docs uint64) {
	docs &^= c.ones & c.twos & c.fours // seven is the most
	carry := c.ones & docs
	c.ones ^= docs
	c.fours ^= c.twos & carry
	c.twos ^= carry
}

// than returns which documents have a greater number and which have the same.
func (c *count) than(n int64) (more, same uint64) {
	same = ^uint64(0)
	for bit, have := range [3]uint64{c.fours, c.twos, c.ones} {
		if n>>(2-bit)&1 != 0 {
			same &= have
		} else {
			more |= same & have
			same &^= have
		}
	}
	return more, same
}
