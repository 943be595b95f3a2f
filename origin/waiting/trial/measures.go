package trial

import (
	"fmt"
	"io"
	"maps"
	"math"
	"slices"
	"strings"

	"github.com/stagedoor/stagedoor/waitingroom/sim"
	"github.com/stagedoor/stagedoor/waitingroom/sim/report"
)

// Figures are what a trial found, the ones with an aim first; none while it has found nothing.
func (t *Trial) Figures() []report.Figure {
	switch {
	case t.Simulated != nil:
		return report.Figures(t.Simulated)
	case t.Rehearsed != nil:
		return rehearsed(t.Rehearsed)
	}
	return nil
}

func rehearsed(r *Rehearsed) []report.Figure {
	n := report.Thousands
	list := []report.Figure{
		{Name: "inside at once, at most", Value: n(r.MostInside), Aim: "at most " + n(r.Limit), Met: r.MostInside <= r.Limit},
		{Name: "let in twice", Value: n(r.Twice), Aim: "0", Met: r.Twice == 0},
		{Name: "let in after who came later", Value: n(r.Inversions), Aim: "0", Met: r.Inversions == 0},
		{Name: "neither let in nor told why", Value: n(r.Silent), Aim: "0", Met: r.Silent == 0 || r.Cut},
		{Name: "still waiting at the end", Value: n(r.Waiting), Aim: "0", Met: r.Waiting == 0 || r.Cut},
		{Name: "could not reach the room", Value: n(total(r.Failed)), Aim: "0", Met: len(r.Failed) == 0},
	}
	if r.Counted != nil {
		list = append(list, report.Figure{Name: "above the limit, as the room counted", Value: n(r.Counted.OvershootMax), Aim: "0", Met: r.Counted.OvershootMax == 0})
	}
	return append(list,
		report.Figure{Name: "let in", Value: n(r.Admitted) + " of " + n(r.Visitors), Met: true},
		report.Figure{Name: "waits, median and nine of ten", Value: report.Clock(int(r.WaitP50)) + ", " + report.Clock(int(r.WaitP90)), Met: true},
		report.Figure{Name: "longest wait", Value: report.Clock(int(r.WaitMax)), Met: true},
		report.Figure{Name: "requests", Value: fmt.Sprintf("%s, %.0f a second", n(int(r.Requests)), float64(r.Requests)/max(r.Seconds, 1)), Met: true},
	)
}

func total(counts map[string]int) (n int) {
	for _, c := range counts {
		n += c
	}
	return n
}

// Measures are what a trial is compared with others of its kind by.
func (t *Trial) Measures() []report.Measure {
	switch {
	case t.Simulated != nil:
		return report.Measures(t.Simulated)
	case t.Rehearsed == nil:
		return nil
	}
	r := t.Rehearsed
	count := func(v float64) string { return report.Thousands(int(math.Round(v))) }
	clock := func(v float64) string { return report.Clock(int(v)) }
	list := []report.Measure{
		{Name: "let in", Value: float64(r.Admitted), Say: count, Better: report.More, Known: true},
		{Name: "inside at once, above the limit", Value: float64(max(r.MostInside-r.Limit, 0)), Say: count, Better: report.Less, Known: true},
		{Name: "above the limit, as the room counted", Say: count, Better: report.Less, Known: r.Counted != nil},
		{Name: "inside at once, at most", Value: float64(r.MostInside), Say: count, Better: report.Neither, Known: true},
		{Name: "let in twice", Value: float64(r.Twice), Say: count, Better: report.Less, Known: true},
		{Name: "let in after who came later", Value: float64(r.Inversions), Say: count, Better: report.Less, Known: true},
		{Name: "neither let in nor told why", Value: float64(r.Silent), Say: count, Better: report.Less, Known: true},
		{Name: "still waiting at the end", Value: float64(r.Waiting), Say: count, Better: report.Less, Known: true},
		{Name: "refused", Value: float64(total(r.Refused)), Say: count, Better: report.Less, Known: true},
		{Name: "could not reach the room", Value: float64(total(r.Failed)), Say: count, Better: report.Less, Known: true},
		{Name: "wait, median", Value: r.WaitP50, Say: clock, Better: report.Less, Known: true},
		{Name: "wait, nine of ten", Value: r.WaitP90, Say: clock, Better: report.Less, Known: true},
		{Name: "longest wait", Value: r.WaitMax, Say: clock, Better: report.Less, Known: true},
		{Name: "requests", Value: float64(r.Requests), Say: count, Better: report.Neither, Known: true},
	}
	if r.Counted != nil {
		list[2].Value = float64(r.Counted.OvershootMax)
	}
	return list
}

// Verdict says in a sentence whether what was found is good.
func (t *Trial) Verdict() (good bool, sentence string) {
	switch {
	case t.Simulated != nil:
		return report.Aims(report.Figures(t.Simulated))
	case t.Rehearsed == nil:
		return false, t.Problem
	}
	r := t.Rehearsed
	problems := r.Problems()
	switch {
	case len(problems) > 0:
		return false, "It found problems: " + strings.Join(problems, "; ") + "."
	case r.Cut:
		return true, "Nothing went wrong until it was ended."
	}
	return true, "Everyone was let in or told why not, nobody twice, and the limit was never crossed."
}

// Headline says in a sentence who there was.
func (t *Trial) Headline() string {
	switch {
	case t.Simulated != nil:
		return fmt.Sprintf("%s. Seed %d.", report.Headline(t.Simulated), t.Simulated.Seed)
	case t.Rehearsed == nil:
		return ""
	}
	r := t.Rehearsed
	text := fmt.Sprintf("%s visitors in %s, %s requests.", report.Thousands(r.Visitors), report.Clock(int(r.Seconds)), report.Thousands(int(r.Requests)))
	for _, why := range slices.Sorted(maps.Keys(r.Refused)) {
		text += fmt.Sprintf(" %s refused: %s.", report.Thousands(r.Refused[why]), why)
	}
	for _, why := range slices.Sorted(maps.Keys(r.Failed)) {
		text += fmt.Sprintf(" %s failed: %s.", report.Thousands(r.Failed[why]), why)
	}
	return text
}

// course is what charts are drawn from.
func (t *Trial) course() *sim.Result {
	switch {
	case t.Simulated != nil:
		return t.Simulated
	case t.Rehearsed != nil:
		return &sim.Result{Scenario: t.Title, ActiveLimit: t.Rehearsed.Limit, Series: t.Rehearsed.Series}
	}
	return &sim.Result{Scenario: t.Title}
}

// Charts writes the charts of trials, drawn together, as elements of a page: those of the report. See report.Charts.
func Charts(w io.Writer, names []string, trials ...*Trial) error {
	runs := make([]*sim.Result, len(trials))
	for i, t := range trials {
		runs[i] = t.course()
	}
	return report.Charts(w, names, runs)
}

// Report is the page of a trial in one file, or of two beside each other.
func Report(names []string, trials ...*Trial) report.Page {
	t := trials[0]
	p := report.Page{Title: t.Title, Headline: t.Headline(), Figures: t.Figures(), Names: names}
	if t.Scenario != nil {
		p.About = t.Scenario.About
	} else {
		p.About = fmt.Sprintf("A rehearsal of %s visitors at the running edge, %s inside at once.", report.Thousands(t.Plan.Visitors), report.Thousands(t.Plan.Active))
	}
	p.Good, p.Verdict = t.Verdict()
	for _, t := range trials {
		p.Runs, p.Measured = append(p.Runs, t.course()), append(p.Measured, t.Measures())
	}
	return p
}
