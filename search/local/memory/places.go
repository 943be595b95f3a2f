package memory

import (
	"encoding/json"
	"strconv"

	"github.com/stagedoor/stagedoor/search/local/earth"
	"github.com/stagedoor/stagedoor/search/local/postings"
	"github.com/stagedoor/stagedoor/search/local/schema"
)

// Places holds the geopoints of a field. Documents at the same place share it,
// as shows in one theatre do, so that a place is measured once a query.
type Places struct {
	array  bool
	ids    map[earth.Point]uint32
	points []earth.Point
	docs   []postings.Set
	one    []uint32   // place of each document plus one, 0 for none
	many   [][]uint32 // places of each document of an array field
}

func newPlaces(array bool) *Places {
	return &Places{array: array, ids: map[earth.Point]uint32{}}
}

func (p *Places) put(id uint32, at []earth.Point) {
	if !p.array {
		at = at[:min(1, len(at))]
	}
	list := make([]uint32, 0, len(at))
	for _, point := range at {
		i, ok := p.ids[point]
		if !ok {
			i = uint32(len(p.points))
			p.ids[point] = i
			p.points = append(p.points, point)
			p.docs = append(p.docs, postings.Set{})
		}
		p.docs[i].Add(id)
		list = append(list, i)
	}
	if p.array {
		if n := int(id) + 1; n > len(p.many) {
			p.many = append(p.many, make([][]uint32, n-len(p.many))...)
		}
		p.many[id] = list
		return
	}
	if n := int(id) + 1; n > len(p.one) {
		p.one = append(p.one, make([]uint32, n-len(p.one))...)
	}
	p.one[id] = 0
	if len(list) > 0 {
		p.one[id] = list[0] + 1
	}
}

func (p *Places) remove(id uint32) {
	if int(id) < len(p.many) {
		for _, i := range p.many[id] {
			p.docs[i].Remove(id)
		}
		p.many[id] = nil
	}
	if int(id) < len(p.one) && p.one[id] > 0 {
		p.docs[p.one[id]-1].Remove(id)
		p.one[id] = 0
	}
}

// Within adds to b the documents with a place in r.
func (p *Places) Within(b postings.Bits, r earth.Region) {
	for i, point := range p.points {
		if r.Contains(point) {
			p.docs[i].AddTo(b)
		}
	}
}

// Ruler measures how far documents are from one place.
type Ruler struct {
	p    *Places
	from earth.Point
	seen []int32 // by place: metres plus one, 0 for not yet measured
}

// From returns a Ruler. It is not safe for concurrent use.
func (p *Places) From(at earth.Point) *Ruler {
	return &Ruler{p: p, from: at, seen: make([]int32, len(p.points))}
}

// Far is the distance of documents without a place.
const Far = 1<<31 - 1

// Meters is the whole number of metres to the nearest place of a document.
func (r *Ruler) Meters(id uint32) int64 {
	best := int64(Far)
	if int(id) < len(r.p.one) && r.p.one[id] > 0 {
		return r.place(r.p.one[id] - 1)
	}
	if int(id) < len(r.p.many) {
		for _, i := range r.p.many[id] {
			best = min(best, r.place(i))
		}
	}
	return best
}

func (r *Ruler) place(i uint32) int64 {
	if r.seen[i] == 0 {
		r.seen[i] = int32(earth.Distance(r.from, r.p.points[i])) + 1
	}
	return int64(r.seen[i] - 1)
}

// AtLeast is a distance that a document is not nearer than. It takes less time
// than Meters.
func (r *Ruler) AtLeast(id uint32) int64 {
	if int(id) >= len(r.p.one) || r.p.one[id] == 0 {
		return 0
	}
	i := r.p.one[id] - 1
	if n := r.seen[i]; n > 0 {
		return int64(n - 1)
	}
	return int64(earth.AtLeast(r.from, r.p.points[i]))
}

// geopoints reads a geopoint, a list of them, or the flat list of numbers that
// the geopoints of an array of objects become.
func geopoints(f schema.Field, v any) []earth.Point {
	list, ok := v.([]any)
	if !ok || len(list) == 0 {
		return nil
	}
	if _, flat := list[0].(json.Number); flat {
		var out []earth.Point
		for i := 0; i+1 < len(list); i += 2 {
			out = append(out, earth.At(degrees(list[i]), degrees(list[i+1])))
		}
		return out
	}
	var out []earth.Point
	for _, x := range list {
		if pair, ok := x.([]any); ok && len(pair) == 2 {
			out = append(out, earth.At(degrees(pair[0]), degrees(pair[1])))
		}
	}
	return out
}

func degrees(v any) float64 {
	n, _ := v.(json.Number)
	f, _ := strconv.ParseFloat(string(n), 64)
	return f
}
