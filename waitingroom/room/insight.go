package room

import (
	"slices"
)

// insight is what the console is shown of a room besides its state. The
// history is of this instance's life: it is not stored.
type insight struct {
	history   []point
	asked     []prediction
	errors    []float64 // of predictions that came due, relative; a ring
	errorsAt  int
	overshoot int // people above the limit, at the worst
	ceiling   int // the limit, or how many there were when it was lowered
}

// point is a room at a second. Counts of people are in all, but waiting and
// active.
type point struct {
	second                              uint32
	arrived, admitted                   uint64
	waiting, active, p50, ratePerMinute int
}

// prediction is what someone who arrived at a second was told.
type prediction struct {
	second uint32
	wait   float64
}

const (
	historyKept     = 900
	predictEvery    = 5
	mostPredictions = 2048
	errorsKept      = 256
)

func (i *insight) limitChanged(active, limit int) { i.ceiling = max(limit, active) }

// note takes a second in.
func (i *insight) note(r *Room, at uint32) {
	ledger, active := r.queue.Ledger(), r.queue.Active()
	if i.ceiling = max(r.config.Active, min(i.ceiling, active)); r.admits() {
		i.overshoot = max(i.overshoot, active-i.ceiling)
	}
	outlook := &r.published.Outlook
	_, joins := outlook.Look(at, 1<<63)
	p := point{
		second: at, arrived: ledger.Arrivals + ledger.Directs, admitted: ledger.Claims + ledger.Directs,
		waiting: r.published.Waiting, active: active, p50: int(joins.P50), ratePerMinute: int(outlook.Rate * 60),
	}
	if n := len(i.history); n > 0 && i.history[n-1].second == at {
		i.history[n-1] = p
	} else if i.history = append(i.history, p); len(i.history) > historyKept {
		i.history = slices.Delete(i.history, 0, len(i.history)-historyKept)
	}
	i.compare(r, at)
	if n := len(i.asked); !joins.Unknown && joins.P50 > 0 && n < mostPredictions && (n == 0 || at >= i.asked[n-1].second+predictEvery) {
		i.asked = append(i.asked, prediction{at, joins.P50})
	}
}

// compare looks at predictions whose people are called by now.
func (i *insight) compare(r *Room, at uint32) {
	for len(i.asked) > 0 && r.published.Frontier.Admits(i.asked[0].second, 1<<63) {
		took := float64(at - i.asked[0].second)
		off := (i.asked[0].wait - took) / max(took, 1)
		i.asked = i.asked[1:]
		if off = max(off, -off); len(i.errors) < errorsKept {
			i.errors = append(i.errors, off)
		} else {
			i.errors[i.errorsAt] = off
			i.errorsAt = (i.errorsAt + 1) % errorsKept
		}
	}
}

// estimateError is the median of how far predictions were off, in percent.
func (i *insight) estimateError() float64 {
	if len(i.errors) == 0 {
		return 0
	}
	sorted := slices.Clone(i.errors)
	slices.Sort(sorted)
	return 100 * sorted[len(sorted)/2]
}
