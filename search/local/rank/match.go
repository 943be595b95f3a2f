// Package rank says how well a text matches a query, orders documents by it and
// by other keys, and keeps the best of them.
//
// Scores are numbers whose bits are fields, so that comparing two of them
// compares first what counts most. They are those of Typesense.
package rank

import (
	"cmp"
	"slices"

	"github.com/stagedoor/stagedoor/search/local/postings"
)

// Window is how far, in words, query words may be apart to count as one match,
// and how many of them are looked at.
const Window = 10

// Nowhere is the place of a query word that is outside the best window.
const Nowhere = 1<<16 - 1

// Place is where one of the query's words is in a text.
type Place struct {
	Word int // which of the words given to Match
	At   int // number of the word in the text, from 0, or Nowhere
	next int // the place to try afterwards
}

// Match is how closely together the words of a query stand in one text.
type Match struct {
	Words    int // how many stand within one window
	Distance int // sum of the gaps between them
	Last     int // where the last of them stands
	Exact    bool
	Places   []Place
}

// Score packs m: cost is that of typos and unfinished words, unique how many of
// the query's words are in the text.
func (m Match) Score(cost, unique int) int64 {
	exact := int64(0)
	if m.Exact {
		exact = 1
	}
	return int64(unique)<<40 | int64(m.Words&0xff)<<32 | int64(255-cost)<<24 |
		int64(100-m.Distance&0xff)<<16 | exact<<8 | int64(255-m.Last)
}

// Matcher finds matches. It keeps the memory it needs between calls and is not
// safe for concurrent use.
type Matcher struct {
	at []Place
}

// Closest finds the window of a text in which most of the words stand, and of
// those the one in which they stand closest. words are the places of each query
// word in that text, of which none is empty. With exact it also finds out whether
// the text consists of those words; with places, where they stand.
func (r *Matcher) Closest(words []postings.Place, exact, places bool) Match {
	m := r.search(words, places)
	if exact {
		m.Exact = isExact(words, m.Distance)
	}
	return m
}

func (r *Matcher) search(words []postings.Place, places bool) Match {
	size := min(len(words), Window)
	at := r.at[:0]
	for i := range size {
		at = append(at, Place{Word: i, At: words[i].Positions[0], next: 1})
	}
	r.at = at
	best := Match{Words: 1, Distance: -1}
	if places {
		best.Places = slices.Clone(at)
	}
	for len(at) > 1 {
		descend(at)
		count, gaps := spread(at)
		if count > best.Words || count == best.Words && (best.Distance < 0 || gaps < best.Distance) {
			best.Words, best.Distance, best.Last = count, gaps, min(at[0].At, 255)
			if places {
				note(best.Places, at)
			}
		}
		if best.Words == size && best.Distance == len(at)-1 {
			break
		}
		last := at[len(at)-1]
		at = at[:len(at)-1]
		if places := words[last.Word].Positions; last.next < len(places) {
			at = append(at, Place{Word: last.Word, At: places[last.next], next: last.next + 1})
		}
	}
	best.Distance = max(best.Distance, 0) & 0xff
	return best
}

// spread counts the places within a window of the lowest one, which is the last,
// and adds the gaps between them.
func spread(at []Place) (count, gaps int) {
	lowest := at[len(at)-1].At
	for i, p := range at {
		if p.At-lowest > Window {
			continue
		}
		count++
		if i < len(at)-1 {
			gaps += p.At - at[i+1].At
		}
	}
	return count, gaps
}

// note sets places to those of at that are in the window; words that have no
// place any more count as the first word, nowhere.
func note(places, at []Place) {
	for i := range places {
		places[i] = Place{At: Nowhere}
	}
	lowest := at[len(at)-1].At
	for _, p := range at {
		if p.At-lowest > Window {
			p.At = Nowhere
		}
		places[p.Word] = p
	}
}

// descend sorts places from the last to the first. Places that are equal end up
// in the order of the server whose scores these are, which sorts two and three
// places by hand.
func descend(at []Place) {
	switch len(at) {
	case 2:
		if at[0].At < at[1].At {
			at[0], at[1] = at[1], at[0]
		}
	case 3:
		descend3(at)
	default:
		slices.SortStableFunc(at, func(a, b Place) int { return cmp.Compare(b.At, a.At) })
	}
}

func descend3(at []Place) {
	a, b, c := at[0], at[1], at[2]
	switch {
	case a.At > b.At && b.At > c.At:
	case a.At > b.At && a.At > c.At:
		at[1], at[2] = c, b
	case a.At > b.At:
		at[0], at[1], at[2] = c, a, b
	case a.At > c.At:
		at[0], at[1] = b, a
	case c.At > b.At:
		at[0], at[2] = c, a
	default:
		at[0], at[1], at[2] = b, c, a
	}
}

// isExact says whether a text consists of exactly the words, given the sum of
// the gaps in its best window.
func isExact(words []postings.Place, distance int) bool {
	if distance > len(words)-1 {
		return false
	}
	last, total := -1, 0
	for _, w := range words {
		if w.Last {
			last = w.Positions[len(w.Positions)-1]
		}
		total += len(w.Positions)
		if total > len(words) && distance == len(words)-1 {
			return false
		}
	}
	return last == len(words)-1 && (distance < len(words)-1 || total == len(words))
}
