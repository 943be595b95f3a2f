package notify

import (
	"embed"
	"fmt"
	"html/template"
	"slices"
	"strings"
	text "text/template"

	"github.com/stagedoor/stagedoor/origin/booking"
	"github.com/stagedoor/stagedoor/origin/show"
	"github.com/stagedoor/stagedoor/origin/venue"
)

//go:embed template
var templates embed.FS

var (
	paidHTML = template.Must(template.ParseFS(templates, "template/paid.html"))
	paidText = text.Must(text.ParseFS(templates, "template/paid.txt"))
)

// mail is one e-mail, ready to send.
type mail struct{ subject, html, text string }

// confirmed is what the templates of a confirmation show.
type confirmed struct {
	Lang                 string
	Theme                venue.Theme
	Brand, Title, Author string
	Date, Clock, Zone    string
	Venue                string
	Address              []string // lines
	Name, Number, Total  string
	Seats                []place
	Link                 string
	Tickets, Are         string // "2 tickets", "are"
	Notes                []string
}

// place is a line of the bill.
type place struct{ Where, Who, Price string }

// confirmation writes what a buyer wants to have at hand: what, when, where, which seats, how much, and the way to the
// tickets.
func (w *Writer) confirmation(order booking.Order, detail show.Detail, link string) (mail, error) {
	locale := w.cfg.Locale(detail.Brand.Locale)
	starts := detail.StartsAt.In(detail.Venue.Location())
	zone, _ := starts.Zone()
	v := confirmed{
		Lang: locale.Tag(), Theme: detail.Brand.Theme, Brand: detail.Brand.Name,
		Title: detail.Production.Title, Author: detail.Production.Author,
		Date: locale.Date(starts), Clock: locale.Clock(starts), Zone: zone,
		Venue: detail.Venue.Name, Address: address(detail.Venue),
		Name: order.Name, Number: order.Number, Total: w.cfg.Money(order.Total, order.Currency),
		Link: link, Tickets: "1 ticket", Are: "is",
	}
	if n := len(order.Kept()); n != 1 {
		v.Tickets, v.Are = fmt.Sprintf("%d tickets", n), "are"
	}
	for _, seat := range order.Kept() {
		line := place{Where: seatName(seat), Who: priceName(detail.Prices, seat.PriceType), Price: w.cfg.Money(seat.Amount, order.Currency)}
		if seat.Amount == 0 {
			line.Price = "Free"
		}
		v.Seats = append(v.Seats, line)
	}
	if age := detail.Production.AgeGuidance; age != "" {
		v.Notes = append(v.Notes, age)
	}
	var html, plain strings.Builder
	if err := paidHTML.Execute(&html, v); err != nil {
		return mail{}, fmt.Errorf("notify: write the e-mail: %w", err)
	}
	if err := paidText.Execute(&plain, v); err != nil {
		return mail{}, fmt.Errorf("notify: write the e-mail: %w", err)
	}
	subject := fmt.Sprintf("Your %s: %s, %s, %s (%s)", v.Tickets, v.Title, locale.ShortDate(starts), v.Clock, order.Number)
	return mail{subject: oneLine(subject), html: html.String(), text: plain.String()}, nil
}

func seatName(seat booking.Seat) string {
	return venue.PlaceName(seat.Section, seat.Row, seat.Label)
}

// priceName is the price type as the buyer chose it; one that is no longer sold goes by its ID.
func priceName(prices show.PriceTable, id string) string {
	i := slices.IndexFunc(prices.Types, func(t show.PriceType) bool { return t.ID == id })
	if i < 0 {
		return id
	}
	return prices.Types[i].Name
}

func address(v venue.Venue) []string {
	lines := []string{v.Address, strings.TrimSpace(v.City + " " + v.Postcode)}
	return slices.DeleteFunc(lines, func(line string) bool { return line == "" })
}

// oneLine keeps a header on one line, whatever it is made of.
func oneLine(s string) string { return strings.Join(strings.Fields(s), " ") }
