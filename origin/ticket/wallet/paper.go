package wallet

import (
	"bytes"
	"errors"
	"fmt"
	"image/color"
	"time"

	"github.com/go-pdf/fpdf"
	"golang.org/x/image/font/gofont/gobold"
	"golang.org/x/image/font/gofont/goregular"

	"github.com/stagedoor/stagedoor/origin/ticket"
)

// Paper prints passes, one on each page of A5: for a printer at home and for the one at the box office.
func Paper(passes []Pass, made time.Time) ([]byte, error) {
	if len(passes) == 0 {
		return nil, errors.New("wallet: no tickets to print")
	}
	pdf := fpdf.New("P", "mm", "A5", "")
	pdf.SetTitle("Tickets "+passes[0].Order, true)
	pdf.SetAuthor(passes[0].Brand, true)
	pdf.SetLang("en-GB")
	pdf.SetCreationDate(made.UTC())
	pdf.SetModificationDate(made.UTC())
	pdf.SetAutoPageBreak(false, 0)
	pdf.SetMargins(12, 12, 12)
	pdf.AddUTF8FontFromBytes("Go", "", goregular.TTF)
	pdf.AddUTF8FontFromBytes("Go", "B", gobold.TTF)
	for i, p := range passes {
		if err := page(pdf, p, i+1, len(passes)); err != nil {
			return nil, err
		}
	}
	var out bytes.Buffer
	if err := pdf.Output(&out); err != nil {
		return nil, fmt.Errorf("wallet: print: %w", err)
	}
	return out.Bytes(), nil
}

const (
	paperWidth = 148 // mm, A5
	inner      = paperWidth - 24
)

func page(pdf *fpdf.Fpdf, p Pass, n, of int) error {
	pdf.AddPage()
	band := colour(p.Accent)
	fill(pdf, band)
	pdf.Rect(0, 0, paperWidth, 18, "F")
	ink(pdf, readable(band))
	pdf.SetXY(12, 5)
	text(pdf, "B", 15, 8, p.Brand)
	ink(pdf, color.NRGBA{A: 0xff})
	pdf.SetXY(12, 25)
	text(pdf, "B", 19, 8.5, p.Title)
	pdf.Ln(1)
	text(pdf, "", 12, 6, p.when())
	text(pdf, "", 10, 5, p.Venue+", "+p.Address)
	pdf.Ln(4)
	places(pdf, p)
	code, err := ticket.QRPNG(p.Code)
	if err != nil {
		return err
	}
	name := p.TicketID.String()
	pdf.RegisterImageOptionsReader(name, fpdf.ImageOptions{ImageType: "PNG"}, bytes.NewReader(code))
	const side = 74
	pdf.ImageOptions(name, (paperWidth-side)/2, pdf.GetY()+4, side, side, false, fpdf.ImageOptions{ImageType: "PNG"}, 0, "")
	pdf.SetY(pdf.GetY() + 4 + side + 1)
	centre(pdf, "B", 14, 7, p.Short[:4]+" "+p.Short[4:])
	pdf.Ln(2)
	if p.ScreensOnly {
		centre(pdf, "B", 10, 5, "This performance asks for the live ticket page on a telephone. This paper alone does not admit.")
	} else {
		centre(pdf, "", 9, 4.5, "Admits one person, once. Keep the code to yourself: whoever shows it first comes in.")
	}
	pdf.SetXY(12, 198)
	text(pdf, "", 9, 4, fmt.Sprintf("Order %s · %s · ticket %d of %d", p.Order, p.Holder, n, of))
	if err := pdf.Error(); err != nil {
		return fmt.Errorf("wallet: print %s: %w", p.TicketID, err)
	}
	return nil
}

// places are the seat's words in boxes beside each other.
func places(pdf *fpdf.Fpdf, p Pass) {
	boxes := []struct{ label, value string }{{"Part", p.Section}, {"Row", p.Row}, {"Seat", p.Seat}, {"Ticket", p.Type}}
	widths := []float64{44, 22, 22, 36}
	x, y := 12.0, pdf.GetY()
	for i, b := range boxes {
		pdf.SetXY(x, y)
		pdf.SetFont("Go", "", 8)
		pdf.CellFormat(widths[i], 4, b.label, "", 2, "L", false, 0, "")
		size := 15.0
		pdf.SetFont("Go", "B", size)
		for size > 7 && pdf.GetStringWidth(b.value) > widths[i]-3 {
			size--
			pdf.SetFont("Go", "B", size)
		}
		pdf.CellFormat(widths[i], 7, b.value, "", 0, "L", false, 0, "")
		x += widths[i]
	}
	pdf.SetXY(12, y+12)
}

func text(pdf *fpdf.Fpdf, style string, size, line float64, what string) {
	pdf.SetFont("Go", style, size)
	pdf.MultiCell(inner, line, what, "", "L", false)
	pdf.SetX(12)
}

func centre(pdf *fpdf.Fpdf, style string, size, line float64, what string) {
	pdf.SetX(12)
	pdf.SetFont("Go", style, size)
	pdf.MultiCell(inner, line, what, "", "C", false)
}

func fill(pdf *fpdf.Fpdf, c color.NRGBA) { pdf.SetFillColor(int(c.R), int(c.G), int(c.B)) }
func ink(pdf *fpdf.Fpdf, c color.NRGBA)  { pdf.SetTextColor(int(c.R), int(c.G), int(c.B)) }
