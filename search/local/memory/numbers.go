package memory

import (
	"math"
	"math/bits"

	"github.com/stagedoor/stagedoor/search/local/postings"
)

// Missing is the number of a document without one.
const Missing = math.MinInt64

// Numbers holds the numbers of a field by document. Floats are kept as
// schema.FloatOrder makes them, truth values as 0 and 1.
type Numbers struct {
	one  []int64
	many *members // of an array field, instead of one
}

func newNumbers(array bool) *Numbers {
	if array {
		return &Numbers{many: &members{}}
	}
	return &Numbers{}
}

func (n *Numbers) put(id uint32, value int64) {
	for len(n.one) <= int(id) {
		n.one = append(n.one, Missing)
	}
	n.one[id] = value
}

func (n *Numbers) remove(id uint32) {
	if int(id) < len(n.one) {
		n.one[id] = Missing
	}
}

// Get returns the number of a document in a field that is no array, or Missing.
func (n *Numbers) Get(id uint32) int64 {
	if int(id) < len(n.one) {
		return n.one[id]
	}
	return Missing
}

// Between adds to b the documents with a number from lo to hi.
func (n *Numbers) Between(b postings.Bits, lo, hi int64) {
	if lo > hi {
		return
	}
	if n.many != nil {
		n.many.between(b, lo, hi)
		return
	}
	mark(b, n.one, max(lo, Missing+1), hi)
}

// Count is how many numbers from lo to hi the documents of b have, all together.
// None that a document has twice counts twice. It is about array fields.
func (n *Numbers) Count(b postings.Bits, lo, hi int64) int {
	if n.many == nil || lo > hi {
		return 0
	}
	return n.many.count(b, lo, hi)
}

// Sieve returns which documents of a word of bits have a number, times sign, that
// is at least so great. missing stands for the number of those without.
func (n *Numbers) Sieve(word int, docs uint64, missing, sign, least int64) uint64 {
	var out uint64
	from := word * 64
	if ^docs == 0 && from+64 <= len(n.one) { // all of them: the usual case when everything is sorted
		for bit, v := range n.one[from : from+64] {
			if v == Missing {
				v = missing
			}
			if v*sign >= least {
				out |= 1 << bit
			}
		}
		return out
	}
	for w := docs; w != 0; w &= w - 1 {
		bit := bits.TrailingZeros64(w)
		v := n.Get(uint32(from + bit))
		if v == Missing {
			v = missing
		}
		if v*sign >= least {
			out |= 1 << bit
		}
	}
	return out
}

// Many says whether a document may have several numbers.
func (n *Numbers) Many() bool { return n.many != nil }

// Keep takes out of b the documents without a number from lo to hi. None may have
// several.
func (n *Numbers) Keep(b postings.Bits, lo, hi int64) {
	for i, w := range b {
		for w := w; w != 0; w &= w - 1 {
			bit := bits.TrailingZeros64(w)
			if v := n.Get(uint32(i*64 + bit)); v < lo || v > hi || v == Missing {
				b[i] &^= 1 << bit
			}
		}
	}
}
