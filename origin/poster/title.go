package poster

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/stagedoor/stagedoor/origin/poster/typeface"
)

// capHeight is the height of capitals, as a part of the size; it is near enough the same in all our faces.
const capHeight = 0.72

// mostLines is how many lines a title is broken into.
const mostLines = 5

// setting is a title broken into lines, at the size it fits.
type setting struct {
	lines   []string
	size    float64 // of the letters, pixels to the em
	leading float64 // from line to line, as a part of size
	drop    float64 // below the last baseline, as a part of size
}

func (t setting) height() float64 {
	return t.size * (float64(len(t.lines)-1)*t.leading + capHeight + t.drop)
}

// fit breaks a text so that it can be set as large as possible in a box, at most at size most.
func (s *sheet) fit(text string, in box, most float64) setting {
	t := setting{leading: 0.99, drop: 0.24}
	if s.capitals {
		text = strings.ToUpper(text)
		t.leading, t.drop = 0.88, 0.02
	}
	words := strings.Fields(text)
	if len(words) == 0 {
		words = []string{""}
	}
	words = joined(words)
	for breaks := range 1 << (len(words) - 1) {
		lines := broken(words, breaks)
		if len(lines) > mostLines {
			continue
		}
		widest := 1.0
		for _, line := range lines {
			_, width := s.face.Line(line, s.tracking())
			widest = max(widest, width/s.face.Em())
		}
		try := t
		try.lines, try.size = lines, 1
		try.size = min(in.w/widest, in.h/try.height(), most)
		// A line more must be worth it.
		if t.lines == nil || try.size > t.size*1.04 {
			t = try
		}
	}
	return t
}

// joined glues short neighbours together until there are few enough words to try all ways of breaking them.
func joined(words []string) []string {
	for len(words) > 8 {
		shortest := 0
		for i := range len(words) - 1 {
			if len(words[i])+len(words[i+1]) < len(words[shortest])+len(words[shortest+1]) {
				shortest = i
			}
		}
		words[shortest] += " " + words[shortest+1]
		words = append(words[:shortest+1], words[shortest+2:]...)
	}
	return words
}

// broken joins words into lines; bit i of breaks ends a line after word i.
func broken(words []string, breaks int) []string {
	lines := []string{words[0]}
	for i, word := range words[1:] {
		if breaks&(1<<i) != 0 {
			lines = append(lines, word)
		} else {
			lines[len(lines)-1] += " " + word
		}
	}
	return lines
}

// tracking is the space between letters, in font units: display type is set tight.
func (s *sheet) tracking() float64 {
	if s.capitals {
		return -0.012 * s.face.Em()
	}
	return -0.018 * s.face.Em()
}

// title sets the poster's title at the top of a box and returns where the box goes on below it.
func (s *sheet) title(in box, most float64, colour string) float64 {
	t := s.fit(s.poster.Title, in, most)
	baseline := in.y + t.size*capHeight
	for _, line := range t.lines {
		s.line(line, in, baseline, t.size, colour)
		baseline += t.size * t.leading
	}
	return in.y + t.height()
}

// line sets one line of letters in a box.
func (s *sheet) line(text string, in box, baseline, size float64, colour string) {
	placed, width := s.face.Line(text, s.tracking())
	scale := size / s.face.Em()
	x := in.x
	if s.centred {
		x += (in.w - width*scale) / 2
	}
	s.letters(placed, x, baseline, scale, colour)
}

func (s *sheet) letters(placed []typeface.Placed, x, baseline, scale float64, colour string) {
	s.add(`<g transform="translate(%s %s) scale(%s)" fill="%s">`,
		num(x), num(baseline), strconv.FormatFloat(scale, 'g', 5, 64), colour)
	for _, p := range placed {
		id := s.letter(p.Rune)
		if id != "" {
			s.add(`<use href="#%s" x="%d"/>`, id, int(p.X+0.5))
		}
	}
	s.add(`</g>`)
}

// letter puts a letter's outline into the document, once, and returns its identifier, empty for a blank.
func (s *sheet) letter(r rune) string {
	glyph := s.face.Glyph(r)
	if glyph.Path == "" {
		return ""
	}
	id := s.prefix + strconv.FormatInt(int64(r), 36)
	if !s.used[r] {
		s.used[r] = true
		fmt.Fprintf(&s.defs, `<path id="%s" d="%s"/>`, id, glyph.Path)
	}
	return id
}

// smallFonts are those of a page that has them, or what the reader's system sets plain text in.
const smallFonts = `'Inter Variable',Inter,system-ui,'Segoe UI',Roboto,'Helvetica Neue',Arial,sans-serif`

// caption sets one small line of spaced capitals, as wide as computed whatever font it is set in.
func (s *sheet) caption(text string, in box, baseline, size float64, colour string) {
	if text == "" {
		return
	}
	text = strings.ToUpper(text)
	const spacing = 0.09 // of an em
	_, units := s.small.Line(text, spacing*s.small.Em())
	width := units / s.small.Em() * size
	if width > in.w {
		size *= in.w / width
		width = in.w
	}
	x := in.x
	if s.centred {
		x += (in.w - width) / 2
	}
	s.add(`<text x="%s" y="%s" font-family="%s" font-weight="650" font-size="%s" textLength="%s" lengthAdjust="spacingAndGlyphs" letter-spacing="%s" fill="%s">%s</text>`,
		num(x), num(baseline), smallFonts, num(size), num(width), num(size*spacing), colour, escape(text))
}

// words sets title, author and venue into a box: the title at its top, the venue at its foot.
func (s *sheet) words(in box, most float64) {
	const author, venue = 21.0, 17.0
	foot := 24.0
	if s.poster.Author != "" {
		foot += author + 30
	}
	if s.poster.Venue != "" {
		foot += venue + 14
	}
	below := s.title(box{in.x, in.y, in.w, in.h - foot}, most, s.Ink)
	s.caption(s.poster.Author, in, below+26+author*0.72, author, s.Ink)
	if s.poster.Venue != "" {
		rule := min(in.w, 64)
		x := in.x
		if s.centred {
			x += (in.w - rule) / 2
		}
		s.rect(x, in.y+in.h-venue-16, rule, 4, s.First)
		s.caption(s.poster.Venue, in, in.y+in.h, venue, s.Ink)
	}
}
