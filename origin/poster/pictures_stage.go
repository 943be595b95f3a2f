package poster

import "math"

// spotlight finds someone alone.
func spotlight(s *sheet, in box) {
	dark, lit := s.dark(), s.lit()
	s.rect(in.x, in.y, in.w, in.h, dark)
	x := in.x + in.w*s.between(0.38, 0.62)
	floor := in.y + in.h*0.84
	from := one(s, in.x+in.w*0.05, in.x+in.w*0.95)
	rx := in.w * s.between(0.24, 0.3)
	s.path(lit, d("M", from-8, in.y-20, "h", 16.0, "L", x+rx, floor, "H", x-rx, "z"))
	s.ellipse(x, floor, rx, in.h*0.07, lit)
	h := in.h * 0.4 // of the figure
	away := 1.0     // from the lamp
	if from > x {
		away = -1
	}
	s.path(dark, d("M", x+away*h*0.24, floor+h*0.03, "L", x+away*h*0.75, floor+h*0.13, "h", -away*h*0.3, "L", x-away*h*0.15, floor+h*0.06, "z"))
	coat := s.First
	if math.Abs(brightness(coat)-brightness(lit)) < 45 {
		coat = dark
	}
	s.path(coat, d("M", x-h*0.07, floor-h*0.72, "Q", x, floor-h*0.8, x+h*0.07, floor-h*0.72,
		"C", x+h*0.16, floor-h*0.5, x+h*0.16, floor-h*0.2, x+h*0.26, floor+h*0.03,
		"Q", x, floor+h*0.1, x-h*0.26, floor+h*0.03, "C", x-h*0.16, floor-h*0.2, x-h*0.16, floor-h*0.5, x-h*0.07, floor-h*0.72, "z"))
	s.circle(x, floor-h*0.86, h*0.1, coat)
}

// arches are a proscenium in a proscenium in a proscenium.
func arches(s *sheet, in box) {
	colours := []string{s.First, s.Ground, s.Second, s.Ink}
	s.rect(in.x, in.y, in.w, in.h, colours[3])
	x := in.x + in.w/2
	const n = 6
	lean := s.between(-0.04, 0.04) * in.w
	for i := range n {
		k := 1 - float64(i)/(n+0.6)
		w, h := in.w*0.94*k, in.h*0.96*k
		cx, bottom := x+lean*float64(i), in.y+in.h
		r := w / 2
		s.path(colours[i%4], d("M", cx-r, bottom, "V", bottom-h+r*0.8, "A", r, r*0.8, 0, 0, 1, cx+r, bottom-h+r*0.8, "V", bottom, "z"))
	}
	w := in.w * 0.94 * (1 - (n-1)/(n+0.6)) * 0.5
	cx := x + lean*(n-1)
	s.circle(cx, in.y+in.h-w*0.9, w*0.32, s.Ground)
	s.path(s.Ground, d("M", cx-w*0.3, in.y+in.h, "L", cx, in.y+in.h-w*0.8, "L", cx+w*0.3, in.y+in.h, "z"))
}

// rays spread from a sun, or a footlight.
func rays(s *sheet, in box) {
	s.rect(in.x, in.y, in.w, in.h, s.First)
	x, y := in.x+in.w*s.between(0.3, 0.7), in.y+in.h*one(s, 0.5, 0.72, 1.0)
	n := 12 + 2*s.chance.IntN(5)
	far := in.w + in.h
	turn := s.between(0, math.Pi)
	for i := range n {
		a, b := turn+2*math.Pi*float64(i)/float64(n), turn+2*math.Pi*(float64(i)+0.5)/float64(n)
		s.path(s.Ground, d("M", x, y, "L", x+far*math.Cos(a), y+far*math.Sin(a), "L", x+far*math.Cos(b), y+far*math.Sin(b), "z"))
	}
	r := min(in.w, in.h) * s.between(0.24, 0.32)
	s.circle(x, y, r, s.Ink)
	s.circle(x, y, r*0.72, s.Second)
	s.circle(x, y, r*0.3, s.Ink)
}

// eye looks back.
func eye(s *sheet, in box) {
	s.rect(in.x, in.y, in.w, in.h, s.First)
	x, y := in.middle()
	w, h := in.w*0.44, in.h*0.3
	for i := range 9 { // lashes
		a := math.Pi * (0.16 + 0.085*float64(i))
		s.stroke(s.Ink, 9, d("M", x-w*0.8*math.Cos(a), y-h*0.55*math.Sin(a), "L", x-w*1.05*math.Cos(a), y-h*1.5*math.Sin(a)))
	}
	almond := d("M", x-w, y, "Q", x, y-h*1.7, x+w, y, "Q", x, y+h*1.7, x-w, y, "z")
	s.path(s.Ground, almond)
	look := s.between(-0.2, 0.2) * w
	s.within(almond, func() {
		s.circle(x+look, y, h*0.78, s.Second)
		s.circle(x+look, y, h*0.62, s.Ink)
		s.circle(x+look, y, h*0.3, s.First)
		s.circle(x+look+h*0.2, y-h*0.22, h*0.13, s.Ground)
	})
	s.stroke(s.Ink, 12, d("M", x-w, y, "Q", x, y-h*1.7, x+w, y))
	if s.chance.IntN(2) == 0 { // a tear
		tx, ty := x-w*0.35, y+h*1.02
		s.path(s.Second, d("M", tx, ty-h*0.1, "C", tx+h*0.34, ty+h*0.36, tx+h*0.2, ty+h*0.62, tx, ty+h*0.62, "C", tx-h*0.2, ty+h*0.62, tx-h*0.34, ty+h*0.36, tx, ty-h*0.1, "z"))
	}
}

// candles light a room before electricity did.
func candles(s *sheet, in box) {
	s.rect(in.x, in.y, in.w, in.h, s.dark())
	wax := s.light()
	n := 3 + 2*s.chance.IntN(2)
	w := in.w / float64(n) * 0.34
	for i := range n {
		x := in.x + in.w*(float64(i)+0.5)/float64(n)
		top := in.y + in.h*s.between(0.36, 0.62)
		lit := s.chance.IntN(6) > 0
		if lit {
			s.circle(x, top-w*0.9, w*1.5, s.First)
			s.path(s.Second, d("M", x, top-w*2.1, "C", x+w*0.9, top-w*1.0, x+w*0.55, top-w*0.2, x, top-w*0.2, "C", x-w*0.55, top-w*0.2, x-w*0.9, top-w*1.0, x, top-w*2.1, "z"))
		} else {
			s.stroke(s.First, 5, d("M", x, top-w*0.3, "q", w*0.5, -w*0.6, 0.0, -w*1.2, "t", 0.0, -w*1.2))
		}
		s.stroke(wax, 5, d("M", x, top, "v", -w*0.35))
		s.path(wax, d("M", x-w/2, top, "q", w*0.12, w*0.3, w*0.25, w*0.1, "t", w*0.3, w*0.2, "t", w*0.45, -w*0.3, "V", in.y+in.h, "H", x-w/2, "z"))
	}
}
