// Package report shows what a simulated on-sale came to: as text, as a page in
// one file, and two runs or several rooms side by side.
package report

import (
	"fmt"
	"io"
	"strings"

	"github.com/stagedoor/stagedoor/waitingroom/sim"
)

// Figure is one line of a report.
type Figure struct {
	Name  string
	Value string
	Aim   string // "" when there is none
	Met   bool
}

// What is aimed for.
const (
	aimOvershoot   = 0.5 // percent
	aimUtilisation = 98
	aimEstimate    = 10
)

func percent(v float64) string { return fmt.Sprintf("%.2f %%", v) }

// Figures are a result's, the ones with an aim first.
func Figures(r *sim.Result) []Figure {
	all := []Figure{
		{"above the limit, at worst", percent(r.OvershootMaxPct), "at most 0.5 %", r.OvershootMaxPct <= aimOvershoot},
		{"let in before somebody a bucket earlier", Thousands(r.InversionsBeyondBucket), "0", r.InversionsBeyondBucket == 0},
	}
	if r.UtilisationPct > 0 {
		all = append(all, Figure{"room in use while people waited", percent(r.UtilisationPct), "at least 98 %", r.UtilisationPct >= aimUtilisation},
			Figure{"room in use, worst minute", percent(r.UtilisationMinPct), "", true})
	}
	if r.Estimates > 0 {
		all = append(all,
			Figure{"estimate off by, median", percent(r.EstimateErrorP50Pct), "at most 10 %", r.EstimateErrorP50Pct <= aimEstimate},
			Figure{"estimate off by, nine of ten", percent(r.EstimateErrorP90Pct), "", true},
			Figure{"waits within the longer estimate", percent(r.WithinP90Pct), "", true})
	}
	all = append(all,
		Figure{"a freed slot stays empty", fmt.Sprintf("%.1f s", r.NextAdmissionMS/1000), "", true},
		Figure{"central writes per visitor", fmt.Sprintf("%.3f", r.CentralWritesPerVisitor), "", true},
		Figure{"waits, median and nine of ten", Clock(int(r.WaitP50)) + ", " + Clock(int(r.WaitP90)), "", true})
	if r.Bots > 0 {
		all = append(all,
			Figure{"bots: given a place, let in", Thousands(r.Bots) + ", " + Thousands(r.BotsIn), "", true},
			Figure{"bots: turned away, a place was asked for", Thousands(r.Refused) + " times", "", true})
	}
	return all
}

// Headline says in a sentence who there was.
func Headline(r *sim.Result) string {
	who := "visitors"
	if r.Closed > 0 {
		who = "places" // some visitors have two
	}
	text := fmt.Sprintf("%s %s, %s came in, %s gave up", Thousands(r.Visitors), who, Thousands(r.Admitted), Thousands(r.GaveUp))
	if r.Closed > 0 {
		text += fmt.Sprintf(", %s closed their second browser", Thousands(r.Closed))
	}
	if r.Waiting > 0 {
		text += fmt.Sprintf(", %s still wait", Thousands(r.Waiting))
	}
	return text + "; " + Clock(int(r.Seconds)) + " of virtual time"
}

// Text writes what a run came to, for a terminal: figures with what is aimed
// for, and how the queue grew and shrank.
func Text(w io.Writer, r *sim.Result) error {
	var b strings.Builder
	fmt.Fprintf(&b, "%s: %s\n\n", r.Scenario, Headline(r))
	for _, f := range Figures(r) {
		mark, aim := " ", ""
		if f.Aim != "" {
			mark, aim = "✓", "aim: "+f.Aim
			if !f.Met {
				mark = "✗"
			}
		}
		fmt.Fprintf(&b, "  %s %-46s %14s   %s\n", mark, f.Name, f.Value, aim)
	}
	b.WriteString("\n  waiting\n")
	bars(&b, r)
	_, err := io.WriteString(w, b.String())
	return err
}

// bars draws how many waited, a row of bars over time.
func bars(b *strings.Builder, r *sim.Result) {
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
			label = Thousands(most)
		}
		fmt.Fprintf(b, "  %10s │", label)
		for _, h := range heights {
			eighths := h*rows*8/max(most, 1) - row*8
			b.WriteRune(blocks[min(max(eighths, 0), 8)])
		}
		b.WriteString("\n")
	}
	end := Clock(int(r.Seconds))
	fmt.Fprintf(b, "  %10s └%s\n  %10s  0:00%*s\n", "0", strings.Repeat("─", len(heights)), "", max(len(heights)-4, len(end)+1), end)
}

// Clock writes seconds as minutes or hours.
func Clock(seconds int) string {
	if seconds >= 3600 {
		return fmt.Sprintf("%d:%02d:%02d", seconds/3600, seconds/60%60, seconds%60)
	}
	return fmt.Sprintf("%d:%02d", seconds/60, seconds%60)
}

// Thousands writes a number with its thousands apart.
func Thousands(n int) string {
	text := fmt.Sprint(n)
	for i := len(text) - 3; i > 0; i -= 3 {
		text = text[:i] + "," + text[i:]
	}
	return text
}
