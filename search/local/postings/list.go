package postings

import (
	"encoding/binary"
	"slices"
)

// Place is where a word occurs in one text: a string field has one text, an
// array one for every element.
type Place struct {
	Element   int   // of the array; 0 for a plain string
	Last      bool  // it is the last word of the text
	Positions []int // numbers of the words, from 0, rising
}

// List is the documents that hold a word, with its places in each. Documents
// are kept in blocks so that changing one moves little.
type List struct {
	blocks []block
	n      int
	common *common // of a word that many documents hold
}

// block holds up to blockSize documents: for each the distance from the one
// before, the length of its places, and the places.
type block struct {
	first, last uint32
	n           int
	data        []byte
}

const blockSize = 128

// Len is the number of documents.
func (l *List) Len() int { return l.n }

// find is the index of the block that id is in or would go to.
func (l *List) find(id uint32) int {
	i, _ := slices.BinarySearchFunc(l.blocks, id, func(b block, id uint32) int {
		if b.last < id {
			return -1
		}
		return 1
	})
	return i
}

// entry is a document in a block, for changing it.
type entry struct {
	id   uint32
	data []byte
}

func (b *block) entries() []entry {
	out := make([]entry, 0, b.n+1)
	c := blockCursor{rest: b.data, left: b.n, id: b.first}
	for c.next() {
		out = append(out, entry{c.id, c.places})
	}
	return out
}

func pack(entries []entry) block {
	b := block{first: entries[0].id, last: entries[len(entries)-1].id, n: len(entries)}
	prev := b.first
	for _, e := range entries {
		b.data = binary.AppendUvarint(b.data, uint64(e.id-prev))
		b.data = binary.AppendUvarint(b.data, uint64(len(e.data)))
		b.data = append(b.data, e.data...)
		prev = e.id
	}
	b.data = slices.Clip(b.data)
	return b
}

// Spot is one occurrence of a word.
type Spot struct {
	Element int  // of the array; 0 for a plain string
	At      int  // number of the word in the text, from 0
	Last    bool // it is the last word of the text
}

// Put sets where the word is in document id. spots rise.
func (l *List) Put(id uint32, spots []Spot) {
	var memory [64]byte
	data := encode(memory[:0], spots)
	if n := len(l.blocks); n == 0 || l.blocks[n-1].last < id { // beyond all others: the usual case
		l.add(id, data)
	} else {
		l.insert(id, slices.Clone(data))
	}
	l.note(id, data)
}

// add puts a document at the end.
func (l *List) add(id uint32, data []byte) {
	n := len(l.blocks)
	if n == 0 || l.blocks[n-1].n >= blockSize {
		l.blocks = append(l.blocks, block{first: id, last: id})
		n++
	}
	b := &l.blocks[n-1]
	b.data = binary.AppendUvarint(b.data, uint64(id-b.last))
	b.data = binary.AppendUvarint(b.data, uint64(len(data)))
	b.data = append(b.data, data...)
	b.last = id
	if b.n++; b.n == blockSize {
		b.data = slices.Clone(b.data) // the block is complete: no room to spare
	}
	l.n++
}

// insert puts a document between others.
func (l *List) insert(id uint32, data []byte) {
	i := l.find(id)
	entries := l.blocks[i].entries()
	j, found := slices.BinarySearchFunc(entries, id, func(e entry, id uint32) int { return int(int64(e.id) - int64(id)) })
	if found {
		entries[j].data = data
	} else {
		entries = slices.Insert(entries, j, entry{id, data})
		l.n++
	}
	if len(entries) <= blockSize {
		l.blocks[i] = pack(entries)
		return
	}
	half := len(entries) / 2
	l.blocks = slices.Replace(l.blocks, i, i+1, pack(entries[:half]), pack(entries[half:]))
}

// Remove takes document id out.
func (l *List) Remove(id uint32) {
	i := l.find(id)
	if i == len(l.blocks) {
		return
	}
	entries := l.blocks[i].entries()
	j := slices.IndexFunc(entries, func(e entry) bool { return e.id == id })
	if j < 0 {
		return
	}
	l.n--
	l.forget(id)
	if entries = slices.Delete(entries, j, j+1); len(entries) == 0 {
		l.blocks = slices.Delete(l.blocks, i, i+1)
		return
	}
	l.blocks[i] = pack(entries)
}

// encode writes spots: for each element of an array its number, twice the number
// of occurrences plus one when the last word is among them, and where they are as
// distances.
func encode(out []byte, spots []Spot) []byte {
	for len(spots) > 0 {
		n, last := 0, uint64(0)
		for n < len(spots) && spots[n].Element == spots[0].Element {
			if spots[n].Last {
				last = 1
			}
			n++
		}
		out = binary.AppendUvarint(out, uint64(spots[0].Element))
		out = binary.AppendUvarint(out, uint64(n)<<1|last)
		prev := 0
		for _, s := range spots[:n] {
			out = binary.AppendUvarint(out, uint64(s.At-prev))
			prev = s.At
		}
		spots = spots[n:]
	}
	return out
}

// AddTo adds the documents to b.
func (l *List) AddTo(b Bits) {
	if l.common != nil {
		b.Or(l.common.docs)
		return
	}
	for i := range l.blocks {
		c := blockCursor{rest: l.blocks[i].data, left: l.blocks[i].n, id: l.blocks[i].first}
		for c.next() {
			b[c.id>>6] |= 1 << (c.id & 63)
		}
	}
}

// AddWhole adds to b the documents of which the word is the whole of one text.
func (l *List) AddWhole(b Bits) {
	if l.common != nil {
		b.Or(l.common.whole)
		return
	}
	for i := range l.blocks {
		c := blockCursor{rest: l.blocks[i].data, left: l.blocks[i].n, id: l.blocks[i].first}
		for c.next() {
			if alone(c.places) {
				b[c.id>>6] |= 1 << (c.id & 63)
			}
		}
	}
}

// Meets says whether any document is in b.
func (l *List) Meets(b Bits) bool {
	if l.common != nil {
		return l.common.docs.Meets(b)
	}
	for i := range l.blocks {
		c := blockCursor{rest: l.blocks[i].data, left: l.blocks[i].n, id: l.blocks[i].first}
		for c.next() {
			if b.Has(c.id) {
				return true
			}
		}
	}
	return false
}
