package redirect

import (
	"fmt"

	"github.com/stagedoor/stagedoor/edge/site"
)

// Shelf keeps the compiled indexes that an isolate has been given, by sum, up
// to a number of bytes, and hands each site its own. It is not safe for
// concurrent use.
//
// A site that names an index which is not there keeps the one it had, or has
// no rules: Wanted says which one to fetch.
type Shelf struct {
	most   int // bytes
	size   int
	clock  uint64
	stored map[string]*stored // by sum
	slots  map[string]*Slot   // by site ID
	bound  *site.Site         // bound last, as last: a site is bound once for each filter
	last   *Slot
}

// stored is an index on the shelf; nil once it had to make room.
type stored struct {
	index *Index
	used  uint64
}

// Slot is where one site's rules are found.
type Slot struct {
	shelf  *Shelf
	wanted string // the sum that the site names, "" when it brings its rules itself
	stored *stored
	inline *Index
}

// NewShelf makes one that keeps indexes of at most so many bytes together.
func NewShelf(most int) *Shelf {
	return &Shelf{most: most, stored: map[string]*stored{}, slots: map[string]*Slot{}}
}

// Bind returns where the rules of a site are found, and compiles those that
// are in its document.
func (s *Shelf) Bind(doc *site.Site) (*Slot, error) {
	if doc == s.bound {
		return s.last, nil
	}
	slot := &Slot{shelf: s}
	if doc.RedirectIndex != "" {
		if known := s.slots[doc.ID]; known != nil {
			slot = known
		}
		slot.want(doc.RedirectIndex)
		s.slots[doc.ID] = slot
	} else {
		index, err := Build(doc.Redirects)
		if err != nil {
			return nil, err
		}
		if slot.inline, err = Open(index); err != nil {
			return nil, err
		}
		delete(s.slots, doc.ID)
	}
	s.bound, s.last = doc, slot
	return slot, nil
}

func (t *Slot) want(sum string) {
	t.wanted = sum
	if kept := t.shelf.stored[sum]; kept != nil {
		t.stored = kept
	}
}

// Index is the site's rules, nil while they are missing.
func (t *Slot) Index() *Index {
	if t.stored == nil {
		return t.inline
	}
	t.shelf.clock++
	t.stored.used = t.shelf.clock
	return t.stored.index
}

// Wanted is the sum of the index that a site names and that is not on the
// shelf, "" if there is none.
func (s *Shelf) Wanted(doc *site.Site) string {
	if kept := s.stored[doc.RedirectIndex]; kept != nil {
		return ""
	}
	return doc.RedirectIndex
}

// Put takes the index with a sum, and keeps b. Those that have not been used
// for the longest make room for it.
func (s *Shelf) Put(sum string, b []byte) error {
	index, err := Open(b)
	if err != nil {
		return err
	}
	if len(b) > s.most {
		return fmt.Errorf("redirect: the index takes %d bytes; there is room for %d", len(b), s.most)
	}
	s.drop(sum)
	s.makeRoom(len(b))
	kept := &stored{index: index, used: s.clock}
	s.stored[sum] = kept
	s.size += len(b)
	for _, slot := range s.slots {
		if slot.wanted == sum {
			slot.stored = kept
		}
	}
	return nil
}

// makeRoom drops what no site has any more, once that is much, and then what
// has not been used for the longest.
func (s *Shelf) makeRoom(size int) {
	if s.size+size > s.most/2 {
		for sum := range s.stored {
			if !s.hasSlot(sum) {
				s.drop(sum)
			}
		}
	}
	for s.size+size > s.most {
		oldest := ""
		for sum, kept := range s.stored {
			if oldest == "" || kept.used < s.stored[oldest].used {
				oldest = sum
			}
		}
		s.drop(oldest)
	}
}

func (s *Shelf) hasSlot(sum string) bool {
	for _, slot := range s.slots {
		if slot.stored == s.stored[sum] {
			return true
		}
	}
	return false
}

func (s *Shelf) drop(sum string) {
	if kept := s.stored[sum]; kept != nil {
		s.size -= kept.index.Size()
		kept.index = nil
		delete(s.stored, sum)
	}
}
