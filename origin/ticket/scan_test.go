package ticket_test

import (
	"encoding/xml"
	"fmt"
	"image"
	"image/color"
	"image/draw"
	"image/png"
	"strings"
	"testing"

	"github.com/makiuchi-d/gozxing"
	"github.com/makiuchi-d/gozxing/qrcode"

	"github.com/stagedoor/stagedoor/origin/ticket"
)

// A reader that shares no code with what drew them reads both pictures.
func TestScannersReadTheQRCodes(t *testing.T) {
	t.Parallel()
	code, _ := sign(t, open(t, t.TempDir()))
	svg, err := ticket.QRSVG(code, "Stalls F 12")
	if err != nil {
		t.Fatal(err)
	}
	raw, err := ticket.QRPNG(code)
	if err != nil {
		t.Fatal(err)
	}
	picture, err := png.Decode(strings.NewReader(string(raw)))
	if err != nil {
		t.Fatal(err)
	}
	for name, drawn := range map[string]image.Image{"PNG": picture, "SVG": rasterise(t, svg)} {
		bitmap, err := gozxing.NewBinaryBitmapFromImage(drawn)
		if err != nil {
			t.Fatal(err)
		}
		result, err := qrcode.NewQRCodeReader().Decode(bitmap, nil)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if result.GetText() != code {
			t.Errorf("%s reads %q, want %q", name, result.GetText(), code)
		}
	}
}

// rasterise draws the runs of our SVG path, four pixels a module.
func rasterise(t *testing.T, svg string) image.Image {
	t.Helper()
	var root struct {
		ViewBox string `xml:"viewBox,attr"`
		Path    struct {
			D string `xml:"d,attr"`
		} `xml:"path"`
	}
	if err := xml.Unmarshal([]byte(svg), &root); err != nil {
		t.Fatal(err)
	}
	const scale = 4
	var side int
	if _, err := fmt.Sscanf(root.ViewBox, "0 0 %d", &side); err != nil {
		t.Fatal(err)
	}
	canvas := image.NewGray(image.Rect(0, 0, side*scale, side*scale))
	draw.Draw(canvas, canvas.Bounds(), image.White, image.Point{}, draw.Src)
	for run := range strings.SplitSeq(strings.TrimSuffix(root.Path.D, "z"), "z") {
		var x, y, width int
		if _, err := fmt.Sscanf(run, "M%d %dh%dv1H", &x, &y, &width); err != nil {
			t.Fatalf("path %q: %v", run, err)
		}
		draw.Draw(canvas, image.Rect(x*scale, y*scale, (x+width)*scale, (y+1)*scale), image.NewUniform(color.Black), image.Point{}, draw.Src)
	}
	return canvas
}
