package promos

import (
	"testing"

	"github.com/stagedoor/stagedoor/origin/promo"
)

func TestHowOftenACodeWasUsed(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name  string
		code  promo.Code
		given string
		want  string
	}{
		{name: "never", want: "Not used yet."},
		{name: "never, with a limit", code: promo.Code{MostUses: 5}, want: "Not used yet, good for 5 uses."},
		{name: "once", code: promo.Code{Uses: 1}, given: "£22.50", want: "Used once, £22.50 given."},
		{name: "more often", code: promo.Code{Uses: 2}, want: "Used 2 times."},
		{name: "with a limit", code: promo.Code{Uses: 1, MostUses: 50}, given: "£3", want: "Used 1 of 50 times, £3 given."},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			if got := used(c.code, c.given); got != c.want {
				t.Errorf("%q, want %q", got, c.want)
			}
		})
	}
}
