package room

import (
	"encoding/binary"
	"slices"
	"strings"
)

// What a room has been through is stored as well, so that a restart in the
// middle of a sale leaves no hole in the console's charts: a row for every so
// many points, of which the oldest is written over, and the points since in the
// row that is written every second anyway. It is for people to look at: a row
// of it that cannot be read is left out.
const (
	historyRows  = "history/" // and its place in the ring, a letter
	estimatesRow = "estimates"

	pointsEach  = 30
	historyRing = historyKept / pointsEach
)

// keep makes a row of the open points once they are enough.
func (i *insight) keep() {
	if i.open < pointsEach {
		return
	}
	b := binary.AppendUvarint([]byte{rowVersion}, uint64(i.batches))
	for _, p := range i.history[len(i.history)-i.open:] {
		b = p.append(b)
	}
	i.pending = append(i.pending, row{historyRow(i.batches), b})
	i.batches++
	i.open = 0
}

func historyRow(batch uint32) string { return historyRows + string(rune('A'+batch%historyRing)) }

func (p *point) append(b []byte) []byte {
	for _, n := range [...]uint64{uint64(p.second), p.arrived, p.admitted, natural(p.waiting), natural(p.active), natural(p.p50), natural(p.ratePerMinute)} {
		b = binary.AppendUvarint(b, n)
	}
	return b
}

func natural(n int) uint64 { return uint64(max(n, 0)) }

// pointOf reads what append wrote.
func pointOf(next func() uint64) point {
	return point{
		second: uint32(next()), arrived: next(), admitted: next(),
		waiting: int(next()), active: int(next()), p50: int(next()), ratePerMinute: int(next()),
	}
}

// estimates is what was predicted and how it turned out.
func (i *insight) estimates() []byte {
	b := binary.AppendUvarint([]byte{rowVersion}, uint64(i.errorsAt))
	b = binary.AppendUvarint(b, uint64(len(i.errors)))
	for _, off := range i.errors {
		b = binary.AppendUvarint(b, uint64(min(off, 1000)*1e4))
	}
	for _, p := range i.asked {
		b = binary.AppendUvarint(b, uint64(p.second))
		b = binary.AppendUvarint(b, uint64(p.wait))
	}
	return b
}

// restore puts the rows before the open points.
func (i *insight) restore(rows map[string][]byte) {
	type batch struct {
		number uint64
		points []point
	}
	var kept []batch
	for key, value := range rows {
		if !strings.HasPrefix(key, historyRows) || len(value) == 0 || value[0] != rowVersion {
			continue
		}
		next, more := uvarints(value[1:])
		one := batch{number: next()}
		for more() {
			one.points = append(one.points, pointOf(next))
		}
		if one.number < uint64(i.batches) && one.number+historyRing >= uint64(i.batches) && len(one.points) == pointsEach {
			kept = append(kept, one)
		}
	}
	slices.SortFunc(kept, func(a, b batch) int { return int(int64(a.number) - int64(b.number)) })
	var all []point
	for _, one := range kept {
		all = append(all, one.points...)
	}
	all = append(all, i.history...)
	i.history = all[max(len(all)-historyKept, 0):]

	if value := rows[estimatesRow]; len(value) > 0 && value[0] == rowVersion {
		next, more := uvarints(value[1:])
		i.errorsAt = int(next() % errorsKept)
		for n := min(next(), errorsKept); n > 0 && more(); n-- {
			i.errors = append(i.errors, float64(next())/1e4)
		}
		for more() && len(i.asked) < mostPredictions {
			i.asked = append(i.asked, prediction{uint32(next()), float64(next())})
		}
	}
}

// uvarints reads numbers one after another; after the last, or a fault, there
// are no more and each is 0.
func uvarints(b []byte) (next func() uint64, more func() bool) {
	next = func() uint64 {
		v, n := binary.Uvarint(b)
		if n <= 0 {
			b = nil
			return 0
		}
		b = b[n:]
		return v
	}
	return next, func() bool { return len(b) > 0 }
}
