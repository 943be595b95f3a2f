package poster

import (
	"testing"

	"pgregory.net/rapid"

	"github.com/stagedoor/stagedoor/origin/poster/typeface"
	"github.com/stagedoor/stagedoor/origin/venue"
)

func TestTitlesFitTheirBox(t *testing.T) {
	family, err := typeface.Open()
	if err != nil {
		t.Fatal(err)
	}
	faces := []*typeface.Face{family.Serif, family.Italic, family.Sans}
	rapid.Check(t, func(t *rapid.T) {
		s := &sheet{face: rapid.SampledFrom(faces).Draw(t, "face"), capitals: rapid.Bool().Draw(t, "capitals")}
		in := box{w: rapid.Float64Range(100, 1100).Draw(t, "w"), h: rapid.Float64Range(60, 600).Draw(t, "h")}
		text := rapid.StringMatching(`[A-Za-z'é]{1,14}( [A-Za-z'é]{1,14}){0,11}`).Draw(t, "text")
		set := s.fit(text, in, 260)
		if set.height() > in.h+0.01 || len(set.lines) == 0 || len(set.lines) > mostLines {
			t.Fatalf("%d lines, %.1f high in a box of %.1f", len(set.lines), set.height(), in.h)
		}
		for _, line := range set.lines {
			if _, width := s.face.Line(line, s.tracking()); width/s.face.Em()*set.size > in.w+0.01 {
				t.Fatalf("%q is %.1f wide in a box of %.1f", line, width/s.face.Em()*set.size, in.w)
			}
		}
		if j := s.justify(text, in); j.height > in.h+0.01 || len(j.lines) != len(j.sizes) {
			t.Fatalf("justified %.1f high in a box of %.1f", j.height, in.h)
		}
	})
}

func TestPalettesHaveContrast(t *testing.T) {
	for _, p := range palettes {
		for _, pair := range []struct {
			name, colour string
			least        float64
		}{{"ink", p.Ink, 5.5}, {"first", p.First, 2.2}} {
			if ratio, err := venue.Contrast(p.Ground, pair.colour); err != nil || ratio < pair.least {
				t.Errorf("%s %s on %s: contrast %.2f, want %g (%v)", pair.name, pair.colour, p.Ground, ratio, pair.least, err)
			}
		}
	}
}
