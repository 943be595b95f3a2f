package wire

import (
	"bytes"
	"encoding/binary"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// Bytes around the two that count, which is where arithmetic on eight of them
// at a time goes wrong.
var bytesAround = rapid.SampledFrom([]byte{0, 1, 9, 10, 11, 31, 32, 33, 127, 128, 138, 160, 255})

func TestEightBytesAreReadLikeOne(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		b := rapid.SliceOfN(bytesAround, 0, 40).Draw(t, "bytes")
		if got, want := lineEnd(b), bytes.IndexByte(b, '\n'); got != want {
			t.Fatalf("the line ends at %d by our reckoning, and at %d", got, want)
		}
		if len(b) >= 8 {
			below := slices.ContainsFunc(b[:8], func(c byte) bool { return c < ' ' })
			if anyControl(binary.LittleEndian.Uint64(b)) != below {
				t.Fatalf("a byte below a space: %t", below)
			}
		}
		got := appendLine([]byte("before\n"), string(b))
		want := []byte("before\n")
		for _, c := range b {
			want = append(want, max(c, ' '))
		}
		if !bytes.Equal(got, append(want, '\n')) {
			t.Fatalf("the line is %q", got)
		}
	})
}
