package query

import (
	"github.com/stagedoor/stagedoor/search/local/memory"
	"github.com/stagedoor/stagedoor/search/local/postings"
	"github.com/stagedoor/stagedoor/search/local/rank"
)

// token is a word of the query.
type token struct {
	text   string
	prefix bool // it may be unfinished: it is the last one
}

// tokens makes tokens of words.
func tokens(words []string) []token {
	out := make([]token, len(words))
	for i, w := range words {
		out[i] = token{text: w, prefix: i == len(words)-1}
	}
	return out
}

// spelling is a word of the index that a token may mean.
type spelling struct {
	text   string
	prefix bool // it is longer than the token and its typos
	root   int  // bytes of the token
	typos  int
}

// run is one search while it goes on.
type run struct {
	p      *Params
	ix     *memory.Index
	fields []field
	order  int64 // how spellings are ranked: see text.Query
	limit  int   // candidates

	filtered bool // there is a filter: only documents in allowed
	allowed  postings.Bits
	banned   postings.Bits // documents that are left out; nil for none
	curated  bool          // some documents are pinned or hidden

	keys    *rank.Keys
	top     *rank.Top
	groups  *groups         // instead of top; nil when not grouped
	without map[uint64]bool // groups that are left out

	found    postings.Bits
	count    int
	repeats  int // how often documents of found count again, see filter.Run.Repeats
	queries  int // queries that found something
	synonyms int // words of the longest variant of the query; -1 without synonyms

	done     map[string]bool // queries that were tried
	searched []spelling      // spellings that found something, each once
	known    map[string]bool

	queriesFound [][]string // the words of queries that found something

	matcher  rank.Matcher
	scratch  scratch
	planes   map[planesOf][]plane
	wideFrom int // documents from which a word is common, 0 for the usual number
}

// results is how many documents, or groups of them, were found.
func (r *run) results() int {
	if r.groups != nil {
		return len(r.groups.tops)
	}
	return r.count
}

// passes says whether a document may be found.
func (r *run) passes(doc uint32) bool {
	return (!r.filtered || r.allowed.Has(doc)) && !r.banned.Has(doc)
}

// add adds a document that was found. text is its text match; words tells that it
// comes from words. It says whether the document counts.
func (r *run) add(doc uint32, text int64, words bool) bool {
	h := rank.Hit{Doc: doc, Query: r.queries}
	if r.groups != nil {
		h.Group = r.groups.key(doc)
		if r.without[h.Group] {
			return false
		}
	}
	fresh := r.found.Add(doc)
	if fresh {
		r.count++
	}
	switch {
	case r.keys == nil:
	case r.groups != nil:
		r.keys.Fill(&h, text, words)
		r.groups.add(h, !fresh)
	default:
		r.top.Offer(&h, text, words, !fresh)
	}
	return true
}

// remember notes the spellings of a query that found something.
func (r *run) remember(words []spelling) {
	r.queries++
	var list []string
	for _, w := range words {
		list = append(list, w.text)
		if !r.known[w.text] {
			r.known[w.text] = true
			r.searched = append(r.searched, w)
		}
	}
	r.queriesFound = append(r.queriesFound, list)
}

// blank is an empty set with room for all documents.
func (r *run) blank() postings.Bits { return r.ix.Borrow() }

// giveBack lets sets that blank returned be used again.
func (r *run) giveBack(sets ...postings.Bits) {
	for _, b := range sets {
		r.ix.Return(b)
	}
}

// release lets the sets of the words be used again.
func (r *run) release() {
	for _, word := range r.planes {
		for _, p := range word {
			if p.own {
				r.giveBack(p.docs, p.whole)
			}
		}
	}
	r.planes = nil
}
