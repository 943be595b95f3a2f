package poster

// compositions are the ways a poster may be laid out.
var compositions = []func(*sheet){
	illustrated(rings), illustrated(curtain), illustrated(masks), illustrated(moon), illustrated(blocks),
	illustrated(spotlight), illustrated(arches), illustrated(rays), illustrated(eye), illustrated(candles),
	initial, stacked,
}

const edge = 44.0 // of the sheet that words keep clear of

// illustrated lays a picture over two thirds of the sheet and sets the words beside it.
func illustrated(picture func(*sheet, box)) func(*sheet) {
	return func(s *sheet) {
		var art, words box
		if s.upright() {
			art = box{0, 0, s.width, 560}
			words = box{edge, art.h + 44, s.width - 2*edge, s.height - art.h - 44 - edge}
			if s.chance.IntN(4) == 0 { // words above
				art.y = s.height - art.h
				words.y = edge
			}
		} else {
			half := s.width * 0.5
			art = box{half, 0, s.width - half, s.height}
			words = box{edge * 1.4, edge * 1.6, half - edge*2.4, s.height - edge*3.2}
		}
		if s.chance.IntN(4) == 0 { // a margin like a print's
			art = art.inset(26)
		}
		s.within(art.outline(), func() { picture(s, art) })
		s.words(words, 126)
	}
}

// initial is one enormous letter, cut by the edge of the sheet.
func initial(s *sheet) {
	art, words := box{0, 0, s.width, 590}, box{edge, 628, s.width - 2*edge, s.height - 628 - edge}
	if !s.upright() {
		half := s.width * 0.52
		art, words = box{half, 0, s.width - half, s.height}, box{edge * 1.4, edge * 1.6, half - edge*2.2, s.height - edge*3.2}
	}
	letter := first(s.poster.Title)
	s.within(art.outline(), func() {
		s.rect(art.x, art.y, art.w, art.h, s.First)
		x, y := art.middle()
		if s.chance.IntN(2) == 0 {
			s.circle(x+s.between(-90, 90), y+s.between(-60, 60), art.h*0.36, s.Second)
		} else {
			s.path(s.Second, d("M", art.x, art.y+art.h, "L", art.x+art.w, art.y+art.h*s.between(0.1, 0.5), "V", art.y+art.h, "z"))
		}
		glyph := s.face.Glyph(letter)
		size := art.h * s.between(1.3, 1.5)
		scale := size / s.face.Em()
		placed, _ := s.face.Line(string(letter), 0)
		colour := s.Ground
		s.letters(placed, x-glyph.Advance*scale/2, y+size*0.35, scale, colour)
	})
	s.words(words, 112)
}

// first is the letter a title is known by, past its article.
func first(title string) rune {
	for _, article := range []string{"The ", "A ", "An ", "La ", "Die "} {
		if len(title) > len(article) && title[:len(article)] == article {
			title = title[len(article):]
			break
		}
	}
	for _, r := range title {
		if r >= 'a' && r <= 'z' {
			r -= 'a' - 'A'
		}
		return r
	}
	return '?'
}
