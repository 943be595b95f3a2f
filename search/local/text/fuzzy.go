package text

// Query asks a Dictionary for the words that one query word may mean.
type Query[V any] struct {
	Word     string
	MinTypos int  // at least this many edits
	MaxTypos int  // at most this many
	Prefix   bool // the word may be unfinished
	Limit    int  // at most this many answers
	Order    int64
	// Seen holds words that are not wanted again; those returned are added.
	Seen map[string]bool
	// Accept, when not nil, says whether a word is of use. The word itself is
	// always accepted.
	Accept func(*Leaf[V]) bool
}

// Find returns the words within q's reach, best first: the word itself, then by
// their best document's score, or, with Order ByFrequency, by how many documents
// hold them. An edit is a letter too many, too few, wrong, or swapped with the
// next one (not at the very start of the word).
func (d *Dictionary[V]) Find(q Query[V]) []*Leaf[V] {
	if d.size == 0 {
		return nil
	}
	f := newFuzzy(d, q.Word, q.MinTypos, q.MaxTypos, q.Prefix)
	f.run(d.root)
	exact := d.Get(q.Word)
	p := picker[V]{q: q, exact: exact, count: d.count}
	for _, k := range f.found {
		p.pick(k)
	}
	sortLike(p.out, p.better)
	if exact != nil && q.MinTypos == 0 && !q.Seen[exact.Word] {
		p.out = append([]*Leaf[V]{exact}, p.out...)
		q.Seen[exact.Word] = true
	}
	if len(p.out) > q.Limit {
		p.out = p.out[:q.Limit]
	}
	return p.out
}

// fuzzy walks the tree with the rows of an edit-distance matrix.
type fuzzy[V any] struct {
	term     []byte // ends with a zero byte when it must match whole words
	min, max int
	prefix   bool
	found    []kid[V]
	rows     [][]int32 // free rows
}

func newFuzzy[V any](_ *Dictionary[V], word string, minTypos, maxTypos int, prefix bool) *fuzzy[V] {
	term := []byte(word)
	if !prefix {
		term = append(term, 0)
	}
	return &fuzzy[V]{term: term, min: minTypos, max: maxTypos, prefix: prefix}
}

func (f *fuzzy[V]) row() []int32 {
	if n := len(f.rows); n > 0 {
		r := f.rows[n-1]
		f.rows = f.rows[:n-1]
		return r
	}
	return make([]int32, len(f.term)+1)
}

func (f *fuzzy[V]) free(r []int32) { f.rows = append(f.rows, r) }

func (f *fuzzy[V]) run(root kid[V]) {
	start := make([]int32, len(f.term)+1)
	for i := range start {
		start[i] = int32(i)
	}
	w := walk{before: start, last: start}
	if root.leaf != nil {
		f.visit(root, w, at(root.leaf.Word, 0))
		return
	}
	if root.node != nil {
		f.inside(root, w)
	}
}

// walk is how far one path through the tree has come.
type walk struct {
	before, last []int32 // the matrix rows of the two bytes before
	prev         byte    // the byte before
	depth        int     // bytes consumed
}

type verdict int

const (
	goOn verdict = iota
	take
	giveUp
)

// step consumes the byte c, putting the new row into w.
func (f *fuzzy[V]) step(w walk, c byte, into []int32) (walk, verdict) {
	if !f.prefix || c != 0 {
		f.next(w, c, into)
		w.before, w.last = w.last, into
	}
	v := f.judge(w, c)
	w.prev = c
	w.depth++
	return w, v
}

// next fills into with the row after w.last for the byte c.
func (f *fuzzy[V]) next(w walk, c byte, into []int32) {
	into[0] = w.last[0] + 1
	for col := 1; col <= len(f.term); col++ {
		cost := w.last[col-1]
		if c != f.term[col-1] {
			cost++
		}
		cost = min(cost, w.last[col]+1, into[col-1]+1)
		if w.depth > 1 && col > 1 && c == f.term[col-2] && w.prev == f.term[col-1] {
			cost = min(cost, w.before[col-2]+1)
		}
		into[col] = cost
	}
}

func (f *fuzzy[V]) within(cost int32, upTo int) bool { return int(cost) >= f.min && int(cost) <= upTo }

// judge decides, after the byte c at place w.depth, whether all words below are
// answers, none is, or it is too early to tell.
func (f *fuzzy[V]) judge(w walk, c byte) verdict {
	row, n, place := w.last, len(f.term), w.depth
	if c == 0 { // the whole word is known
		if f.within(row[n], f.max) {
			return take
		}
		// a long word may stop short of the query: strawberry for strawberries
		if place > 5 && n > place && n-place <= f.max && f.within(row[place], f.max-1) {
			return take
		}
		return giveUp
	}
	length := place + 1
	cost := row[min(length, n)]
	if length >= n && f.prefix && f.within(cost, f.max) {
		return take
	}
	if int(cost) <= f.max || f.mayRecover(int(cost), place, w.prev, c) {
		return goOn
	}
	return giveUp
}

// mayRecover says whether a cost that is over the limit may fall again, judged
// by the letters around place: one or two letters too many or too few.
func (f *fuzzy[V]) mayRecover(cost, place int, p, c byte) bool {
	is := func(i int, b byte) bool { return i >= 0 && i < len(f.term) && f.term[i] == b }
	if (cost == 2 || cost == 3) && (is(place+1, c) || is(place-1, c)) {
		return true
	}
	return (cost == 3 || cost == 4) && (is(place+1, p) && is(place+2, c) || is(place-2, c))
}

// visit enters a child by the byte c.
func (f *fuzzy[V]) visit(k kid[V], w walk, c byte) {
	into := f.row()
	defer f.free(into)
	w, v := f.step(w, c, into)
	switch v {
	case take:
		f.found = append(f.found, k)
	case goOn:
		f.inside(k, w)
	}
}

// visible is how many bytes of a node's prefix are looked at; what is beyond is
// taken to match.
const visible = 10

// inside goes on below k, whose own byte is consumed.
func (f *fuzzy[V]) inside(k kid[V], w walk) {
	if k.leaf != nil {
		f.insideLeaf(k, w)
		return
	}
	a, b, c := f.row(), f.row(), f.row()
	defer func() { f.free(a); f.free(b); f.free(c) }()
	spare := [3][]int32{a, b, c}
	prefix := k.node.prefix
	for i := 0; i < len(prefix); i++ {
		c := prefix[i]
		if i >= visible {
			if w.depth >= len(f.term) {
				break
			}
			c = f.term[w.depth]
		}
		var v verdict
		w, v = f.step(w, c, spare[i%3])
		switch v {
		case take:
			f.found = append(f.found, k)
			return
		case giveUp:
			return
		}
	}
	for i := len(k.node.kids) - 1; i >= 0; i-- {
		f.visit(k.node.kids[i], w, k.node.keys[i])
	}
}

func (f *fuzzy[V]) insideLeaf(k kid[V], w walk) {
	word := k.leaf.Word
	end := min(len(word)+1, len(f.term)+f.max)
	if w.depth >= end {
		if f.judge(w, 0) == take {
			f.found = append(f.found, k)
		}
		return
	}
	a, b, c := f.row(), f.row(), f.row()
	defer func() { f.free(a); f.free(b); f.free(c) }()
	spare := [3][]int32{a, b, c}
	for i := 0; w.depth < end; i++ {
		var v verdict
		w, v = f.step(w, at(word, w.depth), spare[i%3])
		switch v {
		case take:
			f.found = append(f.found, k)
			return
		case giveUp:
			return
		}
	}
}
