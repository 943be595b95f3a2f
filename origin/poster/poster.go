// Package poster draws theatre posters: typography and simple shapes as SVG, one look per production. What a poster
// looks like depends on nothing but its words and its seed.
//
// A poster is a document of its own, complete without fonts, styles or pictures from elsewhere, so it can be served
// as an image or put into a page as it is; identifiers inside it do not collide with those of another poster.
package poster

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"unicode"

	"github.com/stagedoor/stagedoor/origin/poster/typeface"
)

// Poster is what a poster says, and the number that decides how.
type Poster struct {
	Title  string
	Author string // may be empty
	Venue  string // may be empty
	Seed   int64
}

// The sizes of the drawings, in pixels.
const (
	PortraitWidth, PortraitHeight   = 600, 900
	LandscapeWidth, LandscapeHeight = 1200, 630 // as pages that link to it show it (Open Graph)
)

// mostTitle bounds a title, in characters; what is longer ends in an ellipsis.
const mostTitle = 80

// Printer draws posters. It is safe for concurrent use.
type Printer struct{ family *typeface.Family }

// NewPrinter reads the fonts.
func NewPrinter() (*Printer, error) {
	family, err := typeface.Open()
	if err != nil {
		return nil, fmt.Errorf("poster: %w", err)
	}
	return &Printer{family: family}, nil
}

// SVG draws the poster upright, 600 by 900.
func (pr *Printer) SVG(p Poster) []byte { return pr.print(p, PortraitWidth, PortraitHeight) }

// Landscape draws the poster lying, 1200 by 630, with the same colours, letters and picture.
func (pr *Printer) Landscape(p Poster) []byte { return pr.print(p, LandscapeWidth, LandscapeHeight) }

func (pr *Printer) print(p Poster, width, height float64) []byte {
	p.Title, p.Author, p.Venue = clean(p.Title, mostTitle), clean(p.Author, mostTitle), clean(p.Venue, mostTitle)
	chance := rand.New(rand.NewPCG(uint64(p.Seed), 0x5741474544))
	s := &sheet{
		poster: p, width: width, height: height, chance: chance,
		prefix: prefix(p, width), used: map[rune]bool{},
	}
	s.palette = palettes[chance.IntN(len(palettes))]
	s.choose(pr.family)
	s.rect(0, 0, width, height, s.Ground)
	compositions[chance.IntN(len(compositions))](s)
	return s.finish()
}

// choose picks the letters: a face, perhaps capitals.
func (s *sheet) choose(family *typeface.Family) {
	s.small = family.Sans
	switch s.chance.IntN(5) {
	case 0, 1:
		s.face = family.Serif
	case 2:
		s.face = family.Italic
		if strings.ContainsAny(s.poster.Title, "lL") { // the italic l is too fanciful to be read in a hurry
			s.face = family.Serif
		}
	case 3:
		s.face, s.capitals = family.Serif, true
	default:
		s.face, s.capitals = family.Sans, true
	}
	s.centred = s.chance.IntN(3) == 0
}

// clean takes out what XML can't hold or turns letters around unseen, joins lines and cuts what is too long.
func clean(text string, most int) string {
	text = strings.Join(strings.Fields(strings.ToValidUTF8(text, "")), " ")
	text = strings.Map(func(r rune) rune {
		if unicode.In(r, unicode.Cc, unicode.Cf) || r == 0xFFFE || r == 0xFFFF {
			return -1
		}
		return r
	}, text)
	if runes := []rune(text); len(runes) > most {
		return strings.TrimSpace(string(runes[:most-1])) + "…"
	}
	return text
}
