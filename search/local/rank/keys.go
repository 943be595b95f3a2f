package rank

import (
	"cmp"
	"math"

	"github.com/stagedoor/stagedoor/search/local/earth"
	"github.com/stagedoor/stagedoor/search/local/filter"
	"github.com/stagedoor/stagedoor/search/local/memory"
	"github.com/stagedoor/stagedoor/search/local/postings"
	"github.com/stagedoor/stagedoor/search/local/schema"
)

type kind uint8

const (
	byText kind = iota
	bySequence
	byNumber
	byString
	byPlace
	byCondition
	byFade
	byGroup
)

// Keys computes what documents are sorted by. It is not safe for concurrent use.
type Keys struct {
	list []key
	text int // which key is text match, -1 for none
}

type key struct {
	kind      kind
	ascending bool
	missing   int64 // in place of memory.Missing
	numbers   *memory.Numbers
	strings   *memory.SortKeys
	ruler     *memory.Ruler
	sets      []postings.Bits
	def       schema.Field
	spec      Sort
}

// Bind makes the keys of an order for the documents of an index.
func Bind(order []Sort, run filter.Run) (*Keys, error) {
	k := &Keys{text: -1}
	for i, s := range order {
		key := key{ascending: s.ascending, missing: memory.Missing, spec: s}
		switch s.name {
		case textMatch:
			key.kind = byText
			k.text = i
		case sequence:
			key.kind = bySequence
		case groupFound:
			key.kind = byGroup // known only when all groups are
		case evaluation:
			key.kind = byCondition
			for _, node := range s.conditions {
				set, err := run.Find(node)
				if err != nil {
					return nil, err
				}
				key.sets = append(key.sets, set)
			}
		default:
			key.field(run.Index.Field(s.name), s)
		}
		k.list = append(k.list, key)
	}
	return k, nil
}

func (k *key) field(f *memory.Field, s Sort) {
	k.def = f.Def
	switch {
	case f.Places != nil:
		var from earth.Point
		if s.from != nil {
			from = *s.from
		}
		k.kind, k.ruler = byPlace, f.Places.From(from)
	case f.Sort != nil:
		k.kind, k.strings = byString, f.Sort
		// Documents without the string come last when ascending and first when
		// descending, unless it is said otherwise.
		k.missing = math.MaxInt64
		if s.ascending && s.missing == "first" || !s.ascending && s.missing == "last" {
			k.missing = -math.MaxInt64
		}
	default:
		k.kind, k.numbers = byNumber, f.Numbers
		if s.fade != nil {
			k.kind = byFade
		}
		// The least integer is its own negative: it stays last either way.
		if s.missing == "first" {
			k.missing = math.MaxInt64
			if s.ascending {
				k.missing = math.MinInt64 + 1
			}
		}
	}
}

// Fill sets the keys of h. text is the score of its text; one that words were
// matched for counts the same in either direction.
func (k *Keys) Fill(h *Hit, text int64, words bool) { k.fill(h, text, words, nil) }

// fill is Fill, given up as soon as it is known that h does not come before than,
// unless that is nil. It says whether it was finished.
func (k *Keys) fill(h *Hit, text int64, words bool, than *Hit) bool {
	for i := range k.list {
		e := &k.list[i]
		n := e.of(h.Doc, text)
		if e.ascending && !(words && i == k.text) {
			n = -n
		}
		h.Keys[i] = n
		if than == nil {
			continue
		}
		order := cmp.Compare(n, than.Keys[i])
		if order == 0 && e.strings != nil {
			order = e.compareStrings(h.Doc, than.Doc)
		}
		switch order {
		case -1:
			return false
		case 1:
			than = nil
		}
	}
	if than != nil && h.Doc <= than.Doc {
		return false
	}
	if k.text >= 0 {
		h.Matched, h.Match = true, h.Keys[k.text]
	}
	return true
}

func (k *key) of(doc uint32, text int64) int64 {
	switch k.kind {
	case byText:
		return text
	case byNumber:
		if n := k.numbers.Get(doc); n != memory.Missing {
			return n
		}
		return k.missing
	case byString:
		if n := k.strings.Head(doc); n != 0 {
			return n
		}
		return k.missing
	case byPlace:
		return k.distance(doc)
	case byCondition:
		for i, set := range k.sets {
			if set.Has(doc) {
				return k.spec.scores[i]
			}
		}
		return 0
	case byGroup:
		return 0
	case byFade:
		if n := k.numbers.Get(doc); n != memory.Missing {
			return k.spec.fade.score(k.def, n)
		}
		return k.missing
	}
	return int64(doc)
}

func (k *key) distance(doc uint32) int64 {
	n := k.ruler.Meters(doc)
	if n < k.spec.exclude {
		n = 0
	}
	if p := k.spec.precision; p > 0 {
		n += p - 1
		n -= n % p
	}
	return n
}

// compareStrings compares the whole strings of documents whose keys are equal.
func (k *key) compareStrings(a, b uint32) int {
	c := cmp.Compare(k.strings.Key(a), k.strings.Key(b))
	if k.ascending {
		return -c
	}
	return c
}

// Text says whether text match is one of the keys.
func (k *Keys) Text() bool { return k.text >= 0 }

// TextFirst says whether text match, the greatest first, is the first key.
func (k *Keys) TextFirst() bool { return k.text == 0 }

// Buckets returns into how many groups of equal text match the hits are to be
// put, 0 for none, and which key that is.
func (k *Keys) Buckets() (count, key int) {
	if k.text < 0 {
		return 0, 0
	}
	return k.list[k.text].spec.buckets, k.text
}

// GroupSize returns which key is the size of a group and its sign, or -1.
func (k *Keys) GroupSize() (key int, sign int64) {
	for i := range k.list {
		if k.list[i].spec.name == groupFound {
			if k.list[i].ascending {
				return i, -1
			}
			return i, 1
		}
	}
	return -1, 0
}

// Distances returns how far, in metres, a hit is from the places that the order
// is about, by field; nil when it is about none.
func (k *Keys) Distances(h Hit) map[string]int64 {
	var out map[string]int64
	for i := range k.list {
		e := &k.list[i]
		if e.kind != byPlace || e.spec.from == nil || *e.spec.from == (earth.Point{}) {
			continue
		}
		if out == nil {
			out = map[string]int64{}
		}
		if e.spec.precision > 0 {
			out[e.def.Name] = e.ruler.Meters(h.Doc) % memory.Far
		} else {
			out[e.def.Name] = max(h.Keys[i], -h.Keys[i])
		}
	}
	return out
}
