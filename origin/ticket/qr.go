package ticket

import (
	"fmt"
	"strconv"
	"strings"

	"rsc.io/qr"
)

// quiet is the empty border a reader needs, in modules (ISO/IEC 18004 asks for four).
const quiet = 4

// QRSVG draws code as a QR code of error level M: an SVG without a fixed size, black on white in every theme
// because readers need it so. label is its accessible name.
func QRSVG(code, label string) (string, error) {
	matrix, err := qr.Encode(code, qr.M)
	if err != nil {
		return "", fmt.Errorf("ticket: draw the QR code: %w", err)
	}
	side := matrix.Size + 2*quiet
	var svg strings.Builder
	fmt.Fprintf(&svg, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" role="img" aria-label="%s" shape-rendering="crispEdges">`,
		side, side, attribute.Replace(label))
	fmt.Fprintf(&svg, `<rect width="%d" height="%d" fill="#fff"/><path fill="#000" d="`, side, side)
	for y := range matrix.Size {
		for x := 0; x < matrix.Size; x++ {
			run := x
			for run < matrix.Size && matrix.Black(run, y) {
				run++
			}
			if run > x {
				svg.WriteString("M" + strconv.Itoa(x+quiet) + " " + strconv.Itoa(y+quiet) + "h" + strconv.Itoa(run-x) + "v1H" + strconv.Itoa(x+quiet) + "z")
				x = run
			}
		}
	}
	svg.WriteString(`"/></svg>`)
	return svg.String(), nil
}

// QRPNG draws code for an e-mail: black on white with its border.
func QRPNG(code string) ([]byte, error) {
	matrix, err := qr.Encode(code, qr.M)
	if err != nil {
		return nil, fmt.Errorf("ticket: draw the QR code: %w", err)
	}
	return matrix.PNG(), nil
}

var attribute = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;", `"`, "&quot;")
