package rehearsals

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"

	"github.com/stagedoor/stagedoor/origin/console/frame"
	"github.com/stagedoor/stagedoor/origin/waiting/trial"
	"github.com/stagedoor/stagedoor/waitingroom/sim/report"
)

// compareView is two trials side by side.
type compareView struct {
	First, Second *trial.Trial
	Names         []string
	List          []report.Difference
	Charts        string
	Better, Worse int
	Different     string // what makes them different experiments, "" for nothing
	Fault         string // why there is nothing to compare
}

// pair reads the two trials that are to be compared; why says why there are not two.
func (p *Pages) pair(v *frame.Visit) (first, second *trial.Trial, why string, err error) {
	chosen := v.Request().URL.Query()["run"]
	if len(chosen) != 2 || chosen[0] == chosen[1] {
		return nil, nil, "Choose two runs in the list, to set them side by side.", nil
	}
	if first, err = p.find(v, chosen[0]); err != nil {
		return nil, nil, "", err
	}
	if second, err = p.find(v, chosen[1]); err != nil {
		return nil, nil, "", err
	}
	if second.CreatedAt.Before(first.CreatedAt) {
		first, second = second, first // the newer against the older
	}
	switch {
	case first.Kind != second.Kind:
		why = "One of them is a simulation and the other a rehearsal: they measure different things. Choose two of a kind."
	case !first.Found() || !second.Found():
		why = "One of them has no result to compare."
	}
	return first, second, why, nil
}

func (p *Pages) compare(v *frame.Visit) error {
	first, second, why, err := p.pair(v)
	if err != nil {
		return err
	}
	if why != "" {
		return v.ShowStatus(http.StatusUnprocessableEntity, "Compare", comparePage(v, compareView{Fault: why}))
	}
	view := compareView{First: first, Second: second, Names: pairNames(v, first, second), List: report.Compare(first.Measures(), second.Measures())}
	for _, d := range view.List {
		switch d.Verdict {
		case report.Better:
			view.Better++
		case report.Worse:
			view.Worse++
		}
	}
	view.Different = different(first, second)
	if view.Charts, err = drawn(view.Names, first, second); err != nil {
		return err
	}
	return v.Show("Compare", comparePage(v, view))
}

// different says what makes two trials different experiments.
func different(a, b *trial.Trial) string {
	var list []string
	note := func(what string, first, second int) {
		if first != second {
			list = append(list, fmt.Sprintf("%s %s and %s", what, frame.Number(first), frame.Number(second)))
		}
	}
	if a.Kind == trial.Simulation {
		x, y := a.Scenario, b.Scenario
		if x.Name != y.Name {
			list = append(list, "the scenarios "+x.Name+" and "+y.Name)
		}
		note("visitors", x.Visitors()+x.Bots.Visitors, y.Visitors()+y.Bots.Visitors)
		note("a limit of", x.ActiveLimit, y.ActiveLimit)
		note("seeds", int(x.Seed), int(y.Seed))
	} else {
		note("visitors", a.Plan.Visitors, b.Plan.Visitors)
		note("a limit of", a.Plan.Active, b.Plan.Active)
		note("seconds inside", a.Plan.Pass, b.Plan.Pass)
	}
	return strings.Join(list, "; ")
}

// drawn are charts as elements.
func drawn(names []string, trials ...*trial.Trial) (string, error) {
	var b strings.Builder
	err := trial.Charts(&b, names, trials...)
	return b.String(), err
}

// found reads a trial that has a result, for a download.
func (p *Pages) found(v *frame.Visit) (*trial.Trial, error) {
	t, err := p.find(v, v.Request().PathValue("id"))
	if err == nil && !t.Found() {
		err = frame.ErrNotFound
	}
	return t, err
}

// report sends the page of a trial, in one file. It has its own style, and is saved and not shown here.
func (p *Pages) report(v *frame.Visit) error {
	t, err := p.found(v)
	if err != nil {
		return err
	}
	return save(v, t.Kind, "text/html; charset=utf-8", ".html", func(b *bytes.Buffer) error { return trial.Report([]string{t.Title}, t).Write(b) })
}

func (p *Pages) compareReport(v *frame.Visit) error {
	first, second, why, err := p.pair(v)
	if err != nil {
		return err
	}
	if why != "" {
		return frame.ErrNotFound
	}
	return save(v, "comparison", "text/html; charset=utf-8", ".html", func(b *bytes.Buffer) error {
		page := trial.Report(pairNames(v, first, second), first, second)
		page.Title = first.Title + " and " + second.Title
		return page.Write(b)
	})
}

// result sends what was asked for and what was found. `stagedoor room compare` reads a simulation's.
func (p *Pages) result(v *frame.Visit) error {
	t, err := p.found(v)
	if err != nil {
		return err
	}
	var what any = t.Simulated
	if t.Rehearsed != nil {
		what = struct {
			Plan *trial.Plan `json:"plan"`
			*trial.Rehearsed
		}{t.Plan, t.Rehearsed}
	}
	return save(v, t.Kind, "application/json", ".json", func(b *bytes.Buffer) error {
		encoder := json.NewEncoder(b)
		encoder.SetIndent("", "  ")
		return encoder.Encode(what)
	})
}

// save answers with a file.
func save(v *frame.Visit, kind trial.Kind, mime, ending string, write func(*bytes.Buffer) error) error {
	var b bytes.Buffer
	if err := write(&b); err != nil {
		return err
	}
	h := v.Writer().Header()
	h.Set("Content-Type", mime)
	h.Set("Content-Disposition", `attachment; filename="`+string(kind)+"-"+v.Now().UTC().Format("20060102-150405")+ending+`"`)
	_, _ = v.Writer().Write(b.Bytes()) // they left: nothing to do
	return nil
}
