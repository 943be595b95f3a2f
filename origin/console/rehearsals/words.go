package rehearsals

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/stagedoor/stagedoor/origin/console/frame"
	"github.com/stagedoor/stagedoor/origin/staff"
	"github.com/stagedoor/stagedoor/origin/waiting/trial"
	"github.com/stagedoor/stagedoor/waitingroom/sim/report"
)

// trialView is one trial.
type trialView struct {
	Trial  *trial.Trial
	Charts string
	Follow bool // without scripts the page comes again by itself
	Prove  bool // they must first show that it is still them
}

// kindName is a kind as people read it.
func kindName(k trial.Kind) string {
	if k == trial.Simulation {
		return "Simulation"
	}
	return "Rehearsal"
}

// badge is how a trial stands, in a word, and its kind of badge.
func badge(t *trial.Trial) (kind, word string) {
	switch t.State {
	case trial.Running:
		if t.Cancelling {
			return "warn", "Ending"
		}
		return "", "Under way"
	case trial.Cancelled:
		return "warn", "Ended early"
	case trial.Failed:
		return "bad", "Failed"
	case trial.Interrupted:
		return "warn", "Interrupted"
	}
	if good, _ := t.Verdict(); good {
		return "good", "All well"
	}
	if t.Kind == trial.Simulation {
		return "bad", "Aims missed"
	}
	return "bad", "Found problems"
}

// what says in a few words what is tried.
func what(t *trial.Trial) string {
	if t.Kind == trial.Simulation {
		n := t.Scenario.Visitors() + t.Scenario.Bots.Visitors
		return fmt.Sprintf("%s, %s visitors, %s inside at once", t.Scenario.Name, frame.Number(n), frame.Number(t.Scenario.ActiveLimit))
	}
	return fmt.Sprintf("%s visitors, %s inside at once", frame.Number(t.Plan.Visitors), frame.Number(t.Plan.Active))
}

// brief are the figures that the list shows.
func brief(t *trial.Trial) string {
	switch {
	case t.Simulated != nil:
		r := t.Simulated
		text := fmt.Sprintf("%s came in, median wait %s, %.2f %% above the limit", frame.Number(r.Admitted), report.Clock(int(r.WaitP50)), r.OvershootMaxPct)
		if r.Estimates > 0 {
			text += fmt.Sprintf(", estimates off by %.1f %%", r.EstimateErrorP50Pct)
		}
		return text
	case t.Rehearsed != nil:
		r := t.Rehearsed
		return fmt.Sprintf("%s let in, median wait %s, at most %s inside", frame.Number(r.Admitted), report.Clock(int(r.WaitP50)), frame.Number(r.MostInside))
	case t.State == trial.Running:
		return fmt.Sprintf("%s, %d %%", t.Progress.Step, percent(t.Progress))
	}
	return t.Problem
}

func percent(p trial.Progress) int { return int(math.Floor(100 * p.Fraction)) }

// after is how long a trial has gone on, and of how much.
func after(t *trial.Trial) string {
	text := report.Clock(int(t.Progress.After)) + " of at most " + report.Clock(int(t.Progress.Of))
	if t.Kind == trial.Simulation {
		return text + " of virtual time"
	}
	return text
}

// left is how long it may still take.
func left(t *trial.Trial) string {
	if t.Progress.Left <= 0 {
		return ""
	}
	return "at most " + report.Clock(int(t.Progress.Left)+1) + " left"
}

// rate is how fast it goes.
func rate(t *trial.Trial) string {
	switch {
	case t.Progress.Rate <= 0:
		return ""
	case t.Kind == trial.Simulation:
		return report.Clock(int(t.Progress.Rate)) + " of virtual time a second"
	}
	return fmt.Sprintf("%.0f requests a second", t.Progress.Rate)
}

// said is how far it is, in a sentence, for who hears the page.
func said(t *trial.Trial) string {
	return fmt.Sprintf("%s. %d %%. %s waiting, %s let in.", t.Progress.Step, percent(t.Progress)/10*10, frame.Number(t.Progress.Waiting), frame.Number(t.Progress.Admitted))
}

// pairNames tells two trials apart.
func pairNames(v *frame.Visit, first, second *trial.Trial) []string {
	if first.Title != second.Title {
		return []string{first.Title, second.Title}
	}
	return []string{first.Title + ", " + short(v, first.CreatedAt), second.Title + ", " + short(v, second.CreatedAt)}
}

func short(v *frame.Visit, t time.Time) string {
	return t.In(v.Brand().Location()).Format("2 Jan, 15:04:05")
}

// siteName is a site as people read it.
func siteName(v *frame.Visit, id string) string {
	if id == staff.Group {
		return "All sites"
	}
	for _, b := range v.BrandsAnywhere(staff.SeeRooms) {
		if b.ID == id {
			return b.Name
		}
	}
	return id
}

// sentences puts reasons, a line each, as sentences, without what each begins with.
func sentences(reasons, prefix string) string {
	var list []string
	for _, one := range strings.Split(reasons, "\n") {
		list = append(list, frame.Sentence(strings.TrimPrefix(one, prefix)))
	}
	return strings.Join(list, " ")
}

// mark is a difference's badge.
func mark(d report.Difference) (kind, word string) {
	switch d.Verdict {
	case report.Better:
		return "good", "Better"
	case report.Worse:
		return "bad", "Worse"
	}
	return "", ""
}

// summing says in a sentence how the second does.
func summing(view compareView) string {
	count := func(n int, word string) string {
		if n == 1 {
			return "one figure is " + word
		}
		return strconv.Itoa(n) + " figures are " + word
	}
	switch {
	case view.Better == 0 && view.Worse == 0:
		return "No figure is better or worse."
	case view.Worse == 0:
		return frame.Sentence(count(view.Better, "better") + ", none is worse")
	case view.Better == 0:
		return frame.Sentence(count(view.Worse, "worse") + ", none is better")
	}
	return frame.Sentence(count(view.Better, "better") + ", and " + count(view.Worse, "worse"))
}

// grouped puts a number's thousands apart.
func grouped(text string) string {
	n, err := strconv.Atoi(text)
	if err != nil {
		return text
	}
	return frame.Number(n)
}

// firstWords is the unit that a hint begins with.
func firstWords(hint string) string {
	words, _, _ := strings.Cut(hint, ";")
	words, _, _ = strings.Cut(words, ",")
	if strings.HasPrefix(words, "0 is") || len(words) > 30 {
		return ""
	}
	return strings.ToLower(words)
}
