package text

import "math/bits"

// picker collects leaves from subtrees, best first, up to four times the limit.
type picker[V any] struct {
	q     Query[V]
	exact *Leaf[V]
	count func(V) int
	out   []*Leaf[V]
}

func (p *picker[V]) weight(l *Leaf[V]) int64 {
	if p.q.Order == ByFrequency {
		return int64(p.count(l.Value))
	}
	return l.Score
}

func (p *picker[V]) better(a, b *Leaf[V]) bool { return p.weight(a) > p.weight(b) }

func (p *picker[V]) rank(k kid[V]) int64 {
	if k.leaf != nil {
		return p.weight(k.leaf)
	}
	return k.node.score
}

// pick takes the leaves below k in the order of a heap of nodes and leaves.
func (p *picker[V]) pick(k kid[V]) {
	queue := heap[kid[V]]{less: func(a, b kid[V]) bool { return p.rank(a) < p.rank(b) }}
	queue.push(k)
	for len(queue.items) > 0 && len(p.out) < 4*p.q.Limit {
		top := queue.pop()
		if top.leaf == nil {
			for _, c := range top.node.kids {
				queue.push(c)
			}
			continue
		}
		l := top.leaf
		if l == p.exact || p.q.Seen[l.Word] || p.q.Accept != nil && !p.q.Accept(l) {
			continue
		}
		p.q.Seen[l.Word] = true
		p.out = append(p.out, l)
	}
}

// heap is a binary max-heap. Which of several equal items comes out first
// follows from the usual array layout, hole moved to the bottom and then up;
// it is kept because answers depend on it.
type heap[T any] struct {
	items []T
	less  func(a, b T) bool
}

func (h *heap[T]) push(x T) {
	h.items = append(h.items, x)
	h.up(len(h.items)-1, 0, x)
}

func (h *heap[T]) up(hole, top int, x T) {
	for hole > top {
		parent := (hole - 1) / 2
		if !h.less(h.items[parent], x) {
			break
		}
		h.items[hole] = h.items[parent]
		hole = parent
	}
	h.items[hole] = x
}

func (h *heap[T]) pop() T {
	n := len(h.items) - 1
	top, x := h.items[0], h.items[n]
	h.items = h.items[:n]
	if n > 0 {
		h.down(0, n, x)
	}
	return top
}

func (h *heap[T]) down(hole, n int, x T) {
	top := hole
	for {
		child := 2*hole + 2
		if child > n {
			break
		}
		if child == n || h.less(h.items[child], h.items[child-1]) {
			child--
		}
		h.items[hole] = h.items[child]
		hole = child
	}
	h.up(hole, top, x)
}

// sortLike sorts by before. Equal items end where the sort of the C++ library
// that Typesense is built with puts them: quicksort on the median of three down
// to 16 items, then insertion.
func sortLike[T any](s []T, before func(a, b T) bool) {
	if len(s) < 2 {
		return
	}
	quick(s, 2*(bits.Len(uint(len(s)))-1), before)
	insertion(s, before)
}

func quick[T any](s []T, depth int, before func(a, b T) bool) {
	for len(s) > 16 {
		if depth == 0 {
			h := heap[T]{items: s, less: before}
			for i := (len(s) - 2) / 2; i >= 0; i-- {
				h.down(i, len(s), s[i])
			}
			for n := len(s); n > 1; n-- {
				h.items = s[:n]
				s[n-1] = h.pop()
			}
			return
		}
		depth--
		cut := partition(s, before)
		quick(s[cut:], depth, before)
		s = s[:cut]
	}
}

func partition[T any](s []T, before func(a, b T) bool) int {
	a, b, c := 1, len(s)/2, len(s)-1
	switch {
	case before(s[a], s[b]):
		if before(s[b], s[c]) {
			a = b
		} else if before(s[a], s[c]) {
			a = c
		}
	case before(s[a], s[c]):
	case before(s[b], s[c]):
		a = c
	default:
		a = b
	}
	s[0], s[a] = s[a], s[0]
	lo, hi := 1, len(s)
	for {
		for before(s[lo], s[0]) {
			lo++
		}
		hi--
		for before(s[0], s[hi]) {
			hi--
		}
		if lo >= hi {
			return lo
		}
		s[lo], s[hi] = s[hi], s[lo]
		lo++
	}
}

func insertion[T any](s []T, before func(a, b T) bool) {
	for i := 1; i < len(s); i++ {
		x := s[i]
		j := i
		for j > 0 && before(x, s[j-1]) {
			s[j] = s[j-1]
			j--
		}
		s[j] = x
	}
}
