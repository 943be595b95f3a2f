// Package postings holds sets of documents and, for every word, the documents
// it occurs in and where.
//
// Documents are numbered from 0 in the order they were first written. None of
// the types may be changed while it is read.
package postings

import (
	"math/bits"
	"slices"
)

// Set is a set of documents. Small sets are sorted numbers, large ones bits.
// The zero Set is empty.
type Set struct {
	few  []uint32
	many Bits
	n    int
}

// sparsest is how many numbers a set may hold as numbers whatever their size.
const sparsest = 64

// Len is the number of documents.
func (s *Set) Len() int { return s.n }

// Add puts id into the set.
func (s *Set) Add(id uint32) {
	if s.many != nil {
		if s.many.Add(id) {
			s.n++
		}
		return
	}
	if n := len(s.few); n == 0 || s.few[n-1] < id {
		s.few = append(s.few, id)
	} else if i, found := slices.BinarySearch(s.few, id); found {
		return
	} else {
		s.few = slices.Insert(s.few, i, id)
	}
	s.n++
	if last := s.few[len(s.few)-1]; s.n > sparsest && s.n > int(last)/32 {
		s.many = make(Bits, last/64+1)
		for _, id := range s.few {
			s.many.Add(id)
		}
		s.few = nil
	}
}

// Remove takes id out of the set.
func (s *Set) Remove(id uint32) {
	if s.many != nil {
		if s.many.Remove(id) {
			s.n--
		}
		return
	}
	if i, found := slices.BinarySearch(s.few, id); found {
		s.few = slices.Delete(s.few, i, i+1)
		s.n--
	}
}

// Has says whether id is in the set.
func (s *Set) Has(id uint32) bool {
	if s.many != nil {
		return s.many.Has(id)
	}
	_, found := slices.BinarySearch(s.few, id)
	return found
}

// AddTo adds the set to b.
func (s *Set) AddTo(b Bits) {
	b.Or(s.many)
	for _, id := range s.few {
		b.Add(id)
	}
}

// Each calls yield for every document in order until it returns false.
func (s *Set) Each(yield func(uint32) bool) {
	for _, id := range s.few {
		if !yield(id) {
			return
		}
	}
	s.many.Each(yield)
}

// CountIn is the number of documents that are also in b.
func (s *Set) CountIn(b Bits) int {
	n := 0
	for i := range min(len(s.many), len(b)) {
		n += bits.OnesCount64(s.many[i] & b[i])
	}
	for _, id := range s.few {
		if b.Has(id) {
			n++
		}
	}
	return n
}

// Meets says whether any document is also in b.
func (s *Set) Meets(b Bits) bool {
	for i := range min(len(s.many), len(b)) {
		if s.many[i]&b[i] != 0 {
			return true
		}
	}
	return slices.ContainsFunc(s.few, b.Has)
}

// Last is the document with the highest number, which must exist.
func (s *Set) Last() uint32 {
	for i := len(s.many) - 1; i >= 0; i-- {
		if w := s.many[i]; w != 0 {
			return uint32(i*64 + 63 - bits.LeadingZeros64(w))
		}
	}
	return s.few[len(s.few)-1]
}

// First is the document with the lowest number, which must exist.
func (s *Set) First() uint32 {
	for i, w := range s.many {
		if w != 0 {
			return uint32(i*64 + bits.TrailingZeros64(w))
		}
	}
	return s.few[0]
}

// LastIn is the document with the highest number that is also in b, or 0.
func (s *Set) LastIn(b Bits) uint32 {
	for i := min(len(s.many), len(b)) - 1; i >= 0; i-- {
		if w := s.many[i] & b[i]; w != 0 {
			return uint32(i*64 + 63 - bits.LeadingZeros64(w))
		}
	}
	for _, id := range slices.Backward(s.few) {
		if b.Has(id) {
			return id
		}
	}
	return 0
}

// Bits is a set as one bit a document. Add needs room; the others take any
// length.
type Bits []uint64

// NewBits returns an empty set with room for documents below n.
func NewBits(n int) Bits { return make(Bits, (n+63)/64) }

// Full returns the set of all documents below n.
func Full(n int) Bits {
	b := NewBits(n)
	for i := range b {
		b[i] = ^uint64(0)
	}
	if rest := n % 64; rest != 0 {
		b[len(b)-1] = 1<<rest - 1
	}
	return b
}

// Has says whether id is in the set.
func (b Bits) Has(id uint32) bool {
	i := int(id >> 6)
	return i < len(b) && b[i]>>(id&63)&1 != 0
}

// Add puts id into the set, growing it when needed, and says whether it was new.
func (b *Bits) Add(id uint32) bool {
	i := int(id >> 6)
	if i >= len(*b) {
		*b = append(*b, make(Bits, i+1-len(*b))...)
	}
	mask := uint64(1) << (id & 63)
	fresh := (*b)[i]&mask == 0
	(*b)[i] |= mask
	return fresh
}

// Remove takes id out and says whether it was in.
func (b Bits) Remove(id uint32) bool {
	if !b.Has(id) {
		return false
	}
	b[id>>6] &^= 1 << (id & 63)
	return true
}

// And keeps what is also in o.
func (b Bits) And(o Bits) {
	for i := range b {
		if i < len(o) {
			b[i] &= o[i]
		} else {
			b[i] = 0
		}
	}
}

// Or adds o, which must not be longer.
func (b Bits) Or(o Bits) {
	b = b[:len(o)]
	for i, w := range o {
		b[i] |= w
	}
}

// AndNot removes what is in o.
func (b Bits) AndNot(o Bits) {
	for i := range min(len(b), len(o)) {
		b[i] &^= o[i]
	}
}

// Meets says whether any document is also in o.
func (b Bits) Meets(o Bits) bool {
	for i := range min(len(b), len(o)) {
		if b[i]&o[i] != 0 {
			return true
		}
	}
	return false
}

// At is the i-th word of bits, documents 64i to 64i+63.
func (b Bits) At(i int) uint64 {
	if i < len(b) {
		return b[i]
	}
	return 0
}

// Len is the number of documents.
func (b Bits) Len() int {
	n := 0
	for _, w := range b {
		n += bits.OnesCount64(w)
	}
	return n
}

// Empty says whether there is no document.
func (b Bits) Empty() bool {
	for _, w := range b {
		if w != 0 {
			return false
		}
	}
	return true
}

// Each calls yield for every document in order until it returns false.
func (b Bits) Each(yield func(uint32) bool) {
	for i, w := range b {
		for w != 0 {
			if !yield(uint32(i*64 + bits.TrailingZeros64(w))) {
				return
			}
			w &= w - 1
		}
	}
}
