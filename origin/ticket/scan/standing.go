package scan

import (
	"bytes"
	"cmp"
	"slices"
	"time"

	"github.com/google/uuid"
)

// Standing is where a ticket stands by the facts about it.
type Standing struct {
	Inside bool
	Since  Fact   // the last entry; zero when it was never let in
	Left   Fact   // the last exit after it; zero when it is inside or was never out
	Twice  []Fact // entries of different scans with no exit between: more than one person came in with it
}

// Stand folds the facts about one ticket. Their order, and how often each is there, makes no difference.
func Stand(facts []Fact) Standing {
	var s Standing
	var entries []Fact // since the last exit
	for _, f := range Moves(facts) {
		if f.Result == Out {
			s.Inside, s.Left, entries = false, f, nil
			continue
		}
		if s.Inside && s.Since.Scan != f.Scan {
			if len(entries) == 1 {
				s.Twice = append(s.Twice, entries[0])
			}
			s.Twice = append(s.Twice, f)
		}
		s.Inside, s.Since, s.Left, entries = true, f, Fact{}, append(entries, f)
	}
	return s
}

// Moves are the entries and exits among facts, each once, in the order in which they happened.
func Moves(facts []Fact) []Fact {
	moves := slices.DeleteFunc(slices.Clone(facts), func(f Fact) bool { return f.Result == Refused })
	slices.SortFunc(moves, Before)
	return slices.CompactFunc(moves, func(a, b Fact) bool { return a.Scan == b.Scan && a.Result == b.Result })
}

// When is the moment that counts: the house's when it decided, the device's when it was alone.
func (f Fact) When() time.Time {
	if f.Offline || f.ReceivedAt.IsZero() {
		return f.At
	}
	return f.ReceivedAt
}

// Before orders facts by when they happened. Facts of the same moment have an order, too: every device must see the same.
func Before(a, b Fact) int {
	return cmp.Or(a.When().Compare(b.When()), compare(a.Scan, b.Scan), cmp.Compare(a.Result, b.Result))
}

func compare(a, b uuid.UUID) int { return bytes.Compare(a[:], b[:]) }
