package memory

import (
	"math"
	"slices"

	"github.com/stagedoor/stagedoor/search/local/postings"
)

// members holds the numbers of an array field. As long as different ones are few,
// as days are, the documents of each are a set, so that a range is the sets of the
// numbers in it; when they become many, the numbers of each document are a list.
type members struct {
	sets   map[int64]*postings.Set
	values []int64   // the numbers that have a set, rising
	lists  [][]int64 // by document; instead of sets
	least  []int64   // by document, math.MaxInt64 when it has none
	most   []int64   // by document, Missing when it has none
}

// mostSets is how many different numbers have sets.
const mostSets = 1 << 15

func (m *members) put(id uint32, numbers []int64) {
	for len(m.least) <= int(id) {
		m.least, m.most = append(m.least, math.MaxInt64), append(m.most, Missing)
	}
	m.least[id], m.most[id] = math.MaxInt64, Missing
	for _, v := range numbers {
		m.least[id], m.most[id] = min(m.least[id], v), max(m.most[id], v)
	}
	if m.lists == nil {
		m.note(id, numbers)
		return
	}
	m.list(id, numbers)
}

// note puts a document into the sets of its numbers.
func (m *members) note(id uint32, numbers []int64) {
	if m.sets == nil {
		m.sets = map[int64]*postings.Set{}
	}
	for _, v := range numbers {
		set, ok := m.sets[v]
		if !ok {
			set = &postings.Set{}
			m.sets[v] = set
			i, _ := slices.BinarySearch(m.values, v)
			m.values = slices.Insert(m.values, i, v)
		}
		set.Add(id)
	}
	if len(m.values) > mostSets {
		m.unfold()
	}
}

// unfold makes lists of the sets.
func (m *members) unfold() {
	m.lists = make([][]int64, len(m.most))
	for _, v := range m.values {
		for id := range m.sets[v].Each {
			m.lists[id] = append(m.lists[id], v)
		}
	}
	m.sets, m.values = nil, nil
}

func (m *members) list(id uint32, numbers []int64) {
	for len(m.lists) <= int(id) {
		m.lists = append(m.lists, nil)
	}
	slices.Sort(numbers)
	m.lists[id] = slices.Clip(slices.Compact(numbers))
}

// remove forgets a document that has these numbers.
func (m *members) remove(id uint32, numbers []int64) {
	if int(id) < len(m.most) {
		m.least[id], m.most[id] = math.MaxInt64, Missing
	}
	if int(id) < len(m.lists) {
		m.lists[id] = nil
	}
	for _, v := range numbers {
		set, ok := m.sets[v]
		if !ok {
			continue
		}
		if set.Remove(id); set.Len() == 0 {
			delete(m.sets, v)
			i, _ := slices.BinarySearch(m.values, v)
			m.values = slices.Delete(m.values, i, i+1)
		}
	}
}

// within returns the numbers with sets from lo to hi.
func (m *members) within(lo, hi int64) []int64 {
	from, _ := slices.BinarySearch(m.values, lo)
	to, found := slices.BinarySearch(m.values, hi)
	if found {
		to++
	}
	return m.values[from:max(from, to)]
}

// between adds to b the documents with a number from lo to hi.
func (m *members) between(b postings.Bits, lo, hi int64) {
	if m.lists != nil {
		for id, numbers := range m.lists {
			if i, _ := slices.BinarySearch(numbers, lo); i < len(numbers) && numbers[i] <= hi {
				b.Add(uint32(id))
			}
		}
		return
	}
	in := m.within(lo, hi)
	switch n := len(m.values); {
	case len(in) == 0:
	case in[len(in)-1] == m.values[n-1]: // no number is greater: the greatest of each document tells
		mark(b, m.most, max(lo, Missing+1), math.MaxInt64)
	case in[0] == m.values[0]:
		mark(b, m.least, math.MinInt64, hi)
	default:
		for _, v := range in {
			m.sets[v].AddTo(b)
		}
	}
}

// mark adds to b the documents whose number in a column is from lo to hi.
func mark(b postings.Bits, column []int64, lo, hi int64) {
	for start := 0; start < len(column); start += 64 {
		var word uint64
		for i, v := range column[start:min(start+64, len(column))] {
			if v >= lo && v <= hi {
				word |= 1 << i
			}
		}
		b[start/64] |= word
	}
}

// count is how many different numbers from lo to hi the documents of b have, all
// together.
func (m *members) count(b postings.Bits, lo, hi int64) int {
	n := 0
	for _, v := range m.within(lo, hi) {
		n += m.sets[v].CountIn(b)
	}
	for id, numbers := range m.lists {
		if !b.Has(uint32(id)) {
			continue
		}
		for _, v := range numbers {
			if v >= lo && v <= hi {
				n++
			}
		}
	}
	return n
}
