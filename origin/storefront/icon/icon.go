// Package icon draws a brand's favicon, for browsers that take pictures and those that take outlines: the first letter
// of its name on its accent.
package icon

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"image"
	"image/color"
	"image/draw"
	"image/png"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/image/vector"

	"github.com/stagedoor/stagedoor/origin/poster/typeface"
	"github.com/stagedoor/stagedoor/origin/venue"
)

// Letter is what stands for a brand's name: its first letter or digit, a leading "The" left out, else S.
func Letter(name string) rune {
	letter, _ := utf8.DecodeRuneInString(strings.TrimPrefix(strings.TrimSpace(name), "The "))
	if !unicode.IsLetter(letter) && !unicode.IsDigit(letter) {
		return 'S'
	}
	return unicode.ToUpper(letter)
}

// accents are a theme's, or the group's where it is not valid.
func accents(t venue.Theme) (light, dark string) {
	if t.Validate() != nil {
		return "#8c1c2b", "#f0a3a8"
	}
	return t.Accent, t.DarkAccent
}

// SVG is for browsers that know light from dark.
func SVG(b venue.Brand) []byte {
	light, dark := accents(b.Theme)
	var out bytes.Buffer
	fmt.Fprintf(&out, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><style>rect{fill:%s}text{fill:#fff}`+
		`@media(prefers-color-scheme:dark){rect{fill:%s}text{fill:#111}}</style><rect width="32" height="32" rx="7"/>`+
		`<text x="16" y="23" font-family="Georgia,serif" font-size="21" font-weight="700" text-anchor="middle">%c</text></svg>`,
		light, dark, Letter(b.Name))
	return out.Bytes()
}

// sizes are the pictures of an ICO, in pixels: a tab, a tab on a fine screen, a desktop.
var sizes = []int{16, 32, 48}

// ICO is for every other: PNG pictures in a Windows icon file.
func ICO(b venue.Brand, family *typeface.Family) ([]byte, error) {
	accent, _ := accents(b.Theme)
	ground, err := hexColour(accent)
	if err != nil {
		return nil, err
	}
	letter := Letter(b.Name)
	if !family.Serif.Has(string(letter)) {
		letter = 'S'
	}
	var pictures [][]byte
	for _, size := range sizes {
		var out bytes.Buffer
		if err := png.Encode(&out, picture(size, ground, family.Serif, letter)); err != nil {
			return nil, fmt.Errorf("icon: %w", err)
		}
		pictures = append(pictures, out.Bytes())
	}
	// ICONDIR, then an ICONDIRENTRY for each picture, then the pictures.
	file := binary.LittleEndian.AppendUint16(nil, 0)
	file = binary.LittleEndian.AppendUint16(file, 1) // an icon, not a cursor
	file = binary.LittleEndian.AppendUint16(file, uint16(len(sizes)))
	at := 6 + 16*len(sizes)
	for i, size := range sizes {
		file = append(file, byte(size), byte(size), 0, 0)
		file = binary.LittleEndian.AppendUint16(file, 1)  // plane
		file = binary.LittleEndian.AppendUint16(file, 32) // bits a pixel
		file = binary.LittleEndian.AppendUint32(file, uint32(len(pictures[i])))
		file = binary.LittleEndian.AppendUint32(file, uint32(at))
		at += len(pictures[i])
	}
	return append(file, bytes.Join(pictures, nil)...), nil
}

func picture(size int, ground color.Color, face *typeface.Face, letter rune) image.Image {
	out := image.NewNRGBA(image.Rect(0, 0, size, size))
	tile := image.NewAlpha(out.Bounds())
	rounded(size).Draw(tile, tile.Bounds(), image.Opaque, image.Point{})
	draw.DrawMask(out, out.Bounds(), image.NewUniform(ground), image.Point{}, tile, image.Point{}, draw.Over)
	draw.DrawMask(out, out.Bounds(), image.White, image.Point{}, face.Mask(letter, size, size*7/8), image.Point{}, draw.Over)
	return out
}

// rounded is a square with corners as round as the outline's.
func rounded(size int) *vector.Rasterizer {
	pen, s := vector.NewRasterizer(size, size), float32(size)
	r := s * 7 / 32
	pen.MoveTo(r, 0)
	pen.LineTo(s-r, 0)
	pen.QuadTo(s, 0, s, r)
	pen.LineTo(s, s-r)
	pen.QuadTo(s, s, s-r, s)
	pen.LineTo(r, s)
	pen.QuadTo(0, s, 0, s-r)
	pen.LineTo(0, r)
	pen.QuadTo(0, 0, r, 0)
	pen.ClosePath()
	return pen
}

// hexColour reads "#8c1c2b".
func hexColour(text string) (color.NRGBA, error) {
	n, err := strconv.ParseUint(strings.TrimPrefix(text, "#"), 16, 32)
	if err != nil || len(text) != 7 {
		return color.NRGBA{}, fmt.Errorf("icon: %q is not a colour", text)
	}
	return color.NRGBA{uint8(n >> 16), uint8(n >> 8), uint8(n), 0xff}, nil
}
