package report

import (
	"strings"
	"testing"

	"github.com/stagedoor/stagedoor/waitingroom/sim"
)

func played() *sim.Result {
	return &sim.Result{
		Scenario: "on <sale>", About: "A & B", Seed: 1, ActiveLimit: 100, Visitors: 1200, Admitted: 1000, GaveUp: 200, Seconds: 3725,
		OvershootMaxPct: 0.7, UtilisationMinPct: 98.4, UtilisationPct: 99, EstimateErrorP50Pct: 5, Estimates: 10, NextAdmissionMS: 3100,
		Series: []sim.Point{{Second: 0, Waiting: 10}, {Second: 60, Waiting: 1000, Active: 100, Admitted: 200, Wait: 90}, {Second: 3720, Active: 3, Admitted: 1000}},
	}
}

func TestText(t *testing.T) {
	var b strings.Builder
	if err := Text(&b, played()); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"1,200 visitors, 1,000 came in, 200 gave up; 1:02:05 of virtual time", "✗ above the limit", "0.70 %", "✓ room in use while people waited", "99.00 %", "1,000 │"} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("%q is missing in\n%s", want, b.String())
		}
	}
}

func TestHTMLIsOneFileAndEscapes(t *testing.T) {
	var b strings.Builder
	other := played()
	other.OvershootMaxPct, other.Estimates = 0, 0
	if err := HTML(&b, "on <sale>", []string{"this", "that"}, []*sim.Result{played(), other}, []Note{{"that", "does so.", "much."}}); err != nil {
		t.Fatal(err)
	}
	text := b.String()
	for _, want := range []string{"on &lt;sale&gt;", "A &amp; B", "One aim is missed.", `class="line s2"`, "limit 100", "Not shown: much.", "–"} {
		if !strings.Contains(text, want) {
			t.Errorf("%q is missing", want)
		}
	}
	for _, not := range []string{"http://", "https://", "<script", "ZgotmplZ", "<sale>", "NaN", "Inf"} {
		if strings.Contains(text, not) {
			t.Errorf("%q is in the page", not)
		}
	}
}

func TestEmptyRun(t *testing.T) {
	var b strings.Builder
	r := &sim.Result{Scenario: "nobody"}
	if err := Text(&b, r); err != nil {
		t.Error(err)
	}
	if err := HTML(&b, "nobody", []string{"one"}, []*sim.Result{r}, nil); err != nil {
		t.Error(err)
	}
}

func TestTableMarksTheBest(t *testing.T) {
	var b strings.Builder
	other := played()
	other.OvershootMaxPct, other.UtilisationMinPct = 0, 50
	if err := Table(&b, []string{"this", "that"}, []*sim.Result{played(), other}); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"0.70 %     0.00 %*", "98.40 %*   50.00 %"} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("%q is missing in\n%s", want, b.String())
		}
	}
}
