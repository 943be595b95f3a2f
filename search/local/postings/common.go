package postings

// common holds the documents of a long list also as bits, so that a search for a
// common word need not read the list.
type common struct {
	docs  Bits
	whole Bits // those of which the word is the whole of one text
}

const (
	commonDocs  = 4096 // the least number of documents
	commonShare = 16   // one document in so many holds the word
)

// note keeps common up to date when document id was put.
func (l *List) note(id uint32, places []byte) {
	if l.common == nil {
		if last := l.blocks[len(l.blocks)-1].last; l.n < commonDocs || l.n*commonShare < int(last) {
			return
		}
		docs, whole := NewBits(int(id)+1), NewBits(int(id)+1)
		for i := range l.blocks {
			c := blockCursor{rest: l.blocks[i].data, left: l.blocks[i].n, id: l.blocks[i].first}
			for c.next() {
				docs.Add(c.id)
				if alone(c.places) {
					whole.Add(c.id)
				}
			}
		}
		l.common = &common{docs: docs, whole: whole}
		return
	}
	l.common.docs.Add(id)
	if alone(places) {
		l.common.whole.Add(id)
	} else {
		l.common.whole.Remove(id)
	}
}

// forget keeps common up to date when document id was removed.
func (l *List) forget(id uint32) {
	if l.common == nil {
		return
	}
	if l.n < commonDocs/2 {
		l.common = nil
		return
	}
	l.common.docs.Remove(id)
	l.common.whole.Remove(id)
}

// Bits returns the documents, and those of which the word is the whole of one
// text, when they are at hand as bits. They must not be changed.
func (l *List) Bits() (docs, whole Bits, ok bool) {
	if l.common == nil {
		return nil, nil, false
	}
	return l.common.docs, l.common.whole, true
}
