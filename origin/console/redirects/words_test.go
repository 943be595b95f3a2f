package redirects

import (
	"testing"
	"time"

	"github.com/stagedoor/stagedoor/origin/edgeconfig/importing"
)

func TestProgressText(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 21, 10, 0, 0, 0, time.UTC)
	for name, tc := range map[string]struct {
		state       string
		done, total int64
		seen        sight
		want        string
	}{
		"at first":                {importing.Applying, 5000, 100_000, sight{now, 5000}, "5 %: 5,000 of 100,000 rules"},
		"with a rate":             {importing.Applying, 25_000, 100_000, sight{now.Add(-2 * time.Second), 5000}, "25 %: 25,000 of 100,000 rules, 10,000 a second, 8s left"},
		"nearly there":            {importing.Applying, 99_999, 100_000, sight{now.Add(-10 * time.Second), 0}, "99 %: 99,999 of 100,000 rules, 9,999 a second, 1s left"},
		"it stands still":         {importing.Applying, 5000, 100_000, sight{now.Add(-time.Hour), 5000}, "5 %: 5,000 of 100,000 rules"},
		"reading counts no rules": {importing.Reading, 1 << 20, 4 << 20, sight{now.Add(-2 * time.Second), 0}, "25 %, 6s left"},
	} {
		view := jobView{Job: importing.Job{State: tc.state, Done: tc.done, Total: tc.total}, First: tc.seen}
		if got := progressText(view, now); got != tc.want {
			t.Errorf("%s: %q, want %q", name, got, tc.want)
		}
	}
}

func TestColumnText(t *testing.T) {
	t.Parallel()
	for column, want := range map[int]string{0: "status", 1: "A status", 26: "Z status", 27: "AA status", 702: "ZZ status", 703: "AAA status"} {
		if got := columnText(importing.Fault{Column: column, Name: "status"}); got != want {
			t.Errorf("%d: %q, want %q", column, got, want)
		}
	}
}
