package typeface

import (
	"image"

	"golang.org/x/image/font"
	"golang.org/x/image/font/sfnt"
	"golang.org/x/image/math/fixed"
	"golang.org/x/image/vector"
)

// Mask draws one character in the middle of a square of size pixels, with em pixels to the em,
// for pictures that can't hold an outline. One the font lacks leaves it empty.
func (f *Face) Mask(r rune, size, em int) *image.Alpha {
	mask := image.NewAlpha(image.Rect(0, 0, size, size))
	f.mu.Lock()
	defer f.mu.Unlock()
	index, err := f.font.GlyphIndex(&f.buffer, r)
	if err != nil || index == 0 {
		return mask
	}
	bounds, _, err := f.font.GlyphBounds(&f.buffer, index, fixed.I(em), font.HintingNone)
	if err != nil {
		return mask
	}
	segments, err := f.font.LoadGlyph(&f.buffer, index, fixed.I(em), nil)
	if err != nil {
		return mask
	}
	dx := float32(size)/2 - float32(bounds.Min.X+bounds.Max.X)/128
	dy := float32(size)/2 - float32(bounds.Min.Y+bounds.Max.Y)/128
	at := func(p fixed.Point26_6) (x, y float32) { return float32(p.X)/64 + dx, float32(p.Y)/64 + dy }
	pen := vector.NewRasterizer(size, size)
	for _, s := range segments {
		x, y := at(s.Args[0])
		x1, y1 := at(s.Args[1])
		x2, y2 := at(s.Args[2])
		switch s.Op {
		case sfnt.SegmentOpMoveTo:
			pen.ClosePath()
			pen.MoveTo(x, y)
		case sfnt.SegmentOpLineTo:
			pen.LineTo(x, y)
		case sfnt.SegmentOpQuadTo:
			pen.QuadTo(x, y, x1, y1)
		case sfnt.SegmentOpCubeTo:
			pen.CubeTo(x, y, x1, y1, x2, y2)
		}
	}
	pen.ClosePath()
	pen.Draw(mask, mask.Bounds(), image.Opaque, image.Point{})
	return mask
}
