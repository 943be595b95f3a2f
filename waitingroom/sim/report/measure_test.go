package report

import (
	"strings"
	"testing"

	"github.com/stagedoor/stagedoor/waitingroom/sim"
)

func TestCompareSaysWhichIsBetter(t *testing.T) {
	first, second := played(), played()
	second.OvershootMaxPct, second.Admitted, second.GaveUp, second.WaitP50, second.Estimates = 0.2, 1100, 300, 60, 0
	got := map[string]Difference{}
	for _, d := range Compare(Measures(first), Measures(second)) {
		got[d.Name] = d
	}
	for _, want := range []Difference{
		{"above the limit, at worst", "0.70 %", "0.20 %", "−0.50 %", Better},
		{"came in", "1,000", "1,100", "+100", Better},
		{"gave up", "200", "300", "+100", Worse},
		{"wait of those who came in, median", "0:00", "1:00", "+1:00", Incomparable},
		{"estimate off by, median", "5.00 %", "–", "", Incomparable},
		{"a freed slot stays empty", "3.1 s", "3.1 s", "the same", Same},
	} {
		if got[want.Name] != want {
			t.Errorf("%+v, want %+v", got[want.Name], want)
		}
	}
	first.Estimates = 0
	for _, d := range Compare(Measures(first), Measures(second)) {
		if strings.HasPrefix(d.Name, "estimate") {
			t.Errorf("neither has %+v", d)
		}
	}
}

func TestChartsOfTwoRunsShareTheirAxes(t *testing.T) {
	other := played()
	other.ActiveLimit = 400
	var b strings.Builder
	if err := Charts(&b, []string{"<one>", "two"}, []*sim.Result{played(), other}); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"limit 100", "limit 400", "&lt;one&gt;", `class="line s2"`, `class="k2"`} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("%q is missing in\n%s", want, b.String())
		}
	}
	short := &sim.Result{ActiveLimit: 5, Series: []sim.Point{{Second: 0, Waiting: 3}, {Second: 11, Active: 3, Admitted: 3}}}
	b.Reset()
	if err := Charts(&b, []string{"short"}, []*sim.Result{short}); err != nil || !strings.Contains(b.String(), ">0:20<") {
		t.Errorf("%v, %s", err, b.String())
	}
}
