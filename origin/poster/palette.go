package poster

import (
	"strconv"
	"strings"
)

// palette is the colours of a poster. Ink on Ground reaches a contrast of 5.5, so that the small lines read; First
// and Second are for shapes, and First on Ground reaches 2.2.
type palette struct{ Ground, Ink, First, Second string }

// dark and light are Ground and Ink, by how bright they are.
func (p palette) dark() string {
	if brightness(p.Ground) < brightness(p.Ink) {
		return p.Ground
	}
	return p.Ink
}

func (p palette) light() string {
	if p.dark() == p.Ground {
		return p.Ink
	}
	return p.Ground
}

// brightness is a colour's luma, 0 to 255, roughly as the eye weighs it.
func brightness(colour string) float64 {
	n, err := strconv.ParseUint(strings.TrimPrefix(colour, "#"), 16, 32)
	if err != nil {
		return 0
	}
	return 0.299*float64(n>>16) + 0.587*float64(n>>8&0xff) + 0.114*float64(n&0xff)
}

// lit is the colour for light on the dark: Second where it is bright enough.
func (p palette) lit() string {
	if brightness(p.Second) > brightness(p.dark())+70 {
		return p.Second
	}
	return p.light()
}

var palettes = []palette{
	{"#f4ead5", "#1c1a17", "#c8102e", "#e8a33d"},
	{"#14213d", "#fdf0d5", "#fca311", "#5b86a8"},
	{"#2b0a1e", "#f7e7ce", "#d7263d", "#f2a65a"},
	{"#0b3d2e", "#f3efe0", "#e9c46a", "#2a9d8f"},
	{"#f7c948", "#1b1b1e", "#c21f33", "#fff6df"},
	{"#a3201a", "#fff3e0", "#f6bd60", "#3d0c11"},
	{"#1a1a2e", "#eae2f8", "#e94560", "#6b70b8"},
	{"#dfe7e2", "#17252a", "#2b7a78", "#d65a31"},
	{"#0d0d0d", "#f5f0e6", "#c9a227", "#8c2b2b"},
	{"#f2d5d0", "#2d132c", "#801336", "#ee4540"},
	{"#1d3557", "#f1faee", "#e63946", "#a8dadc"},
	{"#fbf7ef", "#22223b", "#5c6290", "#d08c7a"},
	{"#3c1642", "#f8ecd8", "#1dd3b0", "#f2b134"},
	{"#c7d3c0", "#1f2a1c", "#4a6b41", "#b4532a"},
	{"#5c1a1b", "#fbe9d7", "#e5b25d", "#a8474a"},
	{"#00304a", "#fef6e4", "#f582ae", "#8bd3dd"},
	{"#e9dcc9", "#10263f", "#1f5f8b", "#e0762f"},
	{"#efe9f4", "#2a1a40", "#6d3fb0", "#f0a202"},
}
