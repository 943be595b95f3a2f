package sim

import (
	"fmt"
	"io"
	"strings"
)

// WriteText writes what a run came to, for a terminal: figures with what is
// aimed for, and how the queue grew and shrank.
func (r *Result) WriteText(w io.Writer) error {
	var b strings.Builder
	fmt.Fprintf(&b, "%s: %s visitors, %s came in, %s gave up", r.Scenario, thousands(r.Visitors), thousands(r.Admitted), thousands(r.GaveUp))
	if r.Waiting > 0 {
		fmt.Fprintf(&b, ", %s still wait", thousands(r.Waiting))
	}
	fmt.Fprintf(&b, "; %s of virtual time\n\n", clock(int(r.Seconds)))
	line := func(name, value, aim string, good bool) {
		mark := "✓"
		if !good {
			mark = "✗"
		}
		if aim == "" {
			mark = " "
		}
		fmt.Fprintf(&b, "  %s %-46s %12s   %s\n", mark, name, value, aim)
	}
	percent := func(v float64) string { return fmt.Sprintf("%.2f %%", v) }
	line("above the limit, at worst", percent(r.OvershootMaxPct), "aim: at most 0.5 %", r.OvershootMaxPct <= 0.5)
	line("let in before somebody a bucket earlier", thousands(r.InversionsBeyondBucket), "aim: 0", r.InversionsBeyondBucket == 0)
	line("room in use while people waited, worst minute", percent(r.UtilisationMinPct), "aim: at least 98 %", r.UtilisationMinPct >= 98)
	line("estimate off by, median", percent(r.EstimateErrorP50Pct), "aim: at most 10 %", r.EstimateErrorP50Pct <= 10)
	line("estimate off by, nine of ten", percent(r.EstimateErrorP90Pct), "", true)
	line("waits within the longer estimate", percent(r.WithinP90Pct), "90 % would be exact", r.WithinP90Pct >= 85)
	line("a freed slot stays empty", fmt.Sprintf("%.1f s", r.NextAdmissionMS/1000), "", true)
	line("central writes per visitor", fmt.Sprintf("%.3f", r.CentralWritesPerVisitor), "", true)
	line("waits, median and nine of ten", clock(int(r.WaitP50))+", "+clock(int(r.WaitP90)), "", true)
	b.WriteString("\n  waiting\n")
	r.chart(&b)
	_, err := io.WriteString(w, b.String())
	return err
}

// chart draws how many waited, a row of bars over time.
func (r *Result) chart(b *strings.Builder) {
	const columns, rows = 60, 8
	if len(r.Series) == 0 {
		return
	}
	var most int
	heights := make([]int, min(columns, len(r.Series)))
	for i := range heights {
		from, to := i*len(r.Series)/len(heights), (i+1)*len(r.Series)/len(heights)
		for _, p := range r.Series[from:to] {
			heights[i] = max(heights[i], p.Waiting)
		}
		most = max(most, heights[i])
	}
	blocks := []rune(" ▁▂▃▄▅▆▇█")
	for row := rows - 1; row >= 0; row-- {
		label := ""
		if row == rows-1 {
			label = thousands(most)
		}
		fmt.Fprintf(b, "  %10s │", label)
		for _, h := range heights {
			eighths := h*rows*8/max(most, 1) - row*8
			b.WriteRune(blocks[min(max(eighths, 0), 8)])
		}
		b.WriteString("\n")
	}
	end := clock(int(r.Seconds))
	fmt.Fprintf(b, "  %10s └%s\n  %10s  0:00%*s\n", "0", strings.Repeat("─", len(heights)), "", max(len(heights)-4, len(end)+1), end)
}

func clock(seconds int) string {
	if seconds >= 3600 {
		return fmt.Sprintf("%d:%02d:%02d", seconds/3600, seconds/60%60, seconds%60)
	}
	return fmt.Sprintf("%d:%02d", seconds/60, seconds%60)
}

func thousands(n int) string {
	text := fmt.Sprint(n)
	for i := len(text) - 3; i > 0; i -= 3 {
		text = text[:i] + "," + text[i:]
	}
	return text
}
