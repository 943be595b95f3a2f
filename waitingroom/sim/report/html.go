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

// view is what the page shows.
type view struct {
	Title, About, Headline, Verdict string
	Good                            bool
	Figures                         []figureView
	Names                           []string
	Rows                            []row
	Charts                          []chart
	Notes                           []Note
	Main                            *sim.Result
	Seed                            uint64
}

type figureView struct {
	Name, Value, Aim string
	Met              bool
}

// Note says something of one of the columns.
type Note struct{ Name, About, Not string }

// HTML writes a page in one file: what the first result came to, and beside it
// the others. Notes stand below the table.
func HTML(w io.Writer, title string, names []string, results []*sim.Result, notes []Note) error {
	r := results[0]
	v := view{Title: title, About: r.About, Headline: headline(r), Names: names, Main: r, Seed: r.Seed, Notes: notes, Charts: charts(names, results)}
	missed := 0
	for _, f := range figures(r) {
		v.Figures = append(v.Figures, figureView{f.name, f.value, f.aim, f.met})
		if !f.met {
			missed++
		}
	}
	switch missed {
	case 0:
		v.Good, v.Verdict = true, "Every aim is met."
	case 1:
		v.Verdict = "One aim is missed."
	default:
		v.Verdict = fmt.Sprintf("%d aims are missed.", missed)
	}
	if len(results) > 1 {
		v.Rows = rows(results)
	}
	return page.Execute(w, v)
}
