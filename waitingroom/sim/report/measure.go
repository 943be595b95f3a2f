package report

import (
	"math"

	"github.com/stagedoor/stagedoor/waitingroom/sim"
)

// Direction says which of two values is better.
type Direction int

// The directions.
const (
	Neither Direction = iota
	Less
	More
)

// Measure is a figure of one run that runs are compared by.
type Measure struct {
	Name   string
	Value  float64
	Say    func(v float64) string // a value as people read it
	Better Direction
	Known  bool // false: this run has none
}

// Text is the value as people read it.
func (m Measure) Text() string {
	if !m.Known {
		return "–"
	}
	return m.Say(m.Value)
}

// Measures are those of a simulated run.
func Measures(r *sim.Result) []Measure { return measures(r) }

func whole(v float64) string { return Thousands(int(math.Round(v))) }
func clock(v float64) string { return Clock(int(v)) }

// Verdict is how the second of two runs does beside the first.
type Verdict int

// The verdicts.
const (
	Incomparable Verdict = iota // neither is better, or one of them has no such figure
	Same
	Better
	Worse
)

// Difference is one measure of two runs.
type Difference struct {
	Name, First, Second string
	By                  string // the second less the first, with its sign; "" where one has none
	Verdict             Verdict
}

// Compare holds a second run's measures against a first one's; both lists are in the same order. What neither has is
// left out, and so is a difference that nobody could read.
func Compare(first, second []Measure) (list []Difference) {
	for i := range min(len(first), len(second)) {
		a, b := first[i], second[i]
		if !a.Known && !b.Known {
			continue
		}
		d := Difference{Name: a.Name, First: a.Text(), Second: b.Text()}
		if a.Known && b.Known {
			d.By, d.Verdict = difference(a, b)
		}
		list = append(list, d)
	}
	return list
}

func difference(a, b Measure) (string, Verdict) {
	if a.Text() == b.Text() {
		return "the same", Same
	}
	sign, by := "+", b.Value-a.Value
	if by < 0 {
		sign = "−"
	}
	text := sign + a.Say(math.Abs(by))
	switch {
	case a.Better == Neither:
		return text, Incomparable
	case (a.Better == More) == (by > 0):
		return text, Better
	}
	return text, Worse
}
