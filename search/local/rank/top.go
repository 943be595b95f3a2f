package rank

import (
	"cmp"
	"slices"
)

// Hit is a document that was found.
type Hit struct {
	Keys    [3]int64 // what it is sorted by, greatest first
	Doc     uint32
	Match   int64  // the score of the text, when Matched
	Matched bool   // it was found by words and text match is one of the keys
	Group   uint64 // equal for documents of one group
	Query   int    // which of the searched queries found it
}

// Top keeps the best hits of all that are added.
type Top struct {
	size  int
	keys  *Keys
	heap  []Hit // worst first
	where map[uint32]int
}

// NewTop returns a Top for the best size hits by keys.
func NewTop(size int, keys *Keys) *Top {
	return &Top{size: size, keys: keys}
}

// Len is the number of hits that are kept.
func (t *Top) Len() int { return len(t.heap) }

// Worst is the hit that the next better one takes the place of, nil while there
// is room.
func (t *Top) Worst() *Hit {
	if len(t.heap) < t.size || t.size == 0 {
		return nil
	}
	return &t.heap[0]
}

// Offer fills the keys of h and adds it, unless there are enough better ones.
// again tells that its document may have been added before.
func (t *Top) Offer(h *Hit, text int64, words, again bool) {
	if t.size == 0 || !t.keys.fill(h, text, words, t.Worst()) {
		return
	}
	if again {
		t.AddAgain(*h)
		return
	}
	t.Add(*h)
}

// Add adds a hit whose document was not added before.
func (t *Top) Add(h Hit) {
	if t.where != nil {
		t.AddAgain(h)
		return
	}
	if len(t.heap) < t.size {
		t.heap = append(t.heap, h)
		t.up(len(t.heap) - 1)
		return
	}
	if t.size > 0 && t.less(&t.heap[0], &h) {
		t.heap[0] = h
		t.down(0)
	}
}

// AddAgain adds a hit whose document may be there already; the better one stays.
// It says whether the document was there.
func (t *Top) AddAgain(h Hit) bool {
	if t.where == nil {
		t.where = make(map[uint32]int, len(t.heap))
		for i := range t.heap {
			t.where[t.heap[i].Doc] = i
		}
	}
	if i, ok := t.where[h.Doc]; ok {
		if t.less(&t.heap[i], &h) {
			t.heap[i] = h
			t.down(i)
		}
		return true
	}
	if len(t.heap) < t.size {
		t.heap = append(t.heap, h)
		t.where[h.Doc] = len(t.heap) - 1
		t.up(len(t.heap) - 1)
	} else if t.size > 0 && t.less(&t.heap[0], &h) {
		delete(t.where, t.heap[0].Doc)
		t.heap[0] = h
		t.where[h.Doc] = 0
		t.down(0)
	}
	return false
}

// Sorted returns the hits, best first. The Top cannot be used afterwards.
func (t *Top) Sorted() []Hit {
	slices.SortFunc(t.heap, func(a, b Hit) int { return t.keys.Compare(&b, &a) })
	return t.heap
}

func (t *Top) less(a, b *Hit) bool { return t.keys.Compare(a, b) < 0 }

func (t *Top) swap(i, j int) {
	t.heap[i], t.heap[j] = t.heap[j], t.heap[i]
	if t.where != nil {
		t.where[t.heap[i].Doc], t.where[t.heap[j].Doc] = i, j
	}
}

func (t *Top) up(i int) {
	for i > 0 {
		parent := (i - 1) / 2
		if !t.less(&t.heap[i], &t.heap[parent]) {
			return
		}
		t.swap(i, parent)
		i = parent
	}
}

func (t *Top) down(i int) {
	for {
		least, left, right := i, 2*i+1, 2*i+2
		if left < len(t.heap) && t.less(&t.heap[left], &t.heap[least]) {
			least = left
		}
		if right < len(t.heap) && t.less(&t.heap[right], &t.heap[least]) {
			least = right
		}
		if least == i {
			return
		}
		t.swap(i, least)
		i = least
	}
}

// Compare is negative when a comes after b: it is worse, or equally good and
// older.
func (k *Keys) Compare(a, b *Hit) int {
	for i := range a.Keys {
		if a.Keys[i] != b.Keys[i] {
			return cmp.Compare(a.Keys[i], b.Keys[i])
		}
		if k != nil && i < len(k.list) && k.list[i].strings != nil {
			if c := k.list[i].compareStrings(a.Doc, b.Doc); c != 0 {
				return c
			}
		}
	}
	return cmp.Compare(a.Doc, b.Doc)
}
