package bundle_test

import (
	"context"
	"errors"
	"slices"
	"testing"

	"github.com/stagedoor/stagedoor/origin/bundle"
)

var (
	errOdd  = errors.New("an odd one is among them")
	errDown = errors.New("nobody is there")
)

func TestWhoIsNotToBlameIsServedAlone(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name      string
		asked     []int
		down      bool
		want      []error
		undertook int // how often work was done
	}{
		{"all can be served", []int{2, 4}, false, []error{nil, nil}, 1},
		{"one is to blame", []int{2, 3, 4}, false, []error{nil, errOdd, nil}, 4},
		{"one, and alone already", []int{3}, false, []error{errOdd}, 1},
		{"nobody is to blame", []int{2, 4}, true, []error{errDown, errDown}, 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			undertook := 0
			work := bundle.Alone(func(_ context.Context, questions []int) []bundle.Result[int] {
				undertook++
				switch {
				case c.down:
					return bundle.Fail[int](len(questions), errDown)
				case slices.ContainsFunc(questions, func(q int) bool { return q%2 == 1 }):
					return bundle.Fail[int](len(questions), errOdd)
				}
				results := make([]bundle.Result[int], len(questions))
				for i, q := range questions {
					results[i].Answer = q * q
				}
				return results
			}, func(err error) bool { return errors.Is(err, errOdd) })
			for i, r := range work(t.Context(), c.asked) {
				if !errors.Is(r.Err, c.want[i]) || r.Err == nil && r.Answer != c.asked[i]*c.asked[i] {
					t.Errorf("%d: %d, %v; want %v", c.asked[i], r.Answer, r.Err, c.want[i])
				}
			}
			if undertook != c.undertook {
				t.Errorf("work was done %d times, want %d", undertook, c.undertook)
			}
		})
	}
}
