package query

import (
	"math"
	"math/bits"

	"github.com/stagedoor/stagedoor/search/local/postings"
	"github.com/stagedoor/stagedoor/search/local/rank"
)

// A word that many documents hold is not read document by document: the documents
// of every field are bits, 64 of which are combined at once, and only those
// documents are scored that can still come among the best.

const (
	wideDocs  = 2048 // the least number of documents that every word must have
	wideShare = 512  // or one document in so many, if that is more
	region    = 64   // words of bits that are scored before going back

	keptPlanes = 4 // words whose planes are kept for the next spellings
)

// common says whether all words are common enough.
func (r *run) common(words []union) bool {
	least := math.MaxInt
	for i := range words {
		least = min(least, words[i].size())
	}
	if r.wideFrom > 0 {
		return least >= r.wideFrom
	}
	return least >= max(wideDocs, r.ix.Limit()/wideShare)
}

// plane is the documents that hold a word in one field.
type plane struct {
	field int
	docs  postings.Bits
	whole postings.Bits // those of which it is a whole text; nil when that does not count
	own   bool          // the sets are not those of the index
}

// wideSearch is the search for common words.
type wideSearch struct {
	*scorer
	all, extra []union
	planes     [][]plane // by word
	size       int       // words of bits
	single     bool      // the planes are enough for a score
	bounds     *bounds   // nil when any document may be among the best
}

// wide finds the documents. It says whether there is any.
func (m *scorer) wide(all, extra []union) bool {
	r := m.r
	s := wideSearch{scorer: m, all: all, extra: extra, size: (r.ix.Limit() + 63) / 64}
	s.single = len(all) == 1 && len(extra) == 0 && !r.p.PositionFirst
	if len(r.planes) > keptPlanes {
		r.release()
	}
	for i := range all {
		s.planes = append(s.planes, s.word(&all[i]))
	}
	s.bounds = s.limits()
	found := false
	for from := (s.size - 1) / region * region; from >= 0; from -= region {
		if s.region(from, min(from+region, s.size)) {
			found = true
		}
	}
	return found
}

// word makes the planes of a word. They are kept for the next spellings of the
// query, most of whose words are the same.
func (s *wideSearch) word(u *union) []plane {
	key := planesOf{u.word, s.exact && s.single}
	if known, ok := s.r.planes[key]; ok {
		return known
	}
	out := s.planesOf(u)
	if s.r.planes == nil {
		s.r.planes = map[planesOf][]plane{}
	}
	s.r.planes[key] = out
	return out
}

// planesOf names the planes of a spelling.
type planesOf struct {
	word  spelling
	whole bool
}

func (s *wideSearch) planesOf(u *union) []plane {
	var out []plane
	for i := range u.branches {
		b := &u.branches[i]
		p := plane{field: b.field}
		var ok bool
		if p.docs, p.whole, ok = b.list.Bits(); !ok {
			p.own, p.docs = true, s.r.blank()
			b.list.AddTo(p.docs)
			if s.exact && s.single {
				p.whole = s.r.blank()
				b.list.AddWhole(p.whole)
			}
		}
		if !s.exact || !s.single {
			p.whole = nil
		}
		out = append(out, p)
	}
	return out
}

// region finds the documents of a few words of bits.
func (s *wideSearch) region(from, to int) bool {
	r := s.r
	found, started := false, false
	for i := from; i < to; i++ {
		docs := s.matching(i)
		if docs == 0 {
			continue
		}
		if r.groups != nil {
			for ; docs != 0; docs &= docs - 1 {
				started = s.start(i, started)
				doc := uint32(i*64 + bits.TrailingZeros64(docs))
				found = r.add(doc, s.text(doc), true) || found
			}
			continue
		}
		found = true
		seen := r.found[i]
		r.found[i] |= docs
		r.count += bits.OnesCount64(docs &^ seen)
		if r.keys == nil {
			continue
		}
		if worst := r.top.Worst(); worst != nil && s.bounds != nil {
			docs = s.bounds.hopeful(i, docs, worst)
		}
		for ; docs != 0; docs &= docs - 1 {
			started = s.start(i, started)
			bit := bits.TrailingZeros64(docs)
			h := rank.Hit{Doc: uint32(i*64 + bit), Query: r.queries}
			r.top.Offer(&h, s.text(h.Doc), true, seen>>bit&1 != 0)
		}
	}
	return found
}

// start puts the lists of words that need not be there on the first document of a
// region.
func (s *wideSearch) start(word int, started bool) bool {
	if !started && !s.single {
		for i := range s.extra {
			s.extra[i].restart(uint32(word * 64))
		}
	}
	return true
}

// matching are the documents that hold all words and may be found.
func (s *wideSearch) matching(i int) uint64 {
	docs := ^uint64(0)
	if s.r.filtered {
		docs = s.r.allowed.At(i)
	}
	docs &^= s.r.banned.At(i)
	for _, planes := range s.planes {
		var any uint64
		for j := range planes {
			any |= planes[j].docs.At(i)
		}
		docs &= any
	}
	return docs
}

// text is the text match of a document.
func (s *wideSearch) text(doc uint32) int64 {
	if !s.single {
		return s.several(doc)
	}
	var best, weight, sum, fields int64
	r := s.r
	for i := range s.planes[0] {
		p := &s.planes[0][i]
		if !p.docs.Has(doc) {
			continue
		}
		fields++
		w, score := int64(r.fields[p.field].weight), s.one(p.whole.Has(doc), 255)
		if r.p.TextMatch == "max_score" && score > best || r.p.TextMatch == "max_weight" && w > weight {
			best, weight = score, w
		}
		sum += w * score
	}
	length := s.words
	if r.synonyms >= 0 {
		length = r.synonyms
	}
	return s.pack(length, best, weight, sum, fields)
}

// several is the text match of a document that more than the planes are needed for.
func (s *wideSearch) several(doc uint32) int64 {
	into := s.r.empty()
	for w, planes := range s.planes {
		for i := range planes {
			if !planes[i].docs.Has(doc) {
				continue
			}
			b := &s.all[w].branches[i]
			if b.Valid() && b.ID() <= doc {
				b.Seek(doc)
			} else { // a new region: they come from the last to the first
				b.Restart(doc)
			}
			into.byField[b.field] = append(into.byField[b.field], &b.Cursor)
		}
	}
	return s.rest(doc, s.extra)
}
