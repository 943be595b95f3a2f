package main

import (
	"encoding/json"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"strings"
	"sync"
)

// numbers are what was measured, by name; the names say the units.
type numbers map[string]float64

// save writes them as one flat object, in the order of their names.
func (n numbers) save(path string) error {
	rounded := numbers{}
	for key, v := range n {
		rounded[key] = round(v)
	}
	text, err := json.MarshalIndent(rounded, "", "  ")
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	return os.WriteFile(path, append(text, '\n'), 0o644)
}

// round keeps four digits of what is small; bytes and counts stay whole.
func round(v float64) float64 {
	if v == 0 || math.Abs(v) >= 1000 {
		return math.Round(v)
	}
	scale := math.Pow(10, 3-math.Floor(math.Log10(math.Abs(v))))
	return math.Round(v*scale) / scale
}

// aim is what a number should be.
type aim struct {
	key   string
	side  string
	bound float64
}

const (
	atLeast = ">="
	atMost  = "<="
)

func (a aim) met(v float64) bool {
	if a.side == atLeast {
		return v >= a.bound
	}
	return v <= a.bound
}

// table prints them for people.
func (n numbers) table(w io.Writer) error {
	var b strings.Builder
	if _, raced := n["rounds"]; raced {
		fmt.Fprintf(&b, "requests a second, median of %.0f rounds in turns\n\n", n["rounds"])
		fmt.Fprintf(&b, "%-34s %10s %10s %10s %10s\n", "", answered, "edge is", proxied, "edge is")
		for _, c := range []struct{ name, what string }{
			{bare, "bare JavaScript, which decides nothing"}, {hono, "Hono, the same routing work"},
			{instance, "Go, a new instance each time"}, {edge, "the edge, 17 filters, 10,000 rules"},
		} {
			fmt.Fprintf(&b, "%-38s %6.0f %10s %10.0f %10s\n", c.what, n[answered+"_"+c.name+"_rps"], n.times(answered, c.name), n[proxied+"_"+c.name+"_rps"], n.times(proxied, c.name))
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
	for _, a := range aims {
		v, measured := n[a.key]
		if !measured {
			continue
		}
		mark := "✓"
		if !a.met(v) {
			mark = "✗"
		}
		fmt.Fprintf(&b, "%s %-32s %12v   aim %s %v\n", mark, a.key, round(v), a.side, a.bound)
	}
	_, err := io.WriteString(w, b.String())
	return err
}

func (n numbers) times(kind, name string) string {
	if name == edge {
		return ""
	}
	return fmt.Sprintf("%.2f x", n[kind+"_edge_per_"+name])
}

// progress prints one line that replaces itself.
func progress(w io.Writer) func(string, ...any) {
	var once sync.Mutex
	return func(format string, args ...any) {
		once.Lock()
		defer once.Unlock()
		fmt.Fprintf(w, "\r\x1b[K%s", fmt.Sprintf(format, args...))
	}
}
