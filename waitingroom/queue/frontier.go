package queue

import "math"

// Frontier says which places are admitted. The zero Frontier admits nobody.
type Frontier struct {
	// Through is the last bucket of which every place is admitted.
	Through uint32
	// Below is how far the bucket after it is: those of its places with a
	// tie-break below this are admitted.
	Below uint64
}

// Next is the bucket being admitted now.
func (f Frontier) Next() uint32 { return f.Through + 1 }

// Admits says whether a place may come in.
func (f Frontier) Admits(arrived uint32, tie uint64) bool {
	return arrived <= f.Through || arrived == f.Next() && tie < f.Below
}

// Before says whether f admits fewer places than g.
func (f Frontier) Before(g Frontier) bool {
	if f.Through != g.Through {
		return f.Through < g.Through
	}
	return f.Below < g.Below
}

// tieFor is the tie-break below which about part of whole places lie.
func tieFor(part, whole float64) uint64 {
	if part >= whole {
		return math.MaxUint64
	}
	if part <= 0 {
		return 0
	}
	return uint64(part / whole * (1 << 63) * 2)
}

// shareOf is the inverse of tieFor: the part of a bucket that lies below.
func shareOf(below uint64) float64 { return float64(below) / (1 << 63) / 2 }
