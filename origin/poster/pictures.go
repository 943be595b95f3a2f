package poster

import "math"

// Pictures fill a box that is already clipped. Each leaves room for chance, and none needs a face to be recognised.

// rings are concentric circles, one half out of step with the other.
func rings(s *sheet, in box) {
	s.rect(in.x, in.y, in.w, in.h, s.First)
	x, y := in.x+in.w*s.between(0.35, 0.65), in.y+in.h*s.between(0.4, 0.6)
	n := 5 + s.chance.IntN(3)
	radius := math.Hypot(in.w, in.h) * 0.52
	colours := []string{s.Ground, s.Second, s.Ink, s.First}
	draw := func(shift int) {
		for i := range n {
			s.circle(x, y, radius*float64(n-i)/float64(n), colours[(i+shift)%len(colours)])
		}
	}
	draw(0)
	half := d("M", x, in.y, "H", in.x+in.w, "V", in.y+in.h, "H", x, "z")
	if s.chance.IntN(2) == 0 {
		half = d("M", in.x, y, "H", in.x+in.w, "V", in.y+in.h, "H", in.x, "z")
	}
	s.within(half, func() { draw(1 + s.chance.IntN(2)) })
}

// curtain is parted on an empty, lit stage.
func curtain(s *sheet, in box) {
	s.rect(in.x, in.y, in.w, in.h, s.Ground)
	x, _ := in.middle()
	floor := in.y + in.h*0.86
	s.path(s.Second, d("M", x, in.y, "L", x+in.w*0.3, floor, "H", x-in.w*0.3, "z"))
	s.ellipse(x, floor, in.w*0.3, in.h*0.05, s.Ink)
	const folds = 6
	top, bottom := in.w*0.42, in.w*s.between(0.16, 0.24) // how far each side reaches in
	for side := -1.0; side <= 1; side += 2 {
		wall := x + side*in.w/2
		for i := range folds {
			a, b := float64(i)/folds, float64(i+1)/folds
			colour := s.First
			if i%2 == 1 {
				colour = s.Ink
			}
			ax, bx := wall-side*top*a, wall-side*top*b
			ay, by := wall-side*bottom*a, wall-side*bottom*b
			s.path(colour, d("M", ax, in.y, "H", bx,
				"C", bx, in.y+in.h*0.45, by+side*in.w*0.02, in.y+in.h*0.5, by, in.y+in.h,
				"H", ay, "C", ay+side*in.w*0.02, in.y+in.h*0.5, ax, in.y+in.h*0.45, ax, in.y, "z"))
		}
	}
	const swags = 5
	w := in.w / swags
	for i := range swags {
		left := in.x + float64(i)*w
		s.path(s.First, d("M", left, in.y, "h", w, "v", in.h*0.08, "Q", left+w/2, in.y+in.h*0.24, left, in.y+in.h*0.08, "z"))
		s.stroke(s.Ink, 5, d("M", left, in.y+in.h*0.08, "Q", left+w/2, in.y+in.h*0.24, left+w, in.y+in.h*0.08))
	}
}

// masks are the old two, in one face.
func masks(s *sheet, in box) {
	s.rect(in.x, in.y, in.w, in.h, s.Second)
	x, y := in.middle()
	r := min(in.w, in.h) * 0.4
	face := d("M", x-r, y-r*0.75, "Q", x, y-r*1.15, x+r, y-r*0.75, "C", x+r*1.1, y+r*0.5, x+r*0.5, y+r*1.1, x, y+r*1.1,
		"C", x-r*0.5, y+r*1.1, x-r*1.1, y+r*0.5, x-r, y-r*0.75, "z")
	s.path(s.Ink, face)
	half := d("M", x, in.y, "H", in.x+in.w, "V", in.y+in.h, "H", x, "z")
	s.within(half, func() { s.path(s.First, face) })
	for side := -1.0; side <= 1; side += 2 {
		hole := s.Ground
		ex, ey := x+side*r*0.45, y-r*0.2
		tilt := r * 0.14 * side
		s.path(hole, d("M", ex-r*0.28, ey+tilt*0.6, "Q", ex, ey-r*0.28, ex+r*0.28, ey-tilt*0.6, "Q", ex, ey+r*0.06, ex-r*0.28, ey+tilt*0.6, "z"))
	}
	m := y + r*0.5
	s.path(s.Ground, d("M", x-r*0.55, m-r*0.16, "Q", x-r*0.3, m+r*0.16, x, m+r*0.16, "V", m+r*0.3, "Q", x-r*0.42, m+r*0.3, x-r*0.55, m-r*0.16, "z"))
	s.path(s.Ground, d("M", x+r*0.55, m+r*0.42, "Q", x+r*0.3, m+r*0.08, x, m+r*0.16, "V", m+r*0.3, "Q", x+r*0.3, m+r*0.2, x+r*0.55, m+r*0.42, "z"))
	s.path(s.Ground, d("M", x-4.0, y-r*0.3, "h", 8.0, "L", x+r*0.1, y+r*0.28, "h", -r*0.2, "z"))
}

// moon hangs over water.
func moon(s *sheet, in box) {
	dark, light := s.dark(), s.light()
	s.rect(in.x, in.y, in.w, in.h, dark)
	for range 26 {
		s.circle(in.x+s.between(0, in.w), in.y+s.between(0, in.h*0.6), s.between(1.2, 3.2), light)
	}
	x, y := in.x+in.w*s.between(0.3, 0.7), in.y+in.h*s.between(0.3, 0.4)
	r := in.h * s.between(0.2, 0.28)
	s.circle(x, y, r, s.lit())
	if s.chance.IntN(2) == 0 {
		s.circle(x+r*0.42, y-r*0.16, r*0.86, dark)
	}
	const waves = 6
	for i := range waves {
		top := in.y + in.h*(0.62+0.075*float64(i))
		colour := []string{s.First, dark, s.Second}[i%3]
		width := in.w / (2.5 + float64(i%2))
		path := d("M", in.x-width, top)
		for left := in.x - width - s.between(0, width); left < in.x+in.w+width; left += width {
			path += d("q", width/4, -in.h*0.05, width/2, 0.0, "t", width/2, 0.0)
		}
		s.path(colour, path+d("V", in.y+in.h, "H", in.x-width, "z"))
	}
}

// blocks are a grid of quarters, halves and wholes.
func blocks(s *sheet, in box) {
	columns := 4
	if in.w < in.h {
		columns = 3
	}
	cell := in.w / float64(columns)
	for row := 0; float64(row)*cell < in.h; row++ {
		for column := range columns {
			x, y := in.x+float64(column)*cell, in.y+float64(row)*cell
			colours := []string{s.Ground, s.Ink, s.First, s.Second}
			back := s.chance.IntN(4)
			front := (back + 1 + s.chance.IntN(3)) % 4
			s.rect(x, y, cell+0.5, cell+0.5, colours[back])
			fill := colours[front]
			switch s.chance.IntN(6) {
			case 0:
				s.circle(x+cell/2, y+cell/2, cell*0.36, fill)
			case 1:
				s.path(fill, d("M", x, y, "h", cell, "A", cell, cell, 0, 0, 1, x, y+cell, "z"))
			case 2:
				s.path(fill, d("M", x+cell, y+cell, "h", -cell, "A", cell, cell, 0, 0, 1, x+cell, y, "z"))
			case 3:
				s.path(fill, d("M", x, y+cell/2, "A", cell/2, cell/2, 0, 0, 1, x+cell, y+cell/2, "z"))
				s.path(fill, d("M", x, y+cell, "A", cell/2, cell/2, 0, 0, 1, x+cell, y+cell, "z"))
			case 4:
				s.path(fill, d("M", x, y, "h", cell, "L", x, y+cell, "z"))
			default:
				for i := range 3 {
					s.rect(x, y+cell*float64(2*i)/6, cell, cell/6, fill)
				}
			}
		}
	}
}
