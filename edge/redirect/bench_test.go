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

// A group's million rules over 40 sites.
func BenchmarkAnalyse(b *testing.B) {
	var in []redirect.SiteRules
	for i := range 40 {
		s := &site.Site{ID: fmt.Sprint("s", i), Name: "S", Hostname: fmt.Sprintf("s%d.example", i)}
		in = append(in, redirect.SiteRules{Site: s, Rules: func(yield func(site.Redirect) bool) {
			for n := range 25_000 {
				if !yield(site.Redirect{
					ID: fmt.Sprintf("0190c2a4-7b1e-7000-8000-%012x", i<<20|n), Match: "exact", Status: 301,
					Source: fmt.Sprintf("/whats-on/archive/20%02d/the-importance-of-being-%d", n%30, n), Target: fmt.Sprintf("/shows/importance-of-being-%d", n),
				}) {
					return
				}
			}
		}})
	}
	b.ReportAllocs()
	for b.Loop() {
		report, err := redirect.Analyse(b.Context(), in, redirect.Options{Now: now})
		if err != nil || report.Rules != 1_000_000 || len(report.Findings) > 0 {
			b.Fatal(report, err)
		}
	}
}
