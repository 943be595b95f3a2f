package memory

import (
	"math"

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

func (n *Numbers) put(id uint32, values []int64) {
	if n.array {
		if size := int(id) + 1; size > len(n.many) {
			n.many = append(n.many, make([][]int64, size-len(n.many))...)
		}
		n.many[id] = values
		return
	}
	for len(n.one) <= int(id) {
		n.one = append(n.one, Missing)
	}
	if len(values) > 0 {
		n.one[id] = values[0]
	}
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
