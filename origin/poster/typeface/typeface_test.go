package typeface

import (
	"strings"
	"testing"
)

func TestFonts(t *testing.T) {
	family, err := Open()
	if err != nil {
		t.Fatal(err)
	}
	for name, face := range map[string]*Face{"serif": family.Serif, "italic": family.Italic, "sans": family.Sans} {
		if !face.Has("The Quick Brown Fox, La bohème & Molière’s Hélène — 1895!") {
			t.Errorf("%s lacks letters", name)
		}
		if face.Has("三") {
			t.Errorf("%s claims to have what it lacks", name)
		}
		if path := face.Glyph('A').Path; !strings.HasPrefix(path, "M") || !strings.HasSuffix(path, "z") {
			t.Errorf("%s: A is drawn %q", name, path)
		}
		if blank := face.Glyph('三'); blank.Path != "" || blank.Advance <= 0 {
			t.Errorf("%s: a letter it lacks is %+v", name, blank)
		}
		apart := face.Glyph('A').Advance + face.Glyph('V').Advance
		// Inter keeps its kerning in a table that the font reader doesn't know.
		if _, width := face.Line("AV", 0); name != "sans" && width >= apart {
			t.Errorf("%s: AV is %.0f wide, not kerned", name, width)
		}
		if _, width := face.Line("HHH", 10); width != 3*face.Glyph('H').Advance+20 {
			t.Errorf("%s: tracking is not added between letters: %.0f", name, width)
		}
	}
}

// Whatever is in a font file, unpack ends with an error or a font, not with a crash.
func FuzzUnpack(f *testing.F) {
	f.Add(fraunces)
	f.Add(fraunces[:100])
	f.Add([]byte("wOFF"))
	f.Fuzz(func(_ *testing.T, woff []byte) {
		if len(woff) < 1<<16 {
			_, _ = unpack(woff)
		}
	})
}
