package page

import (
	"github.com/stagedoor/stagedoor/origin/booking"
	"github.com/stagedoor/stagedoor/origin/show"
)

// Order is an order with its tickets, or what became of it.
type Order struct {
	Frame
	OrderMoney
	Order    booking.Order
	Detail   show.Detail
	Poster   string
	When     string
	Placed   string // when it was placed, in the venue's zone
	ShowURL  string
	MapURL   string // "" when the performance can't be booked any more
	PayURL   string // the checkout where payment can go on, "" when it can't
	Calendar string // address of the .ics file
	Poll     string // where the script reads the state
	Lines    []OrderLine
	Total    string
	Refund   string // the money that goes back, "" when none does
	Tickets  []Ticket
	Paper    string // address of all tickets as a PDF; "" when there is none
}

// OrderLine is a seat and what it cost.
type OrderLine struct{ Text, Type, Price string }

// Ticket is one ticket to show at the door.
type Ticket struct {
	ID      string
	Section string
	Row     string
	Seat    string
	Type    string
	QR      string // SVG
	State   booking.TicketState
	// What makes its code live, and the addresses of its files; "" where there is none.
	Code, Secret, Short string
	Apple, Google       string
	NewCode             string // where a form asks for another code
}

// sentTo ends a sentence about where it was sent; "" when there is no address, or none any more.
func (o Order) sentTo() string {
	if o.Order.Email == "" {
		return ""
	}
	return "; we have sent it to " + o.Order.Email
}

// Waiting reports whether the state is still to change by itself.
func (o Order) Waiting() bool {
	return o.Order.State == booking.AwaitingPayment || o.Order.State == booking.RefundDue
}
