package main

import (
	"fmt"
	"io"
	"strings"

	"github.com/stagedoor/stagedoor/infra/bench"
)

// table prints them for people.
func table(n bench.Numbers, w io.Writer) error {
	var b strings.Builder
	if _, raced := n["rounds"]; raced {
		fmt.Fprintf(&b, "requests a second, median of %.0f rounds in turns\n\n", n["rounds"])
		fmt.Fprintf(&b, "%-34s %10s %10s %10s %10s\n", "", answered, "edge is", proxied, "edge is")
		for _, c := range []struct{ name, what string }{
			{bare, "bare JavaScript, which decides nothing"}, {hono, "Hono, the same routing work"},
			{instance, "Go, a new instance each time"}, {edge, "the edge, 17 filters, 10,000 rules"},
		} {
			fmt.Fprintf(&b, "%-38s %6.0f %10s %10.0f %10s\n", c.what, n[answered+"_"+c.name+"_rps"], times(n, answered, c.name), n[proxied+"_"+c.name+"_rps"], times(n, proxied, c.name))
		}
		if _, known := n[answered+"_edge_cpu_us"]; known {
			b.WriteString("\nmicroseconds of workerd's processor time for each request, which other work on the machine disturbs less\n\n")
			for _, c := range contestants {
				fmt.Fprintf(&b, "%-34s %10.1f %10s %10.1f\n", c, n[answered+"_"+c+"_cpu_us"], "", n[proxied+"_"+c+"_cpu_us"])
			}
		}
		fmt.Fprintf(&b, "\nthe load used %.0f %% of its processor at most; at 100 %% it would be the load that is measured\n", 100*n["load_cpu_share"])
	}
	if _, decided := n["instantiate_ms"]; decided {
		fmt.Fprintf(&b, "\n%-34s %10s %10s %10s\n", "deciding, in microseconds", "0 rules", "10,000", "1,000,000")
		for _, p := range []string{"p50", "p99"} {
			fmt.Fprintf(&b, "%-34s %10.1f %10.1f %10.1f\n", p, n["decide_us_"+p+"_0_redirects"], n["decide_us_"+p+"_10k_redirects"], n["decide_us_"+p+"_1m_redirects"])
		}
		fmt.Fprintf(&b, "\nan instance is made in %.2f ms, a Site with 10,000 rules loaded in %.2f ms\n", n["instantiate_ms"], n["load_site_ms"])
	}
	fmt.Fprintf(&b, "memory after %.0f requests: %.0f bytes, %.0f more than after the first\n\n", n["memory_after_requests"], n["memory_bytes"], n["memory_growth_bytes"])
	n.Aims(&b, aims)
	_, err := io.WriteString(w, b.String())
	return err
}

func times(n bench.Numbers, kind, name string) string {
	if name == edge {
		return ""
	}
	return fmt.Sprintf("%.2f x", n[kind+"_edge_per_"+name])
}
