package queue

import (
	"testing"

	"pgregory.net/rapid"
)

// Reports may be lost, come twice, late and in any order, and be acknowledged
// as often or as seldom: once one has got through after the last change, the
// ledger knows everything.
func TestReporterSaysEverythingInTheEnd(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		const now = 10_000
		ledger := NewLedger(3600, 600, now)
		r := NewReporter(5)
		truth := map[uint32]Count{}
		type sent struct {
			counts []Count
			number uint32
		}
		var mail []sent
		for range rapid.IntRange(1, 300).Draw(t, "events") {
			switch rapid.IntRange(0, 5).Draw(t, "event") {
			case 0:
				counts, number := r.Report(nil, rapid.IntRange(0, 50).Draw(t, "most"))
				mail = append(mail, sent{counts, number})
			case 1: // arrives, perhaps again, perhaps an old one
				if len(mail) > 0 {
					m := mail[rapid.IntRange(0, len(mail)-1).Draw(t, "which")]
					ledger.Add(Report{5, m.counts})
					if rapid.Bool().Draw(t, "acknowledged") {
						r.Acknowledged(m.number)
					}
				}
			default:
				second := now - rapid.Uint32Range(0, 3000).Draw(t, "ago")
				r.At(second).Arrived++
				c := truth[second]
				c.Second, c.Arrived = second, c.Arrived+1
				truth[second] = c
			}
		}
		r.Acknowledged(1 << 30) // of a report that was never made
		counts, number := r.Report(nil, 1000)
		ledger.Add(Report{5, counts})
		r.Acknowledged(number)
		if r.Changed() {
			t.Error("something is still to be said")
		}
		for second, want := range truth {
			if ledger.Total(second) != want || r.Seen(second) != want {
				t.Fatalf("%d: %+v, want %+v", second, ledger.Total(second), want)
			}
		}
	})
}

// What changes after a report was made is not acknowledged with it.
func TestReporterInFlight(t *testing.T) {
	r := NewReporter(1)
	r.At(100).Arrived++
	r.At(200).Arrived++
	_, number := r.Report(nil, 1000)
	r.At(200).Arrived++
	r.Acknowledged(number)
	if counts, _ := r.Report(nil, 1000); len(counts) != 1 || counts[0] != (Count{Second: 200, Arrived: 2}) {
		t.Errorf("said again: %+v", counts)
	}
}

func TestReporterForgets(t *testing.T) {
	r := NewReporter(1)
	for second := range uint32(5000) {
		r.At(second).In++
	}
	r.Forget(4990)
	if counts, _ := r.Report(nil, 1000); len(counts) != 10 || r.Seen(4989).In != 0 || r.Seen(4990).In != 1 {
		t.Errorf("%d counts are left", len(counts))
	}
}

func TestReporterAllocatesNothing(t *testing.T) {
	r := NewReporter(1)
	counts := make([]Count, 0, 512)
	if n := testing.AllocsPerRun(100, func() {
		for second := range uint32(150) {
			r.At(1_700_000_000+64*second).Polls++
		}
		var number uint32
		counts, number = r.Report(counts[:0], 1000)
		r.Acknowledged(number)
	}); n > 0 {
		t.Errorf("%v allocations", n)
	}
}
