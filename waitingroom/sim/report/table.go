package report

import (
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"github.com/stagedoor/stagedoor/waitingroom/sim"
)

// measure is a figure that rooms, or runs, are compared by.
type measure struct {
	name string
	of   func(r *sim.Result) string
	// value is what it is ordered by; lower is better unless more is set. Nil:
	// neither is better.
	value func(r *sim.Result) float64
	more  bool
	has   func(r *sim.Result) bool // nil: always
}

func hasQueue(r *sim.Result) bool     { return r.UtilisationPct > 0 }
func hasEstimates(r *sim.Result) bool { return r.Estimates > 0 }

var measures = []measure{
	{"above the limit, at worst", func(r *sim.Result) string { return percent(r.OvershootMaxPct) }, func(r *sim.Result) float64 { return r.OvershootMaxPct }, false, nil},
	{"came in after somebody who came a second later", func(r *sim.Result) string { return Thousands(r.InversionsBeyondBucket) }, func(r *sim.Result) float64 { return float64(r.InversionsBeyondBucket) }, false, nil},
	{"came in after somebody who came a minute later", func(r *sim.Result) string { return Thousands(r.InversionsBeyondMinute) }, func(r *sim.Result) float64 { return float64(r.InversionsBeyondMinute) }, false, nil},
	{"estimate off by, median", func(r *sim.Result) string { return percent(r.EstimateErrorP50Pct) }, func(r *sim.Result) float64 { return r.EstimateErrorP50Pct }, false, hasEstimates},
	{"estimate off by, nine of ten", func(r *sim.Result) string { return percent(r.EstimateErrorP90Pct) }, func(r *sim.Result) float64 { return r.EstimateErrorP90Pct }, false, hasEstimates},
	{"room in use while people waited, worst minute", func(r *sim.Result) string { return percent(r.UtilisationMinPct) }, func(r *sim.Result) float64 { return r.UtilisationMinPct }, true, hasQueue},
	{"room in use while people waited", func(r *sim.Result) string { return percent(r.UtilisationPct) }, func(r *sim.Result) float64 { return r.UtilisationPct }, true, hasQueue},
	{"a freed slot stays empty", func(r *sim.Result) string { return fmt.Sprintf("%.1f s", r.NextAdmissionMS/1000) }, func(r *sim.Result) float64 { return r.NextAdmissionMS }, false, hasQueue},
	{"central writes per visitor", func(r *sim.Result) string { return fmt.Sprintf("%.3f", r.CentralWritesPerVisitor) }, func(r *sim.Result) float64 { return r.CentralWritesPerVisitor }, false, nil},
	{"came in", func(r *sim.Result) string { return Thousands(r.Admitted) }, func(r *sim.Result) float64 { return float64(r.Admitted) }, true, nil},
	{"gave up", func(r *sim.Result) string { return Thousands(r.GaveUp) }, func(r *sim.Result) float64 { return float64(r.GaveUp) }, false, nil},
	{"wait of those who came in, median", func(r *sim.Result) string { return Clock(int(r.WaitP50)) }, nil, false, nil}, // shorter where more gave up
}

// cell is a figure of one column; Best marks those no other is better than.
type cell struct {
	Text string
	Best bool
}

// row is a measure over all columns.
type row struct {
	Name  string
	Cells []cell
}

// rows compares results by every measure that any of them has.
func rows(results []*sim.Result) []row {
	var all []row
	for _, m := range measures {
		one := row{Name: m.name}
		best, known := 0.0, false
		for _, r := range results {
			if m.has != nil && !m.has(r) {
				continue
			}
			if m.value == nil {
				known = true
			} else if v := m.value(r); !known || m.more && v > best || !m.more && v < best {
				best, known = v, true
			}
		}
		if !known {
			continue
		}
		for _, r := range results {
			if m.has != nil && !m.has(r) {
				one.Cells = append(one.Cells, cell{Text: "–"})
				continue
			}
			one.Cells = append(one.Cells, cell{m.of(r), m.value != nil && m.value(r) == best && len(results) > 1})
		}
		all = append(all, one)
	}
	return all
}

// Table writes results side by side, each under its name: rooms at the same
// scenario, or two runs.
func Table(w io.Writer, names []string, results []*sim.Result) error {
	const first = 48
	widths := make([]int, len(names))
	table := rows(results)
	for i, name := range names {
		widths[i] = utf8.RuneCountInString(name)
		for _, r := range table {
			widths[i] = max(widths[i], utf8.RuneCountInString(r.Cells[i].Text)+2)
		}
	}
	var b strings.Builder
	fmt.Fprintf(&b, "  %-*s", first, "")
	for i, name := range names {
		fmt.Fprintf(&b, "  %*s", widths[i], name)
	}
	b.WriteString("\n")
	for _, r := range table {
		fmt.Fprintf(&b, "  %-*s", first, r.Name)
		for i, c := range r.Cells {
			mark := " "
			if c.Best {
				mark = "*"
			}
			fmt.Fprintf(&b, "  %*s", widths[i], c.Text+mark)
		}
		b.WriteString("\n")
	}
	b.WriteString("  * no other is better\n")
	_, err := io.WriteString(w, b.String())
	return err
}
