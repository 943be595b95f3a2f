package poster

import "strings"

// mostRepeated bounds the letters on a sheet.
const mostRepeated = 80

// stacked fills the sheet with the title: every line as wide as the sheet, a short one again and again, and the
// whole cut through and slipped.
func stacked(s *sheet) {
	s.capitals, s.centred = true, false
	in := box{edge, edge, s.width - 2*edge, s.height - edge - 150}
	if !s.upright() {
		in = box{edge * 1.4, edge * 1.2, s.width - 2.8*edge, s.height - edge - 150}
	}
	block := s.justify(strings.ToUpper(s.poster.Title), in)
	rounds := int((in.h + block.gap) / (block.height + block.gap))
	rounds = max(1, min(rounds, mostRepeated/max(1, len(s.poster.Title))))
	tilt := s.between(-0.12, 0.12) * s.width / 2
	middle := in.y + (float64(rounds)*(block.height+block.gap)-block.gap)*s.between(0.4, 0.6)
	set := func(colours ...string) func() {
		return func() {
			y := in.y
			for round := range rounds {
				y = s.block(block, in.x, y, colours[round%len(colours)])
			}
		}
	}
	slip := s.width * 0.022
	over := d("M", 0.0, 0.0, "H", s.width, "V", middle-tilt, "L", 0.0, middle+tilt, "z")
	under := d("M", 0.0, middle+tilt, "L", s.width, middle-tilt, "V", s.height, "H", 0.0, "z")
	if s.chance.IntN(2) == 0 {
		s.path(s.First, under)
		s.within(over, set(s.Ink, s.First))
		s.within(under, func() { s.shifted(slip, slip*0.3, set(s.Ground)) })
		s.rect(0, s.height-150, s.width, 150, s.Ground)
	} else {
		s.within(over, set(s.Ink, s.First))
		s.within(under, func() { s.shifted(slip, slip*0.3, set(s.First, s.Ink)) })
	}
	foot := box{in.x, s.height - edge, in.w, 0}
	s.rect(foot.x, foot.y-70, 64, 4, s.First)
	s.caption(s.poster.Author, foot, foot.y-34, 21, s.Ink)
	s.caption(s.poster.Venue, foot, foot.y, 17, s.Ink)
}

// justified is a title whose lines are all as wide as a box.
type justified struct {
	lines  []string
	sizes  []float64
	height float64
	gap    float64 // between lines
}

// justify breaks a text into the lines that fill a box best when each is set to its width.
func (s *sheet) justify(text string, in box) justified {
	const gap = 16.0
	best := justified{gap: gap}
	words := strings.Fields(text)
	if len(words) == 0 {
		words = []string{"?"}
	}
	words = joined(words)
	for breaks := range 1 << (len(words) - 1) {
		try := justified{lines: broken(words, breaks), gap: gap, height: -gap}
		for _, line := range try.lines {
			_, width := s.face.Line(line, s.tracking())
			size := in.w / (max(width, 1) / s.face.Em())
			try.sizes = append(try.sizes, size)
			try.height += size*capHeight + gap
		}
		if try.height <= in.h && try.height > best.height {
			best = try
		}
	}
	if best.lines == nil { // too much for the box, however it is broken: smaller, and not as wide
		t := s.fit(text, in, in.h)
		best.lines = t.lines
		for range t.lines {
			best.sizes = append(best.sizes, t.size)
			best.height += t.size*capHeight + gap
		}
		best.height -= gap
	}
	return best
}

// block sets a justified title and returns where the next may begin.
func (s *sheet) block(j justified, x, y float64, colour string) float64 {
	for i, line := range j.lines {
		y += j.sizes[i] * capHeight
		s.line(line, box{x: x}, y, j.sizes[i], colour)
		y += j.gap
	}
	return y
}
