package query

import (
	"github.com/stagedoor/stagedoor/search/local/memory"
	"github.com/stagedoor/stagedoor/search/local/postings"
)

// phraseBase makes a document that holds a phrase score more than any field
// weighs.
const phraseBase = 100000

// phrases finds the documents that hold the phrases of the query: all of those
// that the field holds anywhere, in any one field. weights tells the weight of
// the best field of each document.
func (r *run) phrases(list [][]string) (found postings.Bits, weights map[uint32]int) {
	found, weights = postings.NewBits(r.ix.Limit()), map[uint32]int{}
	for i := range r.fields {
		var in postings.Bits
		for _, phrase := range list {
			if one := r.phrase(&r.fields[i], phrase); !one.Empty() {
				if in.Empty() {
					in = one
				} else {
					in.And(one)
				}
			}
		}
		rated := 0
		in.Each(func(doc uint32) bool {
			weights[doc] = max(weights[doc], phraseBase+r.fields[i].weight)
			rated++
			return rated < 10000
		})
		found.Or(in)
	}
	return found, weights
}

// phrase finds the documents that hold one phrase in a field.
func (r *run) phrase(f *field, words []string) postings.Bits {
	out := postings.NewBits(r.ix.Limit())
	lists := make([]*postings.List, len(words))
	for i, w := range words {
		if lists[i] = f.ix.List(w); lists[i] == nil {
			return out
		}
	}
	postings.Intersect(lists, func(doc uint32) bool {
		if len(lists) == 1 || memory.PhraseIn(lists, doc) {
			out.Add(doc)
		}
		return true
	})
	return out
}

// ban leaves out the documents that hold a word or phrase that must not be there.
func (r *run) ban(list [][]string) {
	for _, words := range list {
		for i := range r.fields {
			if len(words) == 0 {
				continue
			}
			found := r.phrase(&r.fields[i], words)
			if r.banned == nil {
				r.banned = found
			} else {
				r.banned.Or(found)
			}
		}
	}
	if r.banned.Empty() {
		r.banned = nil
	}
}

// byPhrases ranks the documents of a query that consists of phrases alone.
func (r *run) byPhrases(weights map[uint32]int) {
	r.allowed.Each(func(doc uint32) bool {
		if !r.add(doc, int64(weights[doc]), false) {
			r.found.Add(doc)
		}
		return true
	})
	r.count = r.found.Len()
	r.queries++
}
