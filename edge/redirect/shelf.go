package redirect

import (
	"math/bits"

	"github.com/stagedoor/stagedoor/edge/site"
)

// Shelf keeps the compiled indexes that an isolate has been given, by sum, up
// to a number of bytes, and hands each site its own. It is not safe for
// concurrent use.
//
// A site that names an index which is not there keeps the one it had, or has
// no rules: Wanted says which one to fetch.
type Shelf struct {
	most   int      // bytes
	size   int      // of what is stored
	spare  [][]byte // the memory of what had to go
	clock  uint64
	stored map[string]*stored // by sum
	slots  map[string]*Slot   // by site ID
	bound  *site.Site         // bound last, as last: a site is bound once for each filter
	last   *Slot
}

// stored is an index on the shelf; nil once it had to make room.
type stored struct {
	index *Index
	used  uint64 // the shelf's clock when it was asked for last
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

// Reserve returns memory for an index of a size in bytes, to be filled and
// given to Put; nil when there can be none. Indexes that no site has any more,
// and then those that have not been used for the longest, make room for it.
//
// What they took is used again here and not left to the garbage collector:
// TinyGo's takes any number that could be an address for one, and among a
// hundred megabytes there is always something that a number seems to point to.
func (s *Shelf) Reserve(size int, allocate func(int) []byte) []byte {
	step := 1 << max(bits.Len(uint(size))-4, 0)
	rounded := (size + step - 1) &^ (step - 1) // so that an index that grows a little fits in its place
	if size <= 0 || rounded > s.most {
		return nil
	}
	if s.size+rounded > s.most/2 {
		for sum := range s.stored {
			if !s.hasSlot(sum) {
				s.drop(sum)
			}
		}
	}
	for {
		if b := s.takeSpare(size); b != nil {
			return b[:size]
		}
		if s.size+s.spareSize()+rounded <= s.most {
			if b := allocate(rounded); b != nil {
				return b[:size]
			}
		}
		switch oldest := s.oldest(); {
		case oldest != "":
			s.drop(oldest)
		case len(s.spare) > 0:
			s.spare = nil
		default:
			return nil
		}
	}
}

// takeSpare finds the tightest spare memory for a size.
func (s *Shelf) takeSpare(size int) []byte {
	best := -1
	for i, b := range s.spare {
		if cap(b) >= size && (best < 0 || cap(b) < cap(s.spare[best])) {
			best = i
		}
	}
	if best < 0 {
		return nil
	}
	b := s.spare[best]
	s.spare = append(s.spare[:best], s.spare[best+1:]...)
	return b
}

func (s *Shelf) spareSize() (size int) {
	for _, b := range s.spare {
		size += cap(b)
	}
	return size
}

func (s *Shelf) oldest() (sum string) {
	for candidate, kept := range s.stored {
		if sum == "" || kept.used < s.stored[sum].used {
			sum = candidate
		}
	}
	return sum
}

// Put takes the index with a sum in memory that Reserve made, and keeps it.
func (s *Shelf) Put(sum string, b []byte) error {
	index, err := Open(b)
	if err != nil {
		s.spare = append(s.spare, b)
		return err
	}
	s.drop(sum)
	s.clock++
	kept := &stored{index: index, used: s.clock}
	s.stored[sum] = kept
	s.size += cap(b)
	for _, slot := range s.slots {
		if slot.wanted == sum {
			slot.stored = kept
		}
	}
	return nil
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
		s.size -= cap(kept.index.b)
		s.spare = append(s.spare, kept.index.b[:0])
		kept.index = nil
		delete(s.stored, sum)
	}
}
