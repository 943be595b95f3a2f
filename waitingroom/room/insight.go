package room

import (
	"slices"
)

// insight is what the console is shown of a room besides its state.
type insight struct {
	history   []point
	open      int    // of its points, those at the end that are in no row of their own
	batches   uint32 // rows made of the others, ever
	pending   []row  // to be saved
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
	// Fewer predictions that came due say nothing about the next one.
	errorsLeast = 20
	// Waits shorter than so many seconds, most of which is asking again, are
	// told as any moment now: an error is held against no less.
	shortestWait = 30
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
	} else {
		i.keep()
		i.open++
		if i.history = append(i.history, p); len(i.history) > historyKept {
			i.history = slices.Delete(i.history, 0, len(i.history)-historyKept)
		}
	}
	isNews := i.compare(r, at)
	if n := len(i.asked); !joins.Unknown && joins.P50 > 0 && n < mostPredictions && (n == 0 || at >= i.asked[n-1].second+predictEvery) {
		i.asked = append(i.asked, prediction{at, joins.P50})
		isNews = true
	}
	if isNews {
		i.pending = append(i.pending, row{estimatesRow, i.estimates()})
	}
}

// compare looks at predictions whose people are called by now.
func (i *insight) compare(r *Room, at uint32) (some bool) {
	for len(i.asked) > 0 && r.published.Frontier.Admits(i.asked[0].second, 1<<63) {
		took := float64(at - i.asked[0].second)
		off := (i.asked[0].wait - took) / max(took, shortestWait)
		i.asked, some = i.asked[1:], true
		if off = max(off, -off); len(i.errors) < errorsKept {
			i.errors = append(i.errors, off)
		} else {
			i.errors[i.errorsAt] = off
			i.errorsAt = (i.errorsAt + 1) % errorsKept
		}
	}
	return some
}

// estimateError is the median of how far predictions were off, in percent.
func (i *insight) estimateError() (percent float64, known bool) {
	if len(i.errors) < errorsLeast {
		return 0, false
	}
	sorted := slices.Clone(i.errors)
	slices.Sort(sorted)
	return 100 * sorted[len(sorted)/2], true
}
