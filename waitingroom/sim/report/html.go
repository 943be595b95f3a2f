package report

import (
	_ "embed"
	"fmt"
	"html/template"
	"io"

	"github.com/stagedoor/stagedoor/waitingroom/sim"
)

//go:embed report.gohtml
var pageText string

var page = template.Must(template.New("report").Funcs(template.FuncMap{
	"thousands": Thousands,
	"clock":     func(s uint32) string { return Clock(int(s)) },
	"minutes":   func(s float64) string { return Clock(int(s)) },
}).Parse(pageText))

// Page is a report in one file: what a run came to, and beside it others.
type Page struct {
	Title, About string
	Headline     string // who there was
	Figures      []Figure
	Names        []string // of the runs, for their colours
	Runs         []*sim.Result
	Notes        []Note
	// Verdict is a sentence, and Good what it says; "" counts the aims that are met.
	Verdict string
	Good    bool
	// Measured are each run's measures, for the table; without them the page has none.
	Measured [][]Measure

	Rows   []row
	Charts []chart
	Main   *sim.Result
}

// Note says something of one of the columns.
type Note struct{ Name, About, Not string }

// HTML writes a page in one file: what the first result came to, and beside it
// the others. Notes stand below the table.
func HTML(w io.Writer, title string, names []string, results []*sim.Result, notes []Note) error {
	r := results[0]
	p := Page{Title: title, About: r.About, Headline: fmt.Sprintf("%s. Seed %d.", Headline(r), r.Seed), Figures: Figures(r), Names: names, Runs: results, Notes: notes}
	if len(results) > 1 {
		for _, r := range results {
			p.Measured = append(p.Measured, measures(r))
		}
	}
	return p.Write(w)
}

// Write writes the page.
func (p Page) Write(w io.Writer) error {
	p.Main, p.Charts = p.Runs[0], charts(p.Names, p.Runs)
	if len(p.Measured) > 1 {
		p.Rows = rows(p.Measured)
	}
	if p.Verdict == "" {
		p.Good, p.Verdict = Aims(p.Figures)
	}
	return page.Execute(w, p)
}

// Aims says whether every aim is met, and in a sentence how many are missed.
func Aims(figures []Figure) (good bool, sentence string) {
	missed := 0
	for _, f := range figures {
		if !f.Met {
			missed++
		}
	}
	switch missed {
	case 0:
		return true, "Every aim is met."
	case 1:
		return false, "One aim is missed."
	}
	return false, fmt.Sprintf("%d aims are missed.", missed)
}

// Charts writes how runs went, drawn together, and which colour is whose, as elements for another page. It brings no
// style: the classes are key and k1 to k4, charts, and within svg grid, limit, line, s1 to s4 and fine.
func Charts(w io.Writer, names []string, runs []*sim.Result) error {
	return page.ExecuteTemplate(w, "charts", Page{Names: names, Charts: charts(names, runs)})
}
