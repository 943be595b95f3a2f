// Package typeface sets words as outlines. A poster shown as an image has no access to the page's fonts: its title is
// drawn from letters this package carries, so that it looks the same everywhere and is exactly as wide as computed.
//
// The fonts are Fraunces (Black, upright and italic) and Inter (ExtraBold), Latin subset, under the SIL Open Font
// License; see the OFL files beside them.
package typeface

import (
	_ "embed"
	"fmt"
	"strconv"
	"strings"
	"sync"

	"golang.org/x/image/font"
	"golang.org/x/image/font/sfnt"
	"golang.org/x/image/math/fixed"
)

var (
	//go:embed fraunces-900.woff
	fraunces []byte
	//go:embed fraunces-900-italic.woff
	frauncesItalic []byte
	//go:embed inter-800.woff
	inter []byte
)

// Family is the fonts that posters are set in.
type Family struct {
	Serif  *Face // Fraunces Black
	Italic *Face // Fraunces Black Italic
	Sans   *Face // Inter ExtraBold
}

// Open reads the fonts. It takes a millisecond or two; keep the result.
func Open() (*Family, error) {
	var f Family
	for _, font := range []struct {
		face **Face
		woff []byte
	}{{&f.Serif, fraunces}, {&f.Italic, frauncesItalic}, {&f.Sans, inter}} {
		face, err := read(font.woff)
		if err != nil {
			return nil, err
		}
		*font.face = face
	}
	return &f, nil
}

// Face is one font. It is safe for concurrent use.
type Face struct {
	font *sfnt.Font
	em   fixed.Int26_6 // font units to the em, as the size to load glyphs at

	mu     sync.Mutex // guards what follows
	buffer sfnt.Buffer
	glyphs map[rune]Glyph
}

// Glyph is the outline of a character, in font units.
type Glyph struct {
	Path    string  // SVG path data, y downwards from the baseline
	Advance float64 // to the next character
}

func read(woff []byte) (*Face, error) {
	unpacked, err := unpack(woff)
	if err != nil {
		return nil, err
	}
	parsed, err := sfnt.Parse(unpacked)
	if err != nil {
		return nil, fmt.Errorf("typeface: %w", err)
	}
	return &Face{font: parsed, em: fixed.I(int(parsed.UnitsPerEm())), glyphs: map[rune]Glyph{}}, nil
}

// Em is the number of font units to the em.
func (f *Face) Em() float64 { return float64(f.font.UnitsPerEm()) }

// Glyph returns the outline of a character; one the font lacks is drawn as a blank as wide as a digit.
func (f *Face) Glyph(r rune) Glyph {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.glyph(r)
}

func (f *Face) glyph(r rune) Glyph {
	if g, known := f.glyphs[r]; known {
		return g
	}
	g := Glyph{Advance: f.Em() / 2}
	if index, err := f.font.GlyphIndex(&f.buffer, r); err == nil && index != 0 {
		if advance, err := f.font.GlyphAdvance(&f.buffer, index, f.em, font.HintingNone); err == nil {
			g.Advance = float64(advance) / 64
		}
		if segments, err := f.font.LoadGlyph(&f.buffer, index, f.em, nil); err == nil {
			g.Path = outline(segments)
		}
	}
	if len(f.glyphs) < 512 { // a bound, should titles come in every script
		f.glyphs[r] = g
	}
	return g
}

// Has says whether the font can draw every character of the text.
func (f *Face) Has(text string) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, r := range text {
		if index, err := f.font.GlyphIndex(&f.buffer, r); err != nil || index == 0 {
			return false
		}
	}
	return true
}

// Placed is a character of a line and where it stands, in font units from the line's start.
type Placed struct {
	Rune rune
	X    float64
}

// Line sets a text with its kerning, tracking font units between characters, and returns its width in font units.
func (f *Face) Line(text string, tracking float64) (placed []Placed, width float64) {
	f.mu.Lock()
	defer f.mu.Unlock()
	var before sfnt.GlyphIndex
	for i, r := range []rune(text) {
		index, err := f.font.GlyphIndex(&f.buffer, r)
		if i > 0 {
			width += tracking
			if err == nil {
				if kern, err := f.font.Kern(&f.buffer, before, index, f.em, font.HintingNone); err == nil {
					width += float64(kern) / 64
				}
			}
		}
		placed = append(placed, Placed{Rune: r, X: width})
		width += f.glyph(r).Advance
		before = index
	}
	return placed, width
}

// outline writes segments as path data: whole font units, relative to save space.
func outline(segments sfnt.Segments) string {
	var b strings.Builder
	var at [2]int
	point := func(p fixed.Point26_6, from [2]int) [2]int {
		return [2]int{p.X.Round() - from[0], p.Y.Round() - from[1]}
	}
	write := func(command byte, points ...[2]int) {
		b.WriteByte(command)
		for i, p := range points {
			for j, n := range p {
				if (i > 0 || j > 0) && n >= 0 {
					b.WriteByte(' ')
				}
				b.WriteString(strconv.Itoa(n))
			}
		}
	}
	for i, s := range segments {
		switch s.Op {
		case sfnt.SegmentOpMoveTo:
			if i > 0 {
				b.WriteByte('z')
			}
			at = point(s.Args[0], [2]int{})
			write('M', at)
		case sfnt.SegmentOpLineTo:
			d := point(s.Args[0], at)
			write('l', d)
			at = [2]int{at[0] + d[0], at[1] + d[1]}
		case sfnt.SegmentOpQuadTo:
			d := point(s.Args[1], at)
			write('q', point(s.Args[0], at), d)
			at = [2]int{at[0] + d[0], at[1] + d[1]}
		case sfnt.SegmentOpCubeTo:
			d := point(s.Args[2], at)
			write('c', point(s.Args[0], at), point(s.Args[1], at), d)
			at = [2]int{at[0] + d[0], at[1] + d[1]}
		}
	}
	if len(segments) > 0 {
		b.WriteByte('z')
	}
	return b.String()
}
