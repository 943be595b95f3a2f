package layout

import (
	"strconv"
	"strings"
)

// number names rows and seats and makes the IDs: "stalls-F-12".
func (h *house) number() {
	for _, l := range h.levels {
		for i, r := range l.rows {
			r.label = rowLabel(i)
			h.numberSeats(l.id, r)
		}
	}
	for i, b := range h.boxes {
		b.label = rowLabel(i)
		for j, s := range b.seats {
			s.Label = strconv.Itoa(j + 1)
			s.ID = boxesID + "-" + b.label + "-" + s.Label
		}
	}
}

func (h *house) numberSeats(section string, r *row) {
	labels := british(r)
	if h.spec.Style == American {
		labels = american(r)
	}
	for i, s := range r.seats {
		s.Label = strconv.Itoa(labels[i])
		s.ID = section + "-" + r.label + "-" + s.Label
	}
}

// rowLabel is the name of the i-th row: A to Z without I and O, which are taken for 1 and 0 in the dark, then
// AA, BB ...
func rowLabel(i int) string {
	const letters = "ABCDEFGHJKLMNPQRSTUVWXYZ"
	return strings.Repeat(string(letters[i%len(letters)]), 1+i/len(letters))
}

// british counts from the audience's left.
func british(r *row) []int {
	labels := make([]int, len(r.seats))
	for i := range labels {
		labels[i] = i + 1
	}
	return labels
}

// american counts as Broadway does: odd numbers house left, even numbers house right, both from the aisle
// outwards; 101 upwards in the centre, from the right.
func american(r *row) []int {
	labels := make([]int, len(r.seats))
	centre := len(r.blocks) / 2
	first, last := len(r.seats), -1 // of the centre block
	for i, s := range r.seats {
		if s.block == centre {
			first, last = min(first, i), max(last, i)
		}
	}
	for i := range r.seats {
		switch {
		case i < first:
			labels[i] = 2*(first-i) - 1
		case i > last:
			labels[i] = 2 * (i - last)
		default:
			labels[i] = 101 + last - i
		}
	}
	return labels
}
