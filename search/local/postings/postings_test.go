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
				l.Put(id, p)
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
			l.Put(7, tt.places)
			if c := l.Cursor(); c.Alone() != tt.want {
				t.Errorf("Alone() = %v", !tt.want)
			}
		})
	}
}
