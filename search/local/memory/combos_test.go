package memory

import (
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// Equal lists have the same number and others another one, also when their hashes are the same.
func TestCombos(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := newCombos()
		numbers := map[string]uint32{}
		for range rapid.IntRange(1, 40).Draw(t, "lists") {
			list := rapid.SliceOfN(rapid.Uint32Range(0, 3), 0, 3).Draw(t, "list")
			if _, known := c.known[c.hash(list)]; !known && c.len() > 1 && rapid.Bool().Draw(t, "collide") {
				c.known[c.hash(list)] = 1
			}
			key := string(slices.Collect(func(yield func(rune) bool) {
				for _, v := range list {
					if !yield(rune('a' + v)) {
						return
					}
				}
			}))
			got := c.number(list)
			if before, ok := numbers[key]; ok && before != got || got == 0 != (len(list) == 0) || !slices.Equal(c.list(got), list) {
				t.Fatalf("%v has the number %d, had %d, and that is %v", list, got, before, c.list(got))
			}
			numbers[key] = got
		}
	})
}
