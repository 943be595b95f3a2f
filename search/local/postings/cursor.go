package postings

import "encoding/binary"

// blockCursor steps through one block.
type blockCursor struct {
	rest   []byte
	left   int
	id     uint32
	places []byte
}

func (c *blockCursor) next() bool {
	if c.left == 0 {
		return false
	}
	c.left--
	b := c.rest
	if len(b) > 1 && b[0]|b[1] < 0x80 { // both are short: the usual case
		end := 2 + int(b[1])
		c.id += uint32(b[0])
		c.places, c.rest = b[2:end], b[end:]
		return true
	}
	gap, n := uvarint(b)
	size, m := uvarint(b[n:])
	c.id += uint32(gap)
	end := n + m + int(size)
	c.places, c.rest = b[n+m:end], b[end:]
	return true
}

func uvarint(b []byte) (uint64, int) {
	if x := b[0]; x < 0x80 {
		return uint64(x), 1
	}
	return binary.Uvarint(b)
}

// Cursor steps through a List in the order of documents.
type Cursor struct {
	list  *List
	block int
	in    blockCursor
	valid bool
}

// Cursor returns a cursor on the first document.
func (l *List) Cursor() Cursor {
	c := Cursor{list: l, block: -1}
	c.Next()
	return c
}

// Valid says whether the cursor is on a document.
func (c *Cursor) Valid() bool { return c.valid }

// ID is the document the cursor is on.
func (c *Cursor) ID() uint32 { return c.in.id }

// Next goes to the next document.
func (c *Cursor) Next() {
	for !c.in.next() {
		c.block++
		if c.block >= len(c.list.blocks) {
			c.valid = false
			return
		}
		c.enter()
	}
	c.valid = true
}

func (c *Cursor) enter() {
	b := &c.list.blocks[c.block]
	c.in = blockCursor{rest: b.data, left: b.n, id: b.first}
}

// Seek goes to the first document that is id or beyond; it never goes back.
func (c *Cursor) Seek(id uint32) {
	if !c.valid || c.in.id >= id {
		return
	}
	if c.list.blocks[c.block].last < id {
		c.block = c.list.find(id)
		if c.block == len(c.list.blocks) {
			c.valid = false
			return
		}
		c.enter()
		c.in.next()
	}
	for c.in.id < id {
		c.in.next() // the block's last document is not before id
	}
}

// Places appends to dst where the word is in the present document. The slices
// of positions are cut from *arena, which grows as needed.
func (c *Cursor) Places(dst []Place, arena *[]int) []Place {
	return decode(c.in.places, dst, arena)
}

func decode(b []byte, dst []Place, arena *[]int) []Place {
	for len(b) > 0 {
		element, n := uvarint(b)
		head, m := uvarint(b[n:])
		b = b[n+m:]
		start, prev := len(*arena), 0
		for range head >> 1 {
			gap, k := uvarint(b)
			b = b[k:]
			prev += int(gap)
			*arena = append(*arena, prev)
		}
		dst = append(dst, Place{Element: int(element), Last: head&1 != 0, Positions: (*arena)[start:len(*arena):len(*arena)]})
	}
	return dst
}

// Alone says whether the word is the whole of one text of the present document.
func (c *Cursor) Alone() bool { return alone(c.in.places) }

func alone(places []byte) bool {
	for b := places; len(b) > 0; {
		_, n := uvarint(b)
		head, m := uvarint(b[n:])
		b = b[n+m:]
		if head == 1<<1|1 && b[0] == 0 {
			return true
		}
		for range head >> 1 {
			_, k := uvarint(b)
			b = b[k:]
		}
	}
	return false
}

// Restart makes the cursor able to go back: to the first document that is id or
// beyond.
func (c *Cursor) Restart(id uint32) {
	c.valid = false
	if c.block = c.list.find(id); c.block == len(c.list.blocks) {
		return
	}
	c.enter()
	c.valid = c.in.next()
	c.Seek(id)
}

// Has says whether document id is in the list.
func (l *List) Has(id uint32) bool {
	if l.common != nil {
		return l.common.docs.Has(id)
	}
	c := Cursor{list: l}
	return c.at(id)
}

// PlacesIn returns where the word is in document id, nil when it is not.
func (l *List) PlacesIn(id uint32) []Place {
	if l.common != nil && !l.common.docs.Has(id) {
		return nil
	}
	c := Cursor{list: l}
	if !c.at(id) {
		return nil
	}
	var arena []int
	return c.Places(nil, &arena)
}

// at puts the cursor on document id, if it is there.
func (c *Cursor) at(id uint32) bool {
	c.block = c.list.find(id)
	if c.block == len(c.list.blocks) || c.list.blocks[c.block].first > id {
		return false
	}
	c.enter()
	for c.in.next() {
		if c.in.id >= id {
			return c.in.id == id
		}
	}
	return false
}

// Intersect calls yield for every document that is in all lists, in order, until
// it returns false.
func Intersect(lists []*List, yield func(id uint32) bool) {
	switch len(lists) {
	case 0:
		return
	case 1:
		for c := lists[0].Cursor(); c.Valid(); c.Next() {
			if !yield(c.ID()) {
				return
			}
		}
		return
	}
	cursors := make([]Cursor, len(lists))
	for i, l := range lists {
		cursors[i] = l.Cursor()
	}
	for cursors[0].Valid() {
		id, same := cursors[0].ID(), true
		for i := 1; i < len(cursors); i++ {
			cursors[i].Seek(id)
			if !cursors[i].Valid() {
				return
			}
			if at := cursors[i].ID(); at != id {
				cursors[0].Seek(at)
				same = false
				break
			}
		}
		if same {
			if !yield(id) {
				return
			}
			cursors[0].Next()
		}
	}
}

// Meet says whether two lists share a document.
func Meet(a, b *List) bool {
	if a.common != nil {
		return b.Meets(a.common.docs)
	}
	if b.common != nil {
		return a.Meets(b.common.docs)
	}
	x, y := a.Cursor(), b.Cursor()
	for x.Valid() && y.Valid() {
		switch {
		case x.ID() < y.ID():
			x.Seek(y.ID())
		case y.ID() < x.ID():
			y.Seek(x.ID())
		default:
			return true
		}
	}
	return false
}

// MeetIn says whether two lists share a document that is in b.
func MeetIn(a, b *List, in Bits) bool {
	if a.common != nil {
		a, b = b, a
	}
	if b.common != nil {
		for c := a.Cursor(); c.Valid(); c.Next() {
			if id := c.ID(); b.common.docs.Has(id) && in.Has(id) {
				return true
			}
		}
		return false
	}
	x, y := a.Cursor(), b.Cursor()
	for x.Valid() && y.Valid() {
		switch {
		case x.ID() < y.ID():
			x.Seek(y.ID())
		case y.ID() < x.ID():
			y.Seek(x.ID())
		case in.Has(x.ID()):
			return true
		default:
			x.Next()
		}
	}
	return false
}
