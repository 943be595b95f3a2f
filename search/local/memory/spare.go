package memory

import "github.com/stagedoor/stagedoor/search/local/postings"

// Borrow returns an empty set with room for all documents. Giving it to Return
// when it is no longer used saves making another one.
func (x *Index) Borrow() postings.Bits {
	if b, ok := x.spare.Get().(*postings.Bits); ok && len(*b) == len(x.live) {
		clear(*b)
		return *b
	}
	return postings.NewBits(x.Limit())
}

// Return takes back a set that was borrowed.
func (x *Index) Return(b postings.Bits) {
	if b != nil {
		x.spare.Put(&b)
	}
}
