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
	array bool
	one   []int64
	many  [][]int64
}

func (n *Numbers) putMany(id uint32, values []int64) {
	if size := int(id) + 1; size > len(n.many) {
		n.many = append(n.many, make([][]int64, size-len(n.many))...)
	}
	n.many[id] = values
}

func (n *Numbers) put(id uint32, value int64) {
	for len(n.one) <= int(id) {
		n.one = append(n.one, Missing)
	}
	n.one[id] = value
}

func (n *Numbers) remove(id uint32) {
	if n.array && int(id) < len(n.many) {
		n.many[id] = nil
	}
	if !n.array && int(id) < len(n.one) {
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
	if n.array {
		for id, values := range n.many {
			for _, v := range values {
				if v >= lo && v <= hi {
					b.Add(uint32(id))
					break
				}
			}
		}
		return
	}
	for start := 0; start < len(n.one); start += 64 {
		var word uint64
		for i, v := range n.one[start:min(start+64, len(n.one))] {
			if v >= lo && v <= hi && v != Missing {
				word |= 1 << i
			}
		}
		b[start/64] |= word
	}
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
func (n *Numbers) Many() bool { return n.array }

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
