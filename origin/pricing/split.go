// Package pricing says what seats cost and what each price is made of: the list price, the price type, promo codes,
// fees and tax. It is arithmetic alone: no clock, no database.
//
// Amounts are int64 minor units, rates are millionths (20 % is 200,000). What is worked out for a whole order, an amount
// off or the tax, is split among its seats so that the parts add up to it exactly: a seat can then be refunded or
// exchanged by itself, and the books still agree to the penny.
package pricing

import (
	"cmp"
	"math/bits"
	"slices"
)

// Million is the rate of 100 %.
const Million = 1_000_000

// Split shares amount out in proportion to weights by the largest remainder: each part is rounded down, and what is left
// goes, a unit each, to those that lost most by it, the earlier first. The parts add up to amount. With no weight at all
// the parts are as equal as can be. Neither amount nor a weight may be negative.
func Split(amount int64, weights []int64) []int64 {
	parts := make([]int64, len(weights))
	if len(weights) == 0 {
		return parts
	}
	var sum int64
	for _, w := range weights {
		sum += w
	}
	if sum == 0 {
		weights = slices.Repeat([]int64{1}, len(weights))
		sum = int64(len(weights))
	}
	type rest struct {
		at   int
		lost uint64
	}
	left, rests := amount, make([]rest, len(weights))
	for i, w := range weights {
		part, lost := divide(amount, w, sum)
		parts[i], rests[i] = part, rest{i, lost}
		left -= part
	}
	slices.SortStableFunc(rests, func(a, b rest) int { return cmp.Compare(b.lost, a.lost) })
	for i := range left { // fewer than there are weights
		parts[rests[i].at]++
	}
	return parts
}

// divide is a × b ÷ c rounded down, and the remainder; b is at most c.
func divide(a, b, c int64) (int64, uint64) {
	high, low := bits.Mul64(uint64(a), uint64(b))
	quotient, remainder := bits.Div64(high, low, uint64(c))
	return int64(quotient), remainder
}

// share is rate ÷ of of an amount, rounded half up. rate is at most of.
func share(amount, rate, of int64) int64 {
	part, rest := divide(amount, rate, of)
	if 2*rest >= uint64(of) {
		part++
	}
	return part
}
