package postings

import (
	"maps"
	"reflect"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

func TestSetIsASet(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var s Set
		model := map[uint32]bool{}
		limit := rapid.SampledFrom([]uint32{20, 300, 100_000}).Draw(t, "limit")
		for range rapid.IntRange(0, 400).Draw(t, "steps") {
			id := rapid.Uint32Range(0, limit).Draw(t, "id")
			if rapid.IntRange(0, 3).Draw(t, "op") == 0 {
				s.Remove(id)
				delete(model, id)
			} else {
				s.Add(id)
				model[id] = true
			}
		}
		if s.Len() != len(model) {
			t.Fatalf("Len = %d, want %d", s.Len(), len(model))
		}
		b := NewBits(int(limit) + 1)
		s.AddTo(b)
		var got []uint32
		b.Each(func(id uint32) bool { got = append(got, id); return true })
		if want := slices.Sorted(maps.Keys(model)); !slices.Equal(got, want) {
			t.Fatalf("holds %v, want %v", got, want)
		}
		for id := range model {
			if !s.Has(id) || !s.Meets(b) || s.Last() != got[len(got)-1] {
				t.Fatalf("Has(%d) = %v", id, s.Has(id))
			}
		}
		if s.CountIn(b) != len(model) {
			t.Fatalf("CountIn = %d", s.CountIn(b))
		}
	})
}

// spots are places as Put takes them.
func spots(places []Place) []Spot {
	var out []Spot
	for _, p := range places {
		for i, at := range p.Positions {
			out = append(out, Spot{Element: p.Element, At: at, Last: p.Last && i == len(p.Positions)-1})
		}
	}
	return out
}

func TestListIsAMap(t *testing.T) {
	places := rapid.Custom(func(t *rapid.T) []Place {
		var out []Place
		for e := range rapid.IntRange(1, 3).Draw(t, "elements") {
			n := rapid.SliceOfNDistinct(rapid.IntRange(0, 300), 1, 4, rapid.ID).Draw(t, "positions")
			slices.Sort(n)
			out = append(out, Place{Element: e, Last: rapid.Bool().Draw(t, "last"), Positions: n})
		}
		return out
	})
	rapid.Check(t, func(t *rapid.T) {
		var l List
		model := map[uint32][]Place{}
		for range rapid.IntRange(0, 600).Draw(t, "steps") {
			id := rapid.Uint32Range(0, 400).Draw(t, "id")
			if rapid.IntRange(0, 4).Draw(t, "op") == 0 {
				l.Remove(id)
				delete(model, id)
			} else {
				p := places.Draw(t, "places")
				l.Put(id, spots(p))
				model[id] = p
			}
		}
		if l.Len() != len(model) {
			t.Fatalf("Len = %d, want %d", l.Len(), len(model))
		}
		want := slices.Sorted(maps.Keys(model))
		i := 0
		for c := l.Cursor(); c.Valid(); c.Next() {
			var arena []int
			if got := c.Places(nil, &arena); c.ID() != want[i] || !reflect.DeepEqual(got, model[want[i]]) {
				t.Fatalf("document %d: %+v, want %d: %+v", c.ID(), got, want[i], model[want[i]])
			}
			i++
		}
		if i != len(want) {
			t.Fatalf("%d documents, want %d", i, len(want))
		}
		from := rapid.Uint32Range(0, 420).Draw(t, "from")
		c := l.Cursor()
		c.Seek(from)
		j, _ := slices.BinarySearch(want, from)
		if c.Valid() != (j < len(want)) || c.Valid() && c.ID() != want[j] {
			t.Fatalf("Seek(%d) in %v: %v %d", from, want, c.Valid(), c.ID())
		}
		if got := l.PlacesIn(from); !reflect.DeepEqual(got, model[from]) || l.Has(from) != (got != nil) {
			t.Fatalf("PlacesIn(%d) = %+v, want %+v", from, got, model[from])
		}
	})
}

func TestAlone(t *testing.T) {
	tests := map[string]struct {
		places []Place
		want   bool
	}{
		"the only word":              {[]Place{{Last: true, Positions: []int{0}}}, true},
		"the first of two":           {[]Place{{Positions: []int{0}}}, false},
		"the last of two":            {[]Place{{Last: true, Positions: []int{1}}}, false},
		"twice":                      {[]Place{{Last: true, Positions: []int{0, 1}}}, false},
		"the second element's whole": {[]Place{{Positions: []int{0}}, {Element: 1, Last: true, Positions: []int{0}}}, true},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			var l List
			l.Put(7, spots(tt.places))
			if c := l.Cursor(); c.Alone() != tt.want {
				t.Errorf("Alone() = %v", !tt.want)
			}
		})
	}
}

// A common word is also kept as bits, which must say the same as its list.
func TestCommonWords(t *testing.T) {
	var l, rare List
	model := map[uint32]bool{} // whether the word is the whole text
	put := func(id uint32, whole bool) {
		l.Put(id, spots([]Place{{Last: whole, Positions: []int{0}}}))
		model[id] = whole
	}
	for id := range uint32(9000) {
		put(2*id, id%3 == 0)
	}
	for id := uint32(0); id < 9000; id += 7 {
		put(2*id, id%2 == 0)
		l.Remove(2*id + 2)
		delete(model, 2*id+2)
	}
	rare.Put(3, spots([]Place{{Positions: []int{0}}}))
	rare.Put(4000, spots([]Place{{Positions: []int{0}}}))
	if _, _, ok := l.Bits(); !ok {
		t.Fatal("no bits")
	}
	docs, whole := NewBits(20000), NewBits(20000)
	l.AddTo(docs)
	l.AddWhole(whole)
	for id := range uint32(20000) {
		isWhole, in := model[id]
		if docs.Has(id) != in || whole.Has(id) != isWhole || l.Has(id) != in {
			t.Fatalf("document %d: %v %v, want %v %v", id, docs.Has(id), whole.Has(id), in, isWhole)
		}
	}
	in := NewBits(20000)
	in.Add(4000)
	for _, got := range []bool{Meet(&l, &rare), Meet(&rare, &l), MeetIn(&l, &rare, in), MeetIn(&rare, &l, in), l.Meets(in)} {
		if _, want := model[4000]; got != want {
			t.Errorf("meets: %v", got)
		}
	}
	c := l.Cursor()
	c.Seek(9000)
	c.Restart(5)
	if c.ID() != 6 {
		t.Errorf("restarted at %d", c.ID())
	}
	for id := range uint32(20000) {
		l.Remove(id)
	}
	if _, _, ok := l.Bits(); ok || l.Len() != 0 {
		t.Errorf("%d documents are left", l.Len())
	}
}
