// Package wallet puts a ticket into files that people keep: a PDF to print, a pass for Apple Wallet and a link that saves
// one to Google Wallet. All of them carry the ticket's signed code, and none can be changed once it is out: a ticket that
// is issued anew needs a new one.
//
// The names of fields are Apple's (developer.apple.com/documentation/walletpasses) and Google's
// (developers.google.com/wallet/reference/rest/v1/eventticketobject).
package wallet

import (
	"fmt"
	"image"
	"image/color"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"
)

// Pass is what a ticket says.
type Pass struct {
	TicketID    uuid.UUID
	Code        string // signed, without the digits of the moment
	Secret      []byte // see ticket.Secret
	Short       string // the short code
	Order       string // its number
	OrderURL    string // the order's page; "" leaves it out
	Holder      string
	Brand       string // the theatre's name
	Title       string
	Venue       string
	Address     string
	Latitude    float64
	Longitude   float64
	StartsAt    time.Time      // UTC
	Ends        time.Time      // UTC
	Zone        *time.Location // the venue's
	Section     string
	Row         string
	Seat        string
	Type        string // "Adult"
	Background  string // of the brand, "#rrggbb"
	Accent      string
	ScreensOnly bool // the performance asks for the digits of the moment
}

func (p Pass) when() string { return p.StartsAt.In(p.Zone).Format("Monday 2 January 2006, 15:04") }

// colour reads "#rrggbb"; anything else is a dark red.
func colour(text string) color.NRGBA {
	n, err := strconv.ParseUint(strings.TrimPrefix(text, "#"), 16, 32)
	if err != nil || len(text) != 7 {
		return color.NRGBA{R: 0x8c, G: 0x1c, B: 0x2b, A: 0xff}
	}
	return color.NRGBA{R: uint8(n >> 16), G: uint8(n >> 8), B: uint8(n), A: 0xff}
}

// rgb writes a colour as Apple's passes want it.
func rgb(c color.NRGBA) string { return fmt.Sprintf("rgb(%d, %d, %d)", c.R, c.G, c.B) }

// readable is black or white, whichever stands out on c by WCAG's contrast.
func readable(c color.NRGBA) color.NRGBA {
	linear := func(v uint8) float64 { f := float64(v) / 255; return f * f }
	if 0.2126*linear(c.R)+0.7152*linear(c.G)+0.0722*linear(c.B) > 0.19 {
		return color.NRGBA{A: 0xff}
	}
	return color.NRGBA{R: 0xff, G: 0xff, B: 0xff, A: 0xff}
}

// mark draws a sign for a brand: a stage between two curtains in its colour.
func mark(c color.NRGBA, width, height int) image.Image {
	picture := image.NewNRGBA(image.Rect(0, 0, width, height))
	front := readable(c)
	for y := range height {
		for x := range width {
			picture.SetNRGBA(x, y, c)
			// The curtains part towards the floor.
			edge := width/6 + (width/5)*y/height
			if y < height*5/6 && y > height/8 && x > edge && x < width-edge {
				picture.SetNRGBA(x, y, front)
			}
		}
	}
	return picture
}
