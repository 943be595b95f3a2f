package queue

import (
	"math/rand/v2"
	"testing"

	"pgregory.net/rapid"
)

// A report may come twice, late, in another order or not at all: once the last
// one of each reporter is in, the sums are what happened.
func TestLedgerSumsWhatHappened(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		const now, reporters = 10_000, 3
		l := NewLedger(3600, 600, now)
		truth := map[uint32]Count{}
		var sent []Report
		counts := make([]map[uint32]Count, reporters)
		for range rapid.IntRange(1, 60).Draw(t, "events") {
			from := rapid.IntRange(0, reporters-1).Draw(t, "reporter")
			second := uint32(now - rapid.IntRange(0, 50).Draw(t, "ago"))
			n := uint32(rapid.IntRange(1, 9).Draw(t, "n"))
			if counts[from] == nil {
				counts[from] = map[uint32]Count{}
			}
			c, sum := counts[from][second], truth[second]
			c.Second = second
			c.Arrived, c.In, c.Polls = c.Arrived+n, c.In+n, c.Polls+2*n
			sum.Arrived, sum.In, sum.Polls = sum.Arrived+n, sum.In+n, sum.Polls+2*n
			if rapid.Bool().Draw(t, "goes") {
				c.Claimed, c.Out = c.Claimed+1, c.Out+1
				sum.Claimed, sum.Out = sum.Claimed+1, sum.Out+1
			}
			counts[from][second], truth[second] = c, sum
			sent = append(sent, Report{uint64(from), []Count{c}})
		}
		order := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "order"), 1))
		for range 2 {
			for _, i := range order.Perm(len(sent)) {
				if order.IntN(4) > 0 {
					l.Add(sent[i])
				}
			}
		}
		for from, all := range counts {
			last := Report{Reporter: uint64(from)}
			for _, c := range all {
				last.Counts = append(last.Counts, c)
			}
			l.Add(last)
		}
		var active int
		var claims uint64
		for second, want := range truth {
			want.Second = second
			if got := l.Total(second); got != want {
				t.Fatalf("second %d: got %+v, want %+v", second, got, want)
			}
			active += int(want.In) - int(want.Out)
			claims += uint64(want.Claimed)
		}
		if l.Active() != active || l.Claims != claims {
			t.Fatalf("active %d and %d claims, want %d and %d", l.Active(), l.Claims, active, claims)
		}
		for second := uint32(now); second <= now+700; second++ {
			l.Close(second)
		}
		if l.Active() != 0 {
			t.Fatalf("%d active after every pass ran out", l.Active())
		}
	})
}

func TestLedgerRefusesWhatIsTooOldOrNotYet(t *testing.T) {
	const now = 10_000
	l := NewLedger(3600, 600, now)
	l.Add(Report{1, []Count{{Second: now - 3601 - aheadOfClock, Arrived: 5}, {Second: now + aheadOfClock + 1, In: 7}, {Second: now - 10, Arrived: 2}}})
	if l.Late != 12 || l.Total(now-10).Arrived != 2 || l.Active() != 0 {
		t.Errorf("late %d, arrived %d, active %d", l.Late, l.Total(now-10).Arrived, l.Active())
	}
}

func TestLedgerForgetsReporters(t *testing.T) {
	const now = 10_000
	l := NewLedger(700, 600, now)
	for second := uint32(now); second < now+5000; second++ {
		l.Close(second)
		l.Add(Report{uint64(second), []Count{{Second: second, Arrived: 1}}})
	}
	if n := len(l.tally.reporters); n > 1000 {
		t.Errorf("%d reporters are remembered", n)
	}
}
