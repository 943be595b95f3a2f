package memory

import (
	"math"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/stagedoor/stagedoor/search/local/postings"
)

// What lies in a range is found whether numbers have sets or documents lists, after any writes.
func TestMembers(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		model := map[uint32][]int64{}
		var m members
		number := rapid.Int64Range(-8, 8)
		for range rapid.IntRange(0, 60).Draw(t, "writes") {
			id := rapid.Uint32Range(0, 200).Draw(t, "id")
			if old, ok := model[id]; ok {
				m.remove(id, slices.Clone(old))
				delete(model, id)
			}
			if rapid.Bool().Draw(t, "put") {
				list := rapid.SliceOfN(number, 0, 4).Draw(t, "numbers")
				m.put(id, slices.Clone(list))
				model[id] = list
			}
			if rapid.IntRange(0, 40).Draw(t, "unfold") == 0 && m.lists == nil {
				m.unfold()
			}
		}
		for range 5 {
			lo := rapid.OneOf(number, rapid.Just(int64(math.MinInt64+1)), rapid.Just(int64(math.MinInt64))).Draw(t, "lo")
			hi := rapid.OneOf(number, rapid.Just(int64(math.MaxInt64))).Draw(t, "hi")
			if lo > hi {
				continue
			}
			got, want, pairs := postings.NewBits(256), postings.NewBits(256), 0
			m.between(got, lo, hi)
			for id, list := range model {
				different := map[int64]bool{}
				for _, v := range list {
					different[v] = v >= lo && v <= hi
				}
				for _, in := range different {
					if in {
						want.Add(id)
						pairs++
					}
				}
			}
			if !slices.Equal(got, want) || m.count(postings.Full(256), lo, hi) != pairs {
				t.Fatalf("from %d to %d: %v with %d numbers, want %v with %d", lo, hi, slices.Collect(got.Each), m.count(postings.Full(256), lo, hi), slices.Collect(want.Each), pairs)
			}
		}
	})
}

// A field of many different numbers keeps lists, and is searched all the same.
func TestManyDifferentMembers(t *testing.T) {
	n := newNumbers(true)
	for id := range uint32(mostSets + 10) {
		n.many.put(id, []int64{int64(id) * 2, int64(id)*2 + 1})
	}
	if n.many.lists == nil || n.many.sets != nil {
		t.Fatal("every number has a set of its own")
	}
	b := postings.NewBits(mostSets + 64)
	n.Between(b, 101, 200)
	if want := 51; b.Len() != want || !b.Has(50) || !b.Has(100) || n.Count(b, 101, 200) != 100 {
		t.Errorf("found %v, %d numbers", slices.Collect(b.Each), n.Count(b, 101, 200))
	}
	n.many.remove(60, []int64{120, 121})
	if again := postings.NewBits(mostSets + 64); true {
		if n.Between(again, 101, 200); again.Has(60) || again.Len() != 50 {
			t.Errorf("after one was removed: %v", slices.Collect(again.Each))
		}
	}
}
