package chain_test

import (
	"strings"
	"testing"

	"github.com/stagedoor/stagedoor/edge/chain"
	"pgregory.net/rapid"
)

// Strings kept in one exchange stay as they were, also when the scratch
// memory runs out between them.
func TestKeptStringsStay(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		x := &chain.Exchange{}
		for range 3 {
			x.Reset()
			sizes := rapid.SliceOfN(rapid.IntRange(0, 4000), 1, 30).Draw(t, "sizes")
			var kept, want []string
			for i, size := range sizes {
				text := strings.Repeat(string(rune('a'+i)), size)
				kept = append(kept, x.Keep(append(x.Scratch(), text...)))
				want = append(want, text)
			}
			for i := range kept {
				if kept[i] != want[i] {
					t.Fatalf("string %d of %d bytes changed", i, len(want[i]))
				}
			}
		}
	})
}

func TestJitter(t *testing.T) {
	x := &chain.Exchange{}
	for b := range 256 {
		for i := range x.Random {
			x.Random[i] = byte(b)
		}
		if j := x.Jitter(60); j < 0 || j >= 60 {
			t.Fatalf("jitter = %d", j)
		}
	}
	if x.Jitter(0) != 0 {
		t.Error("jitter of nothing")
	}
}
