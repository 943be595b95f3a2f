package shuffle_test

import (
	"encoding/binary"
	"errors"
	"math"
	"testing"

	"github.com/stagedoor/stagedoor/waitingroom/shuffle"
)

func TestCommitment(t *testing.T) {
	t.Parallel()
	seed, other := shuffle.Seed{1}, shuffle.Seed{2}
	commitment := shuffle.Commit(seed, "hamlet", "on-sale")
	cases := []struct {
		name        string
		seed        shuffle.Seed
		room, event string
		want        error
	}{
		{name: "the seed", seed: seed, room: "hamlet", event: "on-sale"},
		{name: "another seed", seed: other, room: "hamlet", event: "on-sale", want: shuffle.ErrOtherSeed},
		{name: "another room", seed: seed, room: "macbeth", event: "on-sale", want: shuffle.ErrOtherSeed},
		{name: "letters moved between room and event", seed: seed, room: "hamleto", event: "n-sale", want: shuffle.ErrOtherSeed},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			if err := shuffle.Check(commitment, c.seed, c.room, c.event); !errors.Is(err, c.want) {
				t.Errorf("got %v, want %v", err, c.want)
			}
		})
	}
}

// TestDrawsAreFair counts how visitors with consecutive IDs fall into 16 equal parts of the range. The seed is
// fixed, so the outcome is too: chi-squared with 15 degrees of freedom is under 37.7 in 999 of 1,000 fair draws.
func TestDrawsAreFair(t *testing.T) {
	t.Parallel()
	const visitors, parts = 100_000, 16
	var counts [parts]float64
	seen := make(map[uint64]bool, visitors)
	for i := range visitors {
		var id [16]byte
		binary.BigEndian.PutUint64(id[8:], uint64(i))
		draw := shuffle.Draw(shuffle.Seed{3}, "hamlet", "on-sale", id)
		if seen[draw] {
			t.Fatalf("two visitors drew %d", draw)
		}
		seen[draw] = true
		counts[draw>>60]++
	}
	chi, expected := 0.0, float64(visitors)/parts
	for _, count := range counts {
		chi += math.Pow(count-expected, 2) / expected
	}
	if chi > 37.7 {
		t.Errorf("chi-squared %.1f over %v", chi, counts)
	}
}

// TestDrawIsFixed pins the rule: an order that was verified once verifies for ever.
func TestDrawIsFixed(t *testing.T) {
	t.Parallel()
	const want uint64 = 0xe0143a2e037c08e1
	if got := shuffle.Draw(shuffle.Seed{}, "hamlet", "on-sale", [16]byte{}); got != want {
		t.Errorf("got %#x, want %#x", got, want)
	}
}

func TestDrawerDrawsTheSameAndAllocatesNothing(t *testing.T) {
	seed := shuffle.Seed{1, 2, 3}
	d := shuffle.NewDrawer(seed, "hamlet", "first night")
	for i := range byte(50) {
		visitor := [16]byte{i, 7}
		if got, want := d.Draw(visitor), shuffle.Draw(seed, "hamlet", "first night", visitor); got != want {
			t.Fatalf("visitor %d: %d, want %d", i, got, want)
		}
	}
	if n := testing.AllocsPerRun(100, func() { d.Draw([16]byte{9}) }); n > 0 {
		t.Errorf("%v allocations", n)
	}
}
