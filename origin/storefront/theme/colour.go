package theme

import (
	"fmt"
	"math"
	"strconv"

	"github.com/stagedoor/stagedoor/origin/venue"
)

// contrast is venue.Contrast for colours already known to be well formed.
func contrast(a, b string) float64 {
	ratio, err := venue.Contrast(a, b)
	if err != nil {
		return 1
	}
	return ratio
}

// dark reports whether white reads better on a colour than black does.
func dark(colour string) bool { return contrast(colour, "#ffffff") > contrast(colour, "#000000") }

// contrasting is black or white, whichever reads better on ground.
func contrasting(ground string) string {
	if dark(ground) {
		return "#ffffff"
	}
	return "#000000"
}

// mix is a with a share of b in it, from 0 to 1.
func mix(a, b string, share float64) string {
	x, y := channels(a), channels(b)
	var out [3]int
	for i := range out {
		out[i] = int(math.Round(x[i] + (y[i]-x[i])*share))
	}
	return fmt.Sprintf("#%02x%02x%02x", out[0], out[1], out[2])
}

// readable moves figure towards anchor until it has the ratio on ground, or is anchor.
func readable(figure, ground, anchor string, ratio float64) string {
	for share := 0.0; share < 1; share += 0.04 {
		if moved := mix(figure, anchor, share); contrast(moved, ground) >= ratio {
			return moved
		}
	}
	return anchor
}

func channels(colour string) [3]float64 {
	n, err := strconv.ParseUint(colour[1:], 16, 32)
	if err != nil {
		return [3]float64{}
	}
	return [3]float64{float64(n >> 16), float64(n >> 8 & 0xff), float64(n & 0xff)}
}
