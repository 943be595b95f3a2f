package facet

import (
	"cmp"
	"maps"
	"math"
	"slices"
	"strings"

	"github.com/stagedoor/stagedoor/search/local/memory"
	"github.com/stagedoor/stagedoor/search/local/postings"
	"github.com/stagedoor/stagedoor/search/local/schema"
)

// Scope is the documents whose values are counted.
type Scope struct {
	Index  *memory.Index
	Found  postings.Bits
	Count  int  // documents in Found
	All    bool // all documents: nothing was searched or filtered
	Groups func(doc uint32) uint64
	Max    int // values that are shown
	// Strategy is "exhaustive", "top_values" or "automatic".
	Strategy string
}

// Value is a value and how many documents, or groups of them, have it.
type Value struct {
	Text  string
	Label string // of a range
	Count int
	Doc   uint32 // one that has the value
	Query []string
	place int   // in the index
	sort  int64 // of the field that values are sorted by
}

// Counts are the values of one facet.
type Counts struct {
	Facet
	Values []Value
	Total  int // values, of which Values may be only some
	Stats  *Stats
}

// Stats are about the numbers of a field.
type Stats struct {
	Min, Max, Sum, Avg float64
}

// Match says which of a facet's values a facet query is about and by which words;
// nil for all.
type Match func(value string, exact bool) (words []string, ok bool)

// Values counts the values of a facet.
func (s *Scope) Values(f Facet, match Match) Counts {
	x := s.Index.Field(f.Def.Name)
	out := Counts{Facet: f}
	if x == nil || x.Facet == nil || s.Count == 0 {
		return out
	}
	c := counter{s: s, f: f, x: x, match: match}
	var found []Value
	if s.byValue(f, x) {
		found = c.frequent()
	} else {
		found = c.all()
	}
	if len(f.Ranges) > 0 {
		out.Values, out.Total = c.ranges(), len(c.inRange)
	} else {
		out.Values, out.Total = c.pick(found), len(found)
		for i := range out.Values {
			v := &out.Values[i]
			if docs := &x.Facet.Values()[v.place].Docs; c.frequentOnly {
				v.Doc = docs.First()
			} else {
				v.Doc = docs.LastIn(s.Found)
			}
		}
	}
	c.order(out.Values)
	out.Stats = c.stats()
	return out
}

// byValue says whether values are looked at by how frequent they are in the whole
// collection, and only as many as may be shown, rather than all of them.
func (s *Scope) byValue(f Facet, x *memory.Field) bool {
	n, values := s.Index.Len(), len(x.Facet.Values())
	if s.Strategy == "exhaustive" || n > 10000 && values > n*4/5 {
		return false
	}
	if s.Strategy == "top_values" {
		return true
	}
	return s.Groups == nil && f.SortField == "" &&
		(s.All || s.Count > 1000 && n < 250 || s.Count > 1000 && s.Count*2 > n || f.Alpha)
}

// counter counts one facet.
type counter struct {
	s            *Scope
	f            Facet
	x            *memory.Field
	match        Match
	inRange      map[int]int
	frequentOnly bool
	sum          float64
	numbers      int
	low, high    float64
}

// frequent counts the values that are most frequent in the collection, at most
// as many as may be shown, or twice as many when only some documents count.
func (c *counter) frequent() []Value {
	c.frequentOnly = true
	values := c.x.Facet.Values()
	counts := c.s.counts(c.x)
	limit := 2 * c.s.Max
	if c.s.All {
		limit = c.s.Max
	}
	first := make([]Value, 0, limit+1) // in order
	for i, n := range counts {
		v := Value{Text: values[i].Text, Count: n, place: i}
		if n == 0 || len(first) == limit && (limit == 0 || c.before(first[limit-1], v)) || !c.wanted(&v, false) {
			continue
		}
		at, _ := slices.BinarySearchFunc(first, v, func(a, b Value) int {
			if c.before(a, b) {
				return -1
			}
			return 1
		})
		first = slices.Insert(first, at, v)
		first = first[:min(limit, len(first))]
	}
	for i := range first {
		c.take(first[i].place, first[i].Count)
	}
	return first
}

// before says whether a is looked at before b.
func (c *counter) before(a, b Value) bool {
	values := c.x.Facet.Values()
	switch {
	case c.f.Alpha && c.f.Ascending:
		return a.Text < b.Text
	case c.f.Alpha:
		return a.Text > b.Text
	}
	return cmp.Or(cmp.Compare(values[b.place].Docs.Len(), values[a.place].Docs.Len()), better(a.Text, b.Text)) < 0
}

// counts returns how many documents have each value.
func (s *Scope) counts(x *memory.Field) []int {
	values := x.Facet.Values()
	if !s.All && s.byDocument(values) {
		return x.Facet.Count(s.Found)
	}
	out := make([]int, len(values))
	for i := range values {
		if s.All {
			out[i] = values[i].Docs.Len()
		} else {
			out[i] = values[i].Docs.CountIn(s.Found)
		}
	}
	return out
}

// byDocument says whether it takes less time to go through the documents than
// through the values.
func (s *Scope) byDocument(values []memory.FacetValue) bool {
	work := 0
	for i := range values {
		if work += min(values[i].Docs.Len(), len(s.Found)); work > 4*s.Count {
			return true
		}
	}
	return false
}

// all counts every value.
func (c *counter) all() []Value {
	values := c.x.Facet.Values()
	docs := c.s.counts(c.x)
	shown := docs
	if c.s.Groups != nil {
		shown = c.groups()
	}
	var out []Value
	for i, n := range docs {
		if n == 0 {
			continue
		}
		c.take(i, n)
		v := Value{Text: values[i].Text, Count: shown[i], place: i}
		if c.wanted(&v, true) {
			if c.f.SortField != "" {
				v.Doc = values[i].Docs.LastIn(c.s.Found)
				v.sort = c.s.Index.Field(c.f.SortField).Numbers.Get(v.Doc)
			}
			out = append(out, v)
		}
	}
	return out
}

// groups returns how many groups have each value.
func (c *counter) groups() []int {
	sets := make([]map[uint64]bool, len(c.x.Facet.Values()))
	c.s.Found.Each(func(doc uint32) bool {
		for _, v := range c.x.Facet.List(c.x.Facet.Of(doc)) {
			if sets[v] == nil {
				sets[v] = map[uint64]bool{}
			}
			sets[v][c.s.Groups(doc)] = true
		}
		return true
	})
	out := make([]int, len(sets))
	for i, set := range sets {
		out[i] = len(set)
	}
	return out
}

func (c *counter) wanted(v *Value, exact bool) bool {
	if c.match == nil {
		return true
	}
	var ok bool
	v.Query, ok = c.match(v.Text, exact)
	return ok
}

// take notes a number for the statistics and the ranges.
func (c *counter) take(value, count int) {
	if !c.f.Def.IsInteger() && !c.f.Def.IsFloat() {
		return
	}
	n := c.x.Facet.Number(value)
	for i, r := range c.f.Ranges {
		if n >= r.Low && n < r.High {
			if c.inRange == nil {
				c.inRange = map[int]int{}
			}
			c.inRange[i] += count
			break
		}
	}
	number := float64(n)
	if c.f.Def.IsFloat() {
		number = float64(schema.OrderFloat(n))
	}
	if c.numbers == 0 {
		c.low, c.high = number, number
	}
	c.low, c.high = math.Min(c.low, number), math.Max(c.high, number)
	c.sum += number * float64(count)
	c.numbers += count
}

func (c *counter) stats() *Stats {
	if c.numbers == 0 {
		return nil
	}
	if c.frequentOnly {
		c.extremes()
	}
	return &Stats{Min: c.low, Max: c.high, Sum: c.sum, Avg: c.sum / float64(c.numbers)}
}

// extremes finds the least and greatest number of all documents, also of those
// whose values were not counted.
func (c *counter) extremes() {
	for i, v := range c.x.Facet.Values() {
		if v.Docs.Len() == 0 || !c.s.All && !v.Docs.Meets(c.s.Found) {
			continue
		}
		number := float64(c.x.Facet.Number(i))
		if c.f.Def.IsFloat() {
			number = float64(schema.OrderFloat(c.x.Facet.Number(i)))
		}
		c.low, c.high = math.Min(c.low, number), math.Max(c.high, number)
	}
}

func (c *counter) ranges() []Value {
	var out []Value
	for _, i := range slices.Sorted(maps.Keys(c.inRange)) {
		out = append(out, Value{Text: c.f.Ranges[i].Label, Label: c.f.Ranges[i].Label, Count: c.inRange[i]})
	}
	return out
}

// pick returns the values that are shown: those with the greatest counts.
func (c *counter) pick(found []Value) []Value {
	if len(found) <= c.s.Max {
		return found
	}
	found = slices.Clone(found)
	slices.SortFunc(found, func(a, b Value) int {
		if n := cmp.Compare(b.Count, a.Count); n != 0 {
			return n
		}
		if c.frequentOnly {
			return better(a.Text, b.Text)
		}
		return cmp.Compare(b.place, a.place)
	})
	return found[:c.s.Max]
}

// order sorts the values as they are shown.
func (c *counter) order(values []Value) {
	slices.SortStableFunc(values, func(a, b Value) int {
		n := 0
		switch {
		case c.f.Alpha:
			n = strings.Compare(b.Text, a.Text)
		case c.f.SortField != "":
			n = cmp.Compare(b.sort, a.sort)
		default:
			return cmp.Or(cmp.Compare(b.Count, a.Count), better(a.Text, b.Text))
		}
		if c.f.Ascending {
			return -n
		}
		return n
	})
}

// better orders values with equal counts: shorter ones first, and of those the
// alphabetically last.
func better(a, b string) int {
	return cmp.Or(cmp.Compare(len(a), len(b)), strings.Compare(b, a))
}

// Hidden says whether the facet is left out of the answer.
func (c *Counts) Hidden() bool { return c.wildcard && len(c.Values) == 0 }
