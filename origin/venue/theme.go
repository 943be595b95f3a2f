package venue

import (
	"errors"
	"fmt"
	"math"
	"strconv"
)

// Theme is how a brand's pages look. Colours are "#rrggbb". The accent is used for links, buttons and marks;
// text on an accent-coloured ground is set in the background colour.
type Theme struct {
	Background     string  `json:"background"`
	Ink            string  `json:"ink"`
	Accent         string  `json:"accent"`
	DarkBackground string  `json:"dark_background"`
	DarkInk        string  `json:"dark_ink"`
	DarkAccent     string  `json:"dark_accent"`
	Heading        Heading `json:"heading"`
}

// Heading is a style for headings, from a small set every stylesheet knows.
type Heading string

// The heading styles. Fraunces and Inter are the two families we host.
const (
	HeadingRoman   Heading = "roman"   // Fraunces, regular weight: quiet and bookish
	HeadingDisplay Heading = "display" // Fraunces, black: a playbill
	HeadingItalic  Heading = "italic"  // Fraunces italic: light, a little frivolous
	HeadingGrotesk Heading = "grotesk" // Inter, bold and tight: modern
	HeadingCaps    Heading = "caps"    // Inter, capitals, spaced: a marquee
)

// Headings lists the heading styles.
func Headings() []Heading {
	return []Heading{HeadingRoman, HeadingDisplay, HeadingItalic, HeadingGrotesk, HeadingCaps}
}

// The least contrasts WCAG 2.2 asks for. Ink must reach AAA, as whole pages are set in it; the accent AA.
const (
	inkContrast    = 7.0 // 1.4.6 Contrast (Enhanced)
	accentContrast = 4.5 // 1.4.3 Contrast (Minimum)
)

// Validate reports every fault of the theme at once: malformed colours, too little contrast, an unknown heading.
func (t Theme) Validate() error {
	var faults []error
	for _, pair := range []struct {
		name, ground, figure string
		least                float64
	}{
		{"ink", t.Background, t.Ink, inkContrast},
		{"accent", t.Background, t.Accent, accentContrast},
		{"dark_ink", t.DarkBackground, t.DarkInk, inkContrast},
		{"dark_accent", t.DarkBackground, t.DarkAccent, accentContrast},
	} {
		ratio, err := Contrast(pair.ground, pair.figure)
		switch {
		case err != nil:
			faults = append(faults, fmt.Errorf("%s: %w", pair.name, err))
		case ratio < pair.least:
			faults = append(faults, fmt.Errorf("%s: %s on %s has a contrast of %.2f, less than %g",
				pair.name, pair.figure, pair.ground, ratio, pair.least))
		}
	}
	known := false
	for _, h := range Headings() {
		known = known || h == t.Heading
	}
	if !known {
		faults = append(faults, fmt.Errorf("heading: %q is not one of %v", t.Heading, Headings()))
	}
	return errors.Join(faults...)
}

// Contrast is the contrast ratio of two colours ("#rrggbb"), from 1 to 21, as WCAG 2.2 defines it.
func Contrast(a, b string) (float64, error) {
	la, errA := luminance(a)
	lb, errB := luminance(b)
	if err := errors.Join(errA, errB); err != nil {
		return 0, err
	}
	return (max(la, lb) + 0.05) / (min(la, lb) + 0.05), nil
}

// luminance is WCAG's relative luminance: 0 for black, 1 for white.
func luminance(colour string) (float64, error) {
	if len(colour) != 7 || colour[0] != '#' {
		return 0, fmt.Errorf("colour %q does not look like #1d1a16", colour)
	}
	n, err := strconv.ParseUint(colour[1:], 16, 32)
	if err != nil {
		return 0, fmt.Errorf("colour %q does not look like #1d1a16", colour)
	}
	channel := func(v uint64) float64 {
		s := float64(v&0xff) / 255
		if s <= 0.04045 {
			return s / 12.92
		}
		return math.Pow((s+0.055)/1.055, 2.4)
	}
	return 0.2126*channel(n>>16) + 0.7152*channel(n>>8) + 0.0722*channel(n), nil
}
