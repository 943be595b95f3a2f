package poster

import (
	"fmt"
	"hash/fnv"
	"math"
	"math/rand/v2"
	"strconv"
	"strings"

	"github.com/stagedoor/stagedoor/origin/poster/typeface"
)

// sheet is a poster being drawn.
type sheet struct {
	palette
	poster        Poster
	width, height float64
	chance        *rand.Rand

	face     *typeface.Face // of the title
	small    *typeface.Face // to measure the small lines with
	capitals bool
	centred  bool

	prefix string        // of every identifier in the document
	used   map[rune]bool // letters in defs
	defs   strings.Builder
	body   strings.Builder
	clips  int
}

// prefix makes identifiers that another poster on the same page won't have.
func prefix(p Poster, width float64) string {
	h := fnv.New64a()
	_, _ = fmt.Fprintf(h, "%v|%v", p, width) // a hash never fails
	return "p" + strconv.FormatUint(h.Sum64(), 36) + "-"
}

// upright says whether the sheet is higher than wide.
func (s *sheet) upright() bool { return s.height > s.width }

// finish is the document.
func (s *sheet) finish() []byte {
	label := s.poster.Title
	for _, more := range []string{s.poster.Author, s.poster.Venue} {
		if more != "" {
			label += ", " + more
		}
	}
	var b strings.Builder
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %s %s" width="%s" height="%s" role="img" aria-label="%s">`,
		num(s.width), num(s.height), num(s.width), num(s.height), escape(label))
	fmt.Fprintf(&b, `<title>%s</title>`, escape(label))
	if s.defs.Len() > 0 {
		b.WriteString("<defs>" + s.defs.String() + "</defs>")
	}
	b.WriteString(s.body.String())
	b.WriteString("</svg>")
	return []byte(b.String())
}

func (s *sheet) rect(x, y, w, h float64, fill string) {
	s.add(`<rect x="%s" y="%s" width="%s" height="%s" fill="%s"/>`, num(x), num(y), num(w), num(h), fill)
}

func (s *sheet) circle(x, y, r float64, fill string) {
	s.add(`<circle cx="%s" cy="%s" r="%s" fill="%s"/>`, num(x), num(y), num(r), fill)
}

func (s *sheet) ellipse(x, y, rx, ry float64, fill string) {
	s.add(`<ellipse cx="%s" cy="%s" rx="%s" ry="%s" fill="%s"/>`, num(x), num(y), num(rx), num(ry), fill)
}

// path takes data as path() makes it.
func (s *sheet) path(fill string, d string) { s.add(`<path d="%s" fill="%s"/>`, d, fill) }

func (s *sheet) stroke(colour string, width float64, d string) {
	s.add(`<path d="%s" fill="none" stroke="%s" stroke-width="%s" stroke-linecap="round"/>`, d, colour, num(width))
}

func (s *sheet) add(format string, args ...any) { fmt.Fprintf(&s.body, format, args...) }

// within draws what draw does, cut off at a path.
func (s *sheet) within(d string, draw func()) {
	s.clips++
	id := s.prefix + "c" + strconv.Itoa(s.clips)
	fmt.Fprintf(&s.defs, `<clipPath id="%s"><path d="%s"/></clipPath>`, id, d)
	s.add(`<g clip-path="url(#%s)">`, id)
	draw()
	s.add(`</g>`)
}

// shifted draws what draw does, moved.
func (s *sheet) shifted(dx, dy float64, draw func()) {
	s.add(`<g transform="translate(%s %s)">`, num(dx), num(dy))
	draw()
	s.add(`</g>`)
}

// one picks an element.
func one[T any](s *sheet, of ...T) T { return of[s.chance.IntN(len(of))] }

// between picks a number.
func (s *sheet) between(low, high float64) float64 { return low + s.chance.Float64()*(high-low) }

// d writes path data: commands are strings, coordinates numbers.
func d(parts ...any) string {
	var b strings.Builder
	for i, part := range parts {
		switch part := part.(type) {
		case string:
			b.WriteString(part)
		case float64:
			if i > 0 {
				b.WriteByte(' ')
			}
			b.WriteString(num(part))
		case int:
			if i > 0 {
				b.WriteByte(' ')
			}
			b.WriteString(strconv.Itoa(part))
		}
	}
	return b.String()
}

// num writes a number with at most one decimal.
func num(f float64) string { return strconv.FormatFloat(math.Round(f*10)/10, 'f', -1, 64) }

var escaper = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;", `"`, "&quot;")

func escape(text string) string { return escaper.Replace(text) }

// box is a part of the sheet.
type box struct{ x, y, w, h float64 }

func (b box) inset(by float64) box { return box{b.x + by, b.y + by, b.w - 2*by, b.h - 2*by} }
func (b box) middle() (x, y float64) {
	return b.x + b.w/2, b.y + b.h/2
}
func (b box) outline() string { return d("M", b.x, b.y, "h", b.w, "v", b.h, "h", -b.w, "z") }
