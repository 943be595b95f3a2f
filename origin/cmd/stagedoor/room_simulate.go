package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"time"

	"github.com/stagedoor/stagedoor/origin/waiting/trial"
	"github.com/stagedoor/stagedoor/waitingroom/sim"
	"github.com/stagedoor/stagedoor/waitingroom/sim/report"
	"github.com/stagedoor/stagedoor/waitingroom/sim/rivals"
)

// simulation is how a scenario is to be played and shown.
type simulation struct {
	seed   uint64
	json   bool
	stream bool
	rivals bool
	html   string
}

func (how simulation) run(ctx context.Context, t terminal, s sim.Scenario) error {
	if how.stream {
		return trial.Stream(ctx, s, t.out)
	}
	began := time.Now()
	models := rivals.Models()
	if !how.rivals {
		models = models[:1]
	}
	var names []string
	var results []*sim.Result
	var notes []report.Note
	for _, m := range models {
		result, err := sim.RunAt(ctx, s, m.Make, course(t, m.Name))
		if err != nil {
			return err
		}
		result.Room = m.Name
		names, results = append(names, m.Name), append(results, result)
		notes = append(notes, report.Note{Name: m.Name, About: m.About, Not: m.Not})
	}
	if how.html != "" {
		if err := writePage(how.html, s.Name, names, results, notes[:len(notes)*min(len(notes)-1, 1)]); err != nil {
			return err
		}
	}
	if how.json {
		encoder := json.NewEncoder(t.out)
		encoder.SetIndent("", "  ")
		if len(results) > 1 {
			return encoder.Encode(results)
		}
		return encoder.Encode(results[0])
	}
	if err := report.Text(t.out, results[0]); err != nil {
		return err
	}
	if len(results) > 1 {
		fmt.Fprintln(t.out)
		if err := report.Table(t.out, names, results); err != nil {
			return err
		}
		fmt.Fprintln(t.out)
		for _, n := range notes {
			fmt.Fprintf(t.out, "  %s: %s\n    Not shown: %s\n", n.Name, n.About, n.Not)
		}
	}
	fmt.Fprintf(t.out, "\nSimulated in %.1f s, seed %d.\n", time.Since(began).Seconds(), s.Seed)
	if how.html != "" {
		fmt.Fprintf(t.out, "The page with charts is %s.\n", how.html)
	}
	return nil
}

// course shows how far a run has come on a terminal, and nowhere else.
func course(t terminal, name string) sim.Progress {
	info, err := t.err.Stat()
	if err != nil || info.Mode()&os.ModeCharDevice == 0 {
		return nil
	}
	return func(second uint32, admitted, waiting, active int) {
		fmt.Fprintf(t.err, "\r\033[K%s %s  %d came in, %d wait, %d active\r", name, report.Clock(int(second)), admitted, waiting, active)
		if waiting == 0 && active == 0 && second > 0 {
			fmt.Fprint(t.err, "\033[K")
		}
	}
}

func writePage(name, title string, names []string, results []*sim.Result, notes []report.Note) error {
	file, err := os.Create(name)
	if err != nil {
		return err
	}
	if err := report.HTML(file, title, names, results, notes); err != nil {
		file.Close()
		return err
	}
	return file.Close()
}

func roomCompareCommand() *command {
	return &command{
		name: "room compare", args: "A.json B.json", about: "set two simulated runs side by side",
		more:     "The files are what `stagedoor room simulate --json` wrote.",
		examples: []string{"stagedoor room compare before.json after.json", "stagedoor room compare --html both.html before.json after.json"},
		setup: func(flags *flag.FlagSet) action {
			html := flags.String("html", "", "write a page with charts to this `file`")
			return func(_ context.Context, t terminal, args []string) error {
				if len(args) != 2 {
					return usageError("two files are needed")
				}
				var results []*sim.Result
				for _, name := range args {
					r, err := readResult(name)
					if err != nil {
						return err
					}
					results = append(results, r)
				}
				if a, b := results[0], results[1]; a.Scenario != b.Scenario || a.ActiveLimit != b.ActiveLimit {
					fmt.Fprintf(t.out, "These are different experiments: %s with a limit of %d, %s with a limit of %d.\n\n", a.Scenario, a.ActiveLimit, b.Scenario, b.ActiveLimit)
				}
				if *html != "" {
					if err := writePage(*html, args[0]+" and "+args[1], args, results, nil); err != nil {
						return err
					}
				}
				return report.Table(t.out, args, results)
			}
		},
	}
}

// readResult reads what `room simulate --json` wrote, with or without rivals.
func readResult(name string) (*sim.Result, error) {
	text, err := os.ReadFile(name)
	if err != nil {
		return nil, err
	}
	var several []*sim.Result
	if json.Unmarshal(text, &several) == nil && len(several) > 0 && several[0] != nil {
		return several[0], nil
	}
	var r sim.Result
	if err := json.Unmarshal(text, &r); err != nil || r.Scenario == "" {
		return nil, fmt.Errorf("%s is not what `stagedoor room simulate --json` writes", name)
	}
	return &r, nil
}
