package notify

import (
	"context"
	"fmt"
	"html/template"
	"net/url"
	"strings"
	text "text/template"

	"github.com/stagedoor/stagedoor/origin/booking"
	"github.com/stagedoor/stagedoor/origin/customer"
	"github.com/stagedoor/stagedoor/origin/show"
	"github.com/stagedoor/stagedoor/origin/venue"
)

var (
	noteHTML = template.Must(template.ParseFS(templates, "template/note.html"))
	noteText = text.Must(text.ParseFS(templates, "template/note.txt"))
)

// note is a short e-mail: what it is about, what to do, and a button.
type note struct {
	Lang          string
	Theme         venue.Theme
	Brand         string
	Heading       string
	Before, After []string // paragraphs around lines and button
	Lines         []string
	Button, Link  string
	Because       string // why they get it
}

func (n note) write(subject string) (mail, error) {
	var html, plain strings.Builder
	if err := noteHTML.Execute(&html, n); err != nil {
		return mail{}, fmt.Errorf("notify: write the e-mail: %w", err)
	}
	if err := noteText.Execute(&plain, n); err != nil {
		return mail{}, fmt.Errorf("notify: write the e-mail: %w", err)
	}
	return mail{subject: oneLine(subject), html: html.String(), text: plain.String()}, nil
}

// about begins a note of a brand.
func (w *Writer) about(b venue.Brand) note {
	return note{Lang: w.cfg.Locale(b.Locale).Tag(), Theme: b.Theme, Brand: b.Name}
}

// moment is an instant in the words of a brand, at the venue.
func (w *Writer) moment(order booking.Order, d show.Detail) string {
	at := order.ExpiresAt.In(d.Venue.Location())
	zone, _ := at.Zone()
	locale := w.cfg.Locale(d.Brand.Locale)
	return locale.Date(at) + ", " + locale.Clock(at) + " (" + zone + ")"
}

func (w *Writer) evening(d show.Detail) string {
	starts := d.StartsAt.In(d.Venue.Location())
	locale := w.cfg.Locale(d.Brand.Locale)
	return d.Production.Title + ", " + locale.Date(starts) + ", " + locale.Clock(starts) + ", " + d.Venue.Name
}

func (w *Writer) orderLink(order booking.Order, page string) string {
	return w.cfg.SiteURL(order.BrandID) + "/orders/" + url.PathEscape(order.Number) + page + "?" + url.Values{"key": {w.cfg.Orders.AccessKey(order.ID)}}.Encode()
}

// offer tells a buyer who paid too late that other seats are kept for them.
func (w *Writer) offer(order booking.Order, d show.Detail) (mail, error) {
	n := w.about(d.Brand)
	n.Heading = "Other seats are kept for you"
	n.Before = []string{
		"Dear " + order.Name + ", your payment of " + w.cfg.Money(order.Total, order.Currency) + " for " + w.evening(d) + " reached us after the time to pay was over, and somebody else had your seats by then. We are sorry.",
		"We have put these aside for you, as good and at the same price, until " + w.moment(order, d) + ":",
	}
	for _, seat := range order.Offer {
		n.Lines = append(n.Lines, seatName(booking.Seat{Section: seat.Section, Row: seat.Row, Label: seat.Label}))
	}
	n.Button, n.Link = "Take them, or have your money back", w.orderLink(order, "")
	n.After = []string{"If you do nothing, all of your money goes back to your card then."}
	n.Because = "You receive this e-mail because you paid for order " + order.Number + "."
	return n.write("Please choose: other seats for " + d.Production.Title + " (" + order.Number + ")")
}

// bill asks a buyer to pay for seats that the box office keeps for them.
func (w *Writer) bill(order booking.Order, d show.Detail) (mail, error) {
	n := w.about(d.Brand)
	n.Heading = "Your seats are waiting"
	n.Before = []string{
		"Dear " + order.Name + ", the box office has put seats aside for you: " + w.evening(d) + ".",
		"They are yours once they are paid. Until " + w.moment(order, d) + " nobody else can have them; after that they go back on sale.",
	}
	for _, seat := range order.Kept() {
		price := w.cfg.Money(seat.Amount, order.Currency)
		if seat.Amount == 0 {
			price = "free"
		}
		n.Lines = append(n.Lines, seatName(seat)+": "+priceName(d.Prices, seat.PriceType)+", "+price)
	}
	n.Button, n.Link = "Pay "+w.cfg.Money(order.Total-order.Credit, order.Currency), w.orderLink(order, "/pay")
	n.After = []string{"The page takes cards, and Apple Pay or Google Pay where your browser has them. We never ask for card details by e-mail or telephone."}
	n.Because = "You receive this e-mail because seats were reserved in your name, order " + order.Number + "."
	return n.write("Please pay for your seats: " + d.Production.Title + " (" + order.Number + ")")
}

// link opens all orders of an address.
func (w *Writer) link(b venue.Brand, word string) (mail, error) {
	n := w.about(b)
	n.Heading = "Your orders"
	n.Before = []string{"Somebody, most likely you, asked for a link to the orders that were booked with this e-mail address. It is good for half an hour, and once."}
	n.Button, n.Link = "Show my orders", w.cfg.SiteURL(b.ID)+"/my/open/"+url.PathEscape(word)
	n.After = []string{"Was it not you? Then there is nothing to do: nobody learns anything without this e-mail. Please don’t pass it on."}
	n.Because = "You receive this e-mail because it was asked for on our site."
	return n.write("Your orders at " + b.Name)
}

// Farewell confirms to somebody that they are forgotten.
func (w *Writer) Farewell(ctx context.Context, brandID string) (customer.Letter, error) {
	b, err := w.brand(ctx, brandID)
	if err != nil {
		return customer.Letter{}, err
	}
	n := w.about(b)
	n.Heading = "Your data is erased"
	n.Before = []string{
		"As you asked, your name and this e-mail address have left all of your orders, and the e-mails we wrote to you are deleted. What was sold and paid stays in the accounts without anything that says whose it was.",
		"Tickets for performances to come go on admitting whoever shows them. They can’t be sent again, exchanged or given back.",
	}
	n.After = []string{"Our payment provider keeps its own record of payments, as banking law wants."}
	n.Because = "This is the last e-mail about those orders."
	m, err := n.write("Your data is erased")
	return customer.Letter{Subject: m.subject, HTML: m.html, Text: m.text}, err
}

func (w *Writer) brand(ctx context.Context, id string) (venue.Brand, error) {
	brands, err := w.cfg.Brands(ctx)
	if err != nil {
		return venue.Brand{}, fmt.Errorf("notify: brands: %w", err)
	}
	for _, b := range brands {
		if b.ID == id {
			return b, nil
		}
	}
	return venue.Brand{}, fmt.Errorf("notify: there is no brand %q", id)
}
