// Package theme turns a brand's six colours and its heading style into the custom properties that the storefront's
// style sheets are written with.
//
// Only the colours differ between brands: the sheets are shared, and a forty-fifth brand needs no new CSS.
package theme

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"

	"github.com/stagedoor/stagedoor/origin/venue"
)

// fallback is used when a theme does not pass venue.Theme.Validate: an unreadable page is worse than a plain one.
var fallback = venue.Theme{
	Background: "#fbf8f3", Ink: "#1d1a16", Accent: "#8c1c2b",
	DarkBackground: "#161311", DarkInk: "#f3ede4", DarkAccent: "#f0a3a8",
	Heading: venue.HeadingRoman,
}

// Sheet is the style sheet of one brand.
type Sheet struct {
	CSS     []byte
	Version string // changes with CSS
}

// SheetOf writes the style sheet of a theme.
func SheetOf(t venue.Theme) Sheet {
	if t.Validate() != nil {
		t = fallback
	}
	var out strings.Builder
	out.WriteString(":root{color-scheme:light dark;")
	out.WriteString(heading(t.Heading))
	out.WriteString(scheme(t.Background, t.Ink, t.Accent, t))
	out.WriteString("}\n@media (prefers-color-scheme:dark){:root{")
	out.WriteString(scheme(t.DarkBackground, t.DarkInk, t.DarkAccent, t))
	out.WriteString("}}\n@media print{:root{")
	out.WriteString(scheme("#ffffff", "#000000", t.Accent, t))
	out.WriteString("}}\n")
	css := []byte(out.String())
	sum := sha256.Sum256(css)
	return Sheet{CSS: css, Version: hex.EncodeToString(sum[:])[:12]}
}

// Paper is the background colour of the light scheme, for theme-color; PaperDark that of the dark one.
func Paper(t venue.Theme) (light, dark string) {
	if t.Validate() != nil {
		t = fallback
	}
	return t.Background, t.DarkBackground
}

// scheme derives everything that is drawn on one background. The ratios are WCAG's: 4.5 for text, 3 for the
// edge of a control.
func scheme(paper, ink, accent string, t venue.Theme) string {
	surface := mix(paper, "#ffffff", 0.55)
	if dark(paper) {
		surface = mix(paper, ink, 0.05)
	}
	stage := mix(t.Accent, "#0b0908", 0.62)
	stageInk := "#fbf7f0"
	values := []struct{ name, colour string }{
		{"paper", paper},
		{"ink", ink},
		{"accent", readable(readable(accent, paper, ink, 4.5), surface, ink, 4.5)},
		{"on-accent", readable(paper, accent, contrasting(accent), 4.5)},
		{"surface", surface},
		{"wash", mix(paper, accent, 0.08)},
		{"muted", readable(readable(mix(paper, ink, 0.62), paper, ink, 4.6), mix(paper, accent, 0.08), ink, 4.6)},
		{"line", mix(paper, ink, 0.16)},
		{"edge", readable(mix(paper, ink, 0.45), surface, ink, 3.1)},
		{"stage", stage},
		{"stage-ink", readable(stageInk, stage, "#ffffff", 7)},
		{"stage-muted", readable(mix(stage, stageInk, 0.7), stage, "#ffffff", 4.6)},
		{"stage-accent", readable(mix(t.DarkAccent, stageInk, 0.2), stage, "#ffffff", 5)},
		{"on-stage-accent", readable(stage, mix(t.DarkAccent, stageInk, 0.2), "#000000", 5)},
	}
	var out strings.Builder
	for _, v := range values {
		fmt.Fprintf(&out, "--%s:%s;", v.name, v.colour)
	}
	return out.String()
}

// heading is how a brand sets its titles. Sizes are factors: a wide face needs less of them.
func heading(style venue.Heading) string {
	const serif, sans = `"Fraunces","Fraunces fallback","Fraunces fallback wide",serif`, `"Inter","Inter fallback","Inter fallback wide",sans-serif`
	family, weight, slope, spacing, transform, size := serif, 500, "normal", "-0.015em", "none", "1"
	switch style {
	case venue.HeadingDisplay:
		weight, spacing = 800, "-0.02em"
	case venue.HeadingItalic:
		weight, slope, spacing = 420, "italic", "-0.01em"
	case venue.HeadingGrotesk:
		family, weight, spacing, size = sans, 750, "-0.035em", "0.92"
	case venue.HeadingCaps:
		family, weight, spacing, transform, size = sans, 650, "0.04em", "uppercase", "0.76"
	}
	return fmt.Sprintf("--display:%s;--display-weight:%d;--display-style:%s;--display-spacing:%s;"+
		"--display-case:%s;--display-size:%s;", family, weight, slope, spacing, transform, size)
}
