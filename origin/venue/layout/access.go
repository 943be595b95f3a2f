package layout

import "github.com/stagedoor/stagedoor/origin/venue"

// accessShare is the part of a house that is wheelchair spaces; each comes with a companion seat.
const accessShare = 0.01

// leastAccess is the number of wheelchair spaces even the smallest house has.
const leastAccess = 2

// reserveAccess turns pairs of seats beside an aisle or a wall into a wheelchair space and its companion seat:
// two thirds at the back of the ground floor, where the doors are level, the rest at the back of the first level
// above, where most houses have a lift or a street-level door.
func (h *house) reserveAccess() {
	want := max(leastAccess, int(float64(h.seats)*accessShare+0.5))
	if len(h.levels) > 1 {
		want -= h.reserveOn(h.levels[1], want/3)
	}
	for _, l := range h.levels { // the ground floor first; others only where it is too small
		want -= h.reserveOn(l, want)
	}
}

// reserveOn reserves up to want pairs on a level, from the last row forwards, and returns how many it found room for.
func (h *house) reserveOn(l *level, want int) int {
	done := 0
	for i := len(l.rows) - 1; i >= 0 && done < want; i-- {
		start := 0
		var ends [][2]int // wheelchair, companion
		for _, n := range l.rows[i].blocks {
			if n >= 4 {
				ends = append(ends, [2]int{start, start + 1}, [2]int{start + n - 1, start + n - 2})
			}
			start += n
		}
		for _, pair := range outsideIn(ends) {
			if done == want {
				break
			}
			space, companion := l.rows[i].seats[pair[0]], l.rows[i].seats[pair[1]]
			if space.Kind != "" || companion.Kind != "" {
				continue
			}
			space.Kind, space.Note = venue.Wheelchair, "Space for a wheelchair; there is no fixed seat"
			companion.Kind, companion.Note = venue.Companion, "Seat for the companion of a wheelchair user"
			space.paired = companion
			done++
		}
	}
	return done
}

// outsideIn orders the ends of a row's blocks from both walls towards the middle.
func outsideIn(ends [][2]int) [][2]int {
	ordered := make([][2]int, 0, len(ends))
	for i, j := 0, len(ends)-1; i <= j; i, j = i+1, j-1 {
		ordered = append(ordered, ends[i])
		if i < j {
			ordered = append(ordered, ends[j])
		}
	}
	return ordered
}
