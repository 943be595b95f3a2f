package report

import (
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"github.com/stagedoor/stagedoor/waitingroom/sim"
)

// measures are a result's, in the order in which they are compared.
func measures(r *sim.Result) []Measure {
	queue, told := r.UtilisationPct > 0, r.Estimates > 0
	seconds := func(v float64) string { return fmt.Sprintf("%.1f s", v) }
	return []Measure{
		{"above the limit, at worst", r.OvershootMaxPct, percent, Less, true},
		{"came in after somebody who came a second later", float64(r.InversionsBeyondBucket), whole, Less, true},
		{"came in after somebody who came a minute later", float64(r.InversionsBeyondMinute), whole, Less, true},
		{"estimate off by, median", r.EstimateErrorP50Pct, percent, Less, told},
		{"estimate off by, nine of ten", r.EstimateErrorP90Pct, percent, Less, told},
		{"room in use while people waited, worst minute", r.UtilisationMinPct, percent, More, queue},
		{"room in use while people waited", r.UtilisationPct, percent, More, queue},
		{"a freed slot stays empty", r.NextAdmissionMS / 1000, seconds, Less, queue},
		{"central writes per visitor", r.CentralWritesPerVisitor, func(v float64) string { return fmt.Sprintf("%.3f", v) }, Less, true},
		{"came in", float64(r.Admitted), whole, More, true},
		{"gave up", float64(r.GaveUp), whole, Less, true},
		{"wait of those who came in, median", r.WaitP50, clock, Neither, true}, // shorter where more gave up
	}
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

// rows compares runs by every measure that any of them has.
func rows(columns [][]Measure) []row {
	var all []row
	for nth, m := range columns[0] {
		one := row{Name: m.Name}
		best, known := 0.0, false
		for _, column := range columns {
			if c := column[nth]; c.Known && (!known || c.Better == More && c.Value > best || c.Better != More && c.Value < best) {
				best, known = c.Value, true
			}
		}
		if !known {
			continue
		}
		for _, column := range columns {
			c := column[nth]
			one.Cells = append(one.Cells, cell{c.Text(), c.Known && c.Better != Neither && c.Value == best && len(columns) > 1})
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
	columns := make([][]Measure, len(results))
	for i, r := range results {
		columns[i] = measures(r)
	}
	table := rows(columns)
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
