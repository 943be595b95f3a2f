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
	ids    map[earth.Point]uint32
	points []earth.Point
	docs   []postings.Set
	of     [][]uint32 // places of each document
}

func newPlaces() *Places { return &Places{ids: map[earth.Point]uint32{}} }

func (p *Places) put(id uint32, at []earth.Point) {
	if n := int(id) + 1; n > len(p.of) {
		p.of = append(p.of, make([][]uint32, n-len(p.of))...)
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
	p.of[id] = list
}

func (p *Places) remove(id uint32) {
	if int(id) >= len(p.of) {
		return
	}
	for _, i := range p.of[id] {
		p.docs[i].Remove(id)
	}
	p.of[id] = nil
}

// Within adds to b the documents with a place in r.
func (p *Places) Within(b postings.Bits, r earth.Region) {
	for i, point := range p.points {
		if p.docs[i].Len() > 0 && r.Contains(point) {
			p.docs[i].AddTo(b)
		}
	}
}

// Ruler measures how far documents are from one place.
type Ruler struct {
	p    *Places
	from earth.Point
	seen []int64 // by place: metres plus one, 0 for not yet measured
}

// From returns a Ruler. It is not safe for concurrent use.
func (p *Places) From(at earth.Point) *Ruler {
	return &Ruler{p: p, from: at, seen: make([]int64, len(p.points))}
}

// Far is the distance of documents without a place.
const Far = 1<<31 - 1

// Meters is the whole number of metres to the nearest place of a document.
func (r *Ruler) Meters(id uint32) int64 {
	best := int64(Far)
	if int(id) >= len(r.p.of) {
		return best
	}
	for _, i := range r.p.of[id] {
		if r.seen[i] == 0 {
			r.seen[i] = int64(earth.Distance(r.from, r.p.points[i])) + 1
		}
		best = min(best, r.seen[i]-1)
	}
	return best
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
