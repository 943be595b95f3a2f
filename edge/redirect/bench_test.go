package redirect_test

import (
	"fmt"
	"testing"

	"github.com/stagedoor/stagedoor/edge/redirect"
	"github.com/stagedoor/stagedoor/edge/site"
)

func BenchmarkFind(b *testing.B) {
	for _, n := range []int{0, 10_000, 100_000, 1_000_000} {
		b.Run(fmt.Sprintf("%d rules", n), func(b *testing.B) {
			rules := make([]site.Redirect, n)
			for i := range rules {
				rules[i] = site.Redirect{ID: fmt.Sprint(i), Match: "exact", Source: fmt.Sprintf("/offers/%d/poster", i), Target: "/x"}
			}
			x := build(b, rules...)
			var s redirect.Search
			b.ReportAllocs()
			for b.Loop() {
				s.Find(x, "lyceum.example", "/offers/none/poster", 0)
			}
		})
	}
}
