package query

import (
	"github.com/stagedoor/stagedoor/search/local/postings"
	"github.com/stagedoor/stagedoor/search/local/rank"
)

// branch is the documents that hold a word in one field.
type branch struct {
	field int
	list  *postings.List
	postings.Cursor
}

// union is the documents that hold a word in any field.
type union struct {
	word     spelling
	branches []branch
	id       uint32
	valid    bool
}

// settle finds the first document of all branches.
func (u *union) settle() {
	u.valid = false
	for i := range u.branches {
		if b := &u.branches[i]; b.Valid() && (!u.valid || b.ID() < u.id) {
			u.id, u.valid = b.ID(), true
		}
	}
}

func (u *union) next() {
	for i := range u.branches {
		if b := &u.branches[i]; b.Valid() && b.ID() == u.id {
			b.Next()
		}
	}
	u.settle()
}

// restart lets the union go back to id or what is beyond.
func (u *union) restart(id uint32) {
	for i := range u.branches {
		u.branches[i].Restart(id)
	}
	u.settle()
}

// size is at least the number of documents.
func (u *union) size() int {
	n := 0
	for i := range u.branches {
		n += u.branches[i].list.Len()
	}
	return n
}

func (u *union) seek(id uint32) {
	for i := range u.branches {
		u.branches[i].Seek(id)
	}
	u.settle()
}

// scratch is memory that is used again for every document.
type scratch struct {
	byField [][]*postings.Cursor
	places  [][]postings.Place
	texts   []postings.Place
	arena   []int
}

// across finds the documents that hold all words, each in any field.
func (r *run) across(words []spelling, cost int, dropped []token) {
	var all []union
	for _, w := range words {
		if u := r.union(w); len(u.branches) > 0 {
			all = append(all, u)
		}
	}
	if len(all) == 0 {
		return
	}
	var extra []union
	for _, d := range dropped {
		if u := r.union(spelling{text: d.text}); len(u.branches) > 0 {
			extra = append(extra, u)
		}
	}
	m := scorer{r: r, cost: cost, words: len(words), exact: r.p.ExactFirst && cost == 0 && len(words) == 1}
	var found bool
	if r.common(all) {
		found = m.wide(all, extra)
	} else {
		found = m.narrow(all, extra)
	}
	if found {
		r.remember(words)
	}
}

// narrow finds the documents by going through the lists side by side. It says
// whether there is any.
func (m *scorer) narrow(all, extra []union) bool {
	found := false
	for all[0].valid {
		doc, same := all[0].id, true
		for i := 1; i < len(all) && same; i++ {
			all[i].seek(doc)
			if !all[i].valid {
				all[0].valid, same = false, false
			} else if all[i].id != doc {
				all[0].seek(all[i].id)
				same = false
			}
		}
		if !same {
			continue
		}
		if m.r.passes(doc) && m.r.add(doc, m.score(doc, all, extra), true) {
			found = true
		}
		all[0].next()
	}
	return found
}

// union finds a word in all fields that may hold it with its typos.
func (r *run) union(w spelling) union {
	u := union{word: w}
	for i := range r.fields {
		f := &r.fields[i]
		if w.typos > f.typos || w.prefix && !f.prefix {
			continue
		}
		if l := f.ix.List(w.text); l != nil {
			u.branches = append(u.branches, branch{i, l, l.Cursor()})
		}
	}
	u.settle()
	return u
}

// scorer scores documents that one query found.
type scorer struct {
	r     *run
	cost  int
	words int
	exact bool // a document scores more when the word is a whole text
}

// score is the text match of a document.
//
// max_score:  4 bits words, 48 bits best score, 8 bits its weight, 3 bits fields
// max_weight: 4 bits words, 8 bits best weight, 48 bits its score, 3 bits fields
// sum_score:  60 bits weighted sum, 3 bits fields
func (m *scorer) score(doc uint32, all, extra []union) int64 {
	s := m.r.empty()
	for i := range all {
		s.collect(&all[i], doc)
	}
	return m.rest(doc, extra)
}

// empty returns the memory for the next document.
func (r *run) empty() *scratch {
	s := &r.scratch
	if s.byField == nil {
		s.byField = make([][]*postings.Cursor, len(r.fields))
	}
	for i := range s.byField {
		s.byField[i] = s.byField[i][:0]
	}
	return s
}

// rest is the text match of a document whose words are collected, but for those
// that need not be there.
func (m *scorer) rest(doc uint32, extra []union) int64 {
	r := m.r
	s := &r.scratch
	length := m.words
	for i := range extra {
		if u := &extra[i]; u.valid {
			if u.seek(doc); u.valid && u.id == doc {
				length++
				s.collect(u, doc)
			}
		}
	}
	if r.synonyms >= 0 {
		length = r.synonyms
	}
	var best, weight, sum int64
	fields := int64(0)
	for i, cursors := range s.byField {
		if len(cursors) == 0 {
			continue
		}
		fields++
		w, score := int64(r.fields[i].weight), m.field(cursors, r.fields[i].ix.Def.IsArray())
		switch {
		case r.p.TextMatch == "max_score" && score > best, r.p.TextMatch == "max_weight" && w > weight:
			best, weight = score, w
		}
		sum += w * score
	}
	return m.pack(length, best, weight, sum, fields)
}

// pack makes one number of what a document scores.
func (m *scorer) pack(length int, best, weight, sum, fields int64) int64 {
	if fields = min(fields, 7); !m.r.p.CountFields {
		fields = 0
	}
	head := int64(min(length, 15)) << 59
	switch m.r.p.TextMatch {
	case "max_score":
		return head | best<<11 | min(weight, maxWeight)<<3 | fields
	case "max_weight":
		return head | min(weight, maxWeight)<<51 | best<<3 | fields
	}
	return sum<<3 | fields // how many words there are does not count
}

// collect sorts the branches that are on doc by their fields.
func (s *scratch) collect(u *union, doc uint32) {
	for i := range u.branches {
		if b := &u.branches[i]; b.Valid() && b.ID() == doc {
			s.byField[b.field] = append(s.byField[b.field], &b.Cursor)
		}
	}
}

// field scores one field, given the query's words that are in it.
func (m *scorer) field(cursors []*postings.Cursor, array bool) int64 {
	if len(cursors) == 1 {
		return m.single(cursors[0])
	}
	s := &m.r.scratch
	s.arena = s.arena[:0]
	for len(s.places) < len(cursors) {
		s.places = append(s.places, nil)
	}
	for i, c := range cursors {
		s.places[i] = c.Places(s.places[i][:0], &s.arena)
	}
	if !array {
		s.texts = s.texts[:0]
		for i := range cursors {
			s.texts = append(s.texts, s.places[i][0])
		}
		return m.text(s.texts, len(cursors), false)
	}
	var best int64
	elements(s.places[:len(cursors)], func(_ int, words []postings.Place) {
		best = max(best, m.text(words, len(cursors), true))
	})
	return best
}

// elements calls yield for every element of an array that holds any of the words,
// with the places of those words.
func elements(places [][]postings.Place, yield func(element int, words []postings.Place)) {
	next := make([]int, len(places))
	var words []postings.Place
	for {
		element := -1
		for i, list := range places {
			if next[i] < len(list) && (element < 0 || list[next[i]].Element < element) {
				element = list[next[i]].Element
			}
		}
		if element < 0 {
			return
		}
		words = words[:0]
		for i, list := range places {
			if next[i] < len(list) && list[next[i]].Element == element {
				words = append(words, list[next[i]])
				next[i]++
			}
		}
		yield(element, words)
	}
}

// single scores a field that holds one of the words.
func (m *scorer) single(c *postings.Cursor) int64 {
	if !m.r.p.PositionFirst {
		return m.one(m.exact && c.Alone(), 255)
	}
	s := &m.r.scratch
	s.arena = s.arena[:0]
	last := 0
	for _, p := range c.Places(nil, &s.arena) {
		last = min(255, max(last, p.Positions[len(p.Positions)-1]+1))
	}
	return m.one(m.exact && c.Alone(), last)
}

// one is the score of a field that holds one word, the last time at last.
func (m *scorer) one(whole bool, last int) int64 {
	match := rank.Match{Words: 1, Last: last, Exact: whole}
	if m.words == 1 && m.r.synonyms >= 0 {
		match.Words, match.Distance = m.r.synonyms, m.r.synonyms-1
	}
	return match.Score(m.cost, match.Words)
}

// text scores a text that holds several of the words. What counts most is how
// many stand close together.
func (m *scorer) text(words []postings.Place, inField int, array bool) int64 {
	match := m.r.matcher.Closest(words, m.r.p.ExactFirst, false)
	near, unique, distance := match.Words, inField, match.Distance
	if array {
		unique = near
	}
	if m.r.synonyms >= 0 && m.words == inField {
		near, unique, distance = m.r.synonyms, m.r.synonyms, m.r.synonyms-1
	}
	if !m.r.p.PositionFirst {
		match.Last = 255
	}
	match.Words, match.Distance = unique, distance
	return match.Score(m.cost, near)
}
